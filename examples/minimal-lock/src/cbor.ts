import { RefusalError } from './refusal.js';

/** The subset of CBOR that the protocol uses (SPEC §4.1); integers past 2^53 − 1 are bigints. */
export type CborValue =
  | number
  | bigint
  | boolean
  | null
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

const maxBytes = 4096;
const maxDepth = 8;
const maxValues = 1024;

/** Writes the one deterministic encoding of a value; labels are put in order. */
export function encodeCbor(value: CborValue): Uint8Array {
  return Buffer.concat(parts(value));
}

function parts(value: CborValue): Uint8Array[] {
  if (value === false) return [Uint8Array.of(0xf4)];
  if (value === true) return [Uint8Array.of(0xf5)];
  if (value === null) return [Uint8Array.of(0xf6)];
  if (typeof value === 'number' || typeof value === 'bigint') return [integer(BigInt(value))];
  if (typeof value === 'string') return [head(3, BigInt(Buffer.byteLength(value))), Buffer.from(value)];
  if (value instanceof Uint8Array) return [head(2, BigInt(value.length)), value];
  if (value instanceof Map) {
    const pairs = [...(value as ReadonlyMap<number, CborValue>)]
      .map(([label, content]) => ({ label: integer(BigInt(label)), content }))
      .sort((a, b) => Buffer.compare(a.label, b.label));
    return [head(5, BigInt(pairs.length)), ...pairs.flatMap(({ label, content }) => [label, ...parts(content)])];
  }
  const items = value as readonly CborValue[];
  return [head(4, BigInt(items.length)), ...items.flatMap(parts)];
}

function integer(value: bigint): Uint8Array {
  return value >= 0n ? head(0, value) : head(1, -1n - value);
}

function head(major: number, argument: bigint): Uint8Array {
  const first = major << 5;
  if (argument < 24n) return Uint8Array.of(first | Number(argument));
  const sizeBytes = argument < 0x100n ? 1 : argument < 0x10000n ? 2 : argument < 0x100000000n ? 4 : 8;
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(argument, 1);
  bytes[8 - sizeBytes] = first | (24 + Math.log2(sizeBytes));
  return bytes.subarray(8 - sizeBytes);
}

/** Reads one value that fills the bytes; throws {@link RefusalError} `bad-frame` at anything §4.1 has a decoder refuse. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const refuse = (because: string): never => {
    throw new RefusalError('bad-frame', because);
  };
  if (bytes.length > maxBytes) refuse('too-long');
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;
  let values = 0;

  const take = (count: number): Buffer => {
    if (count > view.length - at) refuse('truncated');
    at += count;
    return view.subarray(at - count, at);
  };
  const argument = (info: number): bigint => {
    if (info < 24) return BigInt(info);
    if (info === 31) refuse('indefinite-length');
    if (info > 27) refuse('unsupported');
    const sizeBytes = 2 ** (info - 24);
    const value = BigInt(`0x${take(sizeBytes).toString('hex')}`);
    const least = sizeBytes === 1 ? 24n : 1n << BigInt(4 * sizeBytes);
    return value < least ? refuse('not-shortest') : value;
  };
  const safe = (value: bigint): number | bigint =>
    value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
  const size = (info: number): number => {
    const value = argument(info);
    return value > BigInt(view.length - at) ? refuse('truncated') : Number(value);
  };
  const countValue = (): void => {
    values += 1;
    if (values > maxValues) refuse('too-many');
  };
  const label = (): number => {
    countValue();
    const first = take(1)[0] ?? 0;
    const major = first >> 5;
    if (major > 1) refuse('map-label');
    const value = argument(first & 31);
    const signed = safe(major === 0 ? value : -1n - value);
    return typeof signed === 'number' ? signed : refuse('map-label');
  };
  const read = (depth: number): CborValue => {
    countValue();
    const first = take(1)[0] ?? 0;
    const major = first >> 5;
    const info = first & 31;
    if (major === 0) return safe(argument(info));
    if (major === 1) return safe(-1n - argument(info));
    if (major === 2) return new Uint8Array(take(size(info)));
    if (major === 3) {
      const text = take(size(info));
      try {
        return utf8.decode(text);
      } catch {
        return refuse('text');
      }
    }
    if (major === 4 || major === 5) {
      const count = size(info);
      if (depth === maxDepth) refuse('too-deep');
      if (major === 4) return Array.from({ length: count }, () => read(depth + 1));
      const map = new Map<number, CborValue>();
      let before: Buffer | undefined;
      for (let index = 0; index < count; index += 1) {
        const from = at;
        const key = label();
        const encoded = view.subarray(from, at);
        if (before !== undefined && Buffer.compare(before, encoded) >= 0) refuse('map-order');
        before = encoded;
        map.set(key, read(depth + 1));
      }
      return map;
    }
    if (major === 7 && info >= 20 && info <= 22) return [false, true, null][info - 20] as CborValue;
    return refuse('unsupported');
  };
  const value = read(0);
  return at === view.length ? value : refuse('trailing-bytes');
}
