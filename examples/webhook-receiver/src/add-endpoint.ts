import type { Client } from '@latchwork/client';
import type { EventType } from '@latchwork/client/webhooks';

/** An endpoint that was added, with the secret that is told only now. */
export interface AddedEndpoint {
  readonly webhookEndpointId: string;
  readonly secret: string;
}

/** Has the portal send what happens to doors to an address. */
export async function addEndpoint(client: Client, organizationId: string, url: string): Promise<AddedEndpoint> {
  // #region add
  const eventTypes: EventType[] = ['entrance.created', 'attempt.confirmed', 'unlock.denied', 'gateway.offline'];
  const added = await client.webhookEndpoints.create({ organizationId, url, eventTypes });
  const { id: webhookEndpointId } = added.webhookEndpoint;
  // #endregion
  return { webhookEndpointId, secret: added.secret };
}

/** Sends what an endpoint missed: all events of a property after the last one that was kept, page by page. */
export async function catchUp(
  client: Client,
  missed: { readonly webhookEndpointId: string; readonly propertyId: string; readonly since: string },
): Promise<number> {
  // #region replay
  let queued = 0;
  for (let since: string | null = missed.since; since !== null; ) {
    const page: { queued: number; nextCursor: string | null } = await client.webhookEndpoints.replay({
      ...missed,
      since,
    });
    queued += page.queued;
    since = page.nextCursor;
  }
  // #endregion
  return queued;
}
