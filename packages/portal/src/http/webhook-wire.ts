import type { WebhookDelivery, WebhookEndpoint } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { Row } from '../store/store.js';
import { signingSecrets } from '../webhooks/webhook-signature.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';

/** A webhook endpoint as the API shows it. */
export function webhookEndpointOf(row: Row<'webhookEndpoint'>, now: Instant): WebhookEndpoint {
  const { id, organizationId, url, eventTypes, propertyIds, state, disabledBecause, version, createdAt } = row;
  const ends = signingSecrets(row.secrets, now).flatMap(({ endsAt }) => (endsAt === null ? [] : [endsAt]));
  return {
    id,
    organizationId,
    url,
    eventTypes,
    propertyIds,
    state: state === 'enabled' ? 'enabled' : 'disabled',
    disabledBecause,
    formerSecretEndsAt: ends.length === 0 ? null : timestampOf(Math.max(...ends) as Instant),
    version,
    createdAt: timestampOf(createdAt),
  };
}

/** A webhook delivery as the API shows it. */
export function webhookDeliveryOf(row: Row<'webhookDelivery'>): WebhookDelivery {
  const { id, endpointId, eventId, eventType, state, attempts, nextAttemptAt, lastStatus, lastFault } = row;
  return {
    id,
    webhookEndpointId: endpointId,
    eventId,
    eventType,
    state,
    attempts,
    nextAttemptAt: state === 'pending' ? timestampOf(nextAttemptAt) : null,
    lastStatus,
    lastFault,
    createdAt: timestampOf(row.createdAt),
    endedAt: timestampOrNull(row.endedAt),
  };
}
