import type { GatewayMessage } from '@latchwork/contract';
import type { GatewayId, Instant } from '@latchwork/core';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import type { GatewayConnection } from './gateway-link.js';

/** Knows which gateways are there (P-4): online is connected, listening for commands and not signed off. */
export interface GatewayPresence {
  connection(change: GatewayConnection): void;
  status(gatewayId: GatewayId, message: GatewayMessage<'status'>): Promise<void>;
  /** When the gateway was last heard; fresher than its row, which is written when something changes. */
  lastSeenAt(gatewayId: GatewayId): Instant | null;
  /** Nobody is connected when the portal starts: says so for gateways that were online when it stopped. */
  beginOffline(): Promise<void>;
}

/** Creates the record of presence. Changes become events of the property's feed; heartbeats stay in memory. */
export function createGatewayPresence(parts: {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}): GatewayPresence {
  const { projection, ledger, clock, log } = parts;
  const seen = new Map<GatewayId, Instant>();
  const connected = new Set<GatewayId>();
  const bootIds = new Map<GatewayId, string>();

  const lastSeenAt = (id: GatewayId): Instant | null => seen.get(id) ?? projection.gateways.get(id)?.lastSeenAt ?? null;

  const change = async (id: GatewayId, decide: (gateway: Row<'gateway'>) => Presence) => {
    await ledger.write((draft) => {
      const gateway = projection.gateways.get(id);
      if (gateway === undefined) return;
      const { online, version } = decide(gateway);
      if (gateway.online === online && gateway.version === version) return;
      const heardAt = lastSeenAt(id);
      draft.update('gateway', { ...gateway, online, version, lastSeenAt: heardAt });
      if (gateway.online === online) return;
      // When it was last heard is a field of its own; an event dated there would stand before those it follows.
      const occurredAt = timestampOf(draft.now);
      const actor = { kind: 'gateway' as const, gatewayId: id };
      const fact = { propertyId: gateway.propertyId, gatewayId: id, occurredAt, actor };
      draft.event(
        online
          ? { type: 'gateway.online', ...fact }
          : { type: 'gateway.offline', ...fact, lastSeenAt: timestampOrNull(heardAt) },
      );
    });
  };

  return {
    lastSeenAt,
    connection: ({ gatewayId, connected: isConnected }) => {
      seen.set(gatewayId, clock.now());
      if (isConnected) connected.add(gatewayId);
      else connected.delete(gatewayId);
      log.info({ gatewayId, connected: isConnected }, 'gateway connection changed');
      change(gatewayId, ({ version }) => ({ online: connected.has(gatewayId), version })).catch((error: unknown) =>
        log.error({ err: error, gatewayId }, 'gateway presence not recorded'),
      );
    },
    status: async (gatewayId, { online, version, bootId }) => {
      // The will of a connection from before the gateway's restart says nothing about the gateway of now.
      if (!online && bootIds.has(gatewayId) && bootIds.get(gatewayId) !== bootId) return;
      if (online) bootIds.set(gatewayId, bootId);
      seen.set(gatewayId, clock.now());
      await change(gatewayId, (gateway) => ({
        online: online && connected.has(gatewayId),
        version: version ?? gateway.version,
      }));
    },
    beginOffline: async () => {
      for (const { id } of projection.gateways.all()) {
        await change(id, ({ version }) => ({ online: connected.has(id), version }));
      }
    },
  };
}

type Presence = Pick<Row<'gateway'>, 'online' | 'version'>;
