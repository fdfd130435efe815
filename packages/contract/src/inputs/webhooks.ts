import * as z from 'zod/mini';
import { propertyId } from '../identifiers.js';
import { eventTypes } from '../resources/event.js';
import { webhookDeliveryStates } from '../resources/webhook.js';
import { cursor, pageQuery } from './values.js';

const url = z.string().check(z.maxLength(2000), z.url());
const wantedTypes = z.nullable(z.array(z.enum(eventTypes)).check(z.minLength(1), z.maxLength(eventTypes.length)));
const wantedProperties = z.nullable(z.array(propertyId).check(z.minLength(1), z.maxLength(1000)));

/** Body of `createWebhookEndpoint`: what is left out means all. */
export const webhookEndpointInput = z.strictObject({
  url,
  eventTypes: z._default(wantedTypes, null),
  propertyIds: z._default(wantedProperties, null),
});

/** Body of `updateWebhookEndpoint`: what is left out stays. */
export const webhookEndpointEdit = z.strictObject({
  url: z.optional(url),
  eventTypes: z.optional(wantedTypes),
  propertyIds: z.optional(wantedProperties),
  state: z.optional(z.enum(['enabled', 'disabled'])),
});

/** Body of `rotateWebhookSecret`: how long the former secret still signs beside the new one, up to a week; a day when absent. */
export const secretRotationInput = z.strictObject({
  overlapSeconds: z._default(z.number().check(z.multipleOf(1), z.minimum(0), z.maximum(604_800)), 86_400),
});

/** Query of `listWebhookDeliveries`. */
export const deliveryQuery = z.strictObject({
  ...pageQuery.shape,
  state: z.optional(z.enum(webhookDeliveryStates)),
});

/** Body of `replayWebhooks`: which feed, and after which cursor of it. */
export const replayInput = z.strictObject({
  /** Absent: the organization's own feed. */
  propertyId: z.optional(propertyId),
  since: cursor,
});
