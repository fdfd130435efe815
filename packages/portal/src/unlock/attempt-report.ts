import type { GatewayMessage } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { AttemptResult } from '../store/schema/access.js';
import type { DeviceObservation } from '../store/schema/hardware.js';

/** When it happened, by the gateway's word but never after it was heard: a clock that runs ahead must not hide later truths. */
function occurrenceOf({ occurredAt }: GatewayMessage<'evt'>, heardAt: Instant): Instant {
  return Math.min(occurredAt, heardAt) as Instant;
}

/** What a report says of the end. */
export function resultOf(message: GatewayMessage<'evt'>, heardAt: Instant): AttemptResult {
  const { eventId, bolt, batteryPercent, logSeq, logHead, spansMs } = message;
  return {
    eventId,
    occurredAt: occurrenceOf(message, heardAt),
    ...(bolt === undefined ? {} : { bolt }),
    ...(batteryPercent === undefined ? {} : { batteryPercent }),
    ...(logSeq === undefined ? {} : { logSeq }),
    ...(logHead === undefined ? {} : { logHead }),
    ...(spansMs === undefined ? {} : { spansMs: JSON.parse(JSON.stringify(spansMs)) }),
  };
}

/** What a report says of the lock; `undefined`: nothing. */
export function observationOf(message: GatewayMessage<'evt'>, heardAt: Instant): DeviceObservation | undefined {
  const { bolt, batteryPercent } = message;
  if (bolt === undefined) return undefined;
  return { bolt, batteryPercent: batteryPercent ?? null, observedAt: occurrenceOf(message, heardAt) };
}
