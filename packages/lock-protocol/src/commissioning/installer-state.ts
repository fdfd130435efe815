import type { CallerConnection, CallerEffect, CallerEvent } from '../caller/caller-state.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import type { NoiseHandshake, NoiseTransport } from '../noise/noise.js';
import type { PartFault } from '../protocol-error.js';
import type { InstallProgress, StatedIdentity } from './installer-progress.js';

/** What stays the same over one connection of an installer. */
export interface InstallerContext {
  readonly crypto: CryptoProvider;
  /** The 16-byte secret of the lock's label. */
  readonly setupSecret: Uint8Array;
  /** A fresh X25519 pair: an installer is known by the label, and by nothing else. */
  readonly installer: KeyPair;
  /** ATT MTU of the link. */
  readonly mtu: number;
}

/** Progress of an installer who holds the property's order for the lock. */
export type Certified = Extract<InstallProgress, { at: 'certified' }>;
/** Progress of an installer whom the lock has told that it obeys the order. */
export type Confirmed = Extract<InstallProgress, { at: 'confirmed' }>;

/** How commissioning ended, or was broken off: what was kept last is where it goes on. */
export type InstallerEnd =
  | { readonly kind: 'confirmed'; readonly progress: Confirmed }
  | { readonly kind: 'failed'; readonly fault: PartFault; readonly message: string; readonly cause?: unknown };

/** Where an installer is: the rows of the table in SPEC §9.8. */
export type InstallerState =
  /** The label is known, and what an earlier connection kept. */
  | { readonly at: 'scanned'; readonly begunAt: number; readonly progress: InstallProgress | undefined }
  /** Message 1 is written. */
  | {
      readonly at: 'connected';
      readonly connection: CallerConnection;
      readonly tag: Uint8Array;
      readonly noise: NoiseHandshake;
      readonly progress: InstallProgress | undefined;
      readonly startedAt: number;
    }
  /** The lock is asked who it is. */
  | {
      readonly at: 'proving';
      readonly connection: CallerConnection;
      readonly tag: Uint8Array;
      readonly transport: NoiseTransport;
      readonly askedAt: number;
    }
  /** It is known who the lock is; the property is asked for an order. */
  | {
      readonly at: 'identified';
      readonly connection: CallerConnection;
      readonly session: NoiseHandshake | NoiseTransport;
      readonly stated: StatedIdentity;
      readonly heardAt: number;
    }
  /** The order is there, and being kept. */
  | {
      readonly at: 'certified';
      readonly connection: CallerConnection;
      readonly session: NoiseHandshake | NoiseTransport;
      readonly progress: Certified;
      readonly heardAt: number;
    }
  /** The order is written, or being written. */
  | {
      readonly at: 'ordered';
      readonly connection: CallerConnection;
      readonly transport: NoiseTransport;
      readonly progress: Certified;
      readonly askedAt: number;
      /** The lock has answered in this session before: it holds the secret of the label. */
      readonly isProven: boolean;
    }
  | { readonly at: 'ended'; readonly end: InstallerEnd };

/** What can happen to an installer: the columns of the table in SPEC §9.8. */
export type InstallerEvent =
  | Extract<CallerEvent, { type: 'started' | 'frame' | 'failed' | 'timer' }>
  /** The property has signed an order for the lock: the body of the operation commission. */
  | { readonly type: 'certified'; readonly at: number; readonly order: Uint8Array }
  /** A progress is stored. */
  | { readonly type: 'kept'; readonly at: number; readonly step: InstallProgress['at'] };

/** What the driver must do. */
export type InstallerEffect =
  | Extract<CallerEffect, { type: 'write' }>
  /** Store it; ends in `kept`. */
  | { readonly type: 'keep'; readonly progress: InstallProgress }
  /** Ask the property for an order; ends in `certified`. */
  | { readonly type: 'certify'; readonly stated: StatedIdentity };

/** What one event leads to. */
export interface InstallerStep {
  readonly state: InstallerState;
  readonly effects: readonly InstallerEffect[];
}
