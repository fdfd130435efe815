import type { FirmwareParts } from '@latchwork/lock-protocol';
import { isErased } from './flash.js';

/** Whose firmware a simulated lock takes, and what it was made with. */
export type LockFirmware = Omit<FirmwareParts, 'slotSizeBytes'>;

const headSizeBytes = 5;

/** An image for a simulated lock: its version, whether it will pass its self-test, and as many bytes as it should have. */
export function makeLockImage(o: {
  readonly version: number;
  /** At least 5. */
  readonly sizeBytes: number;
  readonly passesSelfTest?: boolean;
}): Uint8Array {
  const { version, sizeBytes, passesSelfTest = true } = o;
  const image = Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 31 + version) & 0xff);
  new DataView(image.buffer).setUint32(0, version);
  image[headSizeBytes - 1] = passesSelfTest ? 1 : 0;
  return image;
}

/** What a lock runs when this is in the slot that started: its image, or what it was made with when nothing is there. */
export function runningFirmware(
  made: LockFirmware,
  slot: Uint8Array,
): { readonly version: number; readonly selfTest: 'passed' | 'failed' } {
  const head = slot.slice(0, headSizeBytes);
  if (isErased(head)) return { version: made.version, selfTest: 'passed' };
  return { version: new DataView(head.buffer).getUint32(0), selfTest: head.at(-1) === 1 ? 'passed' : 'failed' };
}
