import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';

/** One of the two places for an image. */
export type FirmwareSlot = 0 | 1;

/** An image that is on its way into the slot that does not run. */
export interface FirmwareStaging {
  /** The manifest as its maker signed it. */
  readonly manifest: Uint8Array;
  /** What has come of the image, from its first byte; of it only the size is kept with the rest. */
  readonly pieces: readonly Uint8Array[];
  readonly heldBytes: number;
}

/** An image that arrived whole, and has not proven itself yet. */
export interface FirmwareTrial {
  readonly version: number;
  /** What {@link FirmwareMemory.leastVersion} becomes when it has. */
  readonly leastVersion: number;
  readonly size: number;
  /** SHA-256 of the image. */
  readonly digest: Uint8Array;
  /** The version that runs if it does not. */
  readonly versionBefore: number;
  /** The loader has started it: it is not started a second time before it has proven itself. */
  readonly isBegun: boolean;
}

/** What a lock remembers of its firmware. */
export interface FirmwareMemory {
  /** No image below this version is ever taken again, not even after a reset. */
  readonly leastVersion: number;
  /** Where the image is that has proven itself. */
  readonly slot: FirmwareSlot;
  /** Absent: nothing is on its way. */
  readonly staging?: FirmwareStaging;
  /** Absent: what runs has proven itself. It is in the other slot. */
  readonly trial?: FirmwareTrial;
}

/** The memory of a lock as it left the factory. */
export const emptyFirmware: FirmwareMemory = { leastVersion: 0, slot: 0 };

/** The slot that does not hold what has proven itself. */
export function otherSlot({ slot }: FirmwareMemory): FirmwareSlot {
  return slot === 0 ? 1 : 0;
}

/** Keeps what a lock remembers of its firmware; what has come of an image is in its slot. */
export function encodeFirmwareMemory({ leastVersion, slot, staging, trial }: FirmwareMemory): CborValue {
  const {
    version = 0,
    leastVersion: least = 0,
    size = 0,
    digest = null,
    versionBefore = 0,
    isBegun = false,
  } = trial ?? {};
  return [
    ...[leastVersion, slot],
    staging ? [staging.manifest, staging.heldBytes] : null,
    trial ? [version, least, size, digest, versionBefore, isBegun] : null,
  ];
}

/** Reads what {@link encodeFirmwareMemory} wrote; `undefined` for anything else. */
export function decodeFirmwareMemory(value: CborValue | undefined): FirmwareMemory | undefined {
  if (!isList(value)) return undefined;
  const [leastVersion, slot, stagingValue, trialValue] = value;
  const staging = readStaging(stagingValue);
  const trial = readTrial(trialValue);
  if (typeof leastVersion !== 'number' || (slot !== 0 && slot !== 1)) return undefined;
  if (staging === undefined || trial === undefined) return undefined;
  return { leastVersion, slot, ...(staging ? { staging } : {}), ...(trial ? { trial } : {}) };
}

function readStaging(value: CborValue | undefined): FirmwareStaging | null | undefined {
  if (value === null) return null;
  const [manifest, heldBytes] = isList(value) ? value : [];
  if (!(manifest instanceof Uint8Array) || typeof heldBytes !== 'number') return undefined;
  return { manifest, heldBytes, pieces: [] };
}

function readTrial(value: CborValue | undefined): FirmwareTrial | null | undefined {
  if (value === null) return null;
  const [version, leastVersion, size, digest, versionBefore, isBegun] = isList(value) ? value : [];
  if (typeof version !== 'number' || typeof leastVersion !== 'number' || typeof size !== 'number') return undefined;
  if (!(digest instanceof Uint8Array) || typeof versionBefore !== 'number') return undefined;
  return typeof isBegun === 'boolean' ? { version, leastVersion, size, digest, versionBefore, isBegun } : undefined;
}

function isList(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

/** What a slot holds, as its flash says; absent for one that is empty. */
export type FirmwareSlots = readonly (Uint8Array | undefined)[];

/** Takes back what has come of an image, after a lock was switched on. A slot with less than the memory says is short of it. */
export function openFirmware(firmware: FirmwareMemory, slots: FirmwareSlots): FirmwareMemory {
  const { staging } = firmware;
  if (staging === undefined) return firmware;
  const held = (slots[otherSlot(firmware)] ?? new Uint8Array(0)).slice(0, staging.heldBytes);
  return { ...firmware, staging: { ...staging, pieces: [held], heldBytes: held.length } };
}

/** Whether the image that has come is the one that was offered. */
export function isImageWhole(
  crypto: CryptoProvider,
  { pieces }: FirmwareStaging,
  o: { readonly size: number; readonly digest: Uint8Array },
): boolean {
  return isImage(crypto, concatBytes(...pieces), o);
}

function isImage(
  crypto: CryptoProvider,
  image: Uint8Array,
  { size, digest }: { readonly size: number; readonly digest: Uint8Array },
): boolean {
  return image.length === size && equalBytes(crypto.sha256(image), digest);
}

/**
 * Which slot a lock that is switched on starts, and what it must remember before it does: an image on trial is started
 * once, when its slot holds it whole; else the one that has proven itself.
 */
export function startFirmware(
  crypto: CryptoProvider,
  firmware: FirmwareMemory,
  slots: FirmwareSlots,
): { readonly slot: FirmwareSlot; readonly firmware: FirmwareMemory } {
  const { trial, slot } = firmware;
  if (trial === undefined || trial.isBegun) return { slot, firmware };
  const begun = { ...firmware, trial: { ...trial, isBegun: true } };
  const image = (slots[otherSlot(firmware)] ?? new Uint8Array(0)).slice(0, trial.size);
  return { slot: isImage(crypto, image, trial) ? otherSlot(firmware) : slot, firmware: begun };
}

/** What becomes of a trial when the lock knows which slot started, and how its self-test went. */
export function endTrial(
  firmware: FirmwareMemory,
  { slot, isGood }: { readonly slot: FirmwareSlot; readonly isGood: boolean },
): { readonly firmware: FirmwareMemory; readonly rolledBack?: FirmwareTrial } {
  const { trial, ...rest } = firmware;
  if (trial === undefined) return { firmware };
  if (slot !== otherSlot(firmware) || !isGood) return { firmware: rest, rolledBack: trial };
  return { firmware: { ...rest, slot, leastVersion: Math.max(rest.leastVersion, trial.leastVersion) } };
}
