import type { ReportedLock } from '../heard-report.js';
import { createRadioQueue, type RadioQueue } from '../radio-queue.js';
import type { UnlockJob } from '../unlock-job.js';
import type { DrivenLock } from './driven-unlock.js';
import { readDriversFile } from './drivers-file.js';
import { type MqttLockParts, startMqttLock } from './mqtt-lock.js';

/** What the set of drivers is wired to. */
export interface DriverSetParts extends MqttLockParts {
  /** Most commands that may wait for one lock. */
  readonly maxWaiting: number;
  readonly run: (job: UnlockJob) => Promise<UnlockJob | undefined>;
  readonly expired: (job: UnlockJob) => void;
}

/** The locks of other makers that this gateway speaks to, each with a queue of its own: none waits for the radio or another. */
export interface DriverSet extends AsyncDisposable {
  find(tag: string): DrivenLock | undefined;
  queue(tag: string): Pick<RadioQueue<UnlockJob>, 'add'> | undefined;
  /** Those within reach, as the radio tells of its own; at no distance. */
  heard(): readonly ReportedLock[];
  /** Starts nothing any more; returns what waited. */
  stop(): readonly UnlockJob[];
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

/**
 * Starts a driver for each lock of the data folder's `drivers.json`.
 *
 * @throws {@link GatewayError} `config` when that file is wrong.
 */
export async function startDrivers(dataDir: string, parts: DriverSetParts): Promise<DriverSet> {
  const { clock, maxWaiting, run, expired } = parts;
  const settings = await readDriversFile(dataDir);
  const locks = new Map(
    settings?.locks.map((lock) => {
      const driven: DrivenLock = { driver: startMqttLock(lock, parts), trust: settings.trust };
      return [lock.tag, { driven, queue: createRadioQueue<UnlockJob>({ clock, maxWaiting, run, expired }) }] as const;
    }),
  );
  const all = [...locks.values()];
  return {
    find: (tag) => locks.get(tag)?.driven,
    queue: (tag) => locks.get(tag)?.queue,
    heard: () =>
      all.flatMap(({ driven: { driver } }) => {
        const { reachable, bolt, batteryPercent, saidAt } = driver.observe();
        if (!reachable) return [];
        const heard = { tag: driver.tag, rssi: 0, flags: 0, lastHeardAt: clock.now() };
        return saidAt === null ? [heard] : [{ ...heard, word: { bolt, batteryPercent, saidAt } }];
      }),
    stop: () => all.flatMap(({ queue }) => queue.stop()),
    async idle() {
      await Promise.all(all.map(({ queue }) => queue.idle()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(({ driven }) => driven.driver[Symbol.asyncDispose]()));
    },
  };
}
