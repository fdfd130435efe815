import type { AnswerCode } from '../answer-code.js';

/** The caller's side of one Bluetooth connection to one lock, as narrow as the protocol needs it. */
export interface LockLink {
  /** ATT MTU of the connection, 23..517; a frame has at most `mtu - 3` bytes. */
  readonly mtu: number;
  /** Reads the INFO characteristic. */
  readInfo(): Promise<Uint8Array>;
  /** Writes one frame to RX; resolves when the next may be written, rejects when the link is gone. */
  write(frame: Uint8Array, o: { readonly withResponse: boolean }): Promise<void>;
  /** Hands over every notification of TX, in order. The link must be subscribed before the first write. */
  onFrame(listener: (frame: Uint8Array) => void): void;
  /** Settles once when the link is gone, for whatever reason. */
  readonly closed: Promise<unknown>;
}

/** What a caller shows the lock: a server's single-use token, or the holder's own grant, and the signer's certificate. */
export type Authority =
  | { readonly kind: 'token'; readonly token: Uint8Array; readonly certificate: Uint8Array }
  | { readonly kind: 'grant'; readonly grant: Uint8Array; readonly certificate: Uint8Array };

/** What a door command does to the bolt. */
export type LockAction = 'unlock' | 'lock' | 'hold-open';

/** Where the bolt is, as far as the lock can tell. */
export type BoltState = 'locked' | 'unlocked' | 'held-open' | 'unknown';

/** How the person asked: a tap, a tap after a biometric check, or a member of staff at a desk. */
export type UnlockIntent = 'tap' | 'biometric' | 'staff';

/** One door command of a caller. */
export interface LockCommand {
  /** 8 random bytes; a repeat of the same id returns the stored answer and never moves the bolt again. */
  readonly commandId: Uint8Array;
  readonly action: LockAction;
  /** Lifetime from the call on; the lock refuses the command later than this, and later than 5 s after message 1. */
  readonly ttlMs: number;
  readonly intent: UnlockIntent;
  /** Where the person is: at the door (default for a grant) or elsewhere. A token is always remote. */
  readonly via?: 'local' | 'remote';
}

/** The lock's authenticated answer to one command. */
export interface LockAnswer {
  readonly code: AnswerCode;
  readonly bolt: BoltState;
  /** 0..100, or `null` when the lock cannot tell. */
  readonly batteryPercent: number | null;
  /** Sequence number of the lock's newest log entry. */
  readonly logSeq: number;
  /** First 16 bytes of the log chain's head at `logSeq`. */
  readonly logHead: Uint8Array;
  /** True when this is the stored answer of an earlier command with the same id. */
  readonly repeated: boolean;
}
