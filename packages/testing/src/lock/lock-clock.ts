import type { ClockQuality, LockTime } from '@latchwork/lock-protocol';

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

/** A lock's own idea of the time. */
export interface LockClock {
  readonly quality: ClockQuality;
  utcSeconds(): number;
  set(setting: LockClockSetting): void;
  /** Takes the time that the lock was told; it drifts on as before. */
  tell(told: Pick<LockTime, 'utcSeconds'>): void;
}

/** Makes a lock's clock: good and exact until it is set otherwise. */
export function createLockClock(time: LockTimeSource): LockClock {
  let setting: Required<LockClockSetting> = { quality: 'good', offsetMs: 0, driftPpm: 0 };
  let setAt = time.monotonic();
  return {
    get quality() {
      return setting.quality;
    },
    utcSeconds() {
      const driftMs = ((time.monotonic() - setAt) * setting.driftPpm) / 1_000_000;
      return Math.max(0, Math.floor((time.now() + setting.offsetMs + driftMs) / 1000));
    },
    set({ quality, offsetMs = 0, driftPpm = 0 }) {
      setting = { quality, offsetMs, driftPpm };
      setAt = time.monotonic();
    },
    tell({ utcSeconds }) {
      setting = { quality: 'good', offsetMs: utcSeconds * 1000 - time.now(), driftPpm: setting.driftPpm };
      setAt = time.monotonic();
    },
  };
}
