import type { Instant, KeyCardId } from '@latchwork/core';
import { type CardSlot, isHeld } from '@latchwork/core/credentials';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import { type CardDialogue, type CardWriting, writeCardSecrets } from '@latchwork/lock-protocol/cards';
import type { Sealer } from '../access/sealer.js';
import type { Projection } from '../store/projection.js';
import type { CardSlotRow } from '../store/schema/credentials.js';
import type { Row } from '../store/store.js';
import { cardSecrets } from './card-master.js';

/**
 * One talk with one card, so far: all that is needed to lead it on. It travels with the encoder, sealed, so that any portal of the
 * installation goes on with it and none has to remember it.
 */
export interface CardTalk {
  /** Names the writing: only the newest one of a card may say how it ended. */
  readonly id: string;
  readonly cardId: KeyCardId;
  readonly begunAt: Instant;
  /** What the nonces of the talk are drawn from, as hex. */
  readonly seed: string;
  /** As they were when the talk began. */
  readonly slots: readonly CardSlot[];
  /** What the card has said, as hex. */
  readonly answers: readonly string[];
}

/** A card lies still for a moment, and a talk that somebody has kept is of no use. */
const longestTalkMs = 60_000;

/** What the talks stand on. */
export interface CardTalkParts {
  readonly projection: Projection;
  readonly sealer: Sealer;
  readonly crypto: CryptoProvider;
}

/** Begins a talk with a card. */
export function beginCardTalk({ crypto }: CardTalkParts, card: Row<'keyCard'>, begunAt: Instant): CardTalk {
  const [id, seed] = [crypto.randomBytes(16), crypto.randomBytes(32)].map((bytes) =>
    Buffer.from(bytes).toString('hex'),
  );
  return { id: id ?? '', cardId: card.id, begunAt, seed: seed ?? '', slots: card.slots, answers: [] };
}

/** The slots of a card that is about to be written: from here on it may have either secret, whatever happens. */
export function reserveSlots(slots: readonly CardSlotRow[], { id }: CardTalk): readonly CardSlotRow[] {
  return slots.map((slot) => ({
    ...slot,
    held: isHeld(slot) ? slot.held : [...new Set([...slot.held, slot.wanted])],
    writing: id,
  }));
}

/** The slots of a card that has proven what was written; `undefined`: another writing was begun since. */
export function provenSlots(slots: readonly CardSlotRow[], talk: CardTalk): readonly CardSlotRow[] | undefined {
  if (!slots.every(({ writing }) => writing === talk.id)) return undefined;
  const written = new Map(talk.slots.map(({ keyNumber, wanted }) => [keyNumber, wanted]));
  const proven = slots.map((slot) => ({ ...slot, held: [written.get(slot.keyNumber) ?? null] }));
  return proven.filter((slot) => slot.wanted !== null || !isHeld(slot));
}

/** Where a talk stands: what the card is asked next, or what came of it. */
export function leadCardTalk(parts: CardTalkParts, card: Row<'keyCard'>, talk: CardTalk): CardDialogue<CardWriting> {
  const { crypto } = parts;
  const secretOf = cardSecrets(parts, card);
  const seed = new Uint8Array(Buffer.from(talk.seed, 'hex'));
  let drawn = 0;
  const drawNonce = () => {
    drawn += 1;
    return crypto.hmacSha256(seed, Uint8Array.of(drawn >> 8, drawn & 0xff)).slice(0, 16);
  };
  const secrets = talk.slots.map(({ keyNumber, wanted, held }) => ({
    keyNumber,
    secret: secretOf({ keyNumber, tag: wanted }),
    held: held.map((tag) => secretOf({ keyNumber, tag })),
  }));
  let step = writeCardSecrets({ chip: card.chip ?? 'ntag-424', secrets, drawNonce });
  for (const answer of talk.answers) {
    if ('result' in step) break;
    step = step.next(new Uint8Array(Buffer.from(answer, 'hex')));
  }
  return step;
}

/** Seals a talk for the encoder, which gives it back with the card's answer. */
export function sealCardTalk({ sealer }: CardTalkParts, talk: CardTalk): string {
  return sealer.seal(Buffer.from(JSON.stringify(talk)), contextOf(talk.cardId));
}

/** Opens a talk that came back; `undefined`: it is none of that card, or too old. */
export function openCardTalk(
  { sealer }: CardTalkParts,
  o: { readonly sealed: string; readonly cardId: KeyCardId; readonly now: Instant },
): CardTalk | undefined {
  let talk: CardTalk;
  try {
    talk = JSON.parse(Buffer.from(sealer.open(o.sealed, contextOf(o.cardId))).toString());
  } catch {
    return undefined;
  }
  return o.now - talk.begunAt > longestTalkMs ? undefined : talk;
}

function contextOf(cardId: KeyCardId): string {
  return `card_talk/${cardId}`;
}
