import type { BoltState, LockAction } from '../caller/lock-link.js';
import type { DoorAwake, DoorEffect, DoorEvent } from '../cards/door-state.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import type { Reassembly } from '../encoding/frame.js';
import type { FirmwareEffect, FirmwareEvent, FirmwareParts } from '../firmware/firmware-state.js';
import type { ClockQuality, LogEntry } from '../log/lock-log.js';
import type { LogWrite } from '../log/log-ring.js';
import type { NoiseHandshake, NoiseTransport } from '../noise/noise.js';
import type { LockTrust } from '../objects/lock-trust.js';
import type { SetCapacity, SetWrite } from '../sets/set-bank.js';
import type { SetRevision } from '../sets/set-revision.js';
import type { RefusedAttempts } from './attempt-log.js';
import type { HandshakeFlood } from './handshake-flood.js';
import type { LockTime } from './lock-clock.js';
import type { LockMemory } from './lock-memory.js';

/** What the lock's own parts say at one moment. */
export interface LockReadings {
  /** UTC seconds by the lock's clock; meaningless at quality `none`. */
  readonly utcSeconds: number;
  readonly clockQuality: ClockQuality;
  readonly bolt: BoltState;
  /** 0..100, or `null` when the lock cannot tell. */
  readonly batteryPercent: number | null;
  /** The bolt is thrown from inside: only a key with the right to override opens. */
  readonly privacy: boolean;
}

/** How moving the bolt went. */
export interface Actuation {
  readonly outcome: 'executed' | 'jammed' | 'low-battery';
  readonly bolt: BoltState;
}

/** What stays the same over a lock's life. */
export interface LockContext {
  readonly crypto: CryptoProvider;
  /** The lock's static X25519 key pair, for suite 1. */
  readonly identity: KeyPair;
  /** The lock's static P-256 key pair, when it also has suite 2. */
  readonly p256Identity?: KeyPair;
  /** The lock's Ed25519 secret, with which it signs what it says of itself; without it nobody can read its log. */
  readonly signingSecret?: Uint8Array;
  /** How much of a set it can keep; a lock without it takes none. */
  readonly setCapacity?: SetCapacity;
  /** Whose firmware it takes, and what it runs; a lock without it takes none. */
  readonly firmware?: FirmwareParts;
  /** The 16-byte secret of the lock's label; a lock without it cannot be commissioned over the air. */
  readonly setupSecret?: Uint8Array;
}

/** Who is at the other end of a session: somebody who calls on a property's authority, or who holds the lock's label. */
export type SessionPeer = 'caller' | 'installer';

/** One connection of the lock. */
export interface LockConnectionState {
  readonly mtu: number;
  /** INFO as it was read on this connection. */
  readonly info: Uint8Array;
  readonly connectedAt: number;
  readonly reassembly: Reassembly;
  /** Counter of the next frame to send. */
  readonly sendCounter: number;
}

/** What the caller has shown in this session, so that a later request need not repeat it. */
export interface ShownAuthority {
  readonly token?: Uint8Array;
  readonly grant?: Uint8Array;
  /** The manifest that set-begin took: who has it may carry its set. */
  readonly manifest?: SetRevision;
}

/** An established session of the lock. */
export interface LockSessionState {
  readonly peer: SessionPeer;
  readonly transport: NoiseTransport;
  readonly shown: ShownAuthority;
  /** The last result sent: the next request must quote its nonce. */
  readonly lastResult?: { readonly nonce: Uint8Array; readonly at: number };
}

/** A command whose bolt is moving. */
export interface LockMove {
  readonly action: LockAction;
  readonly commandId: Uint8Array;
  readonly actor: Uint8Array;
}

/** A card that a session waits for, only to be told of it. */
export interface LockEnroll {
  /** Monotonic ms at which the lock waits no longer. */
  readonly until: number;
  /** Whom the log will name. */
  readonly actor: Uint8Array;
  /** Nonce of the answer. */
  readonly nonce: Uint8Array;
}

/** What a lock keeps from one connection to the next, and forgets when its power fails. */
export interface LockAwake {
  readonly flood: HandshakeFlood;
  /** What was refused in the running hour; absent: nothing. */
  readonly attempts?: RefusedAttempts;
  /** Monotonic ms until which somebody inside has proven to be there; absent: nobody has. */
  readonly presentUntil?: number;
  /** What goes on at its reader; absent: nothing did. */
  readonly door?: DoorAwake;
}

/** What a lock keeps from one connection to the next. */
export interface LockKept {
  readonly memory: LockMemory;
  readonly awake: LockAwake;
}

