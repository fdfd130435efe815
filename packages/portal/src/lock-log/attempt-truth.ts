import type { Instant } from '@latchwork/core';
import type { LogEntry } from '@latchwork/lock-protocol';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { AttemptResult } from '../store/schema/access.js';
import type { Row } from '../store/store.js';
import { endAttempt, endByReport, isNews } from '../unlock/attempt-life.js';
import { recordAttempt } from '../unlock/attempt-record.js';

type Attempt = Row<'attempt'>;

/** What a lock's log says of one command. */
export interface CommandEntry {
  readonly resets: number;
  readonly entry: LogEntry;
  /** By the lock's clock, or when it was read. */
  readonly occurredAt: Instant;
}

/** How far a lock's log is known without a hole. */
export interface LogReach {
  /** The lock's log has nothing of before this moment that is not here; `null`: the lock's clock cannot tell. */
  readonly until: Instant | null;
  /** What was done before may be among entries that are gone for good; `null`: nothing is. */
  readonly lostAt: Instant | null;
}

/** A lock's good clock may be wrong by a minute (packages/lock-protocol/SPEC.md §5.7). */
export const clockErrorMs = 60_000;

/** How far a log that was read to its end proves what is not in it. */
export function reachOf(row: Pick<Row<'lockReader'>, 'reader' | 'lostAt'>): LogReach {
  const { cursor, newest } = row.reader;
  const isWhole = cursor.seq >= newest.seq && newest.quality === 'good';
  const until = isWhole ? ((newest.issuedAt * 1000 - clockErrorMs) as Instant) : null;
  return { until, lostAt: row.lostAt };
}

/** Ends the attempts of which the lock's own log tells the truth: the commands that it names, by what it says of them. */
export function tellFound(
  draft: Draft,
  projection: Projection,
  found: readonly { readonly attempt: Attempt; readonly command: CommandEntry }[],
): void {
  for (const { attempt, command } of found) {
    const { entry, resets, occurredAt } = command;
    // A repeated command changed nothing; what came of it stands in the entry before.
    if (entry.result === 'duplicate') continue;
    const current = projection.openAttempts.get(attempt.id) ?? attempt;
    const outcome = entry.result === 'ok' ? 'executed' : 'refused';
    const report = { outcome, code: entry.result, toldBy: 'log' } as const;
    const result = { toldBy: 'log', eventId: `log:${resets}:${entry.seq}`, occurredAt, logSeq: entry.seq } as const;
    if (isNews(current, report)) end(draft, projection, { ...current, result }, endByReport(report));
    else settle(draft, current, result);
  }
}

/**
 * Ends the attempts of a lock that ended unknown, or executed by a phone's word, and of which its log, known beyond their deadline, says
 * nothing: they moved no bolt. A lock runs no command after its deadline.
 */
export function tellNotFound(
  draft: Draft,
  projection: Projection,
  o: { readonly deviceId: Row<'device'>['id']; readonly reach: LogReach; readonly found: ReadonlySet<string> },
): void {
  const { until, lostAt } = o.reach;
  if (until === null) return;
  for (const attempt of unprovenAttempts(projection, o.deviceId)) {
    const isBeyond = attempt.deadline < until && (lostAt === null || lostAt < attempt.requestedAt);
    if (!isBeyond || o.found.has(attempt.commandId)) continue;
    const result = { toldBy: 'log', eventId: `log:none:${attempt.commandId}`, occurredAt: draft.now } as const;
    if (attempt.state === 'unknown' || attempt.state === 'confirmed') {
      end(draft, projection, { ...attempt, result }, { state: 'expired', code: 'not-executed' });
    } else settle(draft, attempt, result);
  }
}

/** What a phone said was so: nothing is told anew, and from now on it stands by the lock's word. */
function settle(draft: Draft, attempt: Attempt, told: AttemptResult): void {
  if (attempt.result?.toldBy === 'phone')
    draft.update('attempt', { ...attempt, result: { ...attempt.result, ...told } });
}

/** The attempts at a lock whose end nobody knows yet. */
export function unknownAttempts(projection: Projection, deviceId: Row<'device'>['id']): readonly Attempt[] {
  return unprovenAttempts(projection, deviceId).filter(({ state }) => state === 'unknown');
}

/** The attempts at a lock that have ended, but not by its own word: nobody knows how, or a phone says so. */
export function unprovenAttempts(projection: Projection, deviceId: Row<'device'>['id']): readonly Attempt[] {
  return [...projection.openAttempts.values()].filter(
    ({ deviceId: at, state, result }) => at === deviceId && (state === 'unknown' || result?.toldBy === 'phone'),
  );
}

function end(draft: Draft, projection: Projection, attempt: Attempt, how: ReturnType<typeof endByReport>): void {
  const ended = endAttempt(attempt, how, draft.now);
  recordAttempt(draft, projection, { op: 'update', attempt: ended, facts: ['ended'] });
}
