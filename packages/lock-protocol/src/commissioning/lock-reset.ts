import { lockTimeAt } from '../lock/lock-entry.js';
import { emptyMemory, type LockMemory } from '../lock/lock-memory.js';
import type { LockAwake, LockContext, LockEffect, LockReadings } from '../lock/lock-state.js';
import { resetLogRing } from '../log/log-ring.js';

/** Whether somebody inside has shown, not long ago, to be there. */
export function isSomebodyPresent({ presentUntil }: LockAwake, at: number): boolean {
  return presentUntil !== undefined && at <= presentUntil;
}

/** Not only forgotten: the secrets of cards must not be found in the flash of a lock that was sold. */
const bothErased = [0, 1].map((bank) => ({ bank, erase: true }) as const);

/**
 * The memory of a lock that was reset to the factory state: nothing of whom it obeyed and whom it let in. Its log begins
 * anew and counts the reset, and no firmware that was too old before is good again. The effect `forget-identity` must
 * follow once that memory is written.
 */
export function forgetEverything(
  { crypto }: Pick<LockContext, 'crypto'>,
  memory: LockMemory,
  readings: LockReadings,
): { readonly memory: LockMemory; readonly effects: readonly LockEffect[] } {
  const moment = { quality: readings.clockQuality, time: lockTimeAt(readings, memory) };
  const { ring, entries, writes } = resetLogRing(crypto, memory.log, moment);
  return {
    memory: { ...emptyMemory, firmware: memory.firmware, log: ring },
    effects: [
      { type: 'write-set', writes: bothErased },
      { type: 'write-log', writes },
      ...entries.map((entry): LockEffect => ({ type: 'log', entry })),
    ],
  };
}
