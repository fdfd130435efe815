import type { Draft } from '../ledger.js';
import { lockSetCapacity } from '../locks/wanted-set.js';
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
 * Adds to each commit what it means for the alarms: a gateway that is back, a lock that told of its battery or has hardly any room
 * left, and what was taken away.
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

  /** Before it is too late: whoever comes next gets no card there. */
  const planned = (draft: Draft, { deviceId, propertyId, entries, lastReport }: Row<'lockDesired'>): void => {
    const kind = 'lock-nearly-full';
    const wasRaised = projection.alarms.group(deviceId).some(({ cause }) => cause.kind === kind);
    const isFull = lastReport?.parts.set?.code === 'full';
    const used = entries.length;
    if (!isFull && used < lockSetCapacity * (wasRaised ? roomyShare : fullShare)) {
      clearAlarm(draft, parts, { subject: deviceId, kind });
      return;
    }
    const cause = { kind, deviceId, used, limit: isFull ? null : lockSetCapacity } as const;
    raiseAlarm(draft, parts, { propertyId, subject: deviceId, cause });
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
      } else if (write.table === 'lockDesired') {
        if (write.op !== 'delete') planned(draft, write.row);
      } else if (write.table === 'gateway') {
        const { id, online } = write.row;
        if (write.op === 'delete') clearAlarmsOf(draft, parts, id);
        else if (online) clearAlarm(draft, parts, { subject: id, kind: 'gateway-offline' });
      }
    }
  };
}

/** Of what a lock takes: from there on it is nearly full, and so far down it is not any more. */
const fullShare = 0.9;
const roomyShare = 0.85;

function isNewWord(before: Row<'device'> | undefined, { observation }: Row<'device'>): boolean {
  return observation !== null && before?.observation?.observedAt !== observation.observedAt;
}
