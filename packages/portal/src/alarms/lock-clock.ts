import { decodeLogNumbers, type LogRecord } from '@latchwork/lock-protocol';
import type { Draft } from '../ledger.js';
import type { Row } from '../store/store.js';
import { type AlarmParts, clearAlarm, raiseAlarm } from './alarm-record.js';

/** So far a lock's clock may be off and still calls itself good (packages/lock-protocol/SPEC.md §5.7). */
const driftMs = 60_000;
const driftEndMs = 30_000;

/**
 * Raises an alarm when a lock's clock was off at the time that it was last told one, and clears it when it was right: the lock itself
 * signs what it showed before and after. One that had no time, for it was new or without power, did not drift.
 */
export function watchLockClock(
  draft: Draft,
  parts: AlarmParts,
  { device, records }: { readonly device: Row<'device'>; readonly records: readonly LogRecord[] },
): void {
  const set = records.findLast(({ entry }) => entry?.type === 'clock-set')?.entry;
  if (set === undefined) return;
  const [before, after] = decodeLogNumbers(set);
  if (before === 0) return;
  const { id: deviceId, propertyId } = device;
  const offsetMs = (before - after) * 1000;
  const cause = { kind: 'lock-clock-drift', deviceId, offsetMs } as const;
  if (Math.abs(offsetMs) > driftMs) raiseAlarm(draft, parts, { propertyId, subject: deviceId, cause });
  else if (Math.abs(offsetMs) < driftEndMs) clearAlarm(draft, parts, { subject: deviceId, kind: cause.kind });
}
