import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import { aesCmac, decryptBlocks, encryptBlocks } from './card-aes.js';
import { type CardDialogue, encodeNativeCommand, readCardAnswer } from './card-dialogue.js';

/** What the card and the reader share once both have proven the secret. */
export interface Ev2Session {
  /** 4 bytes, drawn by the card. */
  readonly transactionId: Uint8Array;
  readonly encryptionSecret: Uint8Array;
  readonly macSecret: Uint8Array;
}

/** What came of the authentication: `refused` when the card does not hold the secret, `lost` for what no such card says. */
export type Ev2Outcome =
  | { readonly outcome: 'proven'; readonly session: Ev2Session }
  | { readonly outcome: 'refused' | 'lost' };

/** What the reader asks a card to prove. */
export interface Ev2Request {
  /** 16 bytes. */
  readonly secret: Uint8Array;
  readonly keyNumber: number;
  /** 16 fresh random bytes. */
  readonly nonce: Uint8Array;
}

const more = '91af';
const done = '9100';
/** Wrong secret, and no such key: the number of the card, said by another one. */
const notIts = ['91ae', '9140'];
const blockSizeBytes = 16;

/**
 * AuthenticateEV2First, the reader's side (NXP AN12196 §4.5.1; the same in DESFire EV2 and EV3), after its application was
 * selected: both sides prove the secret to each other.
 */
export function authenticateEv2First({ secret, keyNumber, nonce }: Ev2Request): CardDialogue<Ev2Outcome> {
  return {
    apdu: encodeNativeCommand(0x71, Uint8Array.of(keyNumber, 0)),
    next: (first) => {
      const { data, status } = readCardAnswer(first);
      if (notIts.includes(status)) return { result: { outcome: 'refused' } };
      if (status !== more || data.length !== blockSizeBytes) return { result: { outcome: 'lost' } };
      const theirs = decryptBlocks(secret, data);
      return {
        apdu: encodeNativeCommand(0xaf, encryptBlocks(secret, concatBytes(nonce, rotateLeft(theirs)))),
        next: (second) => ({ result: outcomeOf({ secret, nonce, theirs }, second) }),
      };
    },
  };
}

function rotateLeft(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes.subarray(1), bytes.subarray(0, 1));
}

interface Nonces {
  readonly secret: Uint8Array;
  readonly nonce: Uint8Array;
  readonly theirs: Uint8Array;
}

function outcomeOf(o: Nonces, answer: Uint8Array): Ev2Outcome {
  const { data, status } = readCardAnswer(answer);
  if (notIts.includes(status)) return { outcome: 'refused' };
  if (status !== done || data.length !== 2 * blockSizeBytes) return { outcome: 'lost' };
  const plain = decryptBlocks(o.secret, data);
  if (!equalBytes(plain.subarray(4, 20), rotateLeft(o.nonce))) return { outcome: 'refused' };
  return { outcome: 'proven', session: { transactionId: plain.slice(0, 4), ...sessionSecrets(o) } };
}

/** AN12196 §4.5.1, table 13: the two secrets of the session from both nonces. */
function sessionSecrets({ secret, nonce, theirs }: Nonces): Pick<Ev2Session, 'encryptionSecret' | 'macSecret'> {
  const mixed = nonce.slice(2, 8).map((byte, at) => byte ^ (theirs[at] ?? 0));
  const context = concatBytes(nonce.subarray(0, 2), mixed, theirs.subarray(6), nonce.subarray(8));
  const secretOf = (label: number, next: number) =>
    aesCmac(secret, concatBytes(Uint8Array.of(label, next, 0x00, 0x01, 0x00, 0x80), context));
  return { encryptionSecret: secretOf(0xa5, 0x5a), macSecret: secretOf(0x5a, 0xa5) };
}
