import { rootCertificates } from 'node:tls';
import { connect, type IClientOptions, type IClientPublishOptions, type MqttClient } from 'mqtt';

/** What one connection to a broker needs. */
export interface BrokerConnectionOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  /** Absent where the certificate is enough. */
  readonly password?: string;
  /** PEM; absent: the password alone, and only authorities that Node.js trusts. */
  readonly certified?: { readonly certificate: string; readonly privateKey: string; readonly authority: string };
  /** Absent: none. Published by the broker, retained at QoS 1, when the connection breaks off. */
  readonly will?: { readonly topic: string; readonly payload: string };
  /** Topic filters, each with the QoS at which it is subscribed; the broker must grant them all. */
  readonly subscribeTo: Readonly<Record<string, 0 | 1>>;
  readonly onMessage: (topic: string, payload: Buffer, retained: boolean) => void;
}

/** One connection, subscribed, from its beginning to its end; never reconnects. */
export interface BrokerConnection {
  /** Resolves true when the message was written (QoS 0) or confirmed (QoS 1), false when the connection ended first. */
  publish(
    topic: string,
    text: string,
    options: Required<Pick<IClientPublishOptions, 'qos' | 'retain'>>,
  ): Promise<boolean>;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  /** Says goodbye, so that the will is not published; breaks off when the broker owes a confirmation. */
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
const keepaliveSeconds = 15;
/** The broker's SUBACK code for a refused subscription. */
const subscriptionRefused = 128;

/** Opens one connection and subscribes. Rejects with the client's error when that fails or takes too long. */
export async function openBrokerConnection(options: BrokerConnectionOptions): Promise<BrokerConnection> {
  const client = connect(options.url, {
    clientId: options.clientId,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...tlsOf(options.certified),
    clean: true,
    keepalive: keepaliveSeconds,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(options.will === undefined
      ? {}
      : { will: { topic: options.will.topic, payload: Buffer.from(options.will.payload), qos: 1, retain: true } }),
  });
  switchNagleOff(client);
  const closed = new Promise<void>((resolve) => {
    client.once('close', resolve);
  });
  void closed.then(() => client.end(true));
  client.on('message', (topic, payload, packet) => options.onMessage(topic, payload, packet.retain));
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      void closed.then(() => reject(Object.assign(new Error('The connection was closed.'), { code: 'closed' })));
    });
    const filters = Object.entries(options.subscribeTo);
    const grants = await client.subscribeAsync(Object.fromEntries(filters.map(([filter, qos]) => [filter, { qos }])));
    if (grants.length < filters.length || grants.some(({ qos }) => qos === subscriptionRefused)) {
      throw Object.assign(new Error('The broker refused the subscription.'), { code: 'subscription-refused' });
    }
  } catch (error) {
    client.end(true);
    throw error;
  }
  let unconfirmed = 0;

  return {
    closed,
    publish(topic, text, { qos, retain }) {
      return new Promise((resolve) => {
        unconfirmed += 1;
        // Called with an error, too, when the connection ends first: `end` tells every publish that was under way.
        client.publish(topic, text, { qos, retain }, (error) => {
          unconfirmed -= 1;
          resolve(error === undefined || error === null);
        });
      });
    },
    async close() {
      // A graceful end waits for every confirmation, for ever where the broker keeps silent.
      client.end(unconfirmed > 0);
      await closed;
    },
  };
}

function tlsOf(certified: BrokerConnectionOptions['certified']): Pick<IClientOptions, 'cert' | 'key' | 'ca'> {
  if (certified === undefined) return {};
  const { certificate, privateKey, authority } = certified;
  return { cert: certificate, key: privateKey, ca: [...rootCertificates, authority] };
}

/** Paced QoS 1 messages take 25 ms instead of 2 with Nagle's algorithm on; a WebSocket has it off already. */
function switchNagleOff(client: MqttClient): void {
  const { stream } = client;
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') {
    stream.setNoDelay(true);
  }
}
