import { TLSSocket } from 'node:tls';
import {
  encodeGatewayMessage,
  type GatewayAddress,
  type GatewayMessageKind,
  type GatewayStateKind,
  gatewayTopic,
  gatewayTopicFilter,
  gatewayTopicKinds,
  gatewayTopicPrefix,
  gatewayTopicTraits,
  parseGatewayTopic,
} from '@latchwork/contract';
import { type GatewayId, isId } from '@latchwork/core';
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client } from 'aedes';
import type { Clock } from '../clock.js';
import type { Projection } from '../store/projection.js';
import { type EmbeddedListenerOptions, startEmbeddedListener } from './embedded-listener.js';
import { addressOf, type GatewayBroker } from './gateway-broker.js';
import { type GatewayListener, stateKindOf } from './gateway-link.js';
import { gatewayByCertificate, gatewayBySecret } from './gateway-sign-in.js';
import { readReport } from './report-reading.js';

/** Where the broker listens, whom it lets in and who hears what gateways say. */
export interface EmbeddedBrokerOptions extends Omit<EmbeddedListenerOptions, 'onSocket'> {
  /** What gateways connect to. Absent: the first of the TLS hosts, or `host`, with the port. */
  readonly publicUrl?: string | undefined;
  readonly projection: Projection;
  readonly listener: GatewayListener;
  /** Resolves when the projection holds what any process had committed by now, such as the gateway itself. */
  readonly fresh: () => Promise<void>;
  readonly clock: Clock;
}

// MQTT 3.1.1 connect return codes; aedes exports its own only as an ambient const enum.
const serverUnavailable = 3;
const notAuthorized = 5;

const stateKinds = gatewayTopicKinds({ from: 'portal', retained: true });

