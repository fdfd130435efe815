import { createProblem, type RouteRequest, type Routes } from '@latchwork/contract';
import type { PropertyId, WebhookDeliveryId } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Identifiers } from '../identifiers.js';
import type { AuditDraft, Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { FeedId } from '../store/schema/record.js';
import type { Row, Store } from '../store/store.js';
import type { AddressGuard } from '../webhooks/address-guard.js';
import { revived } from '../webhooks/delivery-life.js';
import { deliveryLifetimeMs, type WebhookQueue, wants } from '../webhooks/webhook-queue.js';
import { makeWebhookSecret, sealWebhookSecret, signingSecrets } from '../webhooks/webhook-signature.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { decodeCursor, encodeCursor, pageOf, readPosition } from './paging.js';
import { checkVersion } from './versions.js';
import { webhookDeliveryOf, webhookEndpointOf } from './webhook-wire.js';

type WebhookOperation =
  | 'createWebhookEndpoint'
  | 'listWebhookEndpoints'
  | 'getWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'removeWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'sendTestWebhook'
  | 'listWebhookDeliveries'
  | 'redriveWebhookDelivery'
  | 'redriveWebhooks'
  | 'replayWebhooks';

const atOnce = 1000;
/** How many secrets sign at the most; more than one only within overlaps. */
const mostSecrets = 3;

/** Creates the handlers of webhook endpoints and their deliveries. */
export function createWebhookHandlers(parts: {
  readonly projection: Projection;
  readonly store: Pick<Store, 'delivery' | 'deliveriesOf' | 'deadDeliveries' | 'events'>;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly queue: WebhookQueue;
  readonly guard: AddressGuard;
}): Pick<Handlers, WebhookOperation> {
  const { projection, store, identifiers, sealer, queue, guard } = parts;

  /** The endpoint as it is within a command, where it may have changed since the path was read. */
  const current = (endpoint: Row<'webhookEndpoint'> | undefined): Row<'webhookEndpoint'> | undefined => {
    const found = endpoint && projection.webhookEndpoints.get(endpoint.id);
    return found?.state === 'removed' ? undefined : found;
  };
  const enabled = (endpoint: Row<'webhookEndpoint'> | undefined): Row<'webhookEndpoint'> | ProblemAnswer => {
    const found = current(endpoint);
    if (found === undefined) return notFound;
    return found.state === 'enabled' ? found : { problem: createProblem('webhook-endpoint-disabled', {}) };
  };

  const checkUrl = (text: string): ProblemAnswer | undefined => {
    const because = guard.refusalOf(new URL(text));
    return because && { problem: createProblem('webhook-url-not-allowed', { because }) };
  };
  const checkProperties = (
    organizationId: Row<'organization'>['id'],
    propertyIds: readonly PropertyId[] | null,
  ): ProblemAnswer | undefined => {
    const isOurs = (property: Row<'property'> | undefined) =>
      property?.organizationId === organizationId && property.removedAt === null;
    const missing = propertyIds?.find((id) => !isOurs(projection.properties.get(id)));
    return missing && { problem: createProblem('property-not-found', { propertyId: missing }) };
  };

  const tell = (
    draft: Draft,
    endpoint: Row<'webhookEndpoint'>,
    what: {
      readonly type: 'webhook_endpoint.created' | 'webhook_endpoint.updated' | 'webhook_endpoint.removed';
      readonly actor: AuditDraft['actor'];
      readonly subject?: AuditDraft['subject'];
    },
  ): void => {
    const { type, actor, subject = {} } = what;
    const { id: webhookEndpointId, organizationId } = endpoint;
    draft.event({ type, occurredAt: timestampOf(draft.now), organizationId, actor, webhookEndpointId });
    draft.audit(organizationId, { action: type, actor, subject: { webhookEndpointId, ...subject } });
  };

  return {
    createWebhookEndpoint: async ({ request: { body }, place: { organization }, caller: { actor }, write }) =>
      await write((draft) => {
        if (organization === undefined) return notFound;
        const fault = checkUrl(body.url) ?? checkProperties(organization.id, body.propertyIds);
        if (fault !== undefined) return fault;
        const id = identifiers.next('webhookEndpoint', draft.now);
        const secret = makeWebhookSecret();
        const endpoint: Row<'webhookEndpoint'> = {
          id,
          organizationId: organization.id,
          url: body.url,
          eventTypes: body.eventTypes,
          propertyIds: body.propertyIds,
          secrets: [sealWebhookSecret(sealer, id, secret)],
          state: 'enabled',
          disabledBecause: null,
          failingSince: null,
          version: 1,
          createdAt: draft.now,
        };
        draft.insert('webhookEndpoint', endpoint);
        tell(draft, endpoint, { type: 'webhook_endpoint.created', actor });
        return { status: 201, body: { webhookEndpoint: webhookEndpointOf(endpoint, draft.now), secret } };
      }),

    listWebhookEndpoints: async ({ request: { query }, place: { organization }, now }) =>
      organization === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.webhookEndpoints.group(organization.id), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => row.state !== 'removed',
              toWire: (row) => webhookEndpointOf(row, now),
            }),
          },

    getWebhookEndpoint: async ({ place: { webhookEndpoint }, now }) =>
      webhookEndpoint === undefined ? notFound : { status: 200, body: webhookEndpointOf(webhookEndpoint, now) },

    updateWebhookEndpoint: async ({ request: { body, headers }, place, caller: { actor }, write }) =>
      await write((draft) => {
        const endpoint = current(place.webhookEndpoint);
        if (endpoint === undefined) return notFound;
        const fault =
          checkVersion(headers, endpoint.version) ??
          (body.url === undefined ? undefined : checkUrl(body.url)) ??
          checkProperties(endpoint.organizationId, body.propertyIds ?? null);
        if (fault !== undefined) return fault;
        const edited: Row<'webhookEndpoint'> = { ...endpoint, ...changesOf(endpoint, body) };
        const changed = changedFields(endpoint, edited);
        if (changed.length === 0) return { status: 200, body: webhookEndpointOf(endpoint, draft.now) };
        const next = { ...edited, version: endpoint.version + 1 };
        draft.update('webhookEndpoint', next);
        tell(draft, next, { type: 'webhook_endpoint.updated', actor, subject: { changed, state: next.state } });
        return { status: 200, body: webhookEndpointOf(next, draft.now) };
      }),

    removeWebhookEndpoint: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const endpoint = current(place.webhookEndpoint);
        if (endpoint === undefined) return notFound;
        // Its row stays for its deliveries' sake; its secrets do not.
        draft.update('webhookEndpoint', { ...endpoint, state: 'removed', secrets: [], version: endpoint.version + 1 });
        tell(draft, endpoint, { type: 'webhook_endpoint.removed', actor });
        return { status: 204, body: undefined };
      }),

    rotateWebhookSecret: async ({ request: { body }, place, caller: { actor }, write }) =>
      await write((draft) => {
        const endpoint = current(place.webhookEndpoint);
        if (endpoint === undefined) return notFound;
        const secret = makeWebhookSecret();
        const overlapEndsAt = draft.now + body.overlapSeconds * 1000;
        const former = signingSecrets(endpoint.secrets, draft.now)
          .map(({ sealed, endsAt }) => ({ sealed, endsAt: Math.min(endsAt ?? overlapEndsAt, overlapEndsAt) }))
          .filter(({ endsAt }) => endsAt > draft.now);
        const secrets = [sealWebhookSecret(sealer, endpoint.id, secret), ...former].slice(0, mostSecrets);
        const next = { ...endpoint, secrets, version: endpoint.version + 1 };
        draft.update('webhookEndpoint', next);
        const subject = { changed: ['secret'], overlapSeconds: body.overlapSeconds };
        tell(draft, next, { type: 'webhook_endpoint.updated', actor, subject });
        return { status: 201, body: { webhookEndpoint: webhookEndpointOf(next, draft.now), secret } };
      }),

    sendTestWebhook: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const endpoint = enabled(place.webhookEndpoint);
        if ('problem' in endpoint) return endpoint;
        const { id: webhookEndpointId, organizationId } = endpoint;
        const occurredAt = timestampOf(draft.now);
        const event = draft.event({
          type: 'webhook_endpoint.tested',
          occurredAt,
          organizationId,
          actor,
          webhookEndpointId,
        });
        return { status: 202, body: webhookDeliveryOf(queue.add(draft, endpoint, event)) };
      }),

    listWebhookDeliveries: async ({ request: { query }, place: { webhookEndpoint } }) => {
      if (webhookEndpoint === undefined) return notFound;
      const { limit, cursor, state } = query;
      const after = cursor === undefined ? undefined : (decodeCursor(cursor) as WebhookDeliveryId);
      const rows = await store.deliveriesOf(webhookEndpoint.id, { after, limit: limit + 1, state });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const nextCursor = rows.length > page.length && last !== undefined ? encodeCursor(last.id) : null;
      return { status: 200, body: { data: page.map(webhookDeliveryOf), nextCursor } };
    },

    redriveWebhookDelivery: async ({ request: { params }, place, write }) => {
      const delivery = await store.delivery(params.webhookDeliveryId);
      return await write((draft) => {
        const endpoint = enabled(place.webhookEndpoint);
        if ('problem' in endpoint) return endpoint;
        if (delivery?.endpointId !== endpoint.id) return notFound;
        const next = revived(delivery, { now: draft.now, lifetimeMs: deliveryLifetimeMs });
        if (next !== delivery) draft.update('webhookDelivery', next);
        return { status: 200, body: webhookDeliveryOf(next) };
      });
    },

    redriveWebhooks: async ({ place, write }) => {
      const { webhookEndpoint } = place;
      if (webhookEndpoint === undefined) return notFound;
      const found = await store.deadDeliveries(webhookEndpoint.id, { after: undefined, limit: atOnce + 1 });
      const dead = found.slice(0, atOnce);
      return await write((draft) => {
        const endpoint = enabled(webhookEndpoint);
        if ('problem' in endpoint) return endpoint;
        const life = { now: draft.now, lifetimeMs: deliveryLifetimeMs };
        for (const delivery of dead) draft.update('webhookDelivery', revived(delivery, life));
        return { status: 200, body: { redriven: dead.length, more: found.length > dead.length } };
      });
    },

    replayWebhooks: async ({ request: { body }, place, write }) => {
      const { webhookEndpoint, organization } = place;
      if (webhookEndpoint === undefined || organization === undefined) return notFound;
      const { propertyId } = body;
      const fault = checkProperties(organization.id, propertyId === undefined ? null : [propertyId]);
      if (fault !== undefined) return fault;
      const feedId: FeedId = propertyId ?? organization.id;
      const after = readPosition(body.since, { place: 'body', last: projection.lastPosition(feedId) });
      if (typeof after !== 'number') return after;
      const found = await store.events(feedId, { after, limit: atOnce + 1 });
      const events = found.slice(0, atOnce);
      const last = events.at(-1);
      return await write((draft) => {
        const endpoint = enabled(webhookEndpoint);
        if ('problem' in endpoint) return endpoint;
        const wanted = events.filter((event) => wants(endpoint, event.body));
        for (const event of wanted) queue.add(draft, endpoint, event);
        const nextCursor = found.length > events.length && last !== undefined ? String(last.position) : null;
        return { status: 200, body: { queued: wanted.length, nextCursor } };
      });
    },
  };
}

type EndpointEdit = RouteRequest<Routes['updateWebhookEndpoint']>['body'];

function changesOf(endpoint: Row<'webhookEndpoint'>, edit: EndpointEdit): Partial<Row<'webhookEndpoint'>> {
  const { url, eventTypes, propertyIds, state } = edit;
  return {
    ...(url === undefined ? {} : { url }),
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(propertyIds === undefined ? {} : { propertyIds }),
    ...(state === undefined || state === endpoint.state
      ? {}
      : { state, disabledBecause: state === 'enabled' ? null : ('asked' as const), failingSince: null }),
  };
}

function changedFields(before: Row<'webhookEndpoint'>, after: Row<'webhookEndpoint'>): readonly string[] {
  const fields = ['url', 'eventTypes', 'propertyIds', 'state'] as const;
  return fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}
