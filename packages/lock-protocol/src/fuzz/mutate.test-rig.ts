import { concatBytes } from '../encoding/byte-strings.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import type { Claims } from '../encoding/cose.js';
import type { Dice } from './dice.test-rig.js';

/** Bytes that decoders stumble over: heads of CBOR, ends of ranges, flags. */
const telling = [
  0, 1, 0x17, 0x18, 0x19, 0x1b, 0x1f, 0x20, 0x3b, 0x40, 0x58, 0x5f, 0x7f, 0x80, 0x9b, 0xa0, 0xbf, 0xf6, 0xff,
];
const numbers = [
  0,
  1,
  -1,
  23,
  24,
  255,
  256,
  65_535,
  65_536,
  0xffff_ffff,
  0x1_0000_0000,
  Number.MAX_SAFE_INTEGER,
] as const;

/** Changes bytes without regard to what they mean. */
export function mutateBytes(dice: Dice, input: Uint8Array, other: Uint8Array): Uint8Array {
  const at = dice.below(input.length + 1);
  const end = Math.min(input.length, at + 1 + dice.below(8));
  const before = input.subarray(0, at);
  switch (dice.below(9)) {
    case 0: {
      const flipped = input.slice();
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.below(8));
      return flipped;
    }
    case 1: {
      const set = input.slice();
      if (at < set.length) set[at] = dice.pick(telling) ?? 0;
      return set;
    }
    case 2:
      return concatBytes(before, dice.bytes(1 + dice.below(16)), input.subarray(at));
    case 3:
      return concatBytes(before, input.subarray(end));
    case 4:
      return concatBytes(before, input.subarray(at, end), input.subarray(at));
    case 5:
      return before.slice();
    case 6:
      return concatBytes(before, other.subarray(dice.below(other.length + 1)));
    case 7:
      return concatBytes(input, dice.bytes(1 + dice.below(64)));
    default:
      return dice.below(50) === 0
        ? dice.bytes(dice.below(4200))
        : concatBytes(before, dice.bytes(end - at), input.subarray(end));
  }
}

/** Changes one value within CBOR, and in the CBOR that its byte strings hold; `undefined` for bytes that are none. */
export function mutateCbor(dice: Dice, input: Uint8Array): Uint8Array | undefined {
  const value = readLoosely(input);
  return value === undefined ? undefined : writeLoosely(mutateValue(dice, value));
}

/** Changes the claims of a signed object, and has them signed again. */
export function mutateClaims(dice: Dice, claims: Claims): Claims {
  const changed = mutateValue(dice, claims);
  return changed instanceof Map ? changed : claims;
}

function readLoosely(bytes: Uint8Array): CborValue | undefined {
  try {
    return decodeCbor(bytes, { sizeBytes: 65_536, depth: 16, items: 8192 });
  } catch {
    return undefined;
  }
}

function writeLoosely(value: CborValue): Uint8Array | undefined {
  try {
    return encodeCbor(value);
  } catch {
    return undefined;
  }
}

function mutateValue(dice: Dice, value: CborValue): CborValue {
  if (dice.below(12) === 0) return anyValue(dice);
  if (value instanceof Map) return mutateMap(dice, value);
  if (Array.isArray(value)) return mutateList(dice, value);
  if (value instanceof Uint8Array) {
    const inner = dice.below(2) === 0 && value.length > 1 ? readLoosely(value) : undefined;
    const rewritten = inner === undefined ? undefined : writeLoosely(mutateValue(dice, inner));
    return rewritten ?? mutateBytes(dice, value, value);
  }
  if (typeof value === 'number') return dice.below(2) === 0 ? (dice.pick(numbers) ?? 0) : value + dice.below(5) - 2;
  if (typeof value === 'string') return dice.below(2) === 0 ? value.repeat(1 + dice.below(8)) : value.slice(1);
  return anyValue(dice);
}

function mutateMap(dice: Dice, value: ReadonlyMap<number, CborValue>): CborValue {
  const map = new Map(value);
  const labels = [...map.keys()];
  const label = dice.pick(labels);
  const kind = dice.below(5);
  if (kind === 0 || label === undefined) map.set(dice.below(40) - 8, anyValue(dice));
  else if (kind === 1) map.delete(label);
  else map.set(label, mutateValue(dice, map.get(label) ?? null));
  return map;
}

function mutateList(dice: Dice, value: readonly CborValue[]): CborValue {
  const list = [...value];
  const at = dice.below(list.length + 1);
  const kind = dice.below(6);
  if (kind === 0) list.splice(at, 0, anyValue(dice));
  else if (kind === 1) list.splice(at, 1);
  else if (kind === 2) list.splice(at, 0, ...list.slice(0, 64));
  else if (at < list.length) list[at] = mutateValue(dice, list[at] ?? null);
  return list;
}

function anyValue(dice: Dice): CborValue {
  switch (dice.below(9)) {
    case 0:
      return null;
    case 1:
      return dice.below(2) === 0;
    case 2:
      return 'x'.repeat(dice.below(40));
    case 3:
      return dice.bytes(dice.pick([0, 1, 4, 8, 16, 32, 33, 64, 255]));
    case 4:
      return Array.from({ length: dice.below(6) }, () => dice.pick(numbers));
    case 5:
      return new Map([[dice.below(30), dice.pick(numbers)]]);
    case 6:
      return dice.below(2) === 0 ? 0xffff_ffff_ffff_ffffn : -0x1_0000_0000_0000_0000n;
    case 7:
      return nested(dice.below(9));
    default:
      return dice.pick(numbers);
  }
}

function nested(depth: number): CborValue {
  return depth === 0 ? 0 : [nested(depth - 1)];
}
