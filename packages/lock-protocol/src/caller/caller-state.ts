import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import type { Reassembly } from '../encoding/frame.js';
import type { NoiseHandshake, NoiseTransport, PreparedEphemeral } from '../noise/noise.js';
import type { CommandFault, LockProtocolFault } from '../protocol-error.js';
import type { Authority, LockAnswer, LockCommand } from './lock-link.js';

/** What stays the same over one call. */
export interface CallerContext {
  readonly crypto: CryptoProvider;
  /** The lock's static public key of the caller's suite. */
  readonly lockPublicKey: Uint8Array;
  /** The caller's static key pair, X25519 or P-256, or the public key of one in hardware; it decides the suite. */
  readonly caller: KeyPair | Pick<KeyPair, 'publicKey'>;
  readonly command: LockCommand;
  /** ATT MTU of the link. */
  readonly mtu: number;
  /** Monotonic ms after which the command must not run. */
  readonly deadlineAt: number;
}

/** Both directions of the link as far as frames go. */
export interface CallerConnection {
  readonly reassembly: Reassembly;
  /** Counter of the next frame to send. */
  readonly sendCounter: number;
  /** Longest message the lock takes. */
  readonly maxMessageSizeBytes: number;
  /** LN, as INFO says; message 2 must repeat it. */
  readonly nonce: Uint8Array;
}

/** How a call ended. */
export type CallerOutcome =
  | { readonly kind: 'answered'; readonly answer: LockAnswer }
  | {
      readonly kind: 'failed';
      readonly fault: LockProtocolFault & { readonly commandWritten: boolean };
      readonly message: string;
      readonly cause?: unknown;
    };

/** What a caller knows once message 2 has verified. */
export interface CallerGreeting {
  readonly connection: CallerConnection;
  readonly noise: NoiseHandshake;
  /** When message 2 was complete: the lock's age of message 1 is at least the time since then. */
  readonly secondMessageAt: number;
}

/** Where a call is: the rows of SPEC §9.5. */
export type CallerState =
  | { readonly at: 'start' }
  /** Message 1 is written. */
  | {
      readonly at: 'greeting';
      readonly connection: CallerConnection;
      readonly noise: NoiseHandshake;
      readonly authority?: Authority;
    }
  /** Message 2 verified; the authority is still on its way. */
  | ({ readonly at: 'authorizing' } & CallerGreeting)
  /** Everything is there; the caller's journal has the last word. */
  | ({ readonly at: 'permitting'; readonly authority: Authority } & CallerGreeting)
  /** Message 3 is written, or being written. */
  | {
      readonly at: 'commanding';
      readonly connection: CallerConnection;
      readonly transport: NoiseTransport;
      readonly authority: Authority;
      readonly certificateSent: boolean;
    }
  | { readonly at: 'ended'; readonly outcome: CallerOutcome };

/** What can happen to a call: the columns of SPEC §9.5. Time and randomness arrive as data. */
export type CallerEvent = {
  /** Monotonic milliseconds. */
  readonly at: number;
} & (
  | {
      readonly type: 'started';
      /** INFO as read on this connection. */
      readonly info: Uint8Array;
      /** A fresh pair of the caller's suite, used for this connection only. */
      readonly ephemeral: KeyPair | PreparedEphemeral;
    }
  | { readonly type: 'authorized'; readonly authority: Authority }
  | {
      readonly type: 'permitted';
      /** What the caller's hardware made of the `permit` effect's `agreeWith`; absent for a caller that has its secret. */
      readonly se?: Uint8Array;
    }
  | { readonly type: 'frame'; readonly frame: Uint8Array }
  | { readonly type: 'failed'; readonly reason: CommandFault; readonly cause?: unknown }
  | { readonly type: 'timer' }
);

/** One GATT write. */
export interface FrameWrite {
  readonly frame: Uint8Array;
  /** Every eighth frame of a message waits for the lock, except the last, whose answer is the lock's own message. */
  readonly withResponse: boolean;
}

/** What the driver must do. */
export type CallerEffect =
  /** Ask for the authority over this challenge; ends in `authorized` or `failed`. */
  | { readonly type: 'authorize'; readonly challenge: Uint8Array }
  /** Ask whether the command may be written now; ends in `permitted` or `failed`. */
  | {
      readonly type: 'permit';
      /** The lock's ephemeral key, when the caller's secret is in hardware: that must agree with it (Noise `se`). */
      readonly agreeWith?: Uint8Array;
    }
  | { readonly type: 'write'; readonly writes: readonly FrameWrite[] };

/** What one event leads to. */
export interface CallerStep {
  readonly state: CallerState;
  readonly effects: readonly CallerEffect[];
}
