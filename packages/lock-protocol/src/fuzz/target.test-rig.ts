import { isDeepStrictEqual } from 'node:util';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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
  /** Length of its turns, in those of a decoder: absent, 1. A machine has more to say, and takes longer to say it. */
  readonly share?: number;
  /**
   * Takes any bytes and says whether they were accepted, or by which ways they led it: what led it a new way is changed
   * further. A LockProtocolError is a refusal; whatever else it throws is a finding.
   */
  readonly run: (input: Uint8Array) => boolean | ReadonlySet<string>;
}

/** A reader of bytes that throws LockProtocolError, or gives `undefined`, for what it refuses. */
export interface ReaderTarget<Value> extends Omit<FuzzTarget, 'run' | 'share'> {
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

export function readerTarget<Value>(
  o: ReaderTarget<Value>,
): FuzzTarget & { readonly run: (input: Uint8Array) => boolean } {
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

/** What some bytes did to a target. */
export interface Met {
  readonly accepted: boolean;
  readonly ways: ReadonlySet<string>;
  /** Absent when they were accepted or refused as they should be. */
  readonly fault?: string;
  /** How much memory it took meanwhile, as far as none was given back; kept or not. */
  readonly grownBytes: number;
}

/** More memory than this for one input, each of three times, is a finding: no message has more than 4096 bytes. */
const mostGrownBytes = 24 * 1024 * 1024;
const noWays: ReadonlySet<string> = new Set();

export function meet(target: FuzzTarget, input: Uint8Array): Met {
  const met = meetOnce(target, input);
  if (met.fault !== undefined || met.grownBytes < mostGrownBytes) return met;
  // Others leave something on the heap only once; and what an input before took must not be given back during this one.
  const again = [1, 2].map(() => {
    collectGarbage();
    return meetOnce(target, input).grownBytes;
  });
  const grownBytes = Math.min(...again);
  if (grownBytes < mostGrownBytes) return met;
  return { ...met, fault: `Takes ${Math.round(grownBytes / 1024 / 1024)} MB for ${input.length} bytes.` };
}

function meetOnce(target: FuzzTarget, input: Uint8Array): Met {
  const before = usedBytes();
  const grownBytes = () => Math.max(0, usedBytes() - before);
  try {
    const ran = target.run(input);
    return { accepted: ran !== false, ways: typeof ran === 'boolean' ? noWays : ran, grownBytes: grownBytes() };
  } catch (error) {
    const refused = { accepted: false, ways: noWays, grownBytes: grownBytes() };
    if (error instanceof LockProtocolError) return refused;
    const fault = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
    return { ...refused, fault };
  }
}

let collect: (() => void) | undefined;

/** So that what an input takes is not hidden by what is given back meanwhile. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

function usedBytes(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}
