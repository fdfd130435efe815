import { rootCertificates } from 'node:tls';
import { connect, type IClientOptions, type IClientPublishOptions, type MqttClient } from 'mqtt';

/** A gateway's certificate, its key and who certifies the broker, all PEM. */
export interface Certified {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** What one connection to a broker needs. */
export interface BrokerConnectionOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  /** Absent where the certificate is enough. */
  readonly password?: string;
  /** PEM; absent: the password alone, and only authorities that Node.js trusts. */
  readonly certified?: Certified;
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
    ...tlsOf(options.url, options.certified),
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

/** How a connection to the broker at `url` shows a certificate and whose it believes; nothing where `url` has no TLS. */
export function tlsOf(url: string, certified: Certified | undefined): Pick<IClientOptions, 'cert' | 'key' | 'ca'> {
  // MQTT.js speaks TLS to a broker on plain `mqtt:`, too, once it is given a certificate.
  if (certified === undefined || !isEncrypted(url)) return {};
  const { certificate, privateKey, authority } = certified;
  return { cert: certificate, key: privateKey, ca: [...rootCertificates, authority] };
}

/** Whether what the broker at `url` is told goes through TLS. */
export function isEncrypted(url: string): boolean {
  return ['mqtts:', 'wss:'].includes(new URL(url).protocol);
}

/** Paced QoS 1 messages take 25 ms instead of 2 with Nagle's algorithm on; a WebSocket has it off already. */
function switchNagleOff(client: MqttClient): void {
  const { stream } = client;
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') {
    stream.setNoDelay(true);
  }
}
