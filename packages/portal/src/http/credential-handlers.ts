import { randomBytes } from 'node:crypto';
import { createProblem, type RouteRequest, type Routes } from '@latchwork/contract';
import { decidePermission, isId } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Sealer } from '../access/sealer.js';
import { type CredentialRecord, endCredential, takeBack, tellCredential } from '../credentials/credential-record.js';
import { decideSuccession, mostCards, recordFormer } from '../credentials/credential-succession.js';
import { digitsInUse, drawDigits } from '../credentials/door-code-digits.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import { openDoorCode, sealDoorCode } from '../locks/door-code-secret.js';
import { takesNone } from '../locks/driven-lock.js';
import type { Projection } from '../store/projection.js';
import type { KeyCardTechnology } from '../store/schema/credentials.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { credentialOf } from './credential-wire.js';
import { checkAssigning, outOfReach } from './key-reach.js';
import { pageOf } from './paging.js';
import type { Place } from './place.js';
import { invalidField } from './problem-answer.js';
import { seesKey } from './visibility.js';

type CredentialOperation =
  | 'createCredential'
  | 'listCredentials'
  | 'getCredential'
  | 'revealCredential'
  | 'removeCredential';

type CredentialInput = RouteRequest<Routes['createCredential']>['body'];
type CardInput = Extract<CredentialInput, { readonly kind: 'key_card' }>;
type CodeInput = Extract<CredentialInput, { readonly kind: 'door_code' }>;
/** What is special of a kind of credential. */
type Carrier = Omit<Row<'credential'>, 'id' | 'propertyId' | 'keyId' | 'version' | 'createdAt' | 'removedAt'>;

/** What a card of each kind proves (packages/lock-protocol/SPEC.md §10.10). */
const classes = { uid: 0, aes: 2, 'public-key': 3 } as const satisfies Record<KeyCardTechnology, number>;

/** Which phone it is, the phone says itself. */
const onPhone: Carrier = {
  ...{ kind: 'smart_key', entranceId: null, cardId: null, codeSealed: null },
  ...{ opensOnce: false, replacesId: null, issue: null },
};

const saltSizeBytes = 16;

