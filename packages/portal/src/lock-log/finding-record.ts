import type { Actor, Event } from '@latchwork/contract';
import type { LogFinding } from '@latchwork/lock-protocol';
import type { Draft } from '../ledger.js';
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
export function recordFindings(draft: Draft, { device, carrier, findings }: FoundWrong): void {
  const { id: deviceId, propertyId, entranceId } = device;
  // Many pages of one carrier can have the same fault.
  for (const [fault, missing] of new Map(findings.flatMap(faultOf))) {
    draft.event({
      type: 'lock_log.tampered',
      occurredAt: timestampOf(draft.now),
      ...{ propertyId, actor: carrier, deviceId, entranceId, fault, missing },
    });
  }
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
