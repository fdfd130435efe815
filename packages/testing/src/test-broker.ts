import { createServer, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { systemTimers, type Timers } from './air/timers.js';

/** One message as a client published it. */
export interface BrokerMessage {
  /** Client id of the publisher. */
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** What becomes of a published message. The publisher is told that all is well whatever happens. */
export type Delivery =
  | { readonly action: 'deliver' }
  | { readonly action: 'drop' }
  | { readonly action: 'duplicate'; readonly copies: number }
  | { readonly action: 'delay'; readonly delayMs: number }
  | { readonly action: 'replace'; readonly payload: Uint8Array };

/** Who may do what; everything is allowed where a rule is absent. `username` is empty for an anonymous client. */
export interface BrokerAccess {
  readonly connect?: (o: {
    readonly clientId: string;
    readonly username: string;
    readonly password: string;
  }) => boolean;
  readonly publish?: (o: { readonly clientId: string; readonly username: string; readonly topic: string }) => boolean;
  readonly subscribe?: (o: { readonly clientId: string; readonly username: string; readonly topic: string }) => boolean;
}

/** How a test broker is made. */
export interface TestBrokerOptions {
  readonly access?: BrokerAccess;
  /** Port on 127.0.0.1; default: a free one. Give the old one to bring a broker back after an outage. */
  readonly port?: number;
  /** Times delayed messages. Default: the process's own timers. */
  readonly timers?: Timers;
}

/** A real MQTT broker inside the test, which may also be an evil one. */
export interface TestBroker extends AsyncDisposable {
  /** `mqtt://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** Every message published by a client, oldest first, whatever became of it. */
  readonly recorded: readonly BrokerMessage[];
  readonly connectedClients: number;
  /** Decides what becomes of each message; undefined delivers all. */
  tamper: ((message: BrokerMessage) => Delivery) | undefined;
  /** Publishes in the broker's own name, past `tamper`: a message of its own, or one it has recorded. */
  publish(message: { topic: string; payload: Uint8Array; qos?: 0 | 1 | 2; retain?: boolean }): Promise<void>;
  /** Resolves with the next message that meets the condition, or with the first recorded one that does. */
  waitFor(matches: (message: BrokerMessage) => boolean): Promise<BrokerMessage>;
  /** Cuts every connection without a word, as a lost network does; clients may connect again. */
  dropConnections(): void;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

// Names beginning with $ match no wildcard, so nobody receives what is sent here.
const nowhere = '$nowhere';

/** Starts an MQTT broker on a loopback port, without Nagle's delay. */
export async function startTestBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const { access = {} } = options;
  const timers = options.timers ?? systemTimers;
  const usernames = new WeakMap<Client, string>();
  const recorded: BrokerMessage[] = [];
  const waiting = new Set<(message: BrokerMessage) => void>();
  const sockets = new Set<Socket>();
  let tamper: TestBroker['tamper'];

  const usernameOf = (client: Client): string => usernames.get(client) ?? '';

  const publish: TestBroker['publish'] = (message) =>
    new Promise((resolve, reject) => {
      aedes.publish(
        {
          cmd: 'publish',
          dup: false,
          topic: message.topic,
          payload: Buffer.from(message.payload),
          qos: message.qos ?? 0,
          retain: message.retain ?? false,
        },
        (error) => (error instanceof Error ? reject(error) : resolve()),
      );
    });

  const aedes = await Aedes.createBroker({
    authenticate(client, username, password, done) {
      const name = username ?? '';
      usernames.set(client, name);
      const allowed =
        access.connect?.({ clientId: client.id, username: name, password: password?.toString() ?? '' }) ?? true;
      done(null, allowed);
    },
    authorizeSubscribe(client, subscription, done) {
      const allowed =
        access.subscribe?.({ clientId: client.id, username: usernameOf(client), topic: subscription.topic }) ?? true;
      done(null, allowed ? subscription : null);
    },
    authorizePublish(client, packet, done) {
      if (client === null) {
        done(null);
        return;
      }
      const { topic } = packet;
      if (access.publish?.({ clientId: client.id, username: usernameOf(client), topic }) === false) {
        done(new Error('publishing there is not allowed'));
        return;
      }
      const message: BrokerMessage = {
        clientId: client.id,
        topic,
        payload: Uint8Array.from(Buffer.from(packet.payload)),
        qos: packet.qos,
        retain: packet.retain,
      };
      recorded.push(message);
      for (const notice of [...waiting]) notice(message);
      const delivery = tamper?.(message) ?? { action: 'deliver' };
      switch (delivery.action) {
        case 'deliver':
          break;
        case 'drop':
          packet.topic = nowhere;
          break;
        case 'delay':
          packet.topic = nowhere;
          timers.after(delivery.delayMs, () => void publish(message));
          break;
        case 'duplicate':
          for (let copy = 0; copy < delivery.copies; copy += 1) timers.soon(() => void publish(message));
          break;
        case 'replace':
          packet.payload = Buffer.from(delivery.payload);
          break;
      }
      done(null);
    },
  });

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the broker listens on no port');

  const dropConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  const close = async (): Promise<void> => {
    dropConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await new Promise<void>((resolve) => {
      aedes.close(() => resolve());
    });
  };

  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    port: address.port,
    recorded,
    get connectedClients() {
      return aedes.connectedClients;
    },
    get tamper() {
      return tamper;
    },
    set tamper(decide) {
      tamper = decide;
    },
    publish,
    waitFor(matches) {
      const found = recorded.find(matches);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const notice = (message: BrokerMessage): void => {
          if (!matches(message)) return;
          waiting.delete(notice);
          resolve(message);
        };
        waiting.add(notice);
      });
    },
    dropConnections,
    close,
    [Symbol.asyncDispose]: close,
  };
}
