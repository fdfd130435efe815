import type { Instant, OrganizationId } from '@latchwork/core';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { StoredEvent } from '../store/schema/record.js';
import type { Row, Write } from '../store/store.js';

/** Puts events into the queues of the webhook endpoints that want them, in the commit of the events themselves. */
export interface WebhookQueue {
  /** For the ledger: every event that a command writes, to every enabled endpoint that wants it. */
  alongside(draft: Draft, writes: readonly Write[]): void;
  /** One event to one endpoint, whatever it wants; for tests and replays. */
  add(draft: Draft, endpoint: Row<'webhookEndpoint'>, event: Row<'event'>): Row<'webhookDelivery'>;
}

/** How long a delivery is tried. */
export const deliveryLifetimeMs = 24 * 60 * 60 * 1000;

/** Creates the queue. Costs one look-up per event where an organization has no endpoint. */
export function createWebhookQueue(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): WebhookQueue {
  const { projection, identifiers } = parts;

  const add: WebhookQueue['add'] = (draft, endpoint, { feedId, position, body }) => {
    const delivery: Row<'webhookDelivery'> = {
      id: identifiers.next('webhookDelivery', draft.now),
      endpointId: endpoint.id,
      feedId,
      position,
      eventId: body.id,
      eventType: body.type,
      state: 'pending',
      attempts: 0,
      nextAttemptAt: draft.now,
      giveUpAt: (draft.now + deliveryLifetimeMs) as Instant,
      lastStatus: null,
      lastFault: null,
      createdAt: draft.now,
      endedAt: null,
    };
    draft.insert('webhookDelivery', delivery);
    return delivery;
  };

  return {
    add,
    alongside: (draft, writes) => {
      for (const { table, row: event } of writes) {
        const organizationId = table === 'event' ? organizationOf(projection, event.body) : undefined;
        if (table !== 'event' || organizationId === undefined) continue;
        for (const endpoint of projection.webhookEndpoints.group(organizationId)) {
          if (wants(endpoint, event.body)) add(draft, endpoint, event);
        }
      }
    },
  };
}

function organizationOf(projection: Projection, event: StoredEvent): OrganizationId | undefined {
  return 'propertyId' in event ? projection.properties.get(event.propertyId)?.organizationId : event.organizationId;
}

/** Whether an endpoint is to hear of an event. Of itself it hears nothing, and tests are sent to the tested one by hand. */
export function wants(endpoint: Row<'webhookEndpoint'>, event: StoredEvent): boolean {
  if (endpoint.state !== 'enabled' || event.type === 'webhook_endpoint.tested') return false;
  if ('webhookEndpointId' in event && event.webhookEndpointId === endpoint.id) return false;
  if (endpoint.eventTypes !== null && !endpoint.eventTypes.includes(event.type)) return false;
  if (endpoint.propertyIds === null) return true;
  return 'propertyId' in event && endpoint.propertyIds.includes(event.propertyId);
}
