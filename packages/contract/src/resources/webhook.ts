import * as z from 'zod/mini';
import { eventId, organizationId, propertyId, webhookDeliveryId, webhookEndpointId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** Why a webhook endpoint is not sent to: somebody asked for it, it answered 410, or nothing arrived for days. */
export const webhookDisablings = ['asked', 'gone', 'failing'] as const;

/**
 * An address that events are sent to (Standard Webhooks). While it is disabled nothing is sent and nothing is kept for it;
 * a replay from a cursor sends what it missed.
 */
export const webhookEndpoint = z.object({
  id: webhookEndpointId,
  organizationId,
  url: z.string(),
  /** The types it wants; `null` for every type. */
  eventTypes: z.nullable(z.array(z.string())),
  /** The properties whose events it wants; `null` for every property and the organization itself. */
  propertyIds: z.nullable(z.array(propertyId)),
  state: z.enum(['enabled', 'disabled']),
  /** `null` while it is enabled. */
  disabledBecause: z.nullable(z.enum(webhookDisablings)),
  /** Until when a secret that was replaced still signs beside the current one; `null` when none does. */
  formerSecretEndsAt: z.nullable(timestamp),
  /** Give it with an edit. */
  version: z.number(),
  createdAt: timestamp,
});
/** {@link webhookEndpoint} as data. */
export type WebhookEndpoint = ReadonlyData<z.output<typeof webhookEndpoint>>;

/** What can become of one event for one endpoint. `dead`: not sent any more until it is driven again. */
export const webhookDeliveryStates = ['pending', 'delivered', 'dead', 'cancelled'] as const;

/** One event on its way to one endpoint. Its receiver knows it by the event's id, the same at every attempt and replay. */
export const webhookDelivery = z.object({
  id: webhookDeliveryId,
  webhookEndpointId,
  eventId,
  eventType: z.string(),
  state: z.enum(webhookDeliveryStates),
  attempts: z.number(),
  /** When it is tried next; `null` once it has ended. */
  nextAttemptAt: z.nullable(timestamp),
  /** The HTTP status of the last answer; `null` when there was none. */
  lastStatus: z.nullable(z.number()),
  /** Why the last attempt had no answer, as a code; `null` when it had one. */
  lastFault: z.nullable(z.string()),
  createdAt: timestamp,
  endedAt: z.nullable(timestamp),
});
/** {@link webhookDelivery} as data. */
export type WebhookDelivery = ReadonlyData<z.output<typeof webhookDelivery>>;
