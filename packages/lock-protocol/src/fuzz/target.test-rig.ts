import { isDeepStrictEqual } from 'node:util';
import { equalBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import type { Dice } from './dice.test-rig.js';

/** A promise of the room that some bytes made it break. */
export class FuzzFault extends Error {}

/** Something of the room that takes bytes from a stranger. */
export interface FuzzTarget {
  readonly name: string;
  /** The names under which what it drives is exported. */
  readonly covers: readonly string[];
  /** Inputs that are accepted as they are. */
  readonly corpus: readonly Uint8Array[];
  /** A change that knows what the bytes mean, and gives up with `undefined`. */
  readonly mutate?: (dice: Dice, input: Uint8Array) => Uint8Array | undefined;
  /**
   * Takes any bytes and says whether they were accepted. A LockProtocolError is a refusal; whatever else it throws is a
   * finding.
   */
  readonly run: (input: Uint8Array) => boolean;
}

/** A reader of bytes that throws LockProtocolError, or gives `undefined`, for what it refuses. */
export interface ReaderTarget<Value> extends Omit<FuzzTarget, 'run'> {
  readonly read: (input: Uint8Array) => Value | undefined;
  /** What was read, as bytes again. */
  readonly write?: (value: Value) => Uint8Array;
  /**
   * `exact`: what is accepted has one encoding, and writing what was read gives the same bytes. `value`: there are
   * bytes that are ignored, and reading what was written gives the same value.
   */
  readonly same?: 'exact' | 'value';
  /** Most bytes that what was read may take, beside 32 for each byte of input. */
  readonly spareBytes?: number;
}

export function readerTarget<Value>(o: ReaderTarget<Value>): FuzzTarget {
  const { name, covers, corpus, mutate, read, write, same = 'value', spareBytes = 2048 } = o;
  const run = (input: Uint8Array): boolean => {
    const value = read(input);
    if (value === undefined) return false;
    const size = sizeOf(value);
    if (size > 32 * input.length + spareBytes) throw new FuzzFault(`${input.length} bytes became ${size}.`);
    if (!write) return true;
    const written = write(value);
    if (same === 'exact' && !equalBytes(written, input))
      throw new FuzzFault('What was read is written in other bytes.');
    if (!isDeepStrictEqual(read(written), value)) throw new FuzzFault('What was written is read as something else.');
    return true;
  };
  return { name, covers, corpus, ...(mutate ? { mutate } : {}), run };
}

/** Bytes of everything in a value, however it is nested. */
export function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return sizeOf([...value]);
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 8);
}

/** What some bytes did to a target: `undefined` when they were accepted or refused as they should be. */
export function faultOf(
  target: FuzzTarget,
  input: Uint8Array,
): { readonly accepted: boolean; readonly fault?: string } {
  try {
    return { accepted: target.run(input) };
  } catch (error) {
    if (error instanceof LockProtocolError) return { accepted: false };
    const fault = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
    return { accepted: false, fault };
  }
}
