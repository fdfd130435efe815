import { equalBytes } from './byte-strings.js';
import { largestUint32, requireBytes, requireUint } from './claim-reader.js';
import { type Claims, readClaims, readObject } from './cose.js';
import type { CryptoProvider } from './crypto-provider.js';
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
const claim = { ...statementClaim, revision: 18, digest: 20 } as const;

/** A revision of the credential set: what a manifest demands, and what a receipt proves. */
export interface SetRevision {
  readonly epoch: number;
  /** Counts up by one with each manifest. */
  readonly revision: number;
  /** SHA-256 over the set, 32 bytes. */
  readonly digest: Uint8Array;
}

/** The lock's own word that it now obeys a revision of its set, and where its log stood then (SPEC §5). */
export interface Receipt extends LockStatement, SetRevision {}

function requireReceipt(receipt: Receipt): Receipt {
  requireStatement(type, receipt);
  requireUint(type, 'revision', { value: receipt.revision, most: largestUint32 });
  requireBytes(type, 'digest', { value: receipt.digest, sizeBytes: 32 });
  return receipt;
}

/**
 * Signs a receipt with the lock's Ed25519 secret. 177 bytes for a short log and a small revision.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signReceipt(crypto: CryptoProvider, lockSecret: Uint8Array, receipt: Receipt): Uint8Array {
  const { revision, digest } = requireReceipt(receipt);
  const claims = statementClaims(receipt).set(claim.revision, revision).set(claim.digest, digest);
  return signStatement(crypto, lockSecret, { type, claims });
}

function parseReceipt(claims: Claims): Receipt {
  return requireReceipt({
    ...parseStatement(type, claims),
    revision: requireUint(type, 'revision', { value: claims.get(claim.revision), most: largestUint32 }),
    digest: requireBytes(type, 'digest', { value: claims.get(claim.digest), sizeBytes: 32 }),
  });
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
 * Decides whether a verified receipt proves that the lock obeys a revision or a later one: epoch → revision → at that very
 * revision, the digest.
 */
export function decideReceipt(
  receipt: SetRevision,
  wanted: SetRevision,
): { readonly ok: true } | Refusal<'epoch' | 'revision-old' | 'digest'> {
  if (receipt.epoch < wanted.epoch) return refuse('epoch');
  if (receipt.revision < wanted.revision) return refuse('revision-old');
  const sameRevision = receipt.revision === wanted.revision;
  return sameRevision && !equalBytes(receipt.digest, wanted.digest) ? refuse('digest') : { ok: true };
}
