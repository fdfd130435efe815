import type { CryptoProvider, KeyPair, OpenRequest, SealRequest } from '../crypto/crypto-provider.js';
import { type SuiteName, suites } from '../encoding/gatt.js';

/** Size of the tag at the end of every encrypted part and record, in every suite. */
export const noiseTagSizeBytes = 16;

/** What a suite of Noise functions does differently from another; hash and key derivation are the same in all. */
interface NoiseSuite {
  /** The end of the protocol's name: DH, cipher and hash. */
  readonly functions: string;
  readonly publicKeySizeBytes: number;
  /** A fresh pair. */
  readonly drawKeyPair: (crypto: CryptoProvider) => KeyPair;
  readonly agree: (crypto: CryptoProvider, secret: Uint8Array, publicKey: Uint8Array) => Uint8Array;
  readonly seal: (crypto: CryptoProvider, request: SealRequest) => Uint8Array;
  readonly open: (crypto: CryptoProvider, request: OpenRequest) => Uint8Array | undefined;
  /** The cipher's nonce for record number `counter`, below 2^32: four zero bytes, then the counter as 64 bits. */
  readonly nonceOf: (counter: number) => Uint8Array;
}

/** The suites of the protocol (SPEC §9.1), by the names of {@link suites}. */
export const noiseSuites: Readonly<Record<SuiteName, NoiseSuite>> = {
  x25519ChaChaPoly: {
    functions: '25519_ChaChaPoly_SHA256',
    publicKeySizeBytes: 32,
    drawKeyPair: (crypto) => crypto.x25519KeyPair(),
    agree: (crypto, secret, publicKey) => crypto.x25519(secret, publicKey),
    seal: (crypto, request) => crypto.chachaSeal(request),
    open: (crypto, request) => crypto.chachaOpen(request),
    nonceOf: (counter) => nonceWith((view) => view.setUint32(4, counter, true)),
  },
  p256AesGcm: {
    functions: 'P256_AESGCM_SHA256',
    publicKeySizeBytes: 33,
    drawKeyPair: (crypto) => crypto.p256KeyPair(),
    agree: (crypto, secret, publicKey) => crypto.p256(secret, publicKey),
    seal: (crypto, request) => crypto.aesGcmSeal(request),
    open: (crypto, request) => crypto.aesGcmOpen(request),
    nonceOf: (counter) => nonceWith((view) => view.setUint32(8, counter, false)),
  },
};

function nonceWith(write: (view: DataView) => void): Uint8Array {
  const nonce = new Uint8Array(12);
  write(new DataView(nonce.buffer));
  return nonce;
}

const suiteNames: readonly SuiteName[] = ['x25519ChaChaPoly', 'p256AesGcm'];

/** The suite that a static or ephemeral public key belongs to, by its size; `undefined` for any other size. */
export function suiteOfPublicKey(publicKey: Uint8Array): SuiteName | undefined {
  return suiteNames.find((name) => noiseSuites[name].publicKeySizeBytes === publicKey.length);
}

/** The suite of a public key; of one that belongs to none, suite 1, whose functions then refuse it by its size. */
export function suiteFor(publicKey: Uint8Array): NoiseSuite {
  return noiseSuites[suiteOfPublicKey(publicKey) ?? 'x25519ChaChaPoly'];
}

/**
 * The suite that a message 1 of XK was written in, by its size: an ephemeral public key and the tag of an empty payload.
 * It is a guess that the tag must confirm, as the suite stands in the protocol's name and in the prologue.
 */
export function suiteOfFirstMessage(sizeBytes: number): SuiteName | undefined {
  return suiteNames.find((name) => noiseSuites[name].publicKeySizeBytes + noiseTagSizeBytes === sizeBytes);
}

/** Whether INFO's bit list of suites has the suite. */
export function offersSuite(offered: number, suite: SuiteName): boolean {
  return (offered & suiteBit(suite)) !== 0;
}

/** The suite's bit in INFO's list. */
export function suiteBit(suite: SuiteName): number {
  return 1 << (suites[suite] - 1);
}
