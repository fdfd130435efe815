import { createProblem } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import type { PropertySigners } from '../access/property-signers.js';
import { makeSpokenCode, spokenCodeHash } from '../access/spoken-code.js';
import { type CredentialRecord, tellCredential } from '../credentials/credential-record.js';
import { leaseGrants } from '../credentials/phone-leases.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { checkAssigning } from './key-reach.js';

type PhoneOperation = 'createPhoneCode' | 'activatePhone' | 'renewPhoneGrants';

/** Guests get it with their booking, days before they come. */
const codeLifetimeMs = 30 * 24 * 60 * 60 * 1000;
const x25519KeyHexChars = 64;
const codeInvalid: ProblemAnswer = { problem: createProblem('phone-code-invalid', {}) };
const keyUnsupported: ProblemAnswer = { problem: createProblem('phone-key-unsupported', {}) };
const tokenInvalid: ProblemAnswer = { problem: createProblem('phone-token-invalid', {}) };

/** Creates the handlers of phones that carry a Key: a guest's needs no account, only the code that the property hands over. */
export function createPhoneHandlers(parts: {
  readonly projection: Projection;
  readonly signers: PropertySigners;
}): Pick<Handlers, PhoneOperation> {
  const { projection } = parts;

  const recordOf = (draft: Draft, credential: Row<'credential'>): CredentialRecord | undefined => {
    const property = projection.properties.get(credential.propertyId);
    const actor = { kind: 'system' } as const;
    return property && { projection, draft, organizationId: property.organizationId, actor };
  };
  const ended = ({ removedAt }: Row<'credential'>): ProblemAnswer => ({
    problem: createProblem('credential-ended', { removedAt: timestampOrNull(removedAt) }),
  });

  return {
    createPhoneCode: async ({ place, caller, permission, write }) =>
      await write((draft) => {
        const credential = place.credential && projection.credentials.get(place.credential.id);
        const key = credential && projection.accessKeys.get(credential.keyId);
        if (credential === undefined || key === undefined) return notFound;
        const withheld = checkAssigning(projection, { caller, key, permission });
        if (withheld !== undefined) return withheld;
        const { id: credentialId, kind, removedAt } = credential;
        if (kind !== 'smart_key' || removedAt !== null) return ended(credential);
        const before = projection.phones.get(credentialId);
        if (before !== undefined && before.publicKey !== null) {
          return { problem: createProblem('phone-activated', {}) };
        }
        const code = makeSpokenCode();
        const codeEndsAt = (draft.now + codeLifetimeMs) as Instant;
        draft[before === undefined ? 'insert' : 'update']('phone', {
          ...{ credentialId, codeHash: spokenCodeHash(code), codeEndsAt },
          ...{ publicKey: null, tokenHash: null, activatedAt: null },
        });
        const { organizationId } = caller.member;
        tellCredential({ projection, draft, organizationId, actor: caller.actor }, credential, 'credential.revealed');
        return { status: 200, body: { credentialId, code, expiresAt: timestampOf(codeEndsAt) } };
      }),

    activatePhone: async ({ request: { body }, write }) =>
      await write((draft) => {
        // A phone's suite is that of its key, and a lock is registered with the key of X25519 alone: it could only fail at the door.
        if (body.publicKey.length !== x25519KeyHexChars) return keyUnsupported;
        const phone = projection.phones.byUnique(spokenCodeHash(body.code));
        const credential = phone && projection.credentials.get(phone.credentialId);
        const record = credential && recordOf(draft, credential);
        if (phone === undefined || credential === undefined || record === undefined) return codeInvalid;
        // The same phone asks again when it never heard the answer; the token is worth nothing to who has not its secret.
        if (phone.publicKey !== null && phone.publicKey !== body.publicKey) return codeInvalid;
        if (phone.codeEndsAt === null || phone.codeEndsAt <= draft.now || credential.removedAt !== null)
          return codeInvalid;
        const token = makeToken('phone');
        const { publicKey } = body;
        const own = { publicKey, tokenHash: tokenHash(token), activatedAt: draft.now };
        draft.update('phone', { ...phone, ...own });
        if (phone.publicKey === null) tellCredential(record, credential, 'credential.activated');
        return { status: 200, body: { ...leaseGrants(parts, draft, { credential, publicKey }), token } };
      }),

    renewPhoneGrants: async ({ request: { body }, write }) =>
      await write((draft) => {
        const phone = projection.phones.get(body.credentialId);
        const credential = projection.credentials.get(body.credentialId);
        const isIts = phone !== undefined && phone.tokenHash === tokenHash(body.token);
        if (credential === undefined || !isIts || phone.publicKey === null) return tokenInvalid;
        if (credential.removedAt !== null) return ended(credential);
        return { status: 200, body: leaseGrants(parts, draft, { credential, publicKey: phone.publicKey }) };
      }),
  };
}