/**
 * Starts the MQTT 3.1.1 broker that gateways connect to. A gateway signs in with its id, which is also its client id,
 * and its secret, or over TLS with its certificate alone; it publishes to its own topics that are from gateways and hears its own that are from the portal, nothing
 * else. Those enter inside the process only, so no network client can ever publish one.
 *
 * @throws PortalError `address-unavailable`
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<GatewayBroker> {
  const { projection, listener, tls, clock, log } = options;
  const reachable = new Map<GatewayId, Client>();
  /** Of each gateway that has asked, its connection and the kinds of states that it hears. */
  const desiring = new Map<GatewayId, { readonly client: Client; readonly kinds: readonly GatewayStateKind[] }>();
  const take = async (packet: Pick<AedesPublishPacket, 'topic' | 'payload'>): Promise<void> => {
    const report = readReport(packet.topic, packet.payload.toString(), log);
    if (report === undefined) return;
    try {
      await listener.report(report);
    } catch (error) {
      log.error({ err: error, kind: report.kind }, 'report not taken');
      throw error;
    }
  };
  /** Which gateway a connection shows to be, as is known by now. */
  const gatewayOf = (client: Client, given: { readonly username?: string; readonly password?: string } = {}) => {
    const { conn, id: clientId } = client;
    const certificate = conn instanceof TLSSocket ? conn.getPeerX509Certificate() : undefined;
    const proof = { clientId, username: given.username, password: given.password, certificate };
    return tls === undefined
      ? gatewayBySecret(projection, proof)
      : gatewayByCertificate(projection, proof, clock.now());
  };
  /** False once the certificate of a connection has ended, which it is then closed for. */
  const isTrusted = (client: Client): boolean => {
    if (tls === undefined || gatewayOf(client) !== undefined) return true;
    log.warn({ gatewayId: client.id }, 'gateway with an ended certificate cut off');
    client.close();
    return false;
  };
  const broker = await Aedes.createBroker({
    authenticate: async (client, username, password, done) => {
      try {
        await options.fresh();
      } catch (error) {
        log.warn({ err: error, clientIdPinned: client.id === username }, 'gateway not let in: the database is away');
        done(refusal('server unavailable', serverUnavailable), false);
        return;
      }
      const gatewayId = gatewayOf(client, {
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password: password.toString('utf8') }),
      });
      if (gatewayId !== undefined) {
        done(null, true);
        return;
      }
      const named = isId('gateway', username) ? projection.gateways.get(username) : undefined;
      log.warn(
        { gatewayId: named?.id ?? null, clientIdPinned: client.id === username },
        'gateway refused at the broker',
      );
      done(refusal('not authorized', notAuthorized), false);
    },
    authorizePublish: (client, packet, done) => {
      const address = client === null ? undefined : addressOf(projection, client.id);
      if (client === null || address === undefined || !mayPublish(address, packet) || !isTrusted(client)) {
        done(new Error('not allowed'));
        return;
      }
      // aedes acknowledges a QoS 1 publish before its subscribers have it, but after this: so a report is taken here, and
      // one that could not be taken ends the connection unacknowledged, for the gateway to send again.
      take(packet).then(
        () => done(null),
        () => done(new Error('report not taken')),
      );
    },
    authorizeSubscribe: (client, subscription, done) => {
      const address = addressOf(projection, client.id);
      const allowed = address !== undefined && heardBy(address).includes(subscription.topic);
      // A refused subscription is answered with the failure code; nothing is ever delivered on it.
      done(null, allowed ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      const address = addressOf(projection, client.id);
      return address !== undefined && isFor(address, packet.topic) ? packet : null;
    },
  });

  broker.on('subscribe', (subscriptions, client) => {
    const address = addressOf(projection, client.id);
    if (address === undefined) return;
    // aedes also reports subscriptions it refused, with QoS 128.
    const hears = (wanted: string) => subscriptions.some(({ topic, qos }) => topic === wanted && qos <= 2);
    const { gatewayId } = address;
    const kinds = stateKinds.filter((kind) => hears(gatewayTopicFilter(address, kind)));
    if (kinds.length > 0) {
      const before = desiring.get(gatewayId);
      desiring.set(gatewayId, { client, kinds: before?.client === client ? [...before.kinds, ...kinds] : kinds });
      listener.desiring(gatewayId);
    }
    if (!hears(gatewayTopic(address, 'cmd'))) return;
    reachable.set(gatewayId, client);
    listener.connection({ gatewayId, connected: true });
  });
  broker.on('clientDisconnect', (client) => {
    const gatewayId = isId('gateway', client.id) ? client.id : undefined;
    if (gatewayId !== undefined && desiring.get(gatewayId)?.client === client) desiring.delete(gatewayId);
    // A gateway that connected anew replaced its old connection, whose end says nothing.
    if (gatewayId === undefined || reachable.get(gatewayId) !== client) return;
    reachable.delete(gatewayId);
    listener.connection({ gatewayId, connected: false });
  });

  let listening: Awaited<ReturnType<typeof startEmbeddedListener>>;
  try {
    listening = await startEmbeddedListener({ ...options, onSocket: (socket) => void broker.handle(socket) });
  } catch (error) {
    await closed(broker);
    throw error;
  }
  const { port } = listening;

  return {
    url:
      options.publicUrl ?? `${tls === undefined ? 'mqtt' : 'mqtts'}://${inUrl(tls?.hosts[0] ?? options.host)}:${port}`,
    link: {
      isReachable: (gatewayId) => reachable.has(gatewayId),
      send: (gatewayId, message) => {
        const place = addressOf(projection, gatewayId);
        const client = reachable.get(gatewayId);
        if (place === undefined || client === undefined || !isTrusted(client)) return false;
        const payload = encodeGatewayMessage('cmd', message);
        // Straight to the one connection it is for: the broker's own way is several turns of the event loop longer.
        client.publish(
          { cmd: 'publish', topic: gatewayTopic(place, 'cmd'), payload, qos: 0, retain: false, dup: false },
          (error) => {
            if (error) log.error({ err: error, gatewayId }, 'command not published');
          },
        );
        return true;
      },
      desire: (gatewayId, { leaf, text }) => {
        const place = addressOf(projection, gatewayId);
        const heard = desiring.get(gatewayId);
        if (place === undefined || heard === undefined || !heard.kinds.includes(stateKindOf(leaf))) return;
        if (!isTrusted(heard.client)) return;
        const topic = gatewayTopic(place, leaf);
        heard.client.publish(
          { cmd: 'publish', topic, payload: text ?? '', qos: 1, retain: false, dup: false },
          (error) => {
            if (error) log.error({ err: error, gatewayId }, 'state not published');
          },
        );
      },
    },
    drop: ({ id }) => reachable.get(id)?.close(),
    [Symbol.asyncDispose]: async () => {
      // Listeners must not take the portal's own end for the gateways' going offline.
      reachable.clear();
      desiring.clear();
      await closed(broker);
      await listening[Symbol.asyncDispose]();
    },
  };
}

/** What a gateway hears, as it subscribes to it. */
function heardBy(address: GatewayAddress): readonly string[] {
  return gatewayTopicKinds({ from: 'portal' }).map((kind) => gatewayTopicFilter(address, kind));
}

function isFor(address: GatewayAddress, topic: string): boolean {
  if (!topic.startsWith(`${gatewayTopicPrefix(address)}/`)) return false;
  const kind = kindOf(topic);
  return kind !== undefined && gatewayTopicTraits[kind].from === 'portal';
}

function kindOf(topic: string): GatewayMessageKind | undefined {
  try {
    return parseGatewayTopic(topic).kind;
  } catch {
    return undefined;
  }
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function refusal(message: string, returnCode: number): AuthenticateError {
  return Object.assign(new Error(message), { returnCode }) as AuthenticateError;
}

async function closed(broker: Aedes): Promise<void> {
  await new Promise<void>((resolve) => broker.close(() => resolve()));
}

function mayPublish(address: GatewayAddress, { topic, retain }: Pick<AedesPublishPacket, 'topic' | 'retain'>): boolean {
  if (!topic.startsWith(`${gatewayTopicPrefix(address)}/`)) return false;
  const kind = kindOf(topic);
  if (kind === undefined) return false;
  // Anything that waits for whoever comes later, and is not to, is a report out of its time.
  const { from, retained } = gatewayTopicTraits[kind];
  return from === 'gateway' && (retained || !retain);
}
