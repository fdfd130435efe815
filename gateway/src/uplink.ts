import {
  type AckMessage,
  type ChallengeMessage,
  type CommandMessage,
  type DesiredMessage,
  encodeGatewayMessage,
  type GatewayAddress,
  type GatewayMessage,
  type GatewayMessageKind,
  gatewayMessageMaxChars,
  gatewayTopic,
  gatewayTopicFilter,
  gatewayTopicKinds,
  gatewayTopicTraits,
  type LogMessage,
  type PassMessage,
  parseGatewayMessage,
  type ReadMessage,
  type ReportedMessage,
  type StatusMessage,
  type TimeMessage,
  type TunnelMessage,
  type UnlockResultMessage,
} from '@latchwork/contract';
import { EventEmitter } from 'eventemitter3';
import { type BackoffRange, backoffMs } from './backoff.js';
import { type BrokerConnection, type BrokerConnectionOptions, openBrokerConnection } from './broker-connection.js';
import type { Clock } from './clock.js';
import type { Enrollment } from './enrollment/enrollment-file.js';
import type { Log } from './log.js';
import type { IgnoreReason } from './metrics.js';
import type { Secret } from './secret.js';
import { within } from './within.js';

/** What the uplink tells of its own accord. */
export interface UplinkEvents {
  /** Connected and subscribed: commands can arrive from now on. */
  readonly connected: () => void;
  readonly disconnected: () => void;
  /** A message on a topic that the gateway listens to was not acted upon. */
  readonly ignored: (ignored: { readonly reason: IgnoreReason }) => void;
}

/** What the uplink is wired to. */
export interface UplinkOptions {
  readonly url: string;
  readonly address: GatewayAddress;
  readonly secret: Secret;
  /** The gateway's newest certificate with its key, where it enrolled; asked before each connection. */
  readonly enrollment?: () => Enrollment | undefined;
  /** This run of the gateway, so that the portal sees a restart. */
  readonly bootId: string;
  readonly clock: Clock;
  /** 0..1, for the spread of reconnects. */
  readonly random: () => number;
  readonly log: Log;
  /** The changing part of the heartbeat. */
  readonly status: () => Pick<StatusMessage, 'version' | 'radio' | 'heard' | 'publicKey' | 'heardLocks' | 'lan'>;
  /** Takes each well-formed, live message of the command topic. */
  readonly onCommand: (message: CommandMessage) => void;
  /**
   * Takes each well-formed desired state with the text that it came as, and the tag alone of a lock that is the gateway's
   * no more; also what the broker has retained, and also before `connected`.
   */
  readonly onDesired: (desired: DesiredArrival) => void;
  /** Takes the gateway's grants. */
  readonly onPass: (message: PassMessage) => void;
  /** Takes how far the portal has the log of a lock; `null`: it is the gateway's no more. */
  readonly onRead: (read: { readonly tag: string; readonly message: ReadMessage | null }) => void;
}

/** What arrived on a lock's `desired` topic. */
export type DesiredArrival =
  | { readonly tag: string; readonly message: DesiredMessage; readonly text: string }
  | { readonly tag: string; readonly message: null };

/** The gateway's side of the MQTT binding. */
export interface Uplink extends AsyncDisposable {
  readonly events: EventEmitter<UplinkEvents>;
  readonly connected: boolean;
  /** QoS 0; gone when there is no connection, never queued. */
  sendAck(message: AckMessage): void;
  /** QoS 0; false when there is no connection, so that nobody waits for an answer. */
  sendChallenge(message: ChallengeMessage): Promise<boolean>;
  /** QoS 1; true once the broker has confirmed it. */
  sendResult(message: UnlockResultMessage): Promise<boolean>;
  /** QoS 0; false when there is no connection, so that nobody waits for an answer. */
  sendTime(message: TimeMessage): Promise<boolean>;
  /** QoS 0; gone when there is no connection, never queued. */
  sendTunnel(message: TunnelMessage): void;
  /** QoS 1; true once the broker has confirmed it. */
  sendReport(tag: string, message: ReportedMessage): Promise<boolean>;
  /** QoS 1; true once the broker has confirmed it. */
  sendLog(tag: string, message: LogMessage): Promise<boolean>;
  /** Sends the status now instead of at the next heartbeat. */
  announce(): void;
}

