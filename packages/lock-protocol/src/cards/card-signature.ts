import { p256 } from '@noble/curves/nist.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { type CardDialogue, encodeApdu, readCardAnswer } from './card-dialogue.js';

/** The application of cards and phones that sign (SPEC §10.11). */
export const signingApplication: Uint8Array = Uint8Array.of(0xf0, 0x4f, 0x4c, 0x50, 0x31, 0x01);

/** What came of a challenge that a card is to sign. */
export type SignatureOutcome =
  | { readonly outcome: 'proven'; readonly publicKey: Uint8Array }
  | { readonly outcome: 'refused' | 'lost' };

/** What the reader wants signed. */
export interface SignatureRequest {
  /** The lock's 8-byte tag. */
  readonly lock: Uint8Array;
  /** 16 fresh random bytes. */
  readonly nonce: Uint8Array;
}

const tag = { readerNonce: 0x4c, lock: 0x4d, cardNonce: 0x4e, publicKey: 0x5a, signature: 0x9e } as const;
const label = Uint8Array.from('OLP1-card', (letter) => letter.charCodeAt(0));

/** What a card signs, hashed with SHA-256: which lock asked, both nonces, and which key it says is its own. */
export function signedByCard(
  o: SignatureRequest & { readonly cardNonce: Uint8Array; readonly publicKey: Uint8Array },
): Uint8Array {
  return concatBytes(label, o.lock, o.nonce, o.cardNonce, o.publicKey);
}

/** Selects the application of cards that sign; tells whether it is there. */
export function selectSigningApplication(): CardDialogue<boolean> {
  return {
    apdu: encodeApdu([0x00, 0xa4, 0x04, 0x00], signingApplication),
    next: (answer) => ({ result: readCardAnswer(answer).status === '9000' }),
  };
}

/** Has a card sign, and says which public key it has proven to be its own. */
export function challengeSignature(o: SignatureRequest): CardDialogue<SignatureOutcome> {
  const { lock, nonce } = o;
  const asked = concatBytes(
    Uint8Array.of(tag.readerNonce, nonce.length),
    nonce,
    Uint8Array.of(tag.lock, lock.length),
    lock,
  );
  return {
    apdu: encodeApdu([0x80, 0x80, 0x00, 0x01], asked),
    next: (answer) => {
      const { data, status } = readCardAnswer(answer);
      const publicKey = fieldAt(data, 0, { tag: tag.publicKey, sizeBytes: 33 });
      const cardNonce = fieldAt(data, 35, { tag: tag.cardNonce, sizeBytes: 16 });
      const signature = fieldAt(data, 53, { tag: tag.signature, sizeBytes: 64 });
      const isWhole = status === '9000' && data.length === 119;
      if (!isWhole || !publicKey || !cardNonce || !signature) return { result: { outcome: 'lost' } };
      const message = signedByCard({ ...o, cardNonce, publicKey });
      return {
        result: isSigned(publicKey, message, signature) ? { outcome: 'proven', publicKey } : { outcome: 'refused' },
      };
    },
  };
}

function fieldAt(
  data: Uint8Array,
  offset: number,
  o: { readonly tag: number; readonly sizeBytes: number },
): Uint8Array | undefined {
  if (data[offset] !== o.tag || data[offset + 1] !== o.sizeBytes) return undefined;
  return data.slice(offset + 2, offset + 2 + o.sizeBytes);
}

function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return p256.verify(signature, message, publicKey, { lowS: false });
  } catch {
    return false;
  }
}
