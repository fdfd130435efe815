import type { CardEncoding } from '@latchwork/contract';
import { type CardSighting, uidKindOf } from '@latchwork/lock-protocol';
import { sightCard } from '@latchwork/lock-protocol/cards';
import type { EncoderNotes } from './encoder-notes.js';
import type { LaidCard } from './laid-card.js';
import { type PortalCalls, PortalRefusal } from './portal-calls.js';

/** What came of a card that was laid on the reader. */
export type EncodingEnd =
  /** It holds what it shall, and has proven it; `changed` 0: it did before. */
  | { readonly outcome: 'written'; readonly label: string; readonly changed: number; readonly isNew: boolean }
  /** It was lifted, or the portal was away in between: to be laid on again. */
  | { readonly outcome: 'broken-off'; readonly label: string; readonly cause: 'card-gone' | 'portal' }
  | { readonly outcome: 'failed'; readonly label: string; readonly fault: NonNullable<CardEncoding['fault']> }
  /** Nothing was done: the portal's code, or why this is no card to write. */
  | { readonly outcome: 'refused'; readonly code: string };

/** What {@link encodeCard} stands on. */
export interface EncodingParts {
  readonly portal: PortalCalls;
  readonly notes: EncoderNotes;
  /** Makes the label of a card that is not in the stock yet; absent: such a card is refused. */
  readonly labelNew?: () => string;
}

/** Writes the card on the reader: passes on what card and portal say to each other, until the portal has heard enough. */
export async function encodeCard(parts: EncodingParts, card: LaidCard): Promise<EncodingEnd> {
  const { portal, notes } = parts;
  if (uidKindOf(card.uid) !== 'fixed' || card.uid.length !== chipUidBytes) {
    return { outcome: 'refused', code: 'card-not-fitting' };
  }
  let isNew = false;
  let encoding: CardEncoding;
  try {
    encoding = await portal.begin(card.uid);
  } catch (error) {
    if (!(error instanceof PortalRefusal)) throw error;
    const label = error.code === 'key-card-unknown' ? parts.labelNew?.() : undefined;
    if (label === undefined) return { outcome: 'refused', code: error.code };
    const refusal = await enroll(parts, card, label);
    if (refusal !== undefined) return refusal;
    isNew = true;
    encoding = await portal.begin(card.uid);
  }
  const { keyCardId, label } = encoding;
  if (encoding.ask !== null) await notes.begin(keyCardId, label);
  while (encoding.ask !== null) {
    const { command, dialogue } = encoding.ask;
    let answer: Uint8Array;
    try {
      answer = await card.transmit(new Uint8Array(Buffer.from(command, 'hex')));
    } catch {
      return { outcome: 'broken-off', label, cause: 'card-gone' };
    }
    try {
      encoding = await portal.answer(keyCardId, { dialogue, answer });
    } catch (error) {
      if (!(error instanceof PortalRefusal)) throw error;
      return { outcome: 'broken-off', label, cause: 'portal' };
    }
  }
  if (encoding.fault !== null) return { outcome: 'failed', label, fault: encoding.fault };
  await notes.end(keyCardId);
  return { outcome: 'written', label, changed: encoding.changed, isNew };
}

const chipUidBytes = 7;

/** Takes a card into the stock, if it is of a kind that holds AES secrets and its silicon does not lie about that. */
async function enroll({ portal }: EncodingParts, card: LaidCard, label: string): Promise<EncodingEnd | undefined> {
  let sighting: CardSighting;
  try {
    sighting = await sightCard(card.uid, async (apdu) => await card.transmit(apdu));
  } catch {
    return { outcome: 'broken-off', label, cause: 'card-gone' };
  }
  const { technology, genuine } = sighting;
  if (technology !== 'ntag-424' && technology !== 'desfire') return { outcome: 'refused', code: 'card-not-fitting' };
  if (genuine === false) return { outcome: 'refused', code: 'card-not-genuine' };
  try {
    await portal.enroll({ uid: card.uid, chip: technology, label });
  } catch (error) {
    if (!(error instanceof PortalRefusal)) throw error;
    return { outcome: 'refused', code: error.code };
  }
  return undefined;
}
