import { type CryptoProvider, type KeyPair, requireSize } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { createHandshake, readMessage, writeMessage } from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { noiseTagSizeBytes } from '../noise/noise-suite.js';
import { LockProtocolError } from '../protocol-error.js';

/** What sealing adds to a text: an ephemeral X25519 public key and a tag. */
export const setBoxOverheadBytes: number = 32 + noiseTagSizeBytes;

function prologueOf(tag: Uint8Array): Uint8Array {
  requireSize(tag, 8, 'tag');
  return concatBytes(encodeUtf8('OLP/1-set') ?? new Uint8Array(0), tag);
}

/**
 * Seals a part of a credential set for one lock (SPEC §5.14): a message of `Noise_N_25519_ChaChaPoly_SHA256`. Whoever carries
 * it learns its size and no more. It proves nothing about who sealed it: what it brings counts by the signed digest alone.
 *
 * @throws LockProtocolError `handshake`/`length` or `crypto`/`size` for a key or tag of another size.
 */
export function sealSetBox(
  crypto: CryptoProvider,
  lock: {
    /** The lock's static X25519 public key. */
    readonly lockPublicKey: Uint8Array;
    readonly tag: Uint8Array;
    /** Drawn from `crypto` when absent; given in vectors only, for a pair must never seal twice. */
    readonly ephemeral?: KeyPair;
  },
  plaintext: Uint8Array,
): Uint8Array {
  requireSize(lock.lockPublicKey, 32, 'lockPublicKey');
  const handshake = createHandshake({
    ...{ crypto, role: 'initiator', pattern: noisePatterns.N, prologue: prologueOf(lock.tag) },
    ...{ remoteStatic: lock.lockPublicKey, ...(lock.ephemeral ? { ephemeral: lock.ephemeral } : {}) },
  });
  return writeMessage(handshake, plaintext).message;
}

/** Opens what {@link sealSetBox} made for this lock; `undefined` for everything else. */
export function openSetBox(
  crypto: CryptoProvider,
  lock: {
    /** The lock's static X25519 pair. */
    readonly identity: KeyPair;
    readonly tag: Uint8Array;
  },
  box: Uint8Array,
): Uint8Array | undefined {
  const handshake = createHandshake({
    ...{ crypto, role: 'responder', pattern: noisePatterns.N },
    ...{ prologue: prologueOf(lock.tag), staticKeyPair: lock.identity },
  });
  try {
    return readMessage(handshake, box).payload;
  } catch (error) {
    if (error instanceof LockProtocolError && error.info.code === 'handshake') return undefined;
    throw error;
  }
}
