import type { FirmwareSlot } from './firmware-memory.js';

/** What a lock that takes firmware is: of which maker, and what it runs now. */
export interface FirmwareParts {
  /** The maker's Ed25519 public key: put in when the lock was made, and no property's to change. */
  readonly makerPublicKey: Uint8Array;
  /** What manifests call this kind of lock. */
  readonly model: string;
  /** The version that runs. */
  readonly version: number;
  /** Bytes of each of the two slots. */
  readonly slotSizeBytes: number;
}

/** What can happen to firmware at the lock itself. */
export type FirmwareEvent = {
  readonly type: 'booted';
  /** The slot that started. */
  readonly slot: FirmwareSlot;
  /** How the self-test of what started went: whatever its maker finds it must be able to do, or not be used. */
  readonly selfTest: 'passed' | 'failed';
};

/** What the driver must write, into the slot that does not run: a piece of an image, or nothing but emptiness. */
export type FirmwareWrite =
  | { readonly slot: FirmwareSlot; readonly erase: true }
  | { readonly slot: FirmwareSlot; readonly erase?: never; readonly offset: number; readonly bytes: Uint8Array };

/** What the driver must do for firmware. */
export type FirmwareEffect =
  /** Before the memory that knows of it. */
  | ({ readonly type: 'write-firmware' } & FirmwareWrite)
  /** Switch off and on again, as soon as no bolt moves. */
  | { readonly type: 'restart' };
