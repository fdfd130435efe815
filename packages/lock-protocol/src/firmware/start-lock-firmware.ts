import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { decodeLockMemory, encodeLockMemory } from '../lock/lock-memory.js';
import { type FirmwareSlot, type FirmwareSlots, startFirmware } from './firmware-memory.js';

/**
 * What a lock's loader does when the lock is switched on: the slot to start, and the memory to write before it starts.
 *
 * @throws LockProtocolError when the memory is damaged.
 */
export function startLockFirmware(
  crypto: CryptoProvider,
  memory: Uint8Array,
  slots: FirmwareSlots,
): { readonly slot: FirmwareSlot; readonly memory: Uint8Array } {
  const known = decodeLockMemory(memory);
  const { slot, firmware } = startFirmware(crypto, known.firmware, slots);
  return { slot, memory: firmware === known.firmware ? memory : encodeLockMemory({ ...known, firmware }) };
}
