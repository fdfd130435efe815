import { p256 } from '@noble/curves/nist.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { decryptBlocks, encryptBlocks } from './card-aes.js';
import type { TransmitApdu } from './card-dialogue.js';
import { signedByCard } from './card-signature.js';

const status = (high: number, low: number): Uint8Array => Uint8Array.of(high, low);
const rotated = (bytes: Uint8Array): Uint8Array => concatBytes(bytes.subarray(1), bytes.subarray(0, 1));
const dataOf = (apdu: Uint8Array): Uint8Array => apdu.slice(5, 5 + (apdu[4] ?? 0));

/** An NTAG 424 DNA or DESFire with these secrets by key number, whoever has made it; it has both applications. */
export function aesCardWith(secretOf: (keyNumber: number) => Uint8Array | undefined): TransmitApdu {
  const own = Uint8Array.from({ length: 16 }, (_, at) => at * 7);
  let secret: Uint8Array | undefined;
  return async (apdu) => {
    if (apdu[0] === 0) return status(0x90, 0);
    if (apdu[1] === 0x5a) return status(0x91, 0);
    const data = dataOf(apdu);
    if (apdu[1] === 0x71) {
      secret = secretOf(data[0] ?? 0);
      return secret ? concatBytes(encryptBlocks(secret, own), status(0x91, 0xaf)) : status(0x91, 0x40);
    }
    if (apdu[1] !== 0xaf || !secret) return status(0x91, 0x1c);
    const nonce = decryptBlocks(secret, data).slice(0, 16);
    // It does not ask whether the reader has the secret too: a copy has no reason to.
    const said = concatBytes(new Uint8Array(4), rotated(nonce), new Uint8Array(12));
    return concatBytes(encryptBlocks(secret, said), status(0x91, 0));
  };
}

/** A card that says a public key and signs with a secret, that key's or another. */
export function signingCardWith(secret: Uint8Array, claims: Uint8Array = p256.getPublicKey(secret)): TransmitApdu {
  return async (apdu) => {
    if (apdu[0] === 0) return status(0x90, 0);
    const data = dataOf(apdu);
    const [nonce, lock, cardNonce] = [data.slice(2, 18), data.slice(20, 28), new Uint8Array(16)];
    const signature = p256.sign(signedByCard({ lock, nonce, cardNonce, publicKey: claims }), secret);
    const field = (tag: number, bytes: Uint8Array) => concatBytes(Uint8Array.of(tag, bytes.length), bytes);
    return concatBytes(field(0x5a, claims), field(0x4e, cardNonce), field(0x9e, signature), status(0x90, 0));
  };
}
