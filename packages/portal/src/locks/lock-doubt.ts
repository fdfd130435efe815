import type { LockRevision } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { compareRevisions, type LockStatement } from '@latchwork/lock-protocol';
import type { Row } from '../store/store.js';

/** What a lock has signed, and where it stands by that. */
export type LockWord = Pick<LockStatement, 'seq' | 'issuedAt' | 'quality'> & { readonly standing: LockRevision };

/**
 * Notes what a receipt says of where its lock stands now. A lock that tells later of less than it had proven has lost it, by
 * damage, by an older memory or at somebody's hands: until it proves the newest word anew, nobody can say what it obeys. An old
 * receipt that comes late says nothing.
 */
export function withWordOf(row: Row<'lockDesired'>, word: LockWord, now: Instant): Row<'lockDesired'> {
  const { seq, issuedAt, standing } = word;
  if (row.proven === null || compareRevisions(standing, row.proven) > 0) {
    return row.doubtedAt === null || isLater(word, row)
      ? { ...row, lastWord: { seq, issuedAt }, doubtedAt: null }
      : row;
  }
  if (!isLater(word, row)) return row;
  const isLess = compareRevisions(standing, row.proven) < 0;
  return { ...row, lastWord: { seq, issuedAt }, doubtedAt: isLess ? (row.doubtedAt ?? now) : null };
}

/** Where a lock is known to stand; `null`: nowhere. */
export function standsAt({ proven, doubtedAt }: Pick<Row<'lockDesired'>, 'proven' | 'doubtedAt'>): LockRevision | null {
  return doubtedAt === null ? proven : null;
}

/** By a clock that the lock trusts; without one, and within a second, by its log, which grows unless it was lost. */
function isLater({ seq, issuedAt, quality }: LockWord, { lastWord }: Row<'lockDesired'>): boolean {
  if (lastWord === null) return true;
  return quality === 'good' && issuedAt !== lastWord.issuedAt ? issuedAt > lastWord.issuedAt : seq > lastWord.seq;
}