const tagPattern = /^[0-9a-f]{16}$/;
const heartbeatMs = 30_000;
const reconnectPause: BackoffRange = { baseMs: 250, maxMs: 15_000 };
/** A connection that lasted this long was a good one: the next pause starts small again. */
const stableAfterMs = 10_000;
/** How long a farewell may take. */
const farewellMs = 2_000;

/**
 * Starts connecting to the broker, for ever anew until disposed of.
 *
 * Each connection is a fresh client with a clean session: nothing that was meant for an earlier connection can leave on a
 * later one, neither from a queue of the client nor from one of the broker.
 */
export function startUplink(options: UplinkOptions): Uplink {
  const { address, clock, log } = options;
  const events = new EventEmitter<UplinkEvents>();
  const commandTopic = gatewayTopic(address, 'cmd');
  const desiredPrefix = gatewayTopic(address, { desired: '' });
  const readPrefix = gatewayTopic(address, { read: '' });
  const passTopic = gatewayTopic(address, 'pass');
  const statusTopic = gatewayTopic(address, 'status');
  let live: BrokerConnection | undefined;
  let stopping = false;
  let wakeUp: () => void = () => undefined;

  const status = (online: boolean): string =>
    encodeGatewayMessage('status', {
      v: 1,
      online,
      bootId: options.bootId,
      at: clock.now(),
      ...(online ? options.status() : {}),
    });

  function receive(topic: string, payload: Buffer, retained: boolean): void {
    const ignore = (reason: IgnoreReason): void => {
      log.warn({ reason, sizeBytes: payload.length }, 'message ignored');
      events.emit('ignored', { reason });
    };
    if (topic === commandTopic) {
      // A retained command would fire whenever a gateway comes back; there are no honest ones.
      const read = retained ? 'retained' : readPayload('cmd', payload);
      if (typeof read === 'string') {
        ignore(read);
      } else {
        options.onCommand(read.message);
      }
      return;
    }
    if (topic === passTopic) {
      const read = readPayload('pass', payload);
      if (typeof read === 'string') ignore(read);
      else options.onPass(read.message);
      return;
    }
    if (topic.startsWith(readPrefix)) {
      const tag = topic.slice(readPrefix.length);
      const read = payload.length === 0 ? { message: null } : readPayload('read', payload);
      if (typeof read === 'string') ignore(read);
      else if (!tagPattern.test(tag) || (read.message !== null && read.message.lock.tag !== tag)) ignore('malformed');
      else options.onRead({ tag, message: read.message });
      return;
    }
    const tag = topic.startsWith(desiredPrefix) ? topic.slice(desiredPrefix.length) : '';
    if (!tagPattern.test(tag)) {
      ignore('foreign-topic');
    } else if (payload.length === 0) {
      options.onDesired({ tag, message: null });
    } else {
      const read = readPayload('desired', payload);
      if (typeof read === 'string') {
        ignore(read);
      } else if (read.message.lock.tag === tag) {
        options.onDesired({ tag, ...read });
      } else {
        ignore('malformed');
      }
    }
  }

  function announce(): void {
    // Nothing may come after the goodbye: the broker keeps what was said last.
    if (stopping) return;
    void live?.publish(statusTopic, status(true), { qos: 1, retain: true });
  }

  async function serve(connection: BrokerConnection): Promise<void> {
    const connectedAt = clock.monotonic();
    live = connection;
    log.info('broker connected');
    announce();
    events.emit('connected');
    let callOff: () => void = () => undefined;
    const beat = (): void => {
      callOff = clock.after(heartbeatMs, () => {
        announce();
        beat();
      });
    };
    beat();
    await connection.closed;
    callOff();
    live = undefined;
    log.warn({ afterMs: Math.round(clock.monotonic() - connectedAt) }, 'broker connection lost');
    events.emit('disconnected');
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping) {
      const startedAt = clock.monotonic();
      const connection = await openBrokerConnection({
        url: options.url,
        clientId: address.gatewayId,
        username: address.gatewayId,
        ...identityOf(options),
        will: { topic: statusTopic, payload: status(false) },
        subscribeTo: Object.fromEntries(
          gatewayTopicKinds({ from: 'portal' }).map((kind) => [
            gatewayTopicFilter(address, kind),
            gatewayTopicTraits[kind].qos,
          ]),
        ),
        onMessage: receive,
      }).catch((error: unknown) => {
        log.warn({ reason: reasonOf(error) }, 'broker not reached');
      });
      if (connection && stopping) {
        await connection.close();
      } else if (connection) {
        await serve(connection);
      }
      failures = clock.monotonic() - startedAt >= stableAfterMs ? 1 : failures + 1;
      if (!stopping) {
        await pause(backoffMs(reconnectPause, failures, options.random()));
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = clock.after(ms, resolve);
      wakeUp = () => {
        callOff();
        resolve();
      };
    });
  }

  const running = run();

  return {
    events,
    get connected() {
      return live !== undefined;
    },
    sendAck(message) {
      void live?.publish(gatewayTopic(address, 'ack'), encodeGatewayMessage('ack', message), { qos: 0, retain: false });
    },
    async sendChallenge(message) {
      const text = encodeGatewayMessage('challenge', message);
      return (await live?.publish(gatewayTopic(address, 'challenge'), text, { qos: 0, retain: false })) ?? false;
    },
    async sendResult(message) {
      const topic = gatewayTopic(address, { evt: message.tag });
      const text = encodeGatewayMessage('evt', message);
      return (await live?.publish(topic, text, { qos: 1, retain: false })) ?? false;
    },
    async sendTime(message) {
      const text = encodeGatewayMessage('time', message);
      return (await live?.publish(gatewayTopic(address, 'time'), text, { qos: 0, retain: false })) ?? false;
    },
    sendTunnel(message) {
      const text = encodeGatewayMessage('tunnel', message);
      void live?.publish(gatewayTopic(address, 'tunnel'), text, { qos: 0, retain: false });
    },
    async sendReport(tag, message) {
      const text = encodeGatewayMessage('reported', message);
      return (await live?.publish(gatewayTopic(address, { reported: tag }), text, { qos: 1, retain: false })) ?? false;
    },
    async sendLog(tag, message) {
      const text = encodeGatewayMessage('log', message);
      return (await live?.publish(gatewayTopic(address, { log: tag }), text, { qos: 1, retain: false })) ?? false;
    },
    announce,
    async [Symbol.asyncDispose]() {
      stopping = true;
      wakeUp();
      const last = live;
      if (last !== undefined) {
        const goodbye = last.publish(statusTopic, status(false), { qos: 1, retain: true });
        await within(clock, farewellMs, goodbye);
        await last.close();
      }
      await running;
    },
  };
}

/** The password where there is one, and the certificate where there is one. */
function identityOf({
  secret,
  enrollment,
}: Pick<UplinkOptions, 'secret' | 'enrollment'>): Pick<BrokerConnectionOptions, 'password' | 'certified'> {
  const password = secret.reveal();
  const certified = enrollment?.();
  return { ...(password === '' ? {} : { password }), ...(certified === undefined ? {} : { certified }) };
}

function readPayload<Kind extends GatewayMessageKind>(
  kind: Kind,
  payload: Buffer,
): { readonly message: GatewayMessage<Kind>; readonly text: string } | 'too-long' | 'malformed' {
  if (payload.length > gatewayMessageMaxChars[kind]) return 'too-long';
  const text = payload.toString();
  try {
    return { message: parseGatewayMessage(kind, text), text };
  } catch {
    return 'malformed';
  }
}

/** The broker's or the system's code for a failed connect; messages may repeat what was configured and stay out. */
function reasonOf(error: unknown): string | number {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : 'unknown';
}
