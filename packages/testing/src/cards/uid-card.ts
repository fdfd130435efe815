import { randomBytes } from 'node:crypto';
import { type EmulatedCard, emulateCard } from './emulated-card.js';

/**
 * A card that says its number and nothing else. With the UID of another card it is the copy of it that anybody can buy:
 * a "magic" card, whose UID can be written.
 */
export function createUidCard(uid: Uint8Array): EmulatedCard {
  return emulateCard(uid, { drawBytes: (sizeBytes) => Uint8Array.from(randomBytes(sizeBytes)) });
}
