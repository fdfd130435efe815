import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { failObject, requireBytes } from '../encoding/claim-reader.js';
import type { Claims } from '../encoding/cose.js';
import type { ObjectType } from '../objects/object-type.js';

/** What a lock is known by from one reset to the next: all of it is drawn on the lock, and none of it is secret. */
export interface LockKeys {
  /** The lock's 8-byte tag. */
  readonly lock: Uint8Array;
  /** X25519, the Noise static of suite 1. */
  readonly publicKey: Uint8Array;
  /** Ed25519, with which the lock signs what it says of itself. */
  readonly signingPublicKey: Uint8Array;
  /** P-256, compressed: the Noise static of suite 2, in a lock that has it. */
  readonly p256PublicKey?: Uint8Array;
}

/** Claims of an object that names a lock's keys. */
export const keysClaim = { lock: 3, publicKey: 8, signingPublicKey: 12, p256PublicKey: 14 } as const;

const compressedSigns = [2, 3];

/** Refuses keys of a wrong size, and a P-256 key that is not compressed. */
export function requireKeys(type: ObjectType, keys: LockKeys): void {
  const { p256PublicKey } = keys;
  requireBytes(type, 'lock', { value: keys.lock, sizeBytes: 8 });
  requireBytes(type, 'publicKey', { value: keys.publicKey, sizeBytes: 32 });
  requireBytes(type, 'signingPublicKey', { value: keys.signingPublicKey, sizeBytes: 32 });
  if (p256PublicKey === undefined) return;
  requireBytes(type, 'p256PublicKey', { value: p256PublicKey, sizeBytes: 33 });
  if (!compressedSigns.includes(p256PublicKey[0] ?? 0)) failObject(type, 'p256PublicKey');
}

/** The claims of a lock's keys. */
export function claimsOfKeys({ lock, publicKey, signingPublicKey, p256PublicKey }: LockKeys): Map<number, CborValue> {
  const claims = new Map<number, CborValue>([
    [keysClaim.lock, lock],
    [keysClaim.publicKey, publicKey],
    [keysClaim.signingPublicKey, signingPublicKey],
  ]);
  if (p256PublicKey) claims.set(keysClaim.p256PublicKey, p256PublicKey);
  return claims;
}

/** Reads the claims of a lock's keys. */
export function parseKeys(type: ObjectType, claims: Claims): LockKeys {
  const bytes = (field: keyof typeof keysClaim, sizeBytes: number) =>
    requireBytes(type, field, { value: claims.get(keysClaim[field]), sizeBytes });
  const keys: LockKeys = {
    lock: bytes('lock', 8),
    publicKey: bytes('publicKey', 32),
    signingPublicKey: bytes('signingPublicKey', 32),
    ...(claims.has(keysClaim.p256PublicKey) ? { p256PublicKey: bytes('p256PublicKey', 33) } : {}),
  };
  requireKeys(type, keys);
  return keys;
}

/** Whether two locks are the same one, in the same life. */
export function isSameLock(a: LockKeys, b: LockKeys): boolean {
  const none = new Uint8Array(0);
  return (
    equalBytes(a.lock, b.lock) &&
    equalBytes(a.publicKey, b.publicKey) &&
    equalBytes(a.signingPublicKey, b.signingPublicKey) &&
    equalBytes(a.p256PublicKey ?? none, b.p256PublicKey ?? none)
  );
}
