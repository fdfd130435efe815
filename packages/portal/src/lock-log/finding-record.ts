import type { Actor, Event } from '@latchwork/contract';
import type { LogFinding } from '@latchwork/lock-protocol';
import { type AlarmParts, clearAlarm, raiseAlarm } from '../alarms/alarm-record.js';
import type { Draft } from '../ledger.js';
import { alarmName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

type Fault = Extract<Event, { type: 'lock_log.tampered' }>['fault'];

/** What was found wrong with the log of a lock, and who brought it. */
export interface FoundWrong {
  readonly device: Row<'device'>;
  readonly carrier: Actor;
  readonly findings: readonly LogFinding[];
}

/**
 * Tells of what is wrong with a log (T11). A gap that the lock itself speaks of is an entry of the log and told as that; so is a
 * reset, and what that took.
 */
export function recordFindings(draft: Draft, parts: AlarmParts, { device, carrier, findings }: FoundWrong): void {
  const { id: deviceId, propertyId, entranceId } = device;
  // A lock whose log was never read begins anywhere.
  if (findings.some((finding) => finding.code === 'reset' && finding.seq > 0)) {
    const cause = { kind: 'lock-reset', deviceId, sign: 'log' } as const;
    raiseAlarm(draft, parts, { propertyId, subject: deviceId, cause });
  }
  const known = alarmOf(parts, deviceId);
  // Many pages of one carrier can have the same fault.
  const faults = [...new Map(findings.flatMap(faultOf))];
  const last = faults.at(-1);
  if (last !== undefined) {
    const cause = { kind: 'log-tampered', deviceId, fault: last[0], missing: last[1] } as const;
    raiseAlarm(draft, parts, { propertyId, subject: deviceId, cause });
  }
  for (const [fault, missing] of faults) {
    // Whoever brings it again and again is told of once, until that is over.
    if (known === fault) continue;
    draft.event({
      type: 'lock_log.tampered',
      occurredAt: timestampOf(draft.now),
      ...{ propertyId, actor: carrier, deviceId, entranceId, fault, missing },
    });
  }
}

/** What is over when pages come that are whole: somebody had spoiled them on the way. The rest a person has to look into. */
const mendable: ReadonlySet<Fault> = new Set(['unreadable', 'refused', 'broken-chain', 'acknowledged-unseen']);

/** Clears, when pages have come that continue the log, what was wrong with others that were brought. */
export function clearMended(draft: Draft, parts: AlarmParts, { id }: Pick<Row<'device'>, 'id'>): void {
  const known = alarmOf(parts, id);
  if (known !== undefined && mendable.has(known)) clearAlarm(draft, parts, { subject: id, kind: 'log-tampered' });
}

function alarmOf({ projection }: AlarmParts, deviceId: Row<'device'>['id']): Fault | undefined {
  const cause = projection.alarms.byUnique(alarmName(deviceId, 'log-tampered'))?.cause;
  return cause?.kind === 'log-tampered' ? cause.fault : undefined;
}

function faultOf(finding: LogFinding): readonly (readonly [Fault, { from: number; to: number } | null])[] {
  switch (finding.code) {
    case 'reset':
    case 'overwritten':
      return [];
    case 'unreadable':
    case 'refused':
      return [[finding.code, null]];
    case 'fork':
      return [[finding.code, { from: finding.seq, to: finding.seq }]];
    case 'went-back':
      return [[finding.code, { from: finding.seq + 1, to: finding.seen }]];
    case 'broken-chain':
    case 'withheld':
    case 'erased':
    case 'acknowledged-unseen':
      return [[finding.code, { from: finding.from, to: finding.to }]];
  }
}
