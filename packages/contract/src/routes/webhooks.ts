import * as z from 'zod/mini';
import { organizationId, webhookDeliveryId, webhookEndpointId } from '../identifiers.js';
import { editHeaders, idempotencyHeaders } from '../inputs/headers.js';
import { pageQuery } from '../inputs/values.js';
import {
  deliveryQuery,
  replayInput,
  secretRotationInput,
  webhookEndpointEdit,
  webhookEndpointInput,
} from '../inputs/webhooks.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const ofEndpoint = z.strictObject({ webhookEndpointId });
const managed = { auth: 'session-or-api-key', action: 'organization.manage' } as const;

/** Adds an address that events are sent to; `secret` verifies their signatures and is shown only here. */
export const createWebhookEndpoint = route(operations.createWebhookEndpoint, {
  ...managed,
  summary: 'Add a webhook endpoint to an organization',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: webhookEndpointInput,
  statuses: [201],
  problems: ['webhook-url-not-allowed', 'property-not-found'],
});

/** Lists the webhook endpoints of a tenant. */
export const listWebhookEndpoints = route(operations.listWebhookEndpoints, {
  ...managed,
  summary: 'List the webhook endpoints of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
});

/** Reads a webhook endpoint. */
export const getWebhookEndpoint = route(operations.getWebhookEndpoint, {
  ...managed,
  summary: 'Read a webhook endpoint',
  params: ofEndpoint,
  statuses: [200],
  problems: [],
});

/** Changes a webhook endpoint's address, filters or state. */
export const updateWebhookEndpoint = route(operations.updateWebhookEndpoint, {
  ...managed,
  summary: 'Change a webhook endpoint',
  params: ofEndpoint,
  headers: editHeaders,
  body: webhookEndpointEdit,
  statuses: [200],
  problems: ['webhook-url-not-allowed', 'property-not-found'],
});

/** Removes a webhook endpoint; what waits for it is cancelled. */
export const removeWebhookEndpoint = route(operations.removeWebhookEndpoint, {
  ...managed,
  summary: 'Remove a webhook endpoint',
  params: ofEndpoint,
  statuses: [204],
  problems: [],
});

/** Gives an endpoint a new secret, shown only here; the former one signs beside it until the overlap ends. */
export const rotateWebhookSecret = route(operations.rotateWebhookSecret, {
  ...managed,
  summary: 'Replace the secret of a webhook endpoint',
  params: ofEndpoint,
  headers: idempotencyHeaders,
  body: secretRotationInput,
  statuses: [201],
  problems: [],
});

/** Sends the event `webhook_endpoint.tested` to this endpoint alone; the reply is its delivery, to look at again. */
export const sendTestWebhook = route(operations.sendTestWebhook, {
  ...managed,
  summary: 'Send a test event to a webhook endpoint',
  params: ofEndpoint,
  headers: idempotencyHeaders,
  statuses: [202],
  problems: ['webhook-endpoint-disabled'],
});

/** Lists what was and is to be sent to an endpoint, newest first; ended deliveries are kept for thirty days. */
export const listWebhookDeliveries = route(operations.listWebhookDeliveries, {
  ...managed,
  summary: 'List the deliveries of a webhook endpoint, newest first',
  params: ofEndpoint,
  query: deliveryQuery,
  statuses: [200],
  problems: [],
});

/** Sends a dead delivery again, with a new day to arrive in. Any other delivery stays as it is. */
export const redriveWebhookDelivery = route(operations.redriveWebhookDelivery, {
  ...managed,
  summary: 'Send a dead delivery again',
  params: z.strictObject({ webhookEndpointId, webhookDeliveryId }),
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['webhook-endpoint-disabled'],
});

/** Sends dead deliveries of an endpoint again, oldest first, a thousand at a time; `more` says that some are left. */
export const redriveWebhooks = route(operations.redriveWebhooks, {
  ...managed,
  summary: 'Send the dead deliveries of a webhook endpoint again',
  params: ofEndpoint,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['webhook-endpoint-disabled'],
});

/**
 * Sends the events of a feed after a cursor, a thousand at a time: those the endpoint wants, each with the id it had before,
 * so that a receiver recognizes what it has. `nextCursor` says where to go on, `null` that the end of the feed is reached.
 */
export const replayWebhooks = route(operations.replayWebhooks, {
  ...managed,
  summary: 'Send the events of a feed after a cursor again',
  params: ofEndpoint,
  headers: idempotencyHeaders,
  body: replayInput,
  statuses: [200],
  problems: ['property-not-found', 'webhook-endpoint-disabled'],
});
