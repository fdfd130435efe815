import type { GatewayMessageInput } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { Row } from '../store/store.js';

/** What the gateway of an attempt gets, sent at `now` with the time that is left: the command, or for a tunnel nothing of the command. */
export function attemptMessage(
  attempt: Row<'attempt'>,
  device: Row<'device'>,
  { now, traceparent }: { readonly now: Instant; readonly traceparent?: string | undefined },
): GatewayMessageInput<'cmd'> {
  const sent = {
    deadline: attempt.deadline,
    ttlMs: attempt.deadline - now,
    sentAt: now,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  if (attempt.mode === 'tunnel') {
    return { v: 1, type: 'tunnel-open', attemptId: attempt.id, tag: device.tag, ...sent };
  }
  return {
    v: 1,
    type: 'unlock',
    attemptId: attempt.id,
    commandId: attempt.commandId,
    entranceId: attempt.entranceId,
    deviceId: device.id,
    lock: { tag: device.tag, publicKey: device.publicKey },
    action: 'unlock',
    intent: 'staff',
    ...sent,
  };
}
