import type { GatewayMessageInput } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { Row } from '../store/store.js';

/** The command of an attempt as its gateway gets it, sent at `now` with the time that is left. */
export function unlockMessage(
  attempt: Row<'attempt'>,
  device: Row<'device'>,
  { now, traceparent }: { readonly now: Instant; readonly traceparent?: string | undefined },
): GatewayMessageInput<'cmd'> {
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
    deadline: attempt.deadline,
    ttlMs: attempt.deadline - now,
    sentAt: now,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
