import type { CborValue } from './cbor.js';

/** What a lock remembers of its firmware. */
export interface FirmwareMemory {
  /** No image below this version is ever taken again, not even after a reset. */
  readonly leastVersion: number;
}

/** The memory of a lock as it left the factory. */
export const emptyFirmware: FirmwareMemory = { leastVersion: 0 };

/** Keeps what a lock remembers of its firmware. */
export function encodeFirmwareMemory({ leastVersion }: FirmwareMemory): CborValue {
  return [leastVersion];
}

/** Reads what {@link encodeFirmwareMemory} wrote; `undefined` for anything else. */
export function decodeFirmwareMemory(value: CborValue | undefined): FirmwareMemory | undefined {
  const [leastVersion] = Array.isArray(value) ? value : [];
  return typeof leastVersion === 'number' ? { leastVersion } : undefined;
}
