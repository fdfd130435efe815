import { createHash } from 'node:crypto';
import {
  encodeGatewayMessage,
  type GatewayAddress,
  gatewayTopic,
  gatewayTopicKinds,
  gatewayTopicPrefix,
  gatewayTopicTraits,
  parseGatewayTopic,
  portalSubscriptions,
} from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { every } from '../periodic-task.js';
import type { Lease } from '../store/lease.js';
import type { Projection } from '../store/projection.js';
import { addressOf, type GatewayBroker } from './gateway-broker.js';
import type { GatewayListener } from './gateway-link.js';
import { createHeardGateways } from './heard-gateways.js';
import {
  type Arrival,
  type BrokerIdentity,
  type OutsideConnection,
  openOutsideConnection,
} from './outside-connection.js';
import { readReport } from './report-reading.js';

/** How the portal gets to a broker that is not its own. */
export interface OutsideBrokerOptions {
  readonly url: string;
  /** What gateways connect to. */
  readonly publicUrl: string;
  /** The portal's client id: its session at the broker, which whoever of several portals holds the lease takes over. */
  readonly clientId: string;
  /** As whom the portal signs in; asked before each connection. */
  readonly identity: () => Promise<BrokerIdentity>;
  /** As whom the portal takes a removed gateway's place, to end its connection. */
  readonly identityAs: (gatewayId: GatewayId) => Promise<BrokerIdentity>;
  /** PEM: who may certify the broker. */
  readonly authorities: () => Promise<readonly string[] | undefined>;
  readonly projection: Projection;
  readonly listener: GatewayListener;
  /** One portal of several serves the broker. */
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Log;
}

/** The portal's session outlives a weekend without it: what gateways report meanwhile waits at the broker. */
const sessionExpirySeconds = 7 * 24 * 60 * 60;
const stateKinds = gatewayTopicKinds({ from: 'portal', retained: true });
const stateFilters = stateKinds.map(
  (kind) => `olp/v1/+/+/gw/+/${gatewayTopicTraits[kind].per === 'lock' ? `${kind}/+` : kind}`,
);
const reportFilters = Object.fromEntries(
  gatewayTopicKinds({ from: 'gateway' }).map((kind) => [portalSubscriptions[kind], gatewayTopicTraits[kind].qos]),
);
/** Heard by nobody but the portal: what comes before it was kept by the broker. */
const markTopic = 'olp/v1/portal/mark';
const reconnectPausesMs = [250, 1_000, 4_000, 15_000] as const;
const lookEveryMs = 5_000;
/** A command that finds this much waiting would come late. */
const mostWaitingBytes = 1_048_576;
/** Of a command without a deadline of its own. */
const answerExpirySeconds = 15;

/**
 * Starts serving gateways over a broker by its URL, for ever anew until disposed of. Each connection is a fresh client: what
 * was meant for an earlier one never leaves on a later. Desired states are kept by the broker, which is looked through at
 * each connection, so that what it should not have any more is gone from it.
 */
