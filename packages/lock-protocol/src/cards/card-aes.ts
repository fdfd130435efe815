import { cbc, cmac } from '@noble/ciphers/aes.js';
import { requireSize } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';

const blockSizeBytes = 16;
const noIv = new Uint8Array(blockSizeBytes);
/** AN10922: what a card's secret is made of fits in two blocks with the constant before it. */
const mostInputBytes = 31;

/** AES-128 in CBC mode with whole blocks: with a zero IV as cards encrypt challenges, with another one as they take secrets. */
export function encryptBlocks(secret: Uint8Array, blocks: Uint8Array, iv: Uint8Array = noIv): Uint8Array {
  requireSize(secret, blockSizeBytes, 'secret');
  return cbc(secret, iv, { disablePadding: true }).encrypt(blocks);
}

/** Undoes {@link encryptBlocks} with a zero IV. */
export function decryptBlocks(secret: Uint8Array, blocks: Uint8Array): Uint8Array {
  requireSize(secret, blockSizeBytes, 'secret');
  return cbc(secret, noIv, { disablePadding: true }).decrypt(blocks);
}

/** AES-128-CMAC (NIST SP 800-38B): 16 bytes. */
export function aesCmac(secret: Uint8Array, message: Uint8Array): Uint8Array {
  requireSize(secret, blockSizeBytes, 'secret');
  return cmac(message, secret);
}

/**
 * The secret of one card from a master secret (NXP AN10922, AES-128): what the property's encoder writes into the card,
 * and into the entry of the one lock it is for. `input` is the card's UID, then what names the lock, like its tag and the
 * key number; 16 to 31 bytes together, for shorter ones are padded otherwise there. Without the lock in it, who dismantles
 * one lock could answer the challenge of another.
 *
 * @throws LockProtocolError `crypto`/`size`.
 */
export function diversifySecret(master: Uint8Array, input: Uint8Array): Uint8Array {
  const isLong = input.length >= blockSizeBytes && input.length <= mostInputBytes;
  if (!isLong) requireSize(input, mostInputBytes, 'input');
  return aesCmac(master, concatBytes(Uint8Array.of(0x01), input));
}
