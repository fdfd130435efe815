import type { GatewayResultCode, LockDriverName, LockGuarantees, UnlockResultMessage } from '@latchwork/contract';
import type { TimeLimit } from '../time-limit.js';

/** What a lock of another maker said last, as far as it still counts (P-1). */
export interface DriverObservation {
  /** Whether a command sent now would get somewhere. */
  readonly reachable: boolean;
  readonly bolt: NonNullable<UnlockResultMessage['bolt']>;
  /** Null where it has never told. */
  readonly batteryPercent: number | null;
  /** Epoch milliseconds of the word that says so; null since nobody hears it, and before it spoke. */
  readonly saidAt: number | null;
}

/** How a command ended at a driver's lock. */
export interface DriverEnd {
  readonly outcome: UnlockResultMessage['outcome'];
  readonly code: 'ok' | 'jammed' | GatewayResultCode;
}

/** What a driver is given to do one unlock. */
export interface DriverUnlock {
  /** The deadline and the stop: nothing leaves after either, and nothing is waited for. */
  readonly limit: TimeLimit;
  /** To be awaited right before the first byte leaves; once it has resolved, the command may have happened. */
  readonly beforeWrite: () => Promise<void>;
}

/** One lock that does not speak the lock protocol, with what can be promised of it (packages/lock-protocol/SPEC.md is the rest). */
export interface LockDriver extends AsyncDisposable {
  readonly name: LockDriverName;
  readonly guarantees: LockGuarantees;
  /** 16 hex digits: what the portal calls it. */
  readonly tag: string;
  observe(): DriverObservation;
  /**
   * Sends the command once; rejects, with nothing sent, when `beforeWrite` does or the limit passes first. After that it says
   * how it ended, and `unknown` where it cannot know.
   */
  unlock(o: DriverUnlock): Promise<DriverEnd>;
}
