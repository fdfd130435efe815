import { type CardEncoding, createProblem } from '@latchwork/contract';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import type { Sealer } from '../access/sealer.js';
import {
  beginCardTalk,
  type CardTalk,
  leadCardTalk,
  openCardTalk,
  provenSlots,
  reserveSlots,
  sealCardTalk,
} from '../credentials/card-dialogue.js';
import { tellKeyCard } from '../credentials/key-card-record.js';
import type { Projection } from '../store/projection.js';
import { keyCardName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Call, Handlers, ProblemAnswer } from './call.js';

type CardEncodingOperation = 'beginCardEncoding' | 'answerCardEncoding';

const stale: ProblemAnswer = { problem: createProblem('card-encoding-stale', {}) };
const unknown: ProblemAnswer = { problem: createProblem('key-card-unknown', {}) };

/**
 * Creates the handlers of writing cards. Before the first command leaves, the card's row says all that the card may have from then
 * on; when the card has proven what it has, the row says that. So whatever ends a writing in between, the next one knows where to
 * look (P-25).
 */
export function createCardEncodingHandlers(parts: {
  readonly projection: Projection;
  readonly sealer: Sealer;
  readonly crypto: CryptoProvider;
}): Pick<Handlers, CardEncodingOperation> {
  const { projection } = parts;

  /** Team writes cards in stock, and those of Keys that Team has given (G30). */
  const isReach = (
    { caller, permission }: Pick<Call<CardEncodingOperation>, 'caller' | 'permission'>,
    card: Row<'keyCard'>,
  ): boolean => {
    if (permission?.scope !== 'own') return true;
    const live = projection.credentials.group(card.id).filter(({ removedAt }) => removedAt === null);
    return live.every(({ keyId }) => projection.accessKeys.get(keyId)?.creatorId === caller.member.id);
  };

  const asking = (card: Row<'keyCard'>, talk: CardTalk, apdu: Uint8Array): CardEncoding => {
    const ask = { command: Buffer.from(apdu).toString('hex'), dialogue: sealCardTalk(parts, talk) };
    return { keyCardId: card.id, label: card.label, state: 'asking', fault: null, changed: 0, ask };
  };

  return {
    beginCardEncoding: async ({ request: { body }, place: { property }, caller, permission, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const identity = body.identity.toLowerCase();
        const card = projection.keyCards.byUnique(keyCardName({ propertyId: property.id, identity }));
        if (card?.technology !== 'aes') return unknown;
        // Nobody learns of a card of somebody else's Key what it is for.
        if (!isReach({ caller, permission }, card)) return unknown;
        if (card.state === 'lost') return { problem: createProblem('key-card-not-fitting', { state: card.state }) };
        const talk = beginCardTalk(parts, card, draft.now);
        const step = card.slots.length === 0 ? undefined : leadCardTalk(parts, card, talk);
        if (step === undefined || 'result' in step) return { status: 200, body: written(card, 0) };
        draft.update('keyCard', { ...card, slots: reserveSlots(card.slots, talk), version: card.version + 1 });
        return { status: 200, body: asking(card, talk, step.apdu) };
      }),

    answerCardEncoding: async ({ request: { body }, place, caller, permission, now, write }) => {
      const { keyCard } = place;
      if (keyCard === undefined || !isReach({ caller, permission }, keyCard)) return notFound;
      const before = openCardTalk(parts, { sealed: body.dialogue, cardId: keyCard.id, now });
      if (before === undefined || provenSlots(keyCard.slots, before) === undefined) return stale;
      const talk = { ...before, answers: [...before.answers, body.answer.toLowerCase()] };
      const step = leadCardTalk(parts, keyCard, talk);
      if (!('result' in step)) return { status: 200, body: asking(keyCard, talk, step.apdu) };
      const { result } = step;
      if (result.outcome !== 'written') {
        return { status: 200, body: { ...written(keyCard, 0), state: 'failed', fault: result.outcome } };
      }
      return await write((draft) => {
        const card = projection.keyCards.get(keyCard.id);
        const slots = card && provenSlots(card.slots, talk);
        if (card === undefined || slots === undefined) return stale;
        const encoded = { ...card, slots, version: card.version + 1 };
        draft.update('keyCard', encoded);
        if (result.changed.length > 0) tellKeyCard(draft, encoded, { type: 'key_card.encoded', caller });
        return { status: 200, body: written(encoded, result.changed.length) };
      });
    },
  };
}

function written({ id: keyCardId, label }: Row<'keyCard'>, changed: number): CardEncoding {
  return { keyCardId, label, state: 'written', fault: null, changed, ask: null };
}
