import { ECDH } from 'node:crypto';
import { createProblem, type Event } from '@latchwork/contract';
import type { PropertyId } from '@latchwork/core';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import type { MemberPrincipal } from '../access/principal.js';
import type { Sealer } from '../access/sealer.js';
import { makeCardMaster } from '../credentials/card-master.js';
import { type CardReader, keyCardInReport, type NewKeyCard } from '../credentials/card-reader.js';
import { endCredential } from '../credentials/credential-record.js';
import { tellKeyCard } from '../credentials/key-card-record.js';
import type { Identifiers } from '../identifiers.js';
import type { CommitDraft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import { keyCardName } from '../store/row-indexes.js';
import type { KeyCardState } from '../store/schema/credentials.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Call, Handlers, ProblemAnswer, Reply } from './call.js';
import { keyCardOf } from './credential-wire.js';
import { pageOf } from './paging.js';
import { invalidField } from './problem-answer.js';

type KeyCardOperation =
  | 'enrollKeyCard'
  | 'enrollKeyCardAtLock'
  | 'listKeyCards'
  | 'getKeyCard'
  | 'reportKeyCardLost'
  | 'returnKeyCard'
  | 'retireKeyCard';

type Turn = 'reportKeyCardLost' | 'returnKeyCard' | 'retireKeyCard';

/** From which states a card is turned into which, and what that is called. */
const turns = {
  reportKeyCardLost: { from: ['in-stock', 'assigned'], to: 'lost', type: 'key_card.lost' },
  returnKeyCard: { from: ['lost'], to: 'in-stock', type: 'key_card.returned' },
  retireKeyCard: { from: ['in-stock', 'lost'], to: 'retired', type: 'key_card.retired' },
} as const satisfies Readonly<
  Record<Turn, { readonly from: readonly KeyCardState[]; readonly to: KeyCardState; readonly type: Event['type'] }>
>;

/** Creates the handlers of the stock of key cards (G35). */
export function createKeyCardHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly crypto: CryptoProvider;
  readonly sealer: Sealer;
  readonly cardReader: Pick<CardReader, 'read'>;
}): Pick<Handlers, KeyCardOperation> {
  const { projection, identifiers, cardReader } = parts;
  const shown = (card: Row<'keyCard'>) => keyCardOf(projection, card);

  /** Whoever may report only their own card reports the one of their own Key, and may repeat it. */
  const isReach = (
    { caller, permission }: Pick<Call<Turn>, 'caller' | 'permission'>,
    card: Row<'keyCard'>,
  ): boolean => {
    if (permission?.scope !== 'own') return true;
    const newest = projection.credentials.group(card.id).at(-1);
    if (newest === undefined || (card.state !== 'assigned' && card.state !== 'lost')) return false;
    return projection.accessKeys.get(newest.keyId)?.holderId === caller.member.id;
  };

  const enroll = (
    draft: CommitDraft,
    propertyId: PropertyId,
    { card: { label, identity, ...kind }, caller }: { readonly card: NewKeyCard; readonly caller: MemberPrincipal },
  ) => {
    if (projection.keyCards.byUnique(keyCardName({ propertyId, identity })) !== undefined) {
      return { problem: createProblem('key-card-enrolled', {}) };
    }
    const card: Row<'keyCard'> = {
      ...{ id: identifiers.next('keyCard', draft.now), propertyId, label, technology: kind.technology, identity },
      ...{ chip: kind.technology === 'aes' ? kind.chip : null, slots: [], state: 'in-stock', version: 1 },
      createdAt: draft.now,
    };
    draft.insert('keyCard', card);
    if (card.technology === 'aes' && projection.cardMasters.get(propertyId) === undefined) {
      draft.insert('cardMaster', makeCardMaster(parts, propertyId, draft.now));
    }
    tellKeyCard(draft, card, { type: 'key_card.enrolled', caller });
    return { status: 201 as const, body: shown(card) };
  };

  const turn =
    (operation: Turn) =>
    async ({ place, caller, permission, write }: Call<Turn>): Promise<Reply<Turn> | ProblemAnswer> =>
      await write((draft) => {
        const card = place.keyCard && projection.keyCards.get(place.keyCard.id);
        if (card === undefined || !isReach({ caller, permission }, card)) return notFound;
        const { from, to, type } = turns[operation];
        if (card.state === to) return { status: 200, body: shown(card) };
        if (!(from as readonly KeyCardState[]).includes(card.state)) {
          return { problem: createProblem('key-card-not-fitting', { state: card.state }) };
        }
        const record = { projection, draft, organizationId: caller.member.organizationId, actor: caller.actor };
        for (const credential of projection.credentials.group(card.id)) endCredential(record, credential);
        const turned: Row<'keyCard'> = { ...card, state: to, version: card.version + 1 };
        draft.update('keyCard', turned);
        tellKeyCard(draft, turned, { type, caller });
        return { status: 200, body: shown(turned) };
      });

  return {
    enrollKeyCard: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const identity = body.identity.toLowerCase();
        if (body.technology === 'public-key' && !isPublicKey(identity)) {
          return invalidField('/identity', 'This is no point of the curve P-256.');
        }
        return enroll(draft, property.id, { card: { ...body, identity }, caller });
      }),

    enrollKeyCardAtLock: async ({ request: { body }, place: { property, device }, caller, signal, write }) => {
      if (property === undefined || device === undefined) return notFound;
      const read = await cardReader.read(device, { waitMs: body.waitSeconds * 1000, signal });
      if (read === 'gateway-offline') return { problem: createProblem('gateway-offline', {}) };
      const card = typeof read === 'string' ? read : keyCardInReport(read, body);
      if (typeof card === 'string') return { problem: createProblem('key-card-not-read', { reason: card }) };
      return await write((draft) => enroll(draft, property.id, { card, caller }));
    },

    listKeyCards: async ({ request: { query }, place: { property } }) =>
      property === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.keyCards.group(property.id), { query, idOf: (row) => row.id, toWire: shown }),
          },

    getKeyCard: async ({ place: { keyCard } }) =>
      keyCard === undefined ? notFound : { status: 200, body: shown(keyCard) },

    reportKeyCardLost: turn('reportKeyCardLost'),
    returnKeyCard: turn('returnKeyCard'),
    retireKeyCard: turn('retireKeyCard'),
  };
}

function isPublicKey(hex: string): boolean {
  try {
    ECDH.convertKey(hex, 'prime256v1', 'hex', 'hex', 'uncompressed');
    return true;
  } catch {
    return false;
  }
}
