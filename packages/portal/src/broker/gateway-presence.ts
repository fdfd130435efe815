import type { GatewayMessage } from '@latchwork/contract';
import type { GatewayId, Instant } from '@latchwork/core';
import type { Clock } from '../clock.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Peers } from '../store/peers.js';
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
  /**
   * Makes the rows say what is: offline are the gateways of processes that are gone, this one's from before its start, and
   * those whose coming or going could not be recorded. A process is gone when it was missed twice in a row, or at once when
   * this one is alone or has just started.
   */
  reconcile(): Promise<void>;
  /** Writes down when the gateways that are connected here were last heard, for the other processes to tell. */
  recordSeen(): Promise<void>;
}

/** What presence stands on. */
export interface GatewayPresenceParts {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
}

/** Creates the record of presence. Changes become events of the property's feed; heartbeats stay in memory. */
export function createGatewayPresence(parts: GatewayPresenceParts): GatewayPresence {
  const { projection, ledger, peers, clock, log } = parts;
  const { self } = peers;
  const seen = new Map<GatewayId, Instant>();
  const connected = new Set<GatewayId>();
  const signedOff = new Set<GatewayId>();
  const bootIds = new Map<GatewayId, string>();
  /** Processes that were not there at the last look; `undefined` before the first. */
  let missed: ReadonlySet<string> | undefined;

  const lastSeenAt = (id: GatewayId): Instant | null => {
    const { hostId, lastSeenAt: recorded = null } = projection.gateways.get(id) ?? {};
    // What was heard here before it went to another process is older than what that one records.
    const heard = hostId === self || connected.has(id) ? seen.get(id) : undefined;
    return heard ?? recorded;
  };
  const isOnlineHere = (id: GatewayId): boolean => connected.has(id) && !signedOff.has(id);

  const write = (draft: Draft, gateway: Row<'gateway'>, next: Presence): void => {
    const { id, online } = gateway;
    const isSame = online === next.online && gateway.hostId === next.hostId;
    if (isSame && isSameWord(gateway, next)) return;
    const heardAt = lastSeenAt(id);
    draft.update('gateway', { ...gateway, ...next, lastSeenAt: heardAt });
    if (online === next.online) return;
    // When it was last heard is a field of its own; an event dated there would stand before those it follows.
    const occurredAt = timestampOf(draft.now);
    const actor = { kind: 'gateway' as const, gatewayId: id };
    const fact = { propertyId: gateway.propertyId, gatewayId: id, occurredAt, actor };
    draft.event(
      next.online
        ? { type: 'gateway.online', ...fact }
        : { type: 'gateway.offline', ...fact, lastSeenAt: timestampOrNull(heardAt) },
    );
  };
  /** What the row should say as far as this process knows: of a gateway at another one it says nothing. */
  const presenceHere = (gateway: Row<'gateway'>, told: GatewayWord = {}): Presence => {
    const { version = gateway.version, publicKey = gateway.publicKey, lan = gateway.lan } = told;
    const word = { version, publicKey, lan };
    if (isOnlineHere(gateway.id)) return { online: true, hostId: self, ...word };
    return gateway.hostId === self ? { online: false, hostId: null, ...word } : { ...gateway, ...word };
  };
  const change = async (id: GatewayId, told?: GatewayWord): Promise<void> => {
    await ledger.write((draft) => {
      const gateway = projection.gateways.get(id);
      if (gateway !== undefined) write(draft, gateway, presenceHere(gateway, told));
    });
  };

  return {
    lastSeenAt,
    connection: ({ gatewayId, connected: isConnected }) => {
      seen.set(gatewayId, clock.now());
      signedOff.delete(gatewayId);
      if (isConnected) connected.add(gatewayId);
      else connected.delete(gatewayId);
      log.info({ gatewayId, connected: isConnected }, 'gateway connection changed');
      change(gatewayId).catch((error: unknown) =>
        log.error({ err: error, gatewayId }, 'gateway presence not recorded'),
      );
    },
    status: async (gatewayId, { online, version, publicKey, lan, bootId }) => {
      // The will of a connection from before the gateway's restart says nothing about the gateway of now.
      if (!online && bootIds.has(gatewayId) && bootIds.get(gatewayId) !== bootId) return;
      if (online) {
        bootIds.set(gatewayId, bootId);
        signedOff.delete(gatewayId);
      } else signedOff.add(gatewayId);
      seen.set(gatewayId, clock.now());
      // A farewell says nothing of it; a greeting without it says that it is switched off.
      await change(gatewayId, { version, publicKey, ...(online ? { lan: lan ?? null } : {}) });
    },
    reconcile: async () => {
      const running = await peers.running();
      const hosts = new Set(projection.gateways.all().flatMap(({ hostId }) => hostId ?? []));
      const missing = new Set([...hosts].filter((hostId) => !running.has(hostId)));
      const gone = missed === undefined ? missing : new Set([...missing].filter((hostId) => missed?.has(hostId)));
      missed = missing;
      const wanted = (gateway: Row<'gateway'>): Presence => {
        const here = presenceHere(gateway);
        // A row from before there were hosts, or of a host that is gone.
        const isLost = here.online && here.hostId !== self && (here.hostId === null || gone.has(here.hostId));
        return isLost ? { ...here, online: false, hostId: null } : here;
      };
      const isDue = (gateway: Row<'gateway'>): boolean => {
        const { online, hostId } = wanted(gateway);
        return gateway.online !== online || gateway.hostId !== hostId;
      };
      if (!projection.gateways.all().some(isDue)) return;
      await ledger.write((draft) => {
        for (const gateway of projection.gateways.all()) write(draft, gateway, wanted(gateway));
      });
    },
    recordSeen: async () => {
      await ledger.write((draft) => {
        for (const id of connected) {
          const gateway = projection.gateways.get(id);
          const heardAt = seen.get(id);
          if (gateway?.hostId !== self || heardAt === undefined || (gateway.lastSeenAt ?? 0) >= heardAt) continue;
          draft.update('gateway', { ...gateway, lastSeenAt: heardAt });
        }
      });
    },
  };
}

type Presence = Pick<Row<'gateway'>, 'online' | 'hostId' | 'version' | 'publicKey' | 'lan'>;

function isSameWord(one: Pick<Presence, 'version' | 'publicKey' | 'lan'>, other: typeof one): boolean {
  const isSameLan = JSON.stringify(one.lan) === JSON.stringify(other.lan);
  return one.version === other.version && one.publicKey === other.publicKey && isSameLan;
}

/** What a gateway says of itself; absent: nothing about that. */
type GatewayWord = Partial<Pick<GatewayMessage<'status'>, 'version' | 'publicKey'>> & {
  readonly lan?: Row<'gateway'>['lan'];
};
