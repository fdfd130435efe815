import {
  type ClockQuality,
  type ClockReading,
  type ClockSetting,
  type LockTime,
  readClock,
} from '@latchwork/lock-protocol';

/** The time a simulated lock runs on: the machine's, or a fake clock. */
export interface LockTimeSource {
  /** True time, epoch milliseconds. */
  now(): number;
  /** Milliseconds that never jump. */
  monotonic(): number;
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own time. */
export const systemLockTime: LockTimeSource = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** How wrong a lock's clock is. */
export interface LockClockSetting {
  /** How much the lock itself trusts it. */
  readonly quality: ClockQuality;
  /** How far it is ahead of true time now, in milliseconds; negative when behind. Default 0. */
  readonly offsetMs?: number;
  /** How fast it runs away from true time, in parts per million. Default 0. */
  readonly driftPpm?: number;
}

/** What of a clock outlives the lock's power: the setting is in flash, the counter goes on by its own small cell. */
export interface ClockRecord {
  readonly setting: ClockSetting | undefined;
  readonly run: number;
  /** What the counter said at `at`, in milliseconds; on the outside it shows whole seconds. */
  readonly counterMs: number;
  /** True time, epoch milliseconds. */
  readonly at: number;
}

/** A lock's idea of the time: what it was told last, and a counter of seconds as hardware has one. */
export interface LockClock {
  readonly quality: ClockQuality;
  /** 0 at quality `none`. */
  utcSeconds(): number;
  reading(): ClockReading;
  /** Makes it as right or wrong as a test needs it. */
  set(setting: LockClockSetting): void;
  /** Takes the time that the lock was told; the counter runs on as before. */
  tell(told: LockTime): void;
  /** How fast the counter runs away from true time, in parts per million. */
  driftPpm: number;
  /** The counter jumps by so many seconds; back, when negative, but not below 0. */
  jump(seconds: number): void;
  /** The counter loses its power: it begins anew at 0, in another run. */
  restart(): void;
  /** Forgets what it was told; the counter runs on. */
  forget(): void;
  /** The counter stands still, until `resume`. */
  stop(): void;
  resume(): void;
  readonly record: ClockRecord;
}

/** The counter has run for a day before the lock leaves the factory. */
const countedAtFactoryMs = 86_400_000;

/** Beyond what a good clock may be wrong by: with this error it is `stale`. */
const staleErrorSeconds = 61;

/** Makes a lock's clock: as it was found, or good and exact as it leaves the factory. `drawRun` gives 32 random bits. */
export function createLockClock(o: {
  readonly time: LockTimeSource;
  readonly drawRun: () => number;
  readonly found?: ClockRecord;
}): LockClock {
  const { time, found } = o;
  let run = found?.run ?? o.drawRun();
  let ms =
    found === undefined
      ? countedAtFactoryMs + (time.now() % 1000)
      : found.counterMs + Math.max(0, time.now() - found.at);
  let since = time.monotonic();
  let driftPpm = 0;
  let stopped = false;
  let setting = found?.setting;

  const counterMs = (): number => (stopped ? ms : ms + (time.monotonic() - since) * (1 + driftPpm / 1_000_000));
  const rebase = (to: number): void => {
    ms = to;
    since = time.monotonic();
  };
  const counter = () => ({ run, seconds: Math.floor(counterMs() / 1000) });
  const reading = (): ClockReading => readClock(setting, counter());
  const set = ({ quality, offsetMs = 0, driftPpm: drift = 0 }: LockClockSetting): void => {
    const told = Math.max(0, time.now() + offsetMs);
    // The counter ticks with the seconds of the time that it is set to.
    rebase(Math.ceil(counterMs() / 1000) * 1000 + (told % 1000));
    driftPpm = drift;
    const errorSeconds = quality === 'good' ? 0 : staleErrorSeconds;
    setting =
      quality === 'none' ? undefined : { counter: counter(), utcSeconds: Math.floor(told / 1000), errorSeconds };
  };
  if (found === undefined) set({ quality: 'good' });

  return {
    get quality() {
      return reading().quality;
    },
    utcSeconds: () => reading().utcSeconds,
    reading,
    set,
    tell(told) {
      setting = { counter: counter(), utcSeconds: told.utcSeconds, errorSeconds: told.errorSeconds };
    },
    get driftPpm() {
      return driftPpm;
    },
    set driftPpm(value) {
      rebase(counterMs());
      driftPpm = value;
    },
    jump: (seconds) => rebase(Math.max(0, counterMs() + seconds * 1000)),
    restart() {
      run = o.drawRun();
      rebase(0);
    },
    forget() {
      setting = undefined;
    },
    stop() {
      rebase(counterMs());
      stopped = true;
    },
    resume() {
      stopped = false;
      rebase(ms);
    },
    get record() {
      return { setting, run, counterMs: counterMs(), at: time.now() };
    },
  };
}
