import { createFlash, createMemoryStore, type Flash, type FlashStore } from './flash.js';
import { SimulatedLockError } from './lock-error.js';
import { lockFlashGeometry } from './lock-flash.js';

/** One thing that was done to a flash. */
export type FlashWrite = { readonly page: number } | { readonly at: number; readonly bytes: Uint8Array };

/** A copy of a store that tells what is written to it. */
export function recordWrites(from: FlashStore): { readonly store: FlashStore; readonly writes: FlashWrite[] } {
  const copy = createMemoryStore(lockFlashGeometry, from);
  const writes: FlashWrite[] = [];
  let isErase = false;
  const store: FlashStore = {
    ...copy,
    // A page's wear is counted before its erased bytes are kept.
    keepWear(page) {
      isErase = true;
      writes.push({ page });
    },
    keep(at, sizeBytes) {
      if (!isErase) writes.push({ at, bytes: copy.bytes.slice(at, at + sizeBytes) });
      isErase = false;
    },
  };
  return { store, writes };
}

/** The flash that a lock finds after the power failed at each byte of these writes, torn as hardware leaves it; and after all. */
export function* cutStates(from: FlashStore, writes: readonly FlashWrite[]): Generator<FlashStore> {
  for (let cut = 1, isCut = true; isCut; cut += 1) {
    const store = createMemoryStore(lockFlashGeometry, from);
    const flash = createFlash({ geometry: lockFlashGeometry, store, seed: cut });
    flash.cutAfter(cut);
    isCut = !isWritten(flash, writes);
    yield store;
  }
}

function isWritten(flash: Flash, writes: readonly FlashWrite[]): boolean {
  try {
    for (const write of writes) {
      if ('page' in write) flash.erase(write.page);
      else flash.program(write.at, write.bytes);
    }
    return true;
  } catch (error) {
    if (error instanceof SimulatedLockError && error.info.code === 'power-lost') return false;
    throw error;
  }
}
