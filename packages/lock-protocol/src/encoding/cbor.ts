import type { CborFault } from '../protocol-error.js';
import { LockProtocolError } from '../protocol-error.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/**
 * A value of the subset the protocol uses: integers of 64 bits, byte and text strings, arrays, maps with integer
 * labels, booleans and null. Integers within ±(2^53 − 1) are numbers, others bigints.
 */
export type CborValue =
  | number
  | bigint
  | Uint8Array
  | string
  | boolean
  | null
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** What a decoder may be made to spend; a value beyond a limit is refused before anything is allocated for it. */
export interface CborLimits {
  /** Most bytes of input. */
  readonly sizeBytes: number;
  /** Most arrays and maps inside one another. */
  readonly depth: number;
  /** Most values in total, containers and labels included. */
  readonly items: number;
}

/** Limits of anything that travels in one message (SPEC §4). */
export const cborLimits: CborLimits = { sizeBytes: 4096, depth: 8, items: 1024 };

const major = { uint: 0, negint: 1, bytes: 2, text: 3, array: 4, map: 5 } as const;
const largestArgument = 0xffff_ffff_ffff_ffffn;

function fail(reason: CborFault, offset?: number): never {
  const where = offset === undefined ? '' : ` at byte ${offset}`;
  throw new LockProtocolError(
    { code: 'cbor', reason, ...(offset === undefined ? {} : { offset }) },
    `Not deterministic CBOR${where}: ${reason}.`,
  );
}

function head(type: number, argument: number | bigint): number[] {
  const value = BigInt(argument);
  const first = type << 5;
  if (value < 24n) return [first | Number(value)];
  const [info, sizeBytes] =
    value <= 0xffn ? [24, 1] : value <= 0xffffn ? [25, 2] : value <= 0xffffffffn ? [26, 4] : [27, 8];
  const bytes = [first | info];
  for (let shift = sizeBytes - 1; shift >= 0; shift -= 1) bytes.push(Number((value >> BigInt(8 * shift)) & 0xffn));
  return bytes;
}

function integerHead(value: number | bigint): number[] {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) fail('not-encodable');
  const integer = BigInt(value);
  const argument = integer < 0n ? -1n - integer : integer;
  if (argument > largestArgument) fail('not-encodable');
  return head(integer < 0n ? major.negint : major.uint, argument);
}

// RFC 8949 §4.2.1 orders labels by their encoded bytes: 0, 1, 2, … then -1, -2, …
function compareLabels(a: number, b: number): number {
  if (a >= 0 !== b >= 0) return a >= 0 ? -1 : 1;
  return a >= 0 ? a - b : b - a;
}

function append(out: number[], value: CborValue, depth: number): void {
  if (depth > cborLimits.depth) fail('not-encodable');
  if (typeof value === 'number' || typeof value === 'bigint') appendAll(out, integerHead(value));
  else if (typeof value === 'boolean') out.push(value ? 0xf5 : 0xf4);
  else if (value === null) out.push(0xf6);
  else if (typeof value === 'string') {
    const bytes = encodeUtf8(value) ?? fail('not-encodable');
    appendAll(out, head(major.text, bytes.length));
    appendAll(out, bytes);
  } else if (value instanceof Uint8Array) {
    appendAll(out, head(major.bytes, value.length));
    appendAll(out, value);
  } else if (isMap(value)) {
    appendAll(out, head(major.map, value.size));
    for (const [label, item] of [...value].sort(([a], [b]) => compareLabels(a, b))) {
      appendAll(out, integerHead(label));
      append(out, item, depth + 1);
    }
  } else {
    appendAll(out, head(major.array, value.length));
    for (const item of value) append(out, item, depth + 1);
  }
}

function isMap(value: readonly CborValue[] | ReadonlyMap<number, CborValue>): value is ReadonlyMap<number, CborValue> {
  return !Array.isArray(value);
}

// Not out.push(...bytes): an argument list of a few thousand values overflows the stack of small engines.
function appendAll(out: number[], bytes: Iterable<number>): void {
  for (const byte of bytes) out.push(byte);
}

