import type { ActionAttempt } from '@latchwork/contract';

/** One unlock as its asker knows it. At one lock the times of two of them never overlap. */
export interface AskedUnlock {
  /** Index of the lock. */
  readonly lock: number;
  readonly attemptId: string;
  /** Epoch milliseconds, as the next. */
  readonly from: number;
  readonly deadline: number;
}

/** What became of one lock's bolt, told by the lock. */
export interface LockTruth {
  readonly moves: { readonly at: number; readonly commandId: string }[];
}

/** What a run of kills has come to. Everything from `late` on must be 0. */
export interface KillVerdict extends UnlockVerdict {
  readonly kills: number;
  readonly cards: number;
  readonly takenAway: number;
  /** Cards that the portal or a lock treats otherwise than they should. */
  readonly lostProvisioning: number;
}

/** What the unlocks of a run have come to. */
export interface UnlockVerdict {
  readonly unlocks: number;
  readonly confirmed: number;
  /** Ended by what the lock wrote down, after their gateway could not say. */
  readonly toldByLog: number;
  /** Moves at a time at which nobody's unlock was allowed. */
  readonly late: number;
  /** Unlocks that moved the bolt more than once. */
  readonly doubled: number;
  /** Unlocks that are said to have ended otherwise than they did. */
  readonly untrue: number;
  /** Unlocks that are unknown for ever. */
  readonly unresolved: number;
}

/** Compares what is said of each unlock with what its lock did meanwhile. */
export function unlockVerdict(
  asked: readonly AskedUnlock[],
  ends: readonly ActionAttempt[],
  locks: readonly LockTruth[],
): UnlockVerdict {
  const movesOf = ({ lock, from, deadline }: AskedUnlock) =>
    (locks[lock]?.moves ?? []).filter(({ at }) => at >= from && at <= deadline);
  const unlocks = asked.map((unlock, index) => ({ moves: movesOf(unlock).length, end: ends[index] }));
  const allMoves = locks.reduce((sum, { moves }) => sum + moves.length, 0);
  const count = (isIt: (unlock: (typeof unlocks)[number]) => boolean) => unlocks.filter(isIt).length;
  return {
    unlocks: unlocks.length,
    confirmed: count(({ end }) => end?.state === 'confirmed'),
    toldByLog: count(({ end }) => end?.toldBy === 'log'),
    late: allMoves - unlocks.reduce((sum, { moves }) => sum + moves, 0),
    doubled: count(({ moves }) => moves > 1),
    untrue: count(({ moves, end }) => end?.state !== 'unknown' && (end?.state === 'confirmed') !== moves > 0),
    unresolved: count(({ end }) => end?.state === 'unknown'),
  };
}
