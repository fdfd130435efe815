import type { Actuation, BoltState, LockAction } from '@latchwork/lock-protocol';
import type { MotorPower } from './lock-battery.js';
import type { LockTimeSource } from './lock-clock.js';

/** One change of a bolt's position; without a command id when nobody's command moved it. */
export interface BoltMove {
  readonly bolt: BoltState;
  readonly commandId?: Uint8Array;
}

/** How a bolt jams: before it moves, or half-way, where the lock cannot tell its position. */
export interface BoltJam {
  readonly at: 'start' | 'half-way';
  /** How often, 0..1. */
  readonly probability: number;
}

/** A motor and a bolt. `actuate` goes to the lock machine and to nobody else: there is no other way to open from outside. */
export interface LockBolt {
  readonly position: BoltState;
  /** Times a command moved the bolt; relocking by itself is not counted. */
  readonly moves: number;
  /** While true the motor turns and the bolt stays where it is. */
  jammed: boolean;
  jam: BoltJam | undefined;
  readonly actuate: (action: LockAction, commandId: Uint8Array) => Promise<Actuation>;
  /** Somebody inside turns the knob. */
  turn(bolt: 'locked' | 'unlocked'): void;
  /** The power is gone: the motor stops where it is, and nothing relocks. */
  stop(): void;
  /** The power is back: what stands open is relocked in time. */
  resume(): void;
}

const target: Readonly<Record<LockAction, BoltState>> = {
  unlock: 'unlocked',
  lock: 'locked',
  'hold-open': 'held-open',
};

/** Makes a bolt that relocks `relockMs` after an unlock, and takes `actuationMs` for each move. */
export function createLockBolt(o: {
  readonly time: LockTimeSource;
  readonly relockMs: number;
  readonly actuationMs: number;
  readonly moves: number;
  /** Where it stands. Default: locked. */
  readonly position?: BoltState;
  readonly onMoved: (move: BoltMove) => void;
  /** What the batteries give to the motor. Default: enough. */
  readonly motorPower?: () => MotorPower;
  /** The batteries give way under the motor. */
  readonly onBrownOut?: () => void;
  /** Decides whether a jam of less than certainty comes: 0 to below 1. */
  readonly random?: () => number;
}): LockBolt {
  let position = o.position ?? 'locked';
  let moves = o.moves;
  let jam: BoltJam | undefined;
  let stopRelock: (() => void) | undefined;
  let stopMotor: (() => void) | undefined;
  let isTurning = false;

  const turnMotor = (ms: number): Promise<void> =>
    ms === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          stopMotor = o.time.after(ms, resolve);
        });
  const settle = (move: BoltMove): void => {
    position = move.bolt;
    o.onMoved(move);
  };
  const relockInTime = (): void => {
    stopRelock = o.time.after(o.relockMs, () => settle({ bolt: 'locked' }));
  };

  return {
    get position() {
      return position;
    },
    get moves() {
      return moves;
    },
    get jammed() {
      return jam?.at === 'start' && jam.probability === 1;
    },
    set jammed(value) {
      jam = value ? { at: 'start', probability: 1 } : undefined;
    },
    get jam() {
      return jam;
    },
    set jam(value) {
      jam = value;
    },
    async actuate(action, commandId) {
      const power = o.motorPower?.() ?? 'enough';
      if (power === 'low') return { outcome: 'low-battery', bolt: position };
      stopRelock?.();
      const sticks = jam !== undefined && (o.random ?? Math.random)() < jam.probability ? jam.at : undefined;
      isTurning = true;
      await turnMotor(o.actuationMs / 2);
      if (power === 'brown-out') {
        o.onBrownOut?.();
        return new Promise(() => {});
      }
      if (sticks === 'half-way') settle({ bolt: 'unknown' });
      await turnMotor(o.actuationMs / 2);
      isTurning = false;
      if (sticks !== undefined) return { outcome: 'jammed', bolt: position };
      moves += 1;
      settle({ bolt: target[action], commandId });
      if (action === 'unlock') relockInTime();
      return { outcome: 'executed', bolt: position };
    },
    turn(bolt) {
      stopRelock?.();
      settle({ bolt });
    },
    stop() {
      stopRelock?.();
      stopMotor?.();
      if (isTurning) settle({ bolt: 'unknown' });
      isTurning = false;
    },
    resume() {
      if (position === 'unlocked') relockInTime();
    },
  };
}
