import type { ObjectType } from '../objects/object-type.js';
import { LockProtocolError } from '../protocol-error.js';
import type { CborValue } from './cbor.js';
import type { Claims } from './cose.js';

/** Largest time or epoch on the wire: 32 bits, UTC seconds until 2106. */
export const largestUint32 = 0xffff_ffff;

/**
 * Whether claims hold a field that must be understood and is not: even labels are critical, unknown odd ones are
 * ignored, so later versions can add both kinds (SPEC §11).
 */
export function hasUnknownCriticalClaim(claims: Claims, known: Readonly<Record<string, number>>): boolean {
  const labels = Object.values(known);
  return [...claims.keys()].some((label) => label % 2 === 0 && !labels.includes(label));
}

/** Ends the making or reading of an object whose field cannot be what it is. */
export function failObject(object: ObjectType, field: string): never {
  throw new LockProtocolError({ code: 'object', object, field }, `${object}: field ${field} is not valid.`);
}

/** Byte string of exactly `sizeBytes`. */
export function requireBytes(
  object: ObjectType,
  field: string,
  o: { value: CborValue | undefined; sizeBytes: number },
): Uint8Array {
  const { value, sizeBytes } = o;
  return value instanceof Uint8Array && value.length === sizeBytes ? value : failObject(object, field);
}

/** Whole number from `least` (0 when absent) to `most`. */
export function requireUint(
  object: ObjectType,
  field: string,
  o: { value: CborValue | undefined; least?: number; most: number },
): number {
  const { value, least = 0, most } = o;
  const good = typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
  return good ? value : failObject(object, field);
}

/** A name's number on the wire, or a number's name: the two directions of a closed list, in wire order from 1. */
export function requireListed<Name extends string>(
  object: ObjectType,
  field: string,
  o: { value: CborValue | undefined; names: readonly Name[] },
): Name {
  const number = requireUint(object, field, { value: o.value, least: 1, most: o.names.length });
  return o.names[number - 1] ?? failObject(object, field);
}
