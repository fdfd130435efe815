import { isEndState } from '@latchwork/contract';
import type { AttemptId } from '@latchwork/core';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { CommittedListener, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { endAttempt } from './attempt-life.js';
import { recordAttempt } from './attempt-record.js';
import { attemptMessage } from './unlock-message.js';

/** What a hand-over stands on. */
export interface HandOverParts {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly link: GatewayLink;
  /** Names this process, as gateways' rows name the one they are connected to. */
  readonly self: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Sends the commands of attempts that other processes decided on for gateways that are connected here. Every process sees
 * the commit of an attempt once and with the same state before it, so exactly the one that the gateway was connected to
 * sends, once; when that one is gone, or hears of the commit after the deadline, nobody does and the attempt expires.
 */
export function createHandOver(parts: HandOverParts): CommittedListener {
  const { projection, ledger, link, self, clock, log } = parts;

  const record = async (id: AttemptId, sent: boolean) => {
    await ledger.write((draft) => {
      const attempt = projection.openAttempts.get(id);
      if (attempt === undefined || isEndState(attempt.state) || attempt.sentAt !== null) return;
      const next: Row<'attempt'> = sent
        ? { ...attempt, state: attempt.state === 'accepted' ? 'sent' : attempt.state, sentAt: draft.now }
        : endAttempt(attempt, { state: 'refused', code: 'gateway-offline' }, draft.now);
      recordAttempt(draft, projection, { op: 'update', attempt: next, facts: [sent ? 'sent' : 'ended'] });
    });
  };

  return ({ writes, by }) => {
    if (by === 'this-process') return;
    for (const write of writes) {
      if (write.table !== 'attempt' || write.op !== 'insert' || write.row.state !== 'accepted') continue;
      const { row: attempt } = write;
      const gateway = attempt.gatewayId === null ? undefined : projection.gateways.get(attempt.gatewayId);
      const device = attempt.deviceId === null ? undefined : projection.devices.get(attempt.deviceId);
      const now = clock.now();
      if (gateway?.hostId !== self || device === undefined || now >= attempt.deadline) continue;
      const sent = link.send(gateway.id, attemptMessage(attempt, device, { now }));
      record(attempt.id, sent).catch((error: unknown) =>
        log.error({ err: error, attemptId: attempt.id }, 'handed-over command not recorded'),
      );
    }
  };
}
