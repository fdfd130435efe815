import type { Instant, WebhookEndpointId } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import { eventOf } from '../http/wire.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Lease } from '../store/lease.js';
import type { Projection } from '../store/projection.js';
import type { Row, Store } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { afterAttempt, type DeliveryOutcome, isGone, isSuccess } from './delivery-life.js';
import type { WebhookPost } from './webhook-post.js';
import { webhookHeaders } from './webhook-signature.js';

/** Sends what is due to webhook endpoints, in one process at a time, each event at least once. */
export interface WebhookSender extends AsyncDisposable {
  /** Begins to send what is due; an endpoint that is slow to answer holds up nobody else. */
  look(): Promise<void>;
  /** Sends until nothing is due any more. */
  deliver(): Promise<void>;
}

/** What the sender stands on. */
export interface WebhookSenderParts {
  readonly projection: Projection;
  readonly store: Pick<Store, 'endpointsWithDue' | 'dueDeliveries' | 'events'>;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly lease: Pick<Lease, 'isHeld'>;
  readonly post: WebhookPost;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1; spreads attempts. */
  readonly random: () => number;
}

const atOncePerEndpoint = 4;
const batchSize = 100;
/** An endpoint that has taken nothing for this long is disabled. */
const failingForMs = 3 * 24 * 60 * 60 * 1000;

interface Attempted {
  readonly delivery: Row<'webhookDelivery'>;
  readonly outcome: DeliveryOutcome | { readonly kind: 'not-wanted' };
}

/** Creates the sender. An attempt is recorded after its answer: a process that dies in between sends it again, with the same id. */
export function createWebhookSender(parts: WebhookSenderParts): WebhookSender {
  const { projection, store, ledger, lease, post, clock, log } = parts;
  const stopping = new AbortController();
  const workers = new Map<WebhookEndpointId, Promise<boolean>>();
  const results: Attempted[] = [];
  let recording: Promise<void> | undefined;

  // Many answers, one commit: deliveries leave the ledger to those who unlock doors.
  const record = async (attempted: readonly Attempted[]): Promise<void> => {
    results.push(...attempted);
    recording ??= (async () => {
      try {
        while (results.length > 0) {
          const batch = results.splice(0, batchSize);
          await ledger.write((draft) => recordAttempts(parts, draft, batch));
        }
      } finally {
        recording = undefined;
      }
    })();
    await recording;
  };

  const isEnabled = (id: WebhookEndpointId): boolean => projection.webhookEndpoints.get(id)?.state === 'enabled';

  const attempt = async (delivery: Row<'webhookDelivery'>): Promise<void> => {
    const endpoint = projection.webhookEndpoints.get(delivery.endpointId);
    // Disabled since this batch was read: the next batch sees to it.
    if (endpoint?.state !== 'enabled' || stopping.signal.aborted) return;
    const { feedId, position } = delivery;
    const [event] = await store.events(feedId, { after: position - 1, limit: 1 });
    if (event === undefined) throw new Error(`The event of delivery ${delivery.id} is missing.`);
    const body = JSON.stringify(eventOf(event));
    const headers = webhookHeaders(parts.sealer, endpoint, { id: delivery.eventId, body, at: clock.now() });
    const { signal } = stopping;
    const outcome = await post.send({ url: endpoint.url, body, headers, signal });
    if (signal.aborted && outcome.kind === 'unanswered') return;
    log.debug({ deliveryId: delivery.id, endpointId: endpoint.id, ...outcome }, 'webhook attempted');
    await record([{ delivery, outcome }]);
  };

  const work = async (endpointId: WebhookEndpointId): Promise<void> => {
    while (!stopping.signal.aborted && lease.isHeld()) {
      const due = await store.dueDeliveries(endpointId, { at: clock.now(), limit: batchSize });
      if (due.length === 0) return;
      if (!isEnabled(endpointId)) {
        await record(due.map((delivery) => ({ delivery, outcome: { kind: 'not-wanted' } })));
        continue;
      }
      const waiting = [...due];
      const next = async (): Promise<void> => {
        for (let delivery = waiting.shift(); delivery !== undefined; delivery = waiting.shift())
          await attempt(delivery);
      };
      await Promise.all(Array.from({ length: Math.min(atOncePerEndpoint, due.length) }, next));
    }
  };

  const start = (endpointId: WebhookEndpointId): void => {
    if (workers.has(endpointId)) return;
    const worker = work(endpointId)
      .then(() => true)
      .catch((error: unknown) => {
        log.error({ err: error, endpointId }, 'webhooks of an endpoint cannot be sent');
        return false;
      })
      .finally(() => workers.delete(endpointId));
    workers.set(endpointId, worker);
  };

  const look = async (): Promise<void> => {
    if (stopping.signal.aborted || !lease.isHeld() || projection.webhookEndpoints.size === 0) return;
    for (const endpointId of await store.endpointsWithDue(clock.now())) start(endpointId);
  };

  return {
    look,
    deliver: async () => {
      for (let wentWell = true; wentWell; ) {
        await look();
        const running = [...workers.values()];
        const all = await Promise.all(running);
        wentWell = running.length > 0 && all.every((well) => well);
      }
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await Promise.all(workers.values());
      post[Symbol.dispose]();
    },
  };
}

