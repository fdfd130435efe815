import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import type { ClockQuality } from '../log/lock-log.js';
import type { NoiseHandshake, NoiseTransport } from '../noise/noise.js';
import type { PartFault } from '../protocol-error.js';
import type { CallerConnection, CallerEffect, CallerEvent } from './caller-state.js';

/** What stays the same over one visit. */
export interface VisitContext {
  readonly crypto: CryptoProvider;
  /** The lock's static public key of the caller's suite. */
  readonly lockPublicKey: Uint8Array;
  /** The caller's static key pair; it decides the suite. */
  readonly caller: KeyPair;
  /** ATT MTU of the link. */
  readonly mtu: number;
}

/** What a lock says of itself before anybody asks. */
export interface VisitGreeting {
  /** LN, the 8-byte nonce of this connection: what a time token is signed over. */
  readonly challenge: Uint8Array;
  readonly clockQuality: ClockQuality;
}

/** How a visit ended. */
export interface VisitEnd {
  readonly fault: PartFault;
  readonly message: string;
  readonly cause?: unknown;
}

/** Where a visit is: the rows of SPEC §9.6. */
export type VisitState =
  /** INFO is being read. */
  | { readonly at: 'start'; readonly begunAt: number }
  /** Message 1 is written. */
  | {
      readonly at: 'greeting';
      readonly connection: CallerConnection;
      readonly noise: NoiseHandshake;
      readonly startedAt: number;
    }
  /** The lock waits for a request; the first travels in message 3. */
  | {
      readonly at: 'open';
      readonly connection: CallerConnection;
      readonly session: NoiseHandshake | NoiseTransport;
      /** When the lock's last message was complete. */
      readonly heardAt: number;
    }
  /** A request is written, or being written. */
  | {
      readonly at: 'asking';
      readonly connection: CallerConnection;
      readonly transport: NoiseTransport;
      readonly askedAt: number;
      /** For how long the lock may keep its answer back, because the request asks it to wait. */
      readonly waitMs: number;
    }
  | { readonly at: 'ended'; readonly end: VisitEnd };

/** What can happen to a visit, as it does to a call, and that something is asked: the columns of SPEC §9.6. */
export type VisitEvent =
  | Extract<CallerEvent, { type: 'started' | 'frame' | 'failed' | 'timer' }>
  | {
      readonly type: 'asked';
      /** Monotonic milliseconds. */
      readonly at: number;
      readonly request: Uint8Array;
      /** Milliseconds for which the request has the lock wait, for a card; 0 when absent. */
      readonly waitMs?: number;
    };

/** What the driver must do. */
export type VisitEffect =
  | Extract<CallerEffect, { type: 'write' }>
  /** The handshake is done but for what the first request brings. */
  | { readonly type: 'greeted'; readonly greeting: VisitGreeting }
  /** The answer to the request, decrypted. */
  | { readonly type: 'answered'; readonly answer: Uint8Array };

/** What one event leads to. */
export interface VisitStep {
  readonly state: VisitState;
  readonly effects: readonly VisitEffect[];
}
