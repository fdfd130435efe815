import type { Actor } from '@latchwork/contract';
import { type DeviceId, type GatewayId, isId, type PropertyId } from '@latchwork/core';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import { alarmName } from '../store/row-indexes.js';
import type { AlarmCause, AlarmSubject } from '../store/schema/alarms.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** What alarms are raised and cleared with. */
export interface AlarmParts {
  readonly projection: Pick<Projection, 'alarms'>;
  readonly identifiers: Identifiers;
}

/** What somebody has to see to. A commit raises none twice. */
export interface RaisedAlarm {
  readonly propertyId: PropertyId;
  /** What the cause names: its gateway or its device, or the property's certificate. */
  readonly subject: AlarmSubject;
  readonly cause: AlarmCause;
  readonly actor?: Actor;
}

const portal: Actor = { kind: 'system' };

/**
 * Raises an alarm in the commit that finds its cause. Where it goes on already, what it says is brought up to date and nobody is
 * told again.
 */
export function raiseAlarm(draft: Draft, { projection, identifiers }: AlarmParts, raised: RaisedAlarm): void {
  const { propertyId, subject, cause, actor = portal } = raised;
  const known = projection.alarms.byUnique(alarmName(subject, cause.kind));
  if (known !== undefined) {
    if (!isSameCause(known.cause, cause)) draft.update('alarm', { ...known, cause });
    return;
  }
  const id = identifiers.next('alarm', draft.now);
  const row: Row<'alarm'> = { id, propertyId, subject, cause, raisedAt: draft.now, clearedAt: null };
  draft.insert('alarm', row);
  tell(draft, 'alarm.raised', { row, actor });
}

/** Clears an alarm in the commit that finds that its cause is over; does nothing where there is none. */
export function clearAlarm(
  draft: Draft,
  { projection }: Pick<AlarmParts, 'projection'>,
  cleared: { readonly subject: AlarmSubject; readonly kind: AlarmCause['kind']; readonly actor?: Actor },
): void {
  const { subject, kind, actor = portal } = cleared;
  const known = projection.alarms.byUnique(alarmName(subject, kind));
  if (known === undefined) return;
  const row = { ...known, clearedAt: draft.now };
  draft.update('alarm', row);
  tell(draft, 'alarm.cleared', { row, actor });
}

/** Clears every alarm about something that is no more, in the commit that takes it away. */
export function clearAlarmsOf(
  draft: Draft,
  parts: Pick<AlarmParts, 'projection'>,
  subject: GatewayId | DeviceId,
): void {
  for (const { cause } of parts.projection.alarms.group(subject))
    clearAlarm(draft, parts, { subject, kind: cause.kind });
}

function tell(
  draft: Draft,
  type: 'alarm.raised' | 'alarm.cleared',
  { row, actor }: { readonly row: Row<'alarm'>; readonly actor: Actor },
): void {
  const { id: alarmId, propertyId, subject, cause } = row;
  draft.event({
    ...{ type, occurredAt: timestampOf(draft.now), propertyId, actor, alarmId, kind: cause.kind },
    gatewayId: isId('gateway', subject) ? subject : null,
    deviceId: isId('device', subject) ? subject : null,
  });
}

/** Stored as JSON, whose fields come back in another order. */
function isSameCause(a: AlarmCause, b: AlarmCause): boolean {
  const ordered = (cause: AlarmCause) =>
    JSON.stringify(Object.entries(cause).sort(([one], [other]) => (one < other ? -1 : 1)));
  return ordered(a) === ordered(b);
}
