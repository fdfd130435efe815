import { type ClockReading, type ClockSetting, type LockTime, readClock } from '@latchwork/lock-protocol';

/** What becomes of a door's counter of seconds while its power is gone. */
export type CounterFate =
  /** It has a supply of its own and counts on. */
  | 'counts-on'
  /** It begins anew, and knows that it did. */
  | 'begins-anew'
  /** It stands still and does not know it: outside what SPEC §5.7 asks of hardware. */
  | 'stands-still';

/** A door's counter of seconds and what its lock was told of the time. */
export interface DoorClock {
  read(): ClockReading;
  tell(time: LockTime): void;
  /** A reset to the factory state: it was never told the time. */
  forget(): void;
  /** The power comes back after so many milliseconds. */
  wake(fate: CounterFate, darkMs: number): void;
  /** Within which error the reading must be, in seconds: what physics and SPEC allow; `undefined` when anything goes. */
  allowedError(): number | undefined;
  /** Whether the lock must know that it does not know the time. */
  readonly isLost: boolean;
}

/** Longest half of a time token's life, in seconds, and what cutting to whole seconds adds. */
const tellErrorSeconds = 15 + 3;

/** Makes a clock that was never set, whose counter runs fast by so many millionths. */
export function createDoorClock(o: { readonly now: () => number; readonly driftPpm: number }): DoorClock {
  let setting: ClockSetting | undefined;
  let told = 0;
  let run = 1;
  let since = o.now();
  let isLost = true;
  let isTrue = true;
  const count = () => ({ run, seconds: Math.floor(((o.now() - since) / 1000) * (1 + o.driftPpm / 1_000_000)) });
  return {
    read: () => readClock(setting, count()),
    tell(time) {
      setting = { ...time, counter: count() };
      told = o.now();
      isLost = false;
      isTrue = true;
    },
    forget() {
      setting = undefined;
      isLost = true;
    },
    wake(fate, darkMs) {
      if (fate === 'begins-anew') {
        run += 1;
        since = o.now();
        isLost = true;
      } else if (fate === 'stands-still') {
        since += darkMs;
        isTrue = false;
      }
    },
    allowedError: () =>
      isTrue && !isLost ? tellErrorSeconds + Math.ceil(((o.now() - told) / 1000) * 50e-6) : undefined,
    get isLost() {
      return isLost;
    },
  };
}
