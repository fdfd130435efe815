import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import {
  failObject,
  hasUnknownCriticalClaim,
  largestUint32,
  requireBytes,
  requireUint,
} from '../encoding/claim-reader.js';
import { type Claims, kidOf, readObject, signObject, verifyObject } from '../encoding/cose.js';
import { type ClockQuality, clockQualities, type LogHead } from '../log/lock-log.js';
import { type Refusal, readOrRefuse, refuse } from './object-decision.js';
import type { ObjectType } from './object-type.js';

/** The types of object that a lock signs with its own Ed25519 secret. */
export type LockObjectType = Extract<ObjectType, 'OLP1-head' | 'OLP1-receipt'>;

/** What a lock says of itself in everything it signs: who, when, and where its log stood. */
export interface LockStatement extends LogHead {
  /** The lock's 8-byte tag. */
  readonly lock: Uint8Array;
  /** UTC seconds by the lock's clock; 0 when the clock was never set. */
  readonly issuedAt: number;
  readonly quality: ClockQuality;
  /** Lowest epoch the lock still accepts. */
  readonly epoch: number;
  /** How many times the lock was reset to the factory state: each time its log begins anew. */
  readonly resets: number;
}

/** Claims that every statement has. */
export const statementClaim = {
  lock: 3,
  issuedAt: 6,
  epoch: 10,
  seq: 12,
  hash: 14,
  quality: 16,
  resets: 24,
} as const;

/** Refuses a statement with a field outside its limits. */
export function requireStatement(type: LockObjectType, statement: LockStatement): void {
  const { lock, issuedAt, quality, epoch, seq, hash, resets } = statement;
  requireBytes(type, 'lock', { value: lock, sizeBytes: 8 });
  requireBytes(type, 'hash', { value: hash, sizeBytes: 32 });
  if (!clockQualities.includes(quality)) failObject(type, 'quality');
  for (const [field, value] of Object.entries({ issuedAt, epoch, seq, resets })) {
    requireUint(type, field, { value, most: largestUint32 });
  }
}

/** The claims of a statement. */
export function statementClaims(statement: LockStatement): Map<number, CborValue> {
  const { lock, issuedAt, quality, epoch, seq, hash, resets } = statement;
  const claims = new Map<number, CborValue>([
    [statementClaim.lock, lock],
    [statementClaim.issuedAt, issuedAt],
    [statementClaim.epoch, epoch],
    [statementClaim.seq, seq],
    [statementClaim.hash, hash],
    [statementClaim.quality, clockQualities.indexOf(quality)],
  ]);
  if (resets !== 0) claims.set(statementClaim.resets, resets);
  return claims;
}

/** A number that is left out when it is `absent`, and must not be written then. */
export function parseDefaulted(
  type: LockObjectType,
  field: string,
  o: { readonly value: CborValue | undefined; readonly absent: number },
): number {
  const { value, absent } = o;
  if (value === undefined) return absent;
  return value === absent ? failObject(type, field) : requireUint(type, field, { value, most: largestUint32 });
}

/** Reads the claims of a statement. */
export function parseStatement(type: LockObjectType, claims: Claims): LockStatement {
  const uint = (field: 'issuedAt' | 'epoch' | 'seq') =>
    requireUint(type, field, { value: claims.get(statementClaim[field]), most: largestUint32 });
  const quality = { value: claims.get(statementClaim.quality), most: clockQualities.length - 1 };
  return {
    lock: requireBytes(type, 'lock', { value: claims.get(statementClaim.lock), sizeBytes: 8 }),
    issuedAt: uint('issuedAt'),
    epoch: uint('epoch'),
    seq: uint('seq'),
    hash: requireBytes(type, 'hash', { value: claims.get(statementClaim.hash), sizeBytes: 32 }),
    quality: clockQualities[requireUint(type, 'quality', quality)] ?? failObject(type, 'quality'),
    resets: parseDefaulted(type, 'resets', { value: claims.get(statementClaim.resets), absent: 0 }),
  };
}

/** Signs claims as one of the lock's own objects. */
export function signStatement(
  crypto: CryptoProvider,
  lockSecret: Uint8Array,
  o: { readonly type: LockObjectType; readonly claims: Claims },
): Uint8Array {
  const kid = kidOf(crypto, crypto.ed25519KeyPair(lockSecret).publicKey);
  return signObject(crypto, { secret: lockSecret, kid, ...o });
}

/** The lock that a statement must be of. */
export interface LockSigner {
  /** The lock's Ed25519 public key. */
  readonly publicKey: Uint8Array;
  /** The lock's 8-byte tag. */
  readonly tag: Uint8Array;
}

/** A statement, or why it is none of this lock. */
export type StatementDecision<Statement> =
  | { readonly ok: true; readonly statement: Statement }
  | Refusal<'auth' | 'critical-field' | 'wrong-lock'>;

/** Decides what is asked of everything a lock signs: the signature → critical fields → the lock. */
export function verifyStatement<Statement extends LockStatement>(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  o: {
    readonly type: LockObjectType;
    readonly claim: Readonly<Record<string, number>>;
    readonly parse: (claims: Claims) => Statement;
    readonly signer: LockSigner;
  },
): StatementDecision<Statement> {
  const { type, claim, parse, signer } = o;
  const read = readOrRefuse(() => {
    const object = readObject(bytes);
    if (!equalBytes(object.kid, kidOf(crypto, signer.publicKey))) return undefined;
    const claims = verifyObject(crypto, object, { publicKey: signer.publicKey, type });
    if (claims === undefined) return undefined;
    return hasUnknownCriticalClaim(claims, claim) ? ('critical-field' as const) : parse(claims);
  });
  if (!read.ok) return read;
  if (read.value === undefined) return refuse('auth');
  if (read.value === 'critical-field') return refuse('critical-field');
  return equalBytes(read.value.lock, signer.tag) ? { ok: true, statement: read.value } : refuse('wrong-lock');
}