export function startOutsideBroker(options: OutsideBrokerOptions): GatewayBroker {
  const { projection, listener, lease, clock, log } = options;
  const heard = createHeardGateways({ listener, clock });
  /** Of each topic that the broker keeps for a gateway, the digest of what it has. */
  let kept = new Map<string, string>();
  /** Reports of one gateway are taken in their order. */
  const turns = new Map<GatewayId, Promise<void>>();
  let live: OutsideConnection | undefined;
  /** Hears which topics are spoken of while everybody says what gateways should have. */
  let told: (topic: string) => void = () => undefined;
  let stopping = false;
  let wakeUp: () => void = () => undefined;

  const publishState = (topic: string, text: string): void => {
    const digest = text === '' ? undefined : digestOf(text);
    if (live === undefined || kept.get(topic) === digest) return;
    if (digest === undefined) kept.delete(topic);
    else kept.set(topic, digest);
    void live.publish(topic, text, { qos: 1, retain: true });
  };

  const clear = (address: GatewayAddress): void => {
    const prefix = `${gatewayTopicPrefix(address)}/`;
    for (const topic of [...kept.keys()]) if (topic.startsWith(prefix)) publishState(topic, '');
    void live?.publish(gatewayTopic(address, 'status'), '', { qos: 1, retain: true });
  };

  /** Takes the gateway's place at the broker with its own client id, which ends its connection and its session, and goes. */
  const evict = async (address: GatewayAddress): Promise<void> => {
    heard.forget(address.gatewayId);
    try {
      const eviction = await openOutsideConnection({
        url: options.url,
        clientId: address.gatewayId,
        identity: await options.identityAs(address.gatewayId),
        ...authoritiesOf(await options.authorities()),
        sessionExpirySeconds: 0,
        onArrival: () => undefined,
      });
      await eviction.close();
    } catch (error) {
      log.warn({ reason: reasonOf(error), gatewayId: address.gatewayId }, 'removed gateway not evicted');
    }
    // Its will was published when its connection ended.
    clear(address);
  };

  const take = (arrival: Arrival, giveUp: () => void): void => {
    const { topic, retained, acknowledge } = arrival;
    const text = arrival.payload.toString();
    // The end of what was kept, as the portal itself cleared it.
    const report = text === '' ? undefined : readReport(topic, text, log);
    const address = report === undefined ? undefined : addressOf(projection, report.gatewayId);
    if (report === undefined || (retained && !gatewayTopicTraits[report.kind].retained)) {
      if (report !== undefined) log.warn({ kind: report.kind }, 'kept report refused');
      acknowledge?.();
      return;
    }
    if (address === undefined || !topic.startsWith(`${gatewayTopicPrefix(address)}/`)) {
      acknowledge?.();
      takeForeign(topic, retained);
      return;
    }
    const before = turns.get(report.gatewayId) ?? Promise.resolve();
    const turn = before.then(async () => {
      try {
        if (report.kind === 'status') heard.status(report.gatewayId, report.message);
        await listener.report(report);
        acknowledge?.();
      } catch (error) {
        log.error({ err: error, kind: report.kind }, 'report not taken');
        // Unacknowledged, it comes again with the next connection.
        if (acknowledge !== undefined) giveUp();
      }
    });
    turns.set(report.gatewayId, turn);
    void turn.then(() => {
      if (turns.get(report.gatewayId) === turn) turns.delete(report.gatewayId);
    });
  };

  /** A gateway that is not there any more, of an organization that is: it was removed while nobody could tell the broker. */
  const takeForeign = (topic: string, retained: boolean): void => {
    const { address } = parseGatewayTopic(topic);
    const isOurs = projection.organizations.get(address.organizationId) !== undefined;
    log.warn({ gatewayId: address.gatewayId, isOurs }, 'report of an unknown gateway dropped');
    if (retained && isOurs) void evict(address);
  };

  /** Finds out what the broker keeps, has everybody say what it should, and clears the rest. */
  const synchronize = async (connection: OutsideConnection, marked: Promise<void>): Promise<void> => {
    await connection.subscribe({ ...Object.fromEntries(stateFilters.map((filter) => [filter, 0])), [markTopic]: 0 });
    await connection.publish(markTopic, 'mark', { qos: 0, retain: false });
    await Promise.race([marked, connection.closed]);
    await connection.unsubscribe([...stateFilters, markTopic]);
    const before = new Set(kept.keys());
    live = connection;
    const wanted = new Set<string>();
    told = (topic) => wanted.add(topic);
    for (const { id } of projection.gateways.all()) listener.desiring(id);
    told = () => undefined;
    for (const topic of before) {
      const { address } = parseGatewayTopic(topic);
      if (!wanted.has(topic) && projection.organizations.get(address.organizationId) !== undefined) {
        publishState(topic, '');
      }
    }
  };

  /** One connection, from its beginning to its end; rejects when it could not be made ready. */
  const serve = async (): Promise<true> => {
    let marks: () => void = () => undefined;
    const marked = new Promise<void>((resolve) => {
      marks = resolve;
    });
    kept = new Map();
    let connection: OutsideConnection | undefined;
    let isGivenUp = false;
    const giveUp = () => {
      isGivenUp = true;
      void connection?.close();
    };
    const opened = await openOutsideConnection({
      url: options.url,
      clientId: options.clientId,
      identity: await options.identity(),
      ...authoritiesOf(await options.authorities()),
      sessionExpirySeconds,
      onArrival: (arrival) => {
        const kind = kindOf(arrival.topic);
        if (arrival.topic === markTopic) marks();
        else if (kind === 'report') take(arrival, giveUp);
        else if (arrival.payload.length > 0) kept.set(arrival.topic, digestOf(arrival.payload.toString()));
      },
    });
    connection = opened;
    try {
      // What could not be taken came with the broker's very answer.
      if (isGivenUp) await opened.close();
      await synchronize(opened, marked);
      await opened.subscribe(reportFilters);
      log.info({}, 'broker connected');
      const lost = lease.onChange((held) => {
        if (!held) giveUp();
      });
      if (stopping || !lease.isHeld()) giveUp();
      await opened.closed;
      lost();
      return true;
    } finally {
      live = undefined;
      await opened.close();
      heard.lost();
      log.warn({}, 'broker connection lost');
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping) {
      if (lease.isHeld()) {
        const wasServed = await serve().catch((error: unknown) => {
          log.warn({ reason: reasonOf(error) }, 'broker not reached');
          return false;
        });
        failures = wasServed ? 1 : failures + 1;
      }
      if (stopping) return;
      const pauseMs = reconnectPausesMs[Math.min(failures, reconnectPausesMs.length - 1)];
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const waking = lease.onChange(() => wakeUp());
  const looking = every(lookEveryMs, async () => heard.look(live !== undefined), log);
  const running = run();

  return {
    url: options.publicUrl,
    link: {
      isReachable: (gatewayId) => live?.isOpen === true && heard.isOnline(gatewayId),
      send: (gatewayId, message) => {
        const address = addressOf(projection, gatewayId);
        if (address === undefined || live?.isOpen !== true || !heard.isOnline(gatewayId)) return false;
        if (live.waitingBytes > mostWaitingBytes) return false;
        const expirySeconds =
          'deadline' in message ? Math.max(1, Math.ceil((message.deadline - clock.now()) / 1000)) : answerExpirySeconds;
        const text = encodeGatewayMessage('cmd', message);
        void live.publish(gatewayTopic(address, 'cmd'), text, { qos: 0, retain: false, expirySeconds });
        return true;
      },
      desire: (gatewayId, { leaf, text }) => {
        const address = addressOf(projection, gatewayId);
        if (address === undefined) return;
        const topic = gatewayTopic(address, leaf);
        told(topic);
        publishState(topic, text ?? '');
      },
    },
    drop: ({ id, propertyId }) => {
      const property = projection.properties.get(propertyId);
      if (property === undefined || !lease.isHeld()) return;
      void evict({ organizationId: property.organizationId, propertyId, gatewayId: id });
    },
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      waking();
      wakeUp();
      heard.stop();
      await looking[Symbol.asyncDispose]();
      await live?.close();
      await running;
    },
  };
}

function kindOf(topic: string): 'report' | 'state' {
  return stateKinds.some((kind) => topic.split('/')[6] === kind) ? 'state' : 'report';
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function authoritiesOf(authorities: readonly string[] | undefined): { readonly authorities?: readonly string[] } {
  return authorities === undefined ? {} : { authorities };
}

/** The broker's or the system's code for a failed connect; messages may repeat what was configured and stay out. */
function reasonOf(error: unknown): string | number {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : 'unknown';
}
