import { logAtLock } from '../lock/lock-entry.js';
import type { LockContext, LockEffect, LockMoment, LockState, LockStep } from '../lock/lock-state.js';
import { endTrial, otherSlot } from './firmware-memory.js';
import { firmwareFact } from './firmware-operation.js';
import type { FirmwareEvent } from './firmware-state.js';

/** What follows when a lock has started: an image on trial has proven itself, or the one before it is taken back (SPEC §10.13). */
export function settleFirmware(context: LockContext, state: LockState, event: LockMoment & FirmwareEvent): LockStep {
  const { memory } = state;
  const { slot, selfTest, readings } = event;
  const { firmware, rolledBack } = endTrial(memory.firmware, { slot, isGood: selfTest === 'passed' });
  if (firmware === memory.firmware) return { state, effects: [] };
  const settled = { ...memory, firmware };
  if (rolledBack === undefined) return { state: { ...state, memory: settled }, effects: [] };
  const entry = firmwareFact(rolledBack.digest, rolledBack.version, rolledBack.versionBefore);
  const logged = logAtLock(context, settled, { readings, entry });
  const restart: readonly LockEffect[] = slot === otherSlot(memory.firmware) ? [{ type: 'restart' }] : [];
  return { state: { ...state, memory: logged.memory }, effects: [...logged.effects, ...restart] };
}
