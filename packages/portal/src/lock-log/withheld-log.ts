import type { Instant } from '@latchwork/core';
import { logPatienceMs, withheldLog } from '@latchwork/lock-protocol';
import { type AlarmParts, clearAlarm, raiseAlarm } from '../alarms/alarm-record.js';
import type { Clock } from '../clock.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { StoredRange } from '../store/schema/lock-log.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { openReader } from './stored-reader.js';

/** The alarm comes ten minutes after the first word at the latest (T12), and the portal looks every few seconds. */
const leadMs = 30_000;

/** What is missing of a log for longer than a reader waits, with whatever lies between; `null`: nothing. */
export function withheldOf(row: Row<'lockReader'>, now: Instant): StoredRange | null {
  const { told } = row;
  if (row.reader.awaited === undefined && told === null) return null;
  const at = now + leadMs;
  const reader = openReader(row);
  const isToldDue = told !== null && told.seq > reader.cursor.seq && at - told.since > logPatienceMs;
  const ends = [...withheldLog(reader, at).map(({ to }) => to), ...(isToldDue ? [told.seq] : [])];
  return ends.length === 0 ? null : { from: reader.cursor.seq + 1, to: Math.max(...ends) };
}

/** Raises an alarm for every lock of whose log something is missing for too long, naming what (T12). */
export async function watchForMissing(
  parts: AlarmParts & {
    readonly projection: Projection;
    readonly ledger: Pick<Ledger, 'write'>;
    readonly clock: Clock;
  },
): Promise<void> {
  const { projection, ledger, clock } = parts;
  const dueAt = (now: Instant) =>
    projection.lockReaders.all().flatMap((row) => {
      const withheld = withheldOf(row, now);
      return withheld === null || isSame(withheld, row.withheld) ? [] : [{ row, withheld }];
    });
  if (dueAt(clock.now()).length === 0) return;
  await ledger.write((draft) => {
    for (const { row, withheld } of dueAt(draft.now)) {
      const device = projection.devices.get(row.deviceId);
      if (device === undefined) continue;
      const { id: deviceId, propertyId, entranceId } = device;
      draft.update('lockReader', { ...row, withheld, updatedAt: draft.now });
      const cause = { kind: 'log-withheld', deviceId, missing: withheld } as const;
      raiseAlarm(draft, parts, { propertyId, subject: deviceId, cause });
      if (row.withheld !== null) continue;
      const fact = { propertyId, actor: { kind: 'system' }, deviceId, entranceId, missing: withheld } as const;
      draft.event({ type: 'lock_log.withheld', occurredAt: timestampOf(draft.now), ...fact });
    }
  });
}

/** The row after a reading: what was missing and has come, or is known to be gone, is no longer withheld. */
export function noLongerMissing(draft: Draft, parts: AlarmParts, row: Row<'lockReader'>): Row<'lockReader'> {
  if (row.withheld === null || (row.reader.cursor.seq < row.withheld.to && withheldOf(row, draft.now) !== null))
    return row;
  clearAlarm(draft, parts, { subject: row.deviceId, kind: 'log-withheld' });
  return { ...row, withheld: null };
}

function isSame(a: StoredRange, b: StoredRange | null): boolean {
  return b !== null && a.from === b.from && a.to === b.to;
}
