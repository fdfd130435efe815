import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { failObject, largestUint32, requireBytes, requireUint } from '../encoding/claim-reader.js';
import type { Claims } from '../encoding/cose.js';

/** Most floors, and most revoked grants, in one manifest or bulletin. */
export const mostRevocations = 32;

/** What a manifest and a bulletin say of keys that must not open any more. */
export interface Revocations {
  /** Lowest issue number that each slot still accepts; a lock only ever raises its own to them. */
  readonly floors?: ReadonlyMap<number, number>;
  /** Ids of revoked grants, 8 bytes each, ascending. */
  readonly revokedGrants?: readonly Uint8Array[];
}

type RevokingType = 'OLP1-set' | 'OLP1-bulletin';

/** Labels that manifests and bulletins have in common. */
export const revocationClaim = { lock: 3, issuedAt: 6, revision: 12, floors: 18, revokedGrants: 20 } as const;

/** What a manifest and a bulletin have in common. */
export interface RevokingObject extends Revocations {
  /** The lock's 8-byte tag. */
  readonly lock: Uint8Array;
  /** UTC seconds. */
  readonly issuedAt: number;
  readonly revision: number;
}

/** The claims that manifests and bulletins have in common. */
export function revokingClaims(type: RevokingType, o: RevokingObject): Map<number, CborValue> {
  const { lock, issuedAt, revision, floors, revokedGrants } = requireRevoking(type, o);
  const claims = new Map<number, CborValue>([
    [revocationClaim.lock, lock],
    [revocationClaim.issuedAt, issuedAt],
    [revocationClaim.revision, revision],
  ]);
  if (floors !== undefined) claims.set(revocationClaim.floors, floors);
  if (revokedGrants !== undefined) claims.set(revocationClaim.revokedGrants, concatBytes(...revokedGrants));
  return claims;
}

/**
 * Reads those claims.
 *
 * @throws LockProtocolError `object` when they are none.
 */
export function parseRevoking(type: RevokingType, claims: Claims): RevokingObject {
  const value = (name: keyof typeof revocationClaim) => claims.get(revocationClaim[name]);
  const floors = value('floors');
  const revokedGrants = value('revokedGrants');
  return requireRevoking(type, {
    lock: requireBytes(type, 'lock', { value: value('lock'), sizeBytes: 8 }),
    issuedAt: requireUint(type, 'issuedAt', { value: value('issuedAt'), most: largestUint32 }),
    revision: requireUint(type, 'revision', { value: value('revision'), most: largestUint32 }),
    ...(floors === undefined ? {} : { floors: readFloors(type, floors) }),
    ...(revokedGrants === undefined ? {} : { revokedGrants: readIds(type, revokedGrants) }),
  });
}

function requireRevoking(type: RevokingType, o: RevokingObject): RevokingObject {
  const { lock, issuedAt, revision, floors, revokedGrants } = o;
  requireBytes(type, 'lock', { value: lock, sizeBytes: 8 });
  requireUint(type, 'issuedAt', { value: issuedAt, most: largestUint32 });
  requireUint(type, 'revision', { value: revision, least: 1, most: largestUint32 });
  if (floors !== undefined) {
    requireCount(type, 'floors', floors.size);
    for (const [slot, issue] of floors) {
      requireUint(type, 'floors', { value: slot, most: 255 });
      requireUint(type, 'floors', { value: issue, most: largestUint32 });
    }
  }
  if (revokedGrants !== undefined) {
    requireCount(type, 'revokedGrants', revokedGrants.length);
    for (const [index, id] of revokedGrants.entries()) {
      requireBytes(type, 'revokedGrants', { value: id, sizeBytes: 8 });
      const before = revokedGrants[index - 1];
      if (before !== undefined && !isBelow(before, id)) failObject(type, 'revokedGrants');
    }
  }
  return o;
}

function requireCount(type: RevokingType, field: string, count: number): void {
  requireUint(type, field, { value: count, least: 1, most: mostRevocations });
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return !equalBytes(a, b) && (a[at] ?? 0) < (b[at] ?? 0);
}

function readFloors(type: RevokingType, value: CborValue): ReadonlyMap<number, number> {
  if (!(value instanceof Map)) return failObject(type, 'floors');
  const floors: ReadonlyMap<number, CborValue> = value;
  const most = largestUint32;
  return new Map([...floors].map(([slot, issue]) => [slot, requireUint(type, 'floors', { value: issue, most })]));
}

function readIds(type: RevokingType, value: CborValue): readonly Uint8Array[] {
  if (!(value instanceof Uint8Array) || value.length % 8 !== 0) return failObject(type, 'revokedGrants');
  return Array.from({ length: value.length / 8 }, (_, index) => value.slice(8 * index, 8 * index + 8));
}
