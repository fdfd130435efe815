import type { LockAnswer } from '../caller/lock-link.js';
import { type PerformUnlockOptions, performUnlock } from '../caller/perform-unlock.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { SuiteName } from '../encoding/gatt.js';
import { drawPair } from '../noise/suite.test-rig.js';
import { LockProtocolError, type LockProtocolFault } from '../protocol-error.js';
import { byToken, createDoor, createFakeTime, createProperty, type RigLink } from '../session.test-rig.js';

/** A door, its property and a caller, on one fake clock. */
export function createScene(crypto: CryptoProvider = createNodeCrypto(), suite: SuiteName = 'x25519ChaChaPoly') {
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust, suite });
  const caller = drawPair(crypto, suite);
  /** One command over `link`; whatever is given replaces the ordinary. */
  const unlock = (link: RigLink, change: Partial<PerformUnlockOptions> = {}): Promise<LockAnswer> => {
    const commandId = change.command?.commandId ?? crypto.randomBytes(8);
    return performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller,
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' },
      authority: byToken(property, door, commandId),
      now: time.now,
      startTimer: time.startTimer,
      ...change,
    });
  };
  /** Makes the lock know the certificate, as every lock does after its first command. */
  const warm = async (): Promise<void> => {
    const link = door.connect();
    await unlock(link);
    link.close();
    door.moves.length = 0;
    door.log.length = 0;
    door.bolt = 'locked';
  };
  return { crypto, time, property, door, caller, unlock, warm };
}

/** How a command failed, or `none`. */
export async function faultOf(work: Promise<unknown>): Promise<LockProtocolFault | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof LockProtocolError) return error.info;
    throw error;
  }
}

/** Sizes of the messages that travelled in one direction, frames put together again. */
export function messageSizes(frames: readonly Uint8Array[]): number[] {
  return frames
    .filter((frame) => ((frame[0] ?? 0) & 0x80) !== 0)
    .map((frame) => ((frame[1] ?? 0) << 8) | (frame[2] ?? 0));
}

/** Every frame that the caller wrote. */
export const framesOf = (link: RigLink) => link.written.map(({ frame }) => frame);
