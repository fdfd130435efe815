import { equalBytes } from '../encoding/byte-strings.js';
import { largestUint32 } from '../encoding/claim-reader.js';
import { encodeLogNumbers } from '../log/lock-log.js';
import { type LogFact, lockTimeAt, logAtLock, nobody } from './lock-entry.js';
import { lockLimits } from './lock-limits.js';
import type { LockContext, LockEffect, LockKept, LockMoment } from './lock-state.js';

/**
 * What was refused in the running hour: the first few attempts have entries of their own, the others are counted until a
 * `handshakes` entry tells of them. So nobody washes the log away by radio, and nothing is silent (SPEC §9.3).
 */
export interface RefusedAttempts {
  /** Monotonic ms of the first one: the hour begins there. */
  readonly since: number;
  /** Entries of their own that attempts by nobody known have had. */
  readonly unnamed: number;
  /** The same for attempts with something that the property signed once. */
  readonly named: number;
  /** `handshakes` entries written before the hour was over. */
  readonly told: number;
  /** Attempts that no entry speaks of yet. */
  readonly counted: number;
  /** UTC seconds of the first of those, as its entry would have said. */
  readonly firstTime: number;
}

/** What a lock keeps after it has logged, and what must be written for it. */
export interface LoggedAttempt extends LockKept {
  readonly effects: readonly LockEffect[];
}

type Moment = Pick<LockMoment, 'at' | 'readings'>;

/** Logs an attempt that was refused: by an entry of its own, or by counting it. */
export function logAttempt(
  context: Pick<LockContext, 'crypto'>,
  { memory, awake }: LockKept,
  { event, entry }: { readonly event: Moment; readonly entry: LogFact },
): LoggedAttempt {
  const { at, readings } = event;
  const hour = awake.attempts ?? { since: at, unnamed: 0, named: 0, told: 0, counted: 0, firstTime: 0 };
  const kind = equalBytes(entry.actor, nobody) ? 'unnamed' : 'named';
  if (hour[kind] < lockLimits.attemptEntries[kind]) {
    const logged = logAtLock(context, memory, { readings, entry });
    return { ...logged, awake: { ...awake, attempts: { ...hour, [kind]: hour[kind] + 1 } } };
  }
  const firstTime = hour.counted === 0 ? lockTimeAt(readings, memory) : hour.firstTime;
  const counted = Math.min(hour.counted + 1, largestUint32);
  return { memory, awake: { ...awake, attempts: { ...hour, counted, firstTime } }, effects: [] };
}

/** Tells the log what was counted, because somebody verified is there whom the log may go to; a few times an hour. */
export function tellAttempts(context: Pick<LockContext, 'crypto'>, kept: LockKept, event: Moment): LoggedAttempt {
  const { attempts } = kept.awake;
  if (!attempts || attempts.told >= lockLimits.attemptEntries.told) return { ...kept, effects: [] };
  return writeCounted(context, kept, { event, attempts });
}

/** Ends the hour when it is over: what was counted is told, and counting begins anew. */
export function endAttemptHour(context: Pick<LockContext, 'crypto'>, kept: LockKept, event: Moment): LoggedAttempt {
  const { attempts } = kept.awake;
  if (!attempts || event.at < attempts.since + lockLimits.attemptHourMs) return { ...kept, effects: [] };
  const told = writeCounted(context, kept, { event, attempts });
  const { attempts: _over, ...awake } = told.awake;
  return { ...told, awake };
}

function writeCounted(
  context: Pick<LockContext, 'crypto'>,
  { memory, awake }: LockKept,
  { event, attempts }: { readonly event: Moment; readonly attempts: RefusedAttempts },
): LoggedAttempt {
  const { counted, firstTime, told } = attempts;
  if (counted === 0) return { memory, awake, effects: [] };
  const commandId = encodeLogNumbers(counted, firstTime);
  const entry = { type: 'handshakes', result: 'auth', actor: nobody, commandId } as const;
  const logged = logAtLock(context, memory, { readings: event.readings, entry });
  return { ...logged, awake: { ...awake, attempts: { ...attempts, counted: 0, firstTime: 0, told: told + 1 } } };
}
