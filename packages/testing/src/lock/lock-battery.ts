import type { LockTimeSource } from './lock-clock.js';

/** What uses up a battery. */
export type BatteryUse = 'move' | 'connection' | 'frame' | 'advert-hour';

/** What the motor finds when it begins to turn. */
export type MotorPower = 'enough' | 'low' | 'brown-out';

/** The batteries of a lock: they empty by what the lock does, and give way under the motor's load. */
export interface LockBattery {
  /** What a gauge shows, 0..100; `null` for a lock without one. Setting it puts other batteries in. */
  percent: number | null;
  /** The same as it really is, with what a gauge rounds up. */
  readonly charge: number | null;
  /** By so much the level falls while the motor turns; old and cold batteries sag more. Default 3. */
  sagPercent: number;
  use(what: Exclude<BatteryUse, 'advert-hour'>): void;
  /** `low` below 5 percent at rest: the lock does not try. `brown-out` when nothing is left under load. */
  motorPower(): MotorPower;
}

/** Percent that each use takes: some 30,000 unlocks, or two years of adverts, empty a set of batteries. */
export const batteryUse: Readonly<Record<BatteryUse, number>> = {
  move: 0.002,
  connection: 0.0005,
  frame: 0.00005,
  'advert-hour': 0.0057,
};

const motorMinPercent = 5;
const noticeLevels: readonly number[] = [20, 10, 5];

/** Puts batteries in. `onLow` hears once of each level that they fall below: 20, 10 and 5 percent. */
export function createLockBattery(o: {
  readonly time: Pick<LockTimeSource, 'monotonic'>;
  readonly percent: number | null;
  readonly onLow: (percent: number) => void;
}): LockBattery {
  let charge = o.percent ?? 100;
  let hasGauge = o.percent !== null;
  let since = o.time.monotonic();
  let sagPercent = 3;
  let noticed = levelOf(charge);

  const settle = (): number => {
    const now = o.time.monotonic();
    charge = Math.max(0, charge - ((now - since) / 3_600_000) * batteryUse['advert-hour']);
    since = now;
    return charge;
  };
  const notice = (): void => {
    const level = levelOf(settle());
    const isLower = hasGauge && level < noticed;
    noticed = level;
    if (isLower) o.onLow(Math.ceil(charge));
  };

  return {
    get charge() {
      return hasGauge ? settle() : null;
    },
    get percent() {
      return hasGauge ? Math.ceil(settle()) : null;
    },
    set percent(value) {
      settle();
      hasGauge = value !== null;
      charge = value ?? 100;
      notice();
    },
    get sagPercent() {
      return sagPercent;
    },
    set sagPercent(value) {
      sagPercent = value;
    },
    use(what) {
      settle();
      charge = Math.max(0, charge - batteryUse[what]);
      notice();
    },
    motorPower() {
      if (!hasGauge) return 'enough';
      if (settle() < motorMinPercent) return 'low';
      return charge <= sagPercent ? 'brown-out' : 'enough';
    },
  };
}

/** The lowest level that the charge is below; above all of them, infinity. */
function levelOf(charge: number): number {
  return noticeLevels.findLast((level) => charge < level) ?? Number.POSITIVE_INFINITY;
}
