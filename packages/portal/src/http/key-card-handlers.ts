import { ECDH } from 'node:crypto';
import { createProblem, type Event } from '@latchwork/contract';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import type { Sealer } from '../access/sealer.js';
import { makeCardMaster } from '../credentials/card-master.js';
import { endCredential } from '../credentials/credential-record.js';
import { tellKeyCard } from '../credentials/key-card-record.js';
import type { Identifiers } from '../identifiers.js';
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
}): Pick<Handlers, KeyCardOperation> {
  const { projection, identifiers } = parts;
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
        if (projection.keyCards.byUnique(keyCardName({ propertyId: property.id, identity })) !== undefined) {
          return { problem: createProblem('key-card-enrolled', {}) };
        }
        const card: Row<'keyCard'> = {
          id: identifiers.next('keyCard', draft.now),
          propertyId: property.id,
          label: body.label,
          technology: body.technology,
          identity,
          ...{ chip: body.technology === 'aes' ? body.chip : null, slots: [] },
          state: 'in-stock',
          version: 1,
          createdAt: draft.now,
        };
        draft.insert('keyCard', card);
        if (card.technology === 'aes' && projection.cardMasters.get(property.id) === undefined) {
          draft.insert('cardMaster', makeCardMaster(parts, property.id, draft.now));
        }
        tellKeyCard(draft, card, { type: 'key_card.enrolled', caller });
        return { status: 201, body: shown(card) };
      }),

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
