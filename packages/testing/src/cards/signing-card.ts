import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type EmulatedCard, emulateCard } from './emulated-card.js';

/** How a card or phone that signs is made. */
export interface SigningCardOptions {
  /** P-256, PKCS#8 in DER. */
  readonly privateKey: Uint8Array;
  /** Of its anticollision; phones draw another one at every tap, and that is what they do when it is absent. */
  readonly uid?: Uint8Array;
  /** Says this public key for its own, compressed: what a copy without the secret would do. */
  readonly claims?: Uint8Array;
}

const application = Buffer.from('f04f4c503101', 'hex');

function compressed(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const last = Buffer.from(y, 'base64url').at(-1) ?? 0;
  return Uint8Array.from([2 + (last % 2), ...Buffer.from(x, 'base64url')]);
}

/** A card that proves a P-256 secret by signing (SPEC §10.11). */
export function createSigningCard(o: SigningCardOptions): EmulatedCard & { readonly publicKey: Uint8Array } {
  const privateKey = createPrivateKey({ key: Buffer.from(o.privateKey), format: 'der', type: 'pkcs8' });
  const publicKey = compressed(createPublicKey(privateKey));
  const said = o.claims ?? publicKey;
  const powerUp = () => {
    let isSelected = false;
    return (apdu: Uint8Array): Uint8Array => {
      const bytes = Buffer.from(apdu);
      if (bytes.readUInt16BE(0) === 0x00a4) {
        isSelected = bytes.subarray(5, 11).equals(application) && bytes[4] === 6;
        return isSelected ? Uint8Array.of(0x90, 0x00) : Uint8Array.of(0x6a, 0x82);
      }
      if (!isSelected || bytes.readUInt32BE(0) !== 0x8080_0001 || bytes[5] !== 0x4c || bytes[23] !== 0x4d) {
        return Uint8Array.of(0x6d, 0x00);
      }
      const [nonce, lock, own] = [bytes.subarray(7, 23), bytes.subarray(25, 33), randomBytes(16)];
      const message = Buffer.concat([Buffer.from('OLP1-card'), lock, nonce, own, said]);
      const signature = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return Uint8Array.from([0x5a, 33, ...said, 0x4e, 16, ...own, 0x9e, 64, ...signature, 0x90, 0x00]);
    };
  };
  const drawBytes = (sizeBytes: number) => Uint8Array.from(randomBytes(sizeBytes));
  const card = emulateCard(o.uid ?? new Uint8Array(4), { drawBytes, powerUp });
  card.faults.randomUid = o.uid === undefined;
  return { ...card, publicKey };
}
