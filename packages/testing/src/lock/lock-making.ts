import type { CryptoProvider, LockTrust, SetCapacity } from '@latchwork/lock-protocol';
import type { LockTimeSource } from './lock-clock.js';
import type { LockFirmware } from './lock-firmware.js';
import type { LockIdentity } from './lock-record.js';

/** How a simulated lock is made, whatever its radio. */
export interface SimulatedLockParts {
  readonly crypto: CryptoProvider;
  /** 20 to 10,240 ms. Default 100. */
  readonly advertisingIntervalMs?: number;
  /** How long the door stays unlocked. Default 5,000. */
  readonly relockMs?: number;
  /** How long the motor takes to move the bolt. Default 0. */
  readonly actuationMs?: number;
  /** 0..100, or null when the lock cannot tell. Default: what storage says, or 90. */
  readonly batteryPercent?: number | null;
  /**
   * A file with its flash, bolt and batteries: a lock started again on it is the same one. It is this lock's alone while it
   * runs. Absent: nothing is kept.
   */
  readonly storagePath?: string;
  /** Whom it obeys from the start; takes the place of what storage says. Absent and never commissioned: nobody. */
  readonly trust?: LockTrust;
  /** Its secrets; drawn afresh when absent, unless storage has them. */
  readonly identity?: LockIdentity;
  /** Whether it also has keys for suite 2 (P-256); a lock that storage has keeps those that it has. Default false. */
  readonly suite2?: boolean;
  /** Largest ATT MTU it agrees to. Default 247. */
  readonly maxMtu?: number;
  /** The time it runs on. Default: the machine's. */
  readonly time?: LockTimeSource;
  /** Decides what jams by chance, and what an interrupted write leaves in the flash. Default 1. */
  readonly seed?: number;
  /** How much of a set of cards and codes it keeps; at most, and by default, 1,000 entries in 32,768 bytes. */
  readonly setCapacity?: SetCapacity;
  /** Whose firmware it takes, and what it was made with; images are those of `makeLockImage`. Absent: it takes none. */
  readonly firmware?: LockFirmware;
  /** How long the lock takes to start after it went out by itself. Default 200. */
  readonly bootMs?: number;
}
