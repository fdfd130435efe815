import { createHash, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import type { CryptoProvider, KeyPair } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { toHex } from './hex.js';

/** The cryptography of worlds: OpenSSL's, with keys that are made and imported once for all worlds of a process. */
export interface WorldCrypto {
  /** The provider of one part of one world, whose bytes are its own and repeat. */
  part(name: string): CryptoProvider;
}

/** More pairs of one kind than any world draws: within a world none serves twice. */
const pairLimit = 512;
const importLimit = 8192;

const base = createNodeCrypto();
const pairs = { x25519: [] as KeyPair[], ed25519: [] as KeyPair[] };
const publicPairs = new WeakMap<Uint8Array, KeyPair>();
const privateKeys = new WeakMap<Uint8Array, KeyObject>();
const publicKeys = new Map<string, KeyObject>();
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const spki = Buffer.from('302a300506032b656e032100', 'hex');

/** One of the pairs that are the same in every process. */
function pairOf(kind: 'x25519' | 'ed25519', number: number): KeyPair {
  const at = number % pairLimit;
  const known = pairs[kind][at];
  if (known !== undefined) return known;
  const secret = Uint8Array.from(createHash('sha256').update(`${kind} pair ${at}`).digest());
  const pair = kind === 'x25519' ? x25519PairOf(secret) : base.ed25519KeyPair(secret);
  pairs[kind][at] = pair;
  if (kind === 'ed25519') publicPairs.set(pair.secret, pair);
  return pair;
}

function x25519PairOf(secret: Uint8Array): KeyPair {
  const der = createPublicKey(privateKeyOf(secret)).export({ format: 'der', type: 'spki' });
  return { secret, publicKey: Uint8Array.from(der.subarray(spki.length)) };
}

function privateKeyOf(secret: Uint8Array): KeyObject {
  const known = privateKeys.get(secret);
  if (known !== undefined) return known;
  const imported = createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([pkcs8, secret]) });
  privateKeys.set(secret, imported);
  return imported;
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const name = toHex(bytes);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  if (publicKeys.size >= importLimit) publicKeys.clear();
  const imported = createPublicKey({ format: 'der', type: 'spki', key: Buffer.concat([spki, bytes]) });
  publicKeys.set(name, imported);
  return imported;
}

/** Makes the cryptography of one world. */
export function createWorldCrypto(seed: number): WorldCrypto {
  const verdicts = new Map<string, boolean>();
  let drawnPairs = createHash('sha256').update(`${seed} pairs`).digest().readUInt16BE(0);

  function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    // Locks of one world are shown the same objects again and again.
    const question = `${toHex(publicKey)} ${toHex(signature)} ${toHex(message)}`;
    const known = verdicts.get(question);
    if (known !== undefined) return known;
    const verdict = base.ed25519Verify(publicKey, message, signature);
    verdicts.set(question, verdict);
    return verdict;
  }

  function x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
    try {
      return Uint8Array.from(diffieHellman({ privateKey: privateKeyOf(secret), publicKey: publicKeyOf(publicKey) }));
    } catch {
      // The provider says it in its own words.
      return base.x25519(secret, publicKey);
    }
  }

  const drawPair = (kind: 'x25519' | 'ed25519'): KeyPair => {
    drawnPairs += 1;
    return pairOf(kind, drawnPairs);
  };

  return {
    part(name) {
      let drawn = 0;
      const randomBytes = (sizeBytes: number): Uint8Array => {
        const bytes = new Uint8Array(sizeBytes);
        for (let at = 0; at < sizeBytes; at += 32) {
          drawn += 1;
          const block = createHash('sha256').update(`${seed} ${name} ${drawn}`).digest();
          bytes.set(block.subarray(0, Math.min(32, sizeBytes - at)), at);
        }
        return bytes;
      };
      return {
        ...base,
        randomBytes,
        x25519,
        ed25519Verify,
        x25519KeyPair: (secret) => (secret === undefined ? drawPair('x25519') : base.x25519KeyPair(secret)),
        ed25519KeyPair: (secret) =>
          secret === undefined ? drawPair('ed25519') : (publicPairs.get(secret) ?? base.ed25519KeyPair(secret)),
        p256KeyPair: (secret) => base.p256KeyPair(secret ?? randomBytes(32)),
      };
    },
  };
}
