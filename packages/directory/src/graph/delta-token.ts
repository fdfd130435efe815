import { isObject } from '../http/body-bytes.js';

/** Tokens of directory objects live for seven days; whoever comes later is told so, or is told nothing at all. */
const lifeMs = 7 * 24 * 60 * 60_000;

/** Where a reading of changes goes on, and since when. */
interface DeltaPosition {
  readonly link: string;
  readonly takenAt: number;
}

/** Writes a position as one text, to be kept as it is. */
export function encodeDeltaToken({ link, takenAt }: { readonly link: URL; readonly takenAt: number }): string {
  return JSON.stringify({ link: link.href, takenAt });
}

/** Reads a position; `undefined` when it is too old to go on from, or is none. */
export function parseDeltaToken(text: string, nowEpochMs: number): DeltaPosition | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { link, takenAt } = value;
  if (typeof link !== 'string' || typeof takenAt !== 'number') return undefined;
  return nowEpochMs - takenAt < lifeMs ? { link, takenAt } : undefined;
}
