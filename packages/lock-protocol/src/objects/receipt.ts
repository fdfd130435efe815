import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { failObject, largestUint32, requireBytes, requireUint } from '../encoding/claim-reader.js';
import { type Claims, readClaims, readObject } from '../encoding/cose.js';
import { compareRevisions, type Revision, type SetRevision } from '../sets/set-revision.js';
import {
  type LockSigner,
  type LockStatement,
  parseStatement,
  requireStatement,
  type StatementDecision,
  signStatement,
  statementClaim,
  statementClaims,
  verifyStatement,
} from './lock-statement.js';
import { type Refusal, refuse } from './object-decision.js';

const type = 'OLP1-receipt';
const claim = { ...statementClaim, revision: 18, digest: 20, standing: 22, setEpoch: 26 } as const;

/** The lock's own word on the set that it obeys, on what it was told since, and where its log stood then (SPEC §5.9). */
export interface Receipt extends LockStatement {
  /** Of the set; 0 while the lock has none, or finds it damaged. */
  readonly revision: number;
  /** Of the set, 32 bytes. */
  readonly digest: Uint8Array;
  /** Epoch of the set's manifest, when it is not the one that the lock accepts now. */
  readonly setEpoch?: number;
  /** The newest manifest or bulletin that the lock obeys, when that is not the set's manifest. */
  readonly standing?: Revision;
}

function requireReceipt(receipt: Receipt): Receipt {
  const { revision, digest, epoch, setEpoch, standing } = receipt;
  requireStatement(type, receipt);
  requireUint(type, 'revision', { value: revision, most: largestUint32 });
  requireBytes(type, 'digest', { value: digest, sizeBytes: 32 });
  if (setEpoch !== undefined) requireUint(type, 'setEpoch', { value: setEpoch, most: largestUint32 });
  if (setEpoch === epoch) failObject(type, 'setEpoch');
  if (standing === undefined) return receipt;
  requireUint(type, 'standing', { value: standing.epoch, most: largestUint32 });
  requireUint(type, 'standing', { value: standing.revision, most: largestUint32 });
  return compareRevisions(standing, setOf(receipt)) === 0 ? failObject(type, 'standing') : receipt;
}

function setOf({ epoch, setEpoch, revision, digest }: Receipt): SetRevision {
  return { epoch: setEpoch ?? epoch, revision, digest };
}

/**
 * Signs a receipt with the lock's Ed25519 secret. 177 bytes for a short log and a small revision.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signReceipt(crypto: CryptoProvider, lockSecret: Uint8Array, receipt: Receipt): Uint8Array {
  const { revision, digest, setEpoch, standing } = requireReceipt(receipt);
  const claims = statementClaims(receipt).set(claim.revision, revision).set(claim.digest, digest);
  if (setEpoch !== undefined) claims.set(claim.setEpoch, setEpoch);
  if (standing !== undefined) claims.set(claim.standing, [standing.epoch, standing.revision]);
  return signStatement(crypto, lockSecret, { type, claims });
}

function parseReceipt(claims: Claims): Receipt {
  const uint = (field: string, value: CborValue | undefined) =>
    requireUint(type, field, { value, most: largestUint32 });
  const standing = claims.get(claim.standing);
  return requireReceipt({
    ...parseStatement(type, claims),
    revision: uint('revision', claims.get(claim.revision)),
    digest: requireBytes(type, 'digest', { value: claims.get(claim.digest), sizeBytes: 32 }),
    ...(claims.has(claim.setEpoch) ? { setEpoch: uint('setEpoch', claims.get(claim.setEpoch)) } : {}),
    ...(standing === undefined ? {} : { standing: parseRevision(standing) }),
  });
}

function parseRevision(value: CborValue): Revision {
  const [epoch, revision] = Array.isArray(value) && value.length === 2 ? value : [];
  return {
    epoch: requireUint(type, 'standing', { value: epoch, most: largestUint32 }),
    revision: requireUint(type, 'standing', { value: revision, most: largestUint32 }),
  };
}

/**
 * Reads a receipt without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  return parseReceipt(readClaims(readObject(bytes)));
}

/** Decides whether a receipt is of this lock, whatever it proves: the signature → critical fields → the lock. */
export function verifyReceipt(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  signer: LockSigner,
): StatementDecision<Receipt> {
  return verifyStatement(crypto, bytes, { type, claim, parse: parseReceipt, signer });
}

/**
 * Decides whether a verified receipt proves that the lock obeys a revision of its set or a later one: epoch → revision →
 * at that very revision, the digest.
 */
export function decideReceipt(
  receipt: Receipt,
  wanted: SetRevision,
): { readonly ok: true } | Refusal<'epoch' | 'revision-old' | 'digest'> {
  const held = setOf(receipt);
  const order = compareRevisions(held, wanted);
  if (order < 0) return refuse(held.epoch < wanted.epoch ? 'epoch' : 'revision-old');
  return order === 0 && !equalBytes(held.digest, wanted.digest) ? refuse('digest') : { ok: true };
}

/**
 * Decides whether a verified receipt proves that the lock obeys what a manifest or a bulletin revoked, by itself or by a
 * later one: epoch → revision.
 */
export function decideStanding(
  receipt: Receipt,
  wanted: Revision,
): { readonly ok: true } | Refusal<'epoch' | 'revision-old'> {
  const standing = receipt.standing ?? setOf(receipt);
  if (compareRevisions(standing, wanted) >= 0) return { ok: true };
  return refuse(standing.epoch < wanted.epoch ? 'epoch' : 'revision-old');
}