/** Where the lock is: the rows of SPEC §9.4. */
export type LockState = LockKept &
  (
    | { readonly at: 'idle' }
    | {
        readonly at: 'ready';
        readonly connection: LockConnectionState;
        readonly ephemeral: KeyPair;
        readonly p256Ephemeral?: KeyPair;
        /** Message 1, when too many handshakes have failed of late: it is read as soon as one more may. */
        readonly waiting?: Uint8Array;
      }
    | {
        readonly at: 'handshake';
        readonly connection: LockConnectionState;
        readonly noise: NoiseHandshake;
        /** When message 1 was complete. */
        readonly firstMessageAt: number;
      }
    | {
        readonly at: 'session';
        readonly connection: LockConnectionState;
        readonly session: LockSessionState;
        /** When the last result was sent. */
        readonly answeredAt: number;
      }
    | {
        readonly at: 'moving';
        readonly connection: LockConnectionState;
        readonly session: LockSessionState;
        readonly move: LockMove;
      }
    | {
        readonly at: 'enrolling';
        readonly connection: LockConnectionState;
        readonly session: LockSessionState;
        readonly enroll: LockEnroll;
      }
    | { readonly at: 'finishing'; readonly move: LockMove; readonly connected: boolean }
    | { readonly at: 'closing' }
  );

/** What every event of a lock brings along. */
export interface LockMoment {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly readings: LockReadings;
  /** Whom the lock obeys now; absent before commissioning. */
  readonly trust?: LockTrust;
}

/** What can happen on a lock's link: the columns of SPEC §9.4. Time, randomness and sensors arrive as data. */
export type LinkEvent = LockMoment &
  (
    | {
        readonly type: 'connected';
        readonly mtu: number;
        readonly info: Uint8Array;
        /** A fresh X25519 pair, used for this connection only. */
        readonly ephemeral: KeyPair;
        /** A fresh P-256 pair, used for this connection only; a lock without one does not answer in suite 2. */
        readonly p256Ephemeral?: KeyPair;
      }
    | {
        readonly type: 'frame';
        readonly frame: Uint8Array;
        /** The connection's MTU now: a central agrees on it after connecting. Absent: as before. */
        readonly mtu?: number;
        /** 8 fresh random bytes, for the result this frame may lead to. */
        readonly nonce: Uint8Array;
      }
    | {
        readonly type: 'actuated';
        readonly actuation: Actuation;
        /** 8 fresh random bytes, for the result. */
        readonly nonce: Uint8Array;
      }
    | { readonly type: 'timer' }
    | { readonly type: 'disconnected' }
  );

/** Something a lock's own parts noticed, and that only the log is told of. */
export type LockNotice =
  /** It was switched on, for the `count`th time. */
  | { readonly type: 'boot'; readonly count: number }
  /** Somebody moved the bolt by hand. */
  | { readonly type: 'manual'; readonly bolt: BoltState }
  | { readonly type: 'battery'; readonly percent: number }
  /** The housing was opened. */
  | { readonly type: 'tamper' };

/** What can happen at the lock itself, whatever its link does meanwhile (SPEC §9.7). */
export type HouseEvent = LockMoment &
  (
    | DoorEvent
    | FirmwareEvent
    | { readonly type: 'noticed'; readonly notice: LockNotice }
    /** Somebody inside did what only a person with access to the inside of the door can do. */
    | { readonly type: 'present' }
    /** Somebody inside reset it to the factory state. */
    | { readonly type: 'factory-reset' }
  );

/** What can happen to a lock. */
export type LockEvent = LinkEvent | HouseEvent;

/** What the driver must do, in this order, before it hands over the next event. */
export type LockEffect =
  | DoorEffect
  | FirmwareEffect
  /** Must be on disk before the next effect. */
  | { readonly type: 'persist'; readonly memory: LockMemory }
  | { readonly type: 'log'; readonly entry: LogEntry }
  /** A page of the log that ends with this number is about to leave. */
  | { readonly type: 'log-told'; readonly through: number }
  /** Before the memory that knows of it: what the log's ring is written to. */
  | { readonly type: 'write-log'; readonly writes: readonly LogWrite[] }
  /** Before the memory that knows of it: what the set's flash is written to. */
  | { readonly type: 'write-set'; readonly writes: readonly SetWrite[] }
  | { readonly type: 'notify'; readonly frames: readonly Uint8Array[] }
  /** Ends in one `actuated` event. */
  | { readonly type: 'actuate'; readonly action: LockAction; readonly commandId: Uint8Array }
  | { readonly type: 'disconnect' }
  /** The clock is told the time: to be kept with the counter as it is now. */
  | { readonly type: 'set-clock'; readonly time: LockTime }
  /**
   * The lock was reset for the `resets`th time, and its memory says so: draw other keys and another tag, for nobody must
   * know it again by the ones that it had.
   */
  | { readonly type: 'forget-identity'; readonly resets: number }
  /** End the connection that was just reported: another one is served. */
  | { readonly type: 'refuse-connection' };

/** What one event leads to. */
export interface LockStep {
  readonly state: LockState;
  readonly effects: readonly LockEffect[];
}
