import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { CborValue } from './cbor.js';

const folder = dirname(createRequire(import.meta.url).resolve('@latchwork/lock-protocol/package.json'));

/** The golden vectors of one file beside SPEC.md. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(folder, 'vectors', `${name}.json`), 'utf8')) as T;
}

/** The bytes of a hex string. */
export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** The hex string of bytes. */
export function hex(data: Uint8Array | undefined): string {
  return data === undefined ? 'none' : Buffer.from(data).toString('hex');
}

/** A value as the vectors write it: `{h}` is a byte string, `{big}` an integer, `{map}` a list of pairs. */
export function cborValue(written: unknown): CborValue {
  if (Array.isArray(written)) return written.map(cborValue);
  if (typeof written !== 'object' || written === null) return written as CborValue;
  if ('h' in written) return bytes(String(written.h));
  if ('big' in written) return BigInt(String(written.big));
  return cborMap((written as { map: [number, unknown][] }).map);
}

/** A map as the vectors write it. */
export function cborMap(pairs: readonly (readonly [number, unknown])[]): ReadonlyMap<number, CborValue> {
  return new Map(pairs.map(([label, content]) => [label, cborValue(content)]));
}
