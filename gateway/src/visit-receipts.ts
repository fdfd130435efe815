import type { LockRevision } from '@latchwork/contract';
import { decodeReceipt, LockProtocolError } from '@latchwork/lock-protocol';
import type { ReachedState } from './lock-course.js';

/** What a lock answered where it owed receipts. */
export interface VisitReceipts {
  /** Those that can be read as receipts, as the lock signed them, in order. */
  readonly receipts: readonly Uint8Array[];
  /** From the last of them; null when there was none. */
  readonly reached: ReachedState | null;
}

/**
 * Reads answers as receipts and leaves out what is none: a lock may answer with any bytes, and nobody could use them. The
 * session proves that they came from the lock; that it signed them, only the portal can verify.
 */
export function readReceipts(answers: readonly Uint8Array[]): VisitReceipts {
  const read = answers.flatMap((bytes) => {
    const reached = reachedBy(bytes);
    return reached === null ? [] : [{ bytes, reached }];
  });
  return { receipts: read.map(({ bytes }) => bytes), reached: read.at(-1)?.reached ?? null };
}

function reachedBy(bytes: Uint8Array): ReachedState | null {
  try {
    const { epoch, setEpoch, revision, standing } = decodeReceipt(bytes);
    const set: LockRevision = { epoch: setEpoch ?? epoch, revision };
    return { standing: standing ?? set, set };
  } catch (error) {
    if (error instanceof LockProtocolError) return null;
    throw error;
  }
}
