import { connect, type IClientOptions, type MqttClient } from 'mqtt';

/** As whom a connection signs in: with a password, a client certificate, both or neither. */
export interface BrokerIdentity {
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly certificate?: string;
  /** PEM. */
  readonly privateKey?: string;
}

/** A message that arrived; where `acknowledge` is there, the broker keeps it until that is called. */
export interface Arrival {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker had it before the subscription. */
  readonly retained: boolean;
  readonly acknowledge?: () => void;
}

/** What one connection needs. */
export interface OutsideConnectionOptions {
  readonly url: string;
  readonly clientId: string;
  readonly identity: BrokerIdentity;
  /** PEM: who may certify the broker. Absent: those that Node.js trusts. */
  readonly authorities?: readonly string[];
  /** How long the broker keeps what was not acknowledged when the connection is gone; 0: it forgets the session. */
  readonly sessionExpirySeconds: number;
  readonly onArrival: (arrival: Arrival) => void;
}

/** One connection from its beginning to its end; it never connects anew, and queues nothing for a later one. */
export interface OutsideConnection {
  readonly isOpen: boolean;
  /** How much waits for the socket. */
  readonly waitingBytes: number;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  /** Resolves true when written (QoS 0) or confirmed (QoS 1), false when the connection ended first. */
  publish(
    topic: string,
    text: string,
    options: { readonly qos: 0 | 1; readonly retain: boolean; readonly expirySeconds?: number },
  ): Promise<boolean>;
  /** @throws when the broker refuses a filter. */
  subscribe(filters: Readonly<Record<string, 0 | 1>>): Promise<void>;
  unsubscribe(filters: readonly string[]): Promise<void>;
  /** Ends it; what was not acknowledged comes again where the session is kept. */
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
const keepaliveSeconds = 15;
/** What mqtt.js is told instead of an acknowledgement, so that it goes on with the next message and sends none. */
const acknowledgedLater = new Error('It is acknowledged when it has been taken.');
const unsupportedVersion = new Set<unknown>([1, 132]);
const firstRefusal = 128;

/** Opens one connection with MQTT 5, or 3.1.1 where the broker knows no other. Rejects with the client's error. */
export async function openOutsideConnection(options: OutsideConnectionOptions): Promise<OutsideConnection> {
  try {
    return await open(options, 5);
  } catch (error) {
    if (!unsupportedVersion.has((error as { readonly code?: unknown }).code)) throw error;
    return await open(options, 4);
  }
}

async function open(options: OutsideConnectionOptions, protocolVersion: 4 | 5): Promise<OutsideConnection> {
  const { url, clientId, identity, authorities, sessionExpirySeconds, onArrival } = options;
  let client: MqttClient | undefined;
  const settings: IClientOptions = {
    ...{ clientId, protocolVersion, keepalive: keepaliveSeconds, connectTimeout: connectTimeoutMs },
    ...(identity.username === undefined ? {} : { username: identity.username }),
    ...(identity.password === undefined ? {} : { password: identity.password }),
    ...(identity.certificate === undefined ? {} : { cert: identity.certificate }),
    ...(identity.privateKey === undefined ? {} : { key: identity.privateKey }),
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
    ...{ clean: sessionExpirySeconds === 0, reconnectPeriod: 0, resubscribe: false, queueQoSZero: false },
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: sessionExpirySeconds } } : {}),
    // mqtt.js would take one message at a time and wait for each; so it is told of none, and they are acknowledged one by one
    // as they have been taken. What is never acknowledged comes again on the next connection.
    customHandleAcks: (topic, payload, packet, done) => {
      const { messageId, retain } = packet;
      const acknowledge = () => {
        if (client?.connected)
          client['_sendPacket']({ cmd: 'puback', ...(messageId === undefined ? {} : { messageId }) });
      };
      onArrival({ topic, payload, retained: retain, acknowledge });
      done(acknowledgedLater);
    },
  };
  // What the broker kept for this session may come with its very answer, before anybody could have waited for that.
  client = connect(url, settings);
  const opened = client;
  // Once it is up, the end of the connection says all that an error does.
  opened.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => opened.once('close', resolve));
  void closed.then(() => opened.end(true));
  opened.on('message', (topic, payload, { qos, retain }) => {
    if (qos === 0) onArrival({ topic, payload, retained: retain });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      opened.once('connect', () => resolve());
      opened.once('error', reject);
      void closed.then(() => reject(Object.assign(new Error('The connection was closed.'), { code: 'closed' })));
    });
  } catch (error) {
    opened.end(true);
    throw error;
  }
  if ('setNoDelay' in opened.stream && typeof opened.stream.setNoDelay === 'function') opened.stream.setNoDelay(true);
  let unconfirmed = 0;
  return {
    get isOpen() {
      return opened.connected;
    },
    get waitingBytes() {
      return 'writableLength' in opened.stream ? opened.stream.writableLength : 0;
    },
    closed,
    publish: async (topic, text, { qos, retain, expirySeconds }) =>
      await new Promise((resolve) => {
        unconfirmed += 1;
        const properties =
          protocolVersion === 5 && expirySeconds !== undefined
            ? { properties: { messageExpiryInterval: expirySeconds } }
            : {};
        opened.publish(topic, text, { qos, retain, ...properties }, (error) => {
          unconfirmed -= 1;
          resolve(error === undefined || error === null);
        });
      }),
    subscribe: async (filters) => {
      const wanted = Object.entries(filters).map(([filter, qos]) => [filter, { qos }]);
      const grants = await opened.subscribeAsync(Object.fromEntries(wanted));
      if (grants.length < wanted.length || grants.some(({ qos }) => qos >= firstRefusal)) {
        throw Object.assign(new Error('The broker refused a subscription.'), { code: 'subscription-refused' });
      }
    },
    unsubscribe: async (filters) => {
      await opened.unsubscribeAsync([...filters]);
    },
    close: async () => {
      // A graceful end waits for every confirmation, for ever where the broker keeps silent.
      opened.end(unconfirmed > 0);
      await closed;
    },
  };
}
