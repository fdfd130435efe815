import type { Instant } from '@latchwork/core';
import type { Row } from '../store/store.js';

/** What one attempt came to. */
export type DeliveryOutcome =
  /** There was an answer; `retryAfter` is its header of that name. */
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  /** There was none; the fault is a code. */
  | { readonly kind: 'unanswered'; readonly fault: string };

/** Waits after the first, second, … attempt; the last one repeats until the delivery is given up. */
const backOffMs = [
  5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
] as const satisfies readonly number[];
const longestRetryAfterMs = 6 * 60 * 60 * 1000;

/**
 * What an attempt makes of a delivery: delivered by any 2xx, dead by 410 or when its time is over, else tried again later,
 * a last time right at the end of its time.
 *
 * @param random 0 to 1; spreads the attempts of many deliveries.
 */
export function afterAttempt(
  delivery: Row<'webhookDelivery'>,
  outcome: DeliveryOutcome,
  o: { readonly now: Instant; readonly random: number },
): Row<'webhookDelivery'> {
  const { now, random } = o;
  const attempts = delivery.attempts + 1;
  const tried = {
    ...delivery,
    attempts,
    lastStatus: outcome.kind === 'answered' ? outcome.status : null,
    lastFault: outcome.kind === 'unanswered' ? outcome.fault : null,
  };
  if (isSuccess(outcome)) return { ...tried, state: 'delivered', endedAt: now };
  if (isGone(outcome) || now >= delivery.giveUpAt) return { ...tried, state: 'dead', endedAt: now };
  const waitMs = (backOffMs[Math.min(attempts, backOffMs.length) - 1] ?? 0) * (0.8 + 0.4 * random);
  const askedMs = outcome.kind === 'answered' ? readRetryAfter(outcome.retryAfter, now) : 0;
  const next = Math.round(now + Math.max(waitMs, Math.min(askedMs, longestRetryAfterMs)));
  return { ...tried, nextAttemptAt: Math.min(next, delivery.giveUpAt) as Instant };
}

/** How long a receiver asks to be left alone: seconds, or a date (RFC 9110 §10.2.3); 0 for anything else. */
function readRetryAfter(header: string | undefined, now: Instant): number {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0);
}

/** Whether the receiver has taken the event. */
export function isSuccess(outcome: DeliveryOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

/** Whether the receiver wants nothing more at this address. */
export function isGone(outcome: DeliveryOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status === 410;
}

/** A dead delivery with a new life; any other as it is. */
export function revived(
  delivery: Row<'webhookDelivery'>,
  o: { readonly now: Instant; readonly lifetimeMs: number },
): Row<'webhookDelivery'> {
  if (delivery.state !== 'dead') return delivery;
  const { now, lifetimeMs } = o;
  return {
    ...delivery,
    state: 'pending',
    attempts: 0,
    nextAttemptAt: now,
    giveUpAt: (now + lifetimeMs) as Instant,
    endedAt: null,
  };
}
