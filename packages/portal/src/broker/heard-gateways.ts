import type { GatewayMessage } from '@latchwork/contract';
import type { GatewayId, Instant } from '@latchwork/core';
import type { Clock } from '../clock.js';
import type { GatewayListener } from './gateway-link.js';

/** Who is there at a broker that tells only what gateways say of themselves (P-4). */
export interface HeardGateways {
  /** Takes a gateway's word, also the will that the broker publishes for it. */
  status(gatewayId: GatewayId, message: GatewayMessage<'status'>): void;
  isOnline(gatewayId: GatewayId): boolean;
  forget(gatewayId: GatewayId): void;
  /** The portal's own connection is gone: from now on nobody knows. */
  lost(): void;
  /** Ends what has not been heard of for too long. */
  look(isConnected: boolean): void;
  /** Says nothing more to the listener. */
  stop(): void;
}

/** Two heartbeats and a half. */
const silentAfterMs = 75_000;
/** So that a short interruption of the portal's own connection takes no gateway for gone, and a longer one every. */
const unknownAfterMs = 20_000;

interface Heard {
  readonly bootId: string;
  readonly at: Instant;
}

/** Creates the record of those heard; the listener hears of changes only. */
export function createHeardGateways(parts: {
  readonly listener: GatewayListener;
  readonly clock: Clock;
}): HeardGateways {
  const { listener, clock } = parts;
  const online = new Map<GatewayId, Heard>();
  let lostAt: Instant | undefined;
  let stopped = false;

  const end = (gatewayId: GatewayId): void => {
    if (online.delete(gatewayId) && !stopped) listener.connection({ gatewayId, connected: false });
  };
  return {
    status: (gatewayId, { online: isOnline, bootId }) => {
      lostAt = undefined;
      if (!isOnline) {
        // The will of a connection from before the gateway's restart says nothing about the gateway of now.
        if (online.get(gatewayId)?.bootId === bootId) end(gatewayId);
        return;
      }
      const isNew = !online.has(gatewayId);
      online.set(gatewayId, { bootId, at: clock.now() });
      if (!isNew) return;
      listener.connection({ gatewayId, connected: true });
      listener.desiring(gatewayId);
    },
    isOnline: (gatewayId) => online.has(gatewayId),
    forget: end,
    lost: () => {
      lostAt ??= clock.now();
    },
    look: (isConnected) => {
      const now = clock.now();
      if (isConnected) lostAt = undefined;
      const isUnknown = lostAt !== undefined && now - lostAt >= unknownAfterMs;
      for (const [gatewayId, { at }] of [...online]) if (isUnknown || now - at >= silentAfterMs) end(gatewayId);
    },
    stop: () => {
      stopped = true;
    },
  };
}
