import type { CryptoProvider, KeyPair } from './crypto-provider.js';
import type { BoltState, LockAction } from './lock-link.js';
import type { ClockQuality, LogEntry } from './lock-log.js';
import type { LockTrust } from './lock-trust.js';
import type { StartTimer } from './start-timer.js';

/** What the lock's own parts say at one moment. */
export interface LockReadings {
  /** UTC seconds by the lock's clock; meaningless at quality `none`. */
  readonly utcSeconds: number;
  readonly clockQuality: ClockQuality;
  readonly bolt: BoltState;
  readonly batteryPercent: number | null;
  /** The bolt is thrown from inside: only a key with the right to override opens. */
  readonly privacy: boolean;
}

/** How moving the bolt went. */
export interface Actuation {
  readonly outcome: 'executed' | 'jammed';
  readonly bolt: BoltState;
}

/** What a lock needs to speak the protocol: its identity, its parts, and where its memory goes. */
export interface LockSessionOptions {
  readonly crypto: CryptoProvider;
  /** The lock's static X25519 key pair. */
  readonly identity: KeyPair;
  /** The lock's random 8-byte tag. */
  readonly tag: Uint8Array;
  /** Asked at every request: whom the lock obeys now; `undefined` before commissioning. */
  readonly trust: () => LockTrust | undefined;
  readonly readings: () => LockReadings;
  /** Moves the bolt; a rejection counts as jammed. */
  readonly actuate: (action: LockAction, commandId: Uint8Array) => Promise<Actuation>;
  /** What an earlier run persisted. */
  readonly memory?: Uint8Array;
  /** Keeps the memory for the next run; called before the bolt moves and before the answer leaves. */
  readonly persist?: (memory: Uint8Array) => void;
  readonly onLog?: (entry: LogEntry) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

/** One central's connection as the lock's radio hands it over. */
export interface LockConnection {
  readonly mtu: number;
  /** Notifies one frame on TX. */
  notify(frame: Uint8Array): void;
  /** Ends the connection. */
  disconnect(): void;
}

/** The lock's side of the protocol; one connection at a time. */
export interface LockSession {
  /** A central connected: returns the value of the INFO characteristic for this connection, or `undefined` when busy (the connection is then ended). */
  connected(connection: LockConnection): Uint8Array | undefined;
  /** A frame was written to RX. */
  received(frame: Uint8Array): void;
  /** The link is gone. */
  disconnected(): void;
  /** Stops every timer; nothing may be called afterwards. */
  close(): void;
}

/** Wires the lock's state machine to its radio, bolt, memory and clock. */
export function createLockSession(o: LockSessionOptions): LockSession {
  throw new Error(`not connected at ${o.now()}`);
}
