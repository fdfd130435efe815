import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError } from '../directory-error.js';
import type { ReadLimits, ReadOptions } from '../directory-source.js';

/** Room for two million users, over whichever directory is slowest. */
const defaultLimits: ReadLimits = {
  maxPages: 50_000,
  maxPageBytes: 32 * 1024 * 1024,
  maxUsers: 2_000_000,
  timeoutMs: 2 * 60 * 60_000,
};

/** One reading under way: what it may take, what it has taken, and whether it is still wanted. */
export interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly limits: ReadLimits;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Pages read so far. */
  readonly pages: number;
  /** What the directory counts, once it has said so. */
  counted: number | null;
  /** How long the reading may still take. */
  remainingMs(): number;
  /** Ends the reading when nobody wants it any more, or when it has taken its time. */
  check(): void;
  /** Takes a page into account, with how many users are known after it, and says how far it has come. */
  turn(users: number): void;
}

/** Begins to keep account of one reading. */
export function beginReading(clock: DirectoryClock, options: ReadOptions = {}): Reading {
  const { signal, onProgress } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const startedAt = clock.now();
  let pages = 0;
  const remainingMs = (): number => startedAt + limits.timeoutMs - clock.now();
  return {
    signal,
    limits,
    startedAt,
    counted: null,
    get pages() {
      return pages;
    },
    remainingMs,
    check() {
      if (signal?.aborted) throw new DirectoryError({ code: 'aborted' });
      if (remainingMs() <= 0) throw new DirectoryError({ code: 'too-large' });
    },
    turn(users) {
      pages += 1;
      if (pages > limits.maxPages || users > limits.maxUsers) throw new DirectoryError({ code: 'too-large' });
      onProgress?.({ pages, users, counted: this.counted });
    },
  };
}