/** Creates the handlers of what carries a Key to its doors: cards of the stock, and door codes (G30). */
export function createCredentialHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
}): Pick<Handlers, CredentialOperation> {
  const { projection, identifiers, sealer } = parts;

  const keyAt = (place: Place) => {
    const keyId = place.credential?.keyId ?? place.accessKey?.id;
    return keyId === undefined ? undefined : projection.accessKeys.get(keyId);
  };

  /** Whoever chooses digits learns which are in use at a door, which is for those who may read all codes there (★6). */
  const checkChoosing = ({ member }: MemberPrincipal, key: Row<'accessKey'>): ProblemAnswer | undefined => {
    const query = { memberId: member.id, action: 'credential.reveal', propertyId: key.propertyId } as const;
    const permission = decidePermission(projection.permissions, query);
    if (permission.allow && permission.scope !== 'own') return undefined;
    const explanation =
      'This role gives codes whose digits are drawn. Leave them out, or ask an Owner or General Manager.';
    return { problem: createProblem('forbidden', { because: 'digits-chosen', explanation, detail: explanation }) };
  };

  const onCard = (record: CredentialRecord, key: Row<'accessKey'>, input: CardInput): Carrier | ProblemAnswer => {
    const { draft } = record;
    const card = projection.keyCards.get(input.keyCardId);
    if (card === undefined || card.propertyId !== key.propertyId) {
      return invalidField('/keyCardId', 'There is no such card on this property.');
    }
    const kind = card.technology;
    const least = projection.properties.get(key.propertyId)?.settings.minimumCardClass ?? 0;
    if ((kind === 'uid' && isId('member', key.holderId)) || classes[kind] < least) {
      return { problem: createProblem('credential-too-weak', { kind: kind === 'public-key' ? 'aes' : kind }) };
    }
    const cards = projection.credentials.group(key.id).filter((one) => one.cardId !== null && one.removedAt === null);
    if (cards.length >= mostCards) return { problem: createProblem('too-many-cards', { most: mostCards }) };
    const succession = input.replacesId === null ? undefined : decideSuccession(record, key, input.replacesId);
    if (succession !== undefined && 'problem' in succession) return succession;
    const former = projection.credentials.group(card.id).find(({ removedAt }) => removedAt === null);
    const goesOn = succession !== undefined && succession.former.id === former?.id;
    const isFree = card.state === 'in-stock' || goesOn || (former !== undefined && isOver(former, draft));
    if (!isFree) return { problem: createProblem('key-card-not-fitting', { state: card.state }) };
    if (former !== undefined && !goesOn) endCredential(record, former);
    if (succession !== undefined) recordFormer(draft, succession);
    draft.update('keyCard', { ...card, state: 'assigned', version: card.version + 1 });
    return {
      ...{ kind: 'key_card', entranceId: null, cardId: card.id, codeSealed: null, opensOnce: input.opensOnce },
      ...{ replacesId: succession?.former.id ?? null, issue: succession?.issue ?? null },
    };
  };

  /** A card that still is of a Key whose time is over opens nothing, and lies at the desk most likely. */
  const isOver = ({ keyId }: Row<'credential'>, { now }: Draft): boolean => {
    const endsAt = projection.accessKeys.get(keyId)?.endsAt ?? null;
    return endsAt !== null && endsAt <= now;
  };

  const onCode = (
    o: { readonly id: Row<'credential'>['id']; readonly key: Row<'accessKey'>; readonly caller: MemberPrincipal },
    { now }: Draft,
    input: CodeInput,
  ): Carrier | ProblemAnswer => {
    const { id, key, caller } = o;
    if (isId('member', key.holderId)) return { problem: createProblem('credential-too-weak', { kind: 'door_code' }) };
    const withheld = input.digits === null ? undefined : checkChoosing(caller, key);
    if (withheld !== undefined) return withheld;
    const { propertyId, entranceIds } = key;
    const [entranceId, ...others] = input.entranceId === undefined ? entranceIds : [input.entranceId];
    if (entranceId === undefined || others.length > 0 || !entranceIds.includes(entranceId)) {
      return invalidField('/entranceId', 'A code is for one door of its Key; say which.');
    }
    const taken = digitsInUse(parts, { propertyId, now, exceptKeyId: null });
    if (input.digits !== null && taken.has(input.digits)) return { problem: createProblem('door-code-in-use', {}) };
    const digits = input.digits ?? drawDigits(taken);
    const codeSealed = sealDoorCode(sealer, id, { digits, salt: new Uint8Array(randomBytes(saltSizeBytes)) });
    return {
      ...{ kind: 'door_code', entranceId, cardId: null, codeSealed },
      ...{ opensOnce: false, replacesId: null, issue: null },
    };
  };

  const carrierOf = (
    record: CredentialRecord,
    o: { readonly id: Row<'credential'>['id']; readonly key: Row<'accessKey'>; readonly caller: MemberPrincipal },
    input: CredentialInput,
  ): Carrier | ProblemAnswer => {
    switch (input.kind) {
      case 'key_card':
        return onCard(record, o.key, input);
      case 'door_code':
        return onCode(o, record.draft, input);
      case 'smart_key':
        return onPhone;
    }
  };

  return {
    createCredential: async ({ request: { body }, place, caller, permission, write }) =>
      await write((draft) => {
        const key = keyAt(place);
        if (key === undefined) return notFound;
        const withheld = checkAssigning(projection, { caller, key, permission });
        if (withheld !== undefined) return withheld;
        if (key.revokedAt !== null) {
          return { problem: createProblem('key-revoked', { revokedAt: timestampOf(key.revokedAt) }) };
        }
        const only = body.kind === 'door_code' ? body.entranceId : undefined;
        const doors = key.entranceIds.filter((entranceId) => (only ?? entranceId) === entranceId);
        if (takesNone(projection, doors)) return { problem: createProblem('lock-takes-no-credentials', {}) };
        const record = recordOf(projection, draft, caller);
        const id = identifiers.next('credential', draft.now);
        const carrier = carrierOf(record, { id, key, caller }, body);
        if ('problem' in carrier) return carrier;
        const credential: Row<'credential'> = {
          ...{ id, propertyId: key.propertyId, keyId: key.id, ...carrier },
          ...{ version: 1, createdAt: draft.now, removedAt: null },
        };
        draft.insert('credential', credential);
        tellCredential(record, credential, 'credential.created');
        return { status: 201, body: credentialOf(projection, credential, draft.now) };
      }),

    listCredentials: async ({ request: { query }, place: { accessKey }, caller, permission, now }) => {
      if (accessKey === undefined || !seesKey(permission, caller.member.id, accessKey)) return notFound;
      const body = pageOf(projection.credentials.group(accessKey.id), {
        query,
        idOf: (row) => row.id,
        toWire: (row) => credentialOf(projection, row, now),
      });
      return { status: 200, body };
    },

    getCredential: async ({ place, caller, permission, now }) => {
      const key = keyAt(place);
      if (place.credential === undefined || key === undefined) return notFound;
      if (!seesKey(permission, caller.member.id, key)) return notFound;
      return { status: 200, body: credentialOf(projection, place.credential, now) };
    },

    revealCredential: async ({ place, caller, permission, write }) =>
      await write((draft) => {
        const key = keyAt(place);
        const credential = place.credential && projection.credentials.get(place.credential.id);
        if (key === undefined || credential === undefined) return notFound;
        const isOwn = [key.creatorId, key.holderId].includes(caller.member.id);
        if (permission?.scope === 'own' && !isOwn) {
          const rule = 'This role reads only the codes of Keys that it gave or holds.';
          return outOfReach(projection, { caller, key, explanation: `${rule} Ask an Owner or General Manager.` });
        }
        const { id: credentialId, codeSealed, removedAt } = credential;
        if (codeSealed === null || removedAt !== null) {
          return { problem: createProblem('credential-ended', { removedAt: timestampOrNull(removedAt) }) };
        }
        tellCredential(recordOf(projection, draft, caller), credential, 'credential.revealed');
        return { status: 200, body: { credentialId, digits: openDoorCode(sealer, credentialId, codeSealed).digits } };
      }),

    removeCredential: async ({ place, caller, permission, write }) =>
      await write((draft) => {
        const key = keyAt(place);
        const credential = place.credential && projection.credentials.get(place.credential.id);
        if (key === undefined || credential === undefined) return notFound;
        const withheld = checkAssigning(projection, { caller, key, permission });
        if (withheld !== undefined) return withheld;
        const ended = takeBack(recordOf(projection, draft, caller), credential);
        return { status: 200, body: credentialOf(projection, ended, draft.now) };
      }),
  };
}

function recordOf(projection: Projection, draft: Draft, { member, actor }: MemberPrincipal): CredentialRecord {
  return { projection, draft, organizationId: member.organizationId, actor };
}
