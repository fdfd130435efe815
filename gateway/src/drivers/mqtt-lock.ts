import { driverGuarantees } from '@latchwork/contract';
import { type BackoffRange, backoffMs } from '../backoff.js';
import { type BrokerConnection, openBrokerConnection } from '../broker-connection.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { DriverEnd, DriverObservation, DriverUnlock, LockDriver } from './lock-driver.js';
import { boltOf, type LockWord, readAvailability, readLockWord, type StateWords } from './mqtt-words.js';

/** Where an MQTT lock is found and how it is spoken to. */
export interface MqttLockSettings {
  readonly tag: string;
  readonly broker: { readonly url: string; readonly username?: string; readonly password?: string };
  readonly stateTopic: string;
  readonly commandTopic: string;
  /** Absent: the lock counts as reachable while the broker is. */
  readonly availabilityTopic?: string;
  /** What is published to unlock. */
  readonly unlockPayload: string;
  readonly words: StateWords;
}

/** What an MQTT lock works with. */
export interface MqttLockParts {
  /** The gateway's id, so that two gateways do not take each other's connection. */
  readonly gatewayId: string;
  readonly clock: Clock;
  /** 0..1, for the spread of reconnects. */
  readonly random: () => number;
  readonly log: Log;
  /** Hears when the lock comes or goes, or tells something else than before. */
  readonly changed: () => void;
}

const reconnectPause: BackoffRange = { baseMs: 250, maxMs: 15_000 };
const unheard: Omit<DriverObservation, 'reachable'> = { bolt: 'unknown', batteryPercent: null, saidAt: null };

/**
 * Starts the driver of one lock behind an MQTT bridge (zigbee2mqtt, or what Home Assistant calls an MQTT lock), connecting
 * for ever anew until disposed of.
 *
 * A command is one QoS 0 message on a connection that is up, never retained and never queued, so that nothing leaves later
 * than it was sent. Executed is what the lock itself says afterwards. What a broker has retained is an old word and counts
 * for nothing but availability.
 */
export function startMqttLock(settings: MqttLockSettings, parts: MqttLockParts): LockDriver {
  const { tag, stateTopic, availabilityTopic, words } = settings;
  const { clock, log, changed } = parts;
  let live: BrokerConnection | undefined;
  let available = availabilityTopic === undefined;
  let seen = unheard;
  let stopping = false;
  let wakeUp: () => void = () => undefined;
  const listeners = new Set<(word: LockWord) => void>();

  function receive(topic: string, payload: Buffer, retained: boolean): void {
    if (topic === availabilityTopic) {
      const was = available;
      available = readAvailability(payload) ?? false;
      if (!available) seen = { ...seen, bolt: 'unknown', saidAt: null };
      // Before the connection counts, it is told once it does.
      if (live !== undefined && available !== was) changed();
      return;
    }
    const word = topic === stateTopic && !retained ? readLockWord(words, payload) : undefined;
    if (word === undefined) return;
    const before = seen;
    const batteryPercent = word.batteryPercent ?? seen.batteryPercent;
    seen = { bolt: boltOf(word), batteryPercent, saidAt: clock.now() };
    for (const listener of [...listeners]) listener(word);
    if (seen.bolt !== before.bolt || batteryPercent !== before.batteryPercent) changed();
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping) {
      available = availabilityTopic === undefined;
      const { url, username, password } = settings.broker;
      const connection = await openBrokerConnection({
        url,
        clientId: `latchwork-${parts.gatewayId}-${tag}`,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        subscribeTo: { [stateTopic]: 1, ...(availabilityTopic === undefined ? {} : { [availabilityTopic]: 1 }) },
        onMessage: receive,
      }).catch(() => undefined);
      if (connection && stopping) await connection.close();
      else if (connection) {
        failures = 0;
        live = connection;
        log.info({ tag }, 'driver connected');
        if (available) changed();
        await connection.closed;
        live = undefined;
        seen = { ...seen, bolt: 'unknown', saidAt: null };
        changed();
      }
      failures += 1;
      if (stopping) break;
      log.warn({ tag, driver: 'mqtt' }, 'driver not connected');
      await new Promise<void>((resolve) => {
        const callOff = clock.after(backoffMs(reconnectPause, failures, parts.random()), resolve);
        wakeUp = () => {
          callOff();
          resolve();
        };
      });
    }
  }

  /** The first word about an end of the movement. */
  function nextEnd(connection: BrokerConnection): { readonly end: Promise<DriverEnd>; forget(): void } {
    let listener: (word: LockWord) => void = () => undefined;
    const end = new Promise<DriverEnd>((resolve) => {
      listener = ({ state }) => {
        if (state === 'unlocked') resolve({ outcome: 'executed', code: 'ok' });
        if (state === 'jammed') resolve({ outcome: 'refused', code: 'jammed' });
      };
      listeners.add(listener);
      void connection.closed.then(() => resolve({ outcome: 'unknown', code: 'link-lost' }));
    });
    return { end, forget: () => listeners.delete(listener) };
  }

  async function unlock({ limit, beforeWrite }: DriverUnlock): Promise<DriverEnd> {
    const connection = live;
    if (connection === undefined || !available) return { outcome: 'not-executed', code: 'lock-unreachable' };
    limit.check();
    await beforeWrite();
    // The disk may have taken its time; nothing has left yet.
    limit.check();
    if (live !== connection) return { outcome: 'not-executed', code: 'link-lost' };
    const word = nextEnd(connection);
    try {
      void connection.publish(settings.commandTopic, settings.unlockPayload, { qos: 0, retain: false });
      return await limit.race(word.end).catch((): DriverEnd => {
        return { outcome: 'unknown', code: limit.passed() ? 'deadline-passed' : 'gateway-restarted' };
      });
    } finally {
      word.forget();
    }
  }

  const running = run();

  return {
    name: 'mqtt',
    guarantees: driverGuarantees.mqtt,
    tag,
    observe: () => ({ ...seen, reachable: live !== undefined && available }),
    unlock,
    async [Symbol.asyncDispose]() {
      stopping = true;
      wakeUp();
      await live?.close();
      await running;
    },
  };
}