/**
 * Writes a value as RFC 8949 §4.2.1 core deterministic CBOR: the only bytes {@link decodeCbor} accepts for it. Map
 * entries may be given in any order.
 *
 * @throws LockProtocolError `cbor`/`not-encodable` for a fraction, an integer beyond 64 bits, a lone surrogate, or
 * nesting beyond {@link cborLimits}.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const out: number[] = [];
  append(out, value, 0);
  return Uint8Array.from(out);
}

/** A cursor over the bytes: the decoder's only mutable state. */
interface Reader {
  readonly bytes: Uint8Array;
  readonly limits: CborLimits;
  at: number;
  items: number;
}

function take(reader: Reader, sizeBytes: number): Uint8Array {
  if (sizeBytes > reader.bytes.length - reader.at) fail('truncated', reader.at);
  const part = reader.bytes.subarray(reader.at, reader.at + sizeBytes);
  reader.at += sizeBytes;
  return part;
}

function readArgument(reader: Reader, info: number, start: number): bigint {
  if (info < 24) return BigInt(info);
  if (info === 31) fail('indefinite-length', start);
  if (info > 27) fail('unsupported', start);
  const sizeBytes = 1 << (info - 24);
  const value = take(reader, sizeBytes).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const smallest = sizeBytes === 1 ? 24n : 1n << BigInt(4 * sizeBytes);
  if (value < smallest) fail('not-shortest', start);
  return value;
}

// Compared before it is converted: Hermes 0.12 converts 2^63 and more to a negative number.
function toNumber(value: bigint): number | bigint {
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  return value >= -safe && value <= safe ? Number(value) : value;
}

// A length is checked against the bytes that are left, so that it can never ask for more than the input's own size.
function readLength(reader: Reader, argument: bigint, leastBytesEach: number): number {
  if (argument * BigInt(leastBytesEach) > BigInt(reader.bytes.length - reader.at)) fail('truncated', reader.at);
  return Number(argument);
}

function readSimple(info: number, start: number): boolean | null {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  return fail(info === 31 ? 'indefinite-length' : 'unsupported', start);
}

function readMap(reader: Reader, argument: bigint, depth: number): ReadonlyMap<number, CborValue> {
  const map = new Map<number, CborValue>();
  let previous: number | undefined;
  for (let left = readLength(reader, argument, 2); left > 0; left -= 1) {
    const start = reader.at;
    const label = readValue(reader, depth + 1);
    if (typeof label !== 'number') fail('map-label', start);
    if (previous !== undefined && compareLabels(previous, label) >= 0) fail('map-order', start);
    previous = label;
    map.set(label, readValue(reader, depth + 1));
  }
  return map;
}

function readArray(reader: Reader, argument: bigint, depth: number): readonly CborValue[] {
  const items: CborValue[] = [];
  for (let left = readLength(reader, argument, 1); left > 0; left -= 1) items.push(readValue(reader, depth + 1));
  return items;
}

function readValue(reader: Reader, depth: number): CborValue {
  const start = reader.at;
  if (depth > reader.limits.depth) fail('too-deep', start);
  reader.items += 1;
  if (reader.items > reader.limits.items) fail('too-large', start);
  const initial = take(reader, 1)[0] ?? 0;
  const type = initial >> 5;
  const info = initial & 0x1f;
  if (type === 7) return readSimple(info, start);
  if (type === 6) fail('unsupported', start);
  const argument = readArgument(reader, info, start);
  if (type === major.uint) return toNumber(argument);
  if (type === major.negint) return toNumber(-1n - argument);
  if (type === major.bytes) return take(reader, readLength(reader, argument, 1)).slice();
  if (type === major.text) return decodeUtf8(take(reader, readLength(reader, argument, 1))) ?? fail('text', start);
  return type === major.array ? readArray(reader, argument, depth) : readMap(reader, argument, depth);
}

/**
 * Reads exactly one value that fills `bytes`, and refuses every encoding but the deterministic one: for what it accepts,
 * `encodeCbor(decodeCbor(bytes))` is `bytes` again, so a signature over the bytes is a signature over the value.
 *
 * @throws LockProtocolError `cbor`, and nothing else, whatever the bytes; tags, floats, indefinite lengths, unsorted or
 * repeated labels, longer integers than needed and trailing bytes are all refused.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = cborLimits): CborValue {
  if (bytes.length > limits.sizeBytes) fail('too-large', 0);
  const reader: Reader = { bytes, limits, at: 0, items: 0 };
  const value = readValue(reader, 0);
  if (reader.at !== bytes.length) fail('trailing-bytes', reader.at);
  return value;
}
