import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import { aesCmac, encryptBlocks } from './card-aes.js';
import { type CardDialogue, encodeNativeCommand, readCardAnswer } from './card-dialogue.js';
import type { Ev2Session } from './ev2-first.js';

/** Which of a card's secrets is changed, from what to what, within which session. */
export interface Ev2Change {
  /** Of an authentication with number 0. */
  readonly session: Ev2Session;
  /** How many commands the session has had. */
  readonly counter: number;
  readonly keyNumber: number;
  /** 16 bytes: what it is. Of no account for number 0, which the session has proven. */
  readonly before: Uint8Array;
  /** 16 bytes: what it becomes. */
  readonly secret: Uint8Array;
}

/** `changed`: the card says so; `refused`: it was not `before`, or may not be changed; `lost` for what no such card says. */
export type Ev2ChangeOutcome = 'changed' | 'refused' | 'lost';

const changeKey = 0xc4;
const done = 0x00;
/** Of every secret that is written; the maker's default has 0. */
const keyVersion = 1;
const paddedSizeBytes = 32;

/**
 * ChangeKey in full communication mode (NXP AN12196 §5.16; the same in DESFire EV2 and EV3), authenticated with number 0: the
 * new secret goes encrypted under the session, and the card's answer proves that the card took it. A change of number 0 ends the
 * session, and its answer proves nothing.
 */
export function changeEv2Secret(change: Ev2Change): CardDialogue<Ev2ChangeOutcome> {
  const { session, counter, keyNumber, before, secret } = change;
  const isOwn = keyNumber === 0;
  const plain = isOwn
    ? concatBytes(secret, Uint8Array.of(keyVersion))
    : concatBytes(mixed(secret, before), Uint8Array.of(keyVersion), checksum(secret));
  const padded = concatBytes(plain, Uint8Array.of(0x80), new Uint8Array(paddedSizeBytes - plain.length - 1));
  const encrypted = encryptBlocks(session.encryptionSecret, padded, commandIv(session, counter));
  const header = Uint8Array.of(keyNumber);
  const mac = shortMac(session, changeKey, concatBytes(number16(counter), session.transactionId, header, encrypted));
  return {
    apdu: encodeNativeCommand(changeKey, concatBytes(header, encrypted, mac)),
    next: (answer) => {
      const { data, status } = readCardAnswer(answer);
      if (status === '911e' || status === '919d' || status === '9140') return { result: 'refused' };
      if (status !== '9100') return { result: 'lost' };
      if (isOwn) return { result: 'changed' };
      const expected = shortMac(session, done, concatBytes(number16(counter + 1), session.transactionId));
      return { result: equalBytes(data, expected) ? 'changed' : 'lost' };
    },
  };
}

/** AN12196 §4.4: the IV of a command's data. */
function commandIv({ encryptionSecret, transactionId }: Ev2Session, counter: number): Uint8Array {
  const input = concatBytes(Uint8Array.of(0xa5, 0x5a), transactionId, number16(counter), new Uint8Array(8));
  return encryptBlocks(encryptionSecret, input);
}

/** Every second byte of the CMAC, from the second on. */
function shortMac({ macSecret }: Ev2Session, code: number, rest: Uint8Array): Uint8Array {
  return aesCmac(macSecret, concatBytes(Uint8Array.of(code), rest)).filter((_, at) => at % 2 === 1);
}

function mixed(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ (b[at] ?? 0));
}

function number16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** CRC-32 of IEEE 802.3 without its last inversion, the lowest byte first. */
function checksum(bytes: Uint8Array): Uint8Array {
  let rest = 0xffff_ffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1;
  }
  return Uint8Array.of(rest & 0xff, (rest >>> 8) & 0xff, (rest >>> 16) & 0xff, rest >>> 24);
}
