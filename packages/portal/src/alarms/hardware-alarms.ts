import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row, Write } from '../store/store.js';
import { timestampOrNull } from '../wire-time.js';
import { type AlarmParts, clearAlarm, clearAlarmsOf, raiseAlarm } from './alarm-record.js';
import { emptyAtOf, isBatteryLow, withLevel } from './battery-trend.js';

/** What it stands on. */
export interface HardwareAlarmParts extends AlarmParts {
  readonly projection: Projection;
}

/**
 * Adds to each commit what it means for the alarms: a gateway that is back, a lock that told of its battery, and what was taken
 * away.
 */
export function createHardwareAlarms(parts: HardwareAlarmParts): (draft: Draft, writes: readonly Write[]) => void {
  const { projection } = parts;

  const observed = (draft: Draft, device: Row<'device'>): void => {
    const { id, propertyId, observation } = device;
    const percent = observation?.batteryPercent ?? null;
    if (observation === null || percent === null) return;
    const row = projection.lockConditions.get(id);
    const before = row?.batteryLevels ?? [];
    const batteryLevels = withLevel(before, { percent, at: observation.observedAt });
    if (batteryLevels === before) return;
    const next = { deviceId: id, propertyId, hearings: row?.hearings ?? [], batteryLevels, updatedAt: draft.now };
    draft[row === undefined ? 'insert' : 'update']('lockCondition', next);
    const wasLow = projection.alarms.group(id).some(({ cause }) => cause.kind === 'battery-low');
    if (!isBatteryLow(batteryLevels, { wasLow })) {
      clearAlarm(draft, parts, { subject: id, kind: 'battery-low' });
      return;
    }
    const emptyAt = timestampOrNull(emptyAtOf(batteryLevels));
    const cause = { kind: 'battery-low', deviceId: id, batteryPercent: percent, emptyAt } as const;
    raiseAlarm(draft, parts, { propertyId, subject: id, cause });
  };

  const removed = (draft: Draft, device: Row<'device'>): void => {
    const row = projection.lockConditions.get(device.id);
    if (row !== undefined) draft.delete('lockCondition', row);
    clearAlarmsOf(draft, parts, device.id);
  };

  return (draft, writes) => {
    for (const write of writes) {
      if (write.table === 'device') {
        if (write.op === 'delete') removed(draft, write.row);
        else if (isNewWord(projection.devices.get(write.row.id), write.row)) observed(draft, write.row);
      } else if (write.table === 'gateway') {
        const { id, online } = write.row;
        if (write.op === 'delete') clearAlarmsOf(draft, parts, id);
        else if (online) clearAlarm(draft, parts, { subject: id, kind: 'gateway-offline' });
      }
    }
  };
}

function isNewWord(before: Row<'device'> | undefined, { observation }: Row<'device'>): boolean {
  return observation !== null && before?.observation?.observedAt !== observation.observedAt;
}