function recordAttempts(parts: WebhookSenderParts, draft: Draft, attempted: readonly Attempted[]): void {
  const { projection, random } = parts;
  const { now } = draft;
  const endpoints = new Map<WebhookEndpointId, Row<'webhookEndpoint'>>();
  for (const { delivery, outcome } of attempted) {
    const endpoint = endpoints.get(delivery.endpointId) ?? projection.webhookEndpoints.get(delivery.endpointId);
    if (outcome.kind === 'not-wanted') {
      const isRemoved = endpoint === undefined || endpoint.state === 'removed';
      const state = isRemoved ? 'cancelled' : 'dead';
      draft.update('webhookDelivery', { ...delivery, state, lastFault: 'endpoint-disabled', endedAt: now });
      continue;
    }
    draft.update('webhookDelivery', afterAttempt(delivery, outcome, { now, random: random() }));
    if (endpoint?.state === 'enabled') endpoints.set(endpoint.id, endpointAfter(endpoint, outcome, now));
  }
  for (const endpoint of endpoints.values()) {
    const before = projection.webhookEndpoints.get(endpoint.id);
    if (before === undefined || before === endpoint) continue;
    draft.update('webhookEndpoint', endpoint);
    if (endpoint.state !== 'disabled' || endpoint.disabledBecause === null) continue;
    const { id: webhookEndpointId, organizationId, disabledBecause: because } = endpoint;
    const actor = { kind: 'system' } as const;
    const occurredAt = timestampOf(now);
    draft.event({ type: 'webhook_endpoint.disabled', occurredAt, organizationId, actor, webhookEndpointId, because });
    const subject = { webhookEndpointId, because };
    draft.audit(organizationId, { action: 'webhook_endpoint.disabled', actor, subject });
  }
}

/** What an attempt makes of its endpoint; the very same row when nothing. */
function endpointAfter(
  endpoint: Row<'webhookEndpoint'>,
  outcome: DeliveryOutcome,
  now: Instant,
): Row<'webhookEndpoint'> {
  const { failingSince } = endpoint;
  if (isSuccess(outcome)) return failingSince === null ? endpoint : { ...endpoint, failingSince: null };
  const isFailing = failingSince !== null && now >= failingSince + failingForMs;
  if (!isGone(outcome) && !isFailing) return failingSince === null ? { ...endpoint, failingSince: now } : endpoint;
  const disabledBecause = isGone(outcome) ? 'gone' : 'failing';
  return { ...endpoint, state: 'disabled', disabledBecause, version: endpoint.version + 1 };
}
