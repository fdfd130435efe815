import type { Actuation, BoltState, LockAction } from '@latchwork/lock-protocol';
import type { LockTimeSource } from './lock-clock.js';

/** One change of a bolt's position; without a command id when the lock relocked by itself. */
export interface BoltMove {
  readonly bolt: BoltState;
  readonly commandId?: Uint8Array;
}

/** A motor and a bolt. `actuate` goes to the lock machine and to nobody else: there is no other way to open. */
export interface LockBolt {
  readonly position: BoltState;
  /** Times a command moved the bolt; relocking by itself is not counted. */
  readonly moves: number;
  /** While true the motor turns and the bolt stays where it is. */
  jammed: boolean;
  readonly actuate: (action: LockAction, commandId: Uint8Array) => Promise<Actuation>;
  /** Stops the motor and the relock timer. */
  stop(): void;
}

const target: Readonly<Record<LockAction, BoltState>> = {
  unlock: 'unlocked',
  lock: 'locked',
  'hold-open': 'held-open',
};

/** Makes a bolt that is locked, relocks `relockMs` after an unlock, and takes `actuationMs` for each move. */
export function createLockBolt(o: {
  readonly time: LockTimeSource;
  readonly relockMs: number;
  readonly actuationMs: number;
  readonly moves: number;
  readonly onMoved: (move: BoltMove) => void;
}): LockBolt {
  let position: BoltState = 'locked';
  let moves = o.moves;
  let jammed = false;
  let stopRelock: (() => void) | undefined;
  let stopMotor: (() => void) | undefined;

  const turnMotor = (): Promise<void> =>
    o.actuationMs === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          stopMotor = o.time.after(o.actuationMs, resolve);
        });

  return {
    get position() {
      return position;
    },
    get moves() {
      return moves;
    },
    get jammed() {
      return jammed;
    },
    set jammed(value) {
      jammed = value;
    },
    async actuate(action, commandId) {
      stopRelock?.();
      await turnMotor();
      if (jammed) return { outcome: 'jammed', bolt: position };
      position = target[action];
      moves += 1;
      o.onMoved({ bolt: position, commandId });
      if (action === 'unlock') {
        stopRelock = o.time.after(o.relockMs, () => {
          position = 'locked';
          o.onMoved({ bolt: position });
        });
      }
      return { outcome: 'executed', bolt: position };
    },
    stop() {
      stopRelock?.();
      stopMotor?.();
    },
  };
}
