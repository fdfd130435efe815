import type { Instant, WebhookDeliveryId, WebhookEndpointId } from '@latchwork/core';
import { and, asc, desc, eq, gt, lt, lte } from 'drizzle-orm';
import type { Orm } from './reader.js';
import { webhookDelivery } from './schema/delivery.js';
import type { Page, Row } from './store.js';

/** Reads webhook deliveries, which no process holds in memory. */
export interface DeliveryReader {
  /** The endpoints that something is due for. */
  endpointsWithDue(at: Instant): Promise<readonly WebhookEndpointId[]>;
  /** What is due for an endpoint, oldest first. */
  dueDeliveries(
    endpointId: WebhookEndpointId,
    o: { readonly at: Instant; readonly limit: number },
  ): Promise<Deliveries>;
  delivery(id: WebhookDeliveryId): Promise<Row<'webhookDelivery'> | undefined>;
  /** Newest first. */
  deliveriesOf(
    endpointId: WebhookEndpointId,
    page: Page<WebhookDeliveryId> & { readonly state: Row<'webhookDelivery'>['state'] | undefined },
  ): Promise<Deliveries>;
  /** Oldest first. */
  deadDeliveries(endpointId: WebhookEndpointId, page: Page<WebhookDeliveryId>): Promise<Deliveries>;
}

type Deliveries = readonly Row<'webhookDelivery'>[];

/** Reads deliveries from the tables; the same queries on every engine. */
export function createDeliveryReader(orm: Orm): DeliveryReader {
  const { id, endpointId: ofEndpoint, state, nextAttemptAt } = webhookDelivery;
  return {
    endpointsWithDue: async (at) => {
      const due = and(eq(state, 'pending'), lte(nextAttemptAt, at));
      const rows = await orm.selectDistinct({ endpointId: ofEndpoint }).from(webhookDelivery).where(due);
      return rows.map(({ endpointId }) => endpointId);
    },
    dueDeliveries: async (endpointId, { at, limit }) =>
      await orm
        .select()
        .from(webhookDelivery)
        .where(and(eq(state, 'pending'), eq(ofEndpoint, endpointId), lte(nextAttemptAt, at)))
        .orderBy(asc(nextAttemptAt), asc(id))
        .limit(limit),
    delivery: async (wanted) => (await orm.select().from(webhookDelivery).where(eq(id, wanted)))[0],
    deliveriesOf: async (endpointId, { after, limit, state: wanted }) =>
      await orm
        .select()
        .from(webhookDelivery)
        .where(
          and(
            eq(ofEndpoint, endpointId),
            wanted === undefined ? undefined : eq(state, wanted),
            after === undefined ? undefined : lt(id, after),
          ),
        )
        .orderBy(desc(id))
        .limit(limit),
    deadDeliveries: async (endpointId, { after, limit }) =>
      await orm
        .select()
        .from(webhookDelivery)
        .where(and(eq(state, 'dead'), eq(ofEndpoint, endpointId), after === undefined ? undefined : gt(id, after)))
        .orderBy(asc(id))
        .limit(limit),
  };
}
