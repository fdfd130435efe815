import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { aesCmac } from '@latchwork/lock-protocol/cards';
import { type CardBrain, type EmulatedCard, emulateCard } from './emulated-card.js';

/** How a card with AES secrets is made. */
export interface Ev2CardOptions {
  /** 7 bytes. */
  readonly uid: Uint8Array;
  /**
   * 16 bytes each, by key number; what is absent the card does not have. Without any, the card is as its maker delivers it: an NTAG
   * 424 has five secrets of zeros, a DESFire card no application of locks.
   */
  readonly secrets?: ReadonlyMap<number, Uint8Array>;
  /** The maker's signature over the UID, 56 bytes; absent: the card has none to show. */
  readonly originality?: Uint8Array;
  /** Fresh randomness; the platform's when absent. */
  readonly drawBytes?: (sizeBytes: number) => Uint8Array;
}

const status = (high: number, low: number) => Uint8Array.of(high, low);
const ok = status(0x91, 0x00);
const more = status(0x91, 0xaf);
const iso = { ok: status(0x90, 0x00), notFound: status(0x6a, 0x82), unknown: status(0x6d, 0x00) };
const authenticationError = status(0x91, 0xae);
const noSuchKey = status(0x91, 0x40);
const illegalCommand = status(0x91, 0x1c);
const integrityError = status(0x91, 0x1e);
const permissionDenied = status(0x91, 0x9d);
const wrongLength = status(0x91, 0x7e);

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

function crypt(
  secret: Uint8Array,
  data: Uint8Array,
  way: 'encrypt' | 'decrypt',
  iv: Uint8Array = Buffer.alloc(16),
): Uint8Array {
  const make = way === 'encrypt' ? createCipheriv : createDecipheriv;
  const cipher = make('aes-128-cbc', secret, iv).setAutoPadding(false);
  return join(cipher.update(data), cipher.final());
}

/** What an authentication leaves behind (NXP AN12196 §4.5.1). */
interface CardSession {
  readonly keyNumber: number;
  readonly transactionId: Uint8Array;
  readonly encryptionSecret: Uint8Array;
  readonly macSecret: Uint8Array;
  counter: number;
}

function sessionOf(
  secret: Uint8Array,
  o: Pick<CardSession, 'keyNumber' | 'transactionId'> & { readonly theirs: Uint8Array; readonly own: Uint8Array },
): CardSession {
  const { keyNumber, transactionId, theirs, own } = o;
  const mixed = theirs.slice(2, 8).map((byte, at) => byte ^ (own[at] ?? 0));
  const context = join(theirs.subarray(0, 2), mixed, own.subarray(6), theirs.subarray(8));
  const secretOf = (...label: readonly number[]) =>
    aesCmac(secret, join(Uint8Array.from([...label, 0x00, 0x01, 0x00, 0x80]), context));
  const [encryptionSecret, macSecret] = [secretOf(0xa5, 0x5a), secretOf(0x5a, 0xa5)];
  return { keyNumber, transactionId, encryptionSecret, macSecret, counter: 0 };
}

const number16 = (value: number) => Uint8Array.of(value & 0xff, value >> 8);

function macOf({ macSecret, transactionId }: CardSession, code: number, counter: number, data: Uint8Array): Uint8Array {
  const input = join(Uint8Array.of(code), number16(counter), transactionId, data);
  return aesCmac(macSecret, input).filter((_, at) => at % 2 === 1);
}

const checksums = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1;
  return rest >>> 0;
});

/** As the data sheet has it: CRC-32 without the last inversion. */
function checksum(bytes: Uint8Array): Uint8Array {
  const rest = bytes.reduce((sum, byte) => (sum >>> 8) ^ (checksums[(sum ^ byte) & 0xff] ?? 0), 0xffff_ffff);
  const four = Buffer.alloc(4);
  four.writeUInt32LE(rest >>> 0);
  return Uint8Array.from(four);
}

/** What a command changes of a card for good. */
interface CardMemory {
  readonly secrets: Map<number, Uint8Array>;
  hasApplication: boolean;
}

/** ChangeKey as NT4H2421Gx §10.6.1 has it. */
function changeSecret(memory: CardMemory, session: CardSession, data: Uint8Array): Uint8Array {
  const [keyNumber = -1] = data;
  if (data.length !== 41) return wrongLength;
  const [encrypted, mac] = [data.subarray(1, 33), data.subarray(33)];
  if (!macOf(session, 0xc4, session.counter, data.subarray(0, 33)).every((byte, at) => byte === mac[at])) {
    return integrityError;
  }
  if (session.keyNumber !== 0) return permissionDenied;
  const former = memory.secrets.get(keyNumber);
  if (former === undefined) return noSuchKey;
  const ivOf = join(Uint8Array.of(0xa5, 0x5a), session.transactionId, number16(session.counter), new Uint8Array(8));
  const iv = crypt(session.encryptionSecret, ivOf, 'encrypt');
  const plain = crypt(session.encryptionSecret, encrypted, 'decrypt', iv);
  const ending = keyNumber === 0 ? 17 : 21;
  if (plain[ending] !== 0x80 || plain.subarray(ending + 1).some((byte) => byte !== 0)) return integrityError;
  const next = plain.slice(0, 16).map((byte, at) => (keyNumber === 0 ? byte : byte ^ (former[at] ?? 0)));
  if (keyNumber !== 0 && !Buffer.from(checksum(next)).equals(plain.subarray(17, 21))) return integrityError;
  memory.secrets.set(keyNumber, next);
  session.counter += 1;
  return keyNumber === 0 ? ok : join(macOf(session, 0x00, session.counter, new Uint8Array(0)), ok);
}

interface Selected {
  readonly said: Uint8Array;
  readonly what: 'application' | 'card' | 'nothing';
}

interface Family {
  /** The numbers that it has from its maker, in an application that is there. */
  readonly delivered: readonly number[];
  /** What GetVersion says first: maker, kind, subtype, generation, revision, size, protocol. */
  readonly hardware: readonly number[];
  /** What this command selects, and what is said to it; `undefined` for a command that selects nothing. */
  readonly selects: (apdu: Uint8Array, hasApplication: boolean) => Selected | undefined;
}

const starts = (apdu: Uint8Array, ...bytes: readonly number[]) => bytes.every((byte, at) => apdu[at] === byte);

const ntag424: Family = {
  delivered: [0, 1, 2, 3, 4],
  hardware: [0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05],
  selects: (apdu) => {
    if (!starts(apdu, 0x00, 0xa4)) return undefined;
    return starts(apdu, 0x00, 0xa4, 0x04, 0x0c, 7, 0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01)
      ? { said: iso.ok, what: 'application' }
      : { said: iso.notFound, what: 'nothing' };
  },
};

const desfireEv3: Family = {
  delivered: [],
  hardware: [0x04, 0x01, 0x01, 0x33, 0x00, 0x1a, 0x05],
  selects: (apdu, hasApplication) => {
    if (starts(apdu, 0x00, 0xa4)) return { said: iso.notFound, what: 'nothing' };
    if (!starts(apdu, 0x90, 0x5a)) return undefined;
    if (starts(apdu, 0x90, 0x5a, 0, 0, 3, 0, 0, 0)) return { said: ok, what: 'card' };
    return hasApplication && starts(apdu, 0x90, 0x5a, 0, 0, 3, 0xf5, 0x4c, 0x50)
      ? { said: ok, what: 'application' }
      : { said: status(0x91, 0xa0), what: 'nothing' };
  },
};

/** One powered card: what it has selected, and how far an authentication has come. */
function powerUp(family: Family, memory: CardMemory, o: Ev2CardOptions): CardBrain {
  const draw = o.drawBytes ?? ((sizeBytes: number) => Uint8Array.from(randomBytes(sizeBytes)));
  let selected: Selected['what'] = 'card';
  let session: CardSession | undefined;
  let expects: ((data: Uint8Array) => Uint8Array) | undefined;

  const authenticate = (data: Uint8Array): Uint8Array => {
    const [keyNumber = -1] = data;
    const secret = memory.secrets.get(keyNumber);
    session = undefined;
    if (selected !== 'application') return authenticationError;
    if (!secret) return noSuchKey;
    const own = draw(16);
    expects = (proof) => {
      if (proof.length !== 32) return wrongLength;
      const plain = crypt(secret, proof, 'decrypt');
      const [theirs, back] = [plain.subarray(0, 16), plain.subarray(16)];
      if (!Buffer.from(back).equals(join(own.subarray(1), own.subarray(0, 1)))) return authenticationError;
      const transactionId = draw(4);
      session = sessionOf(secret, { keyNumber, transactionId, theirs, own });
      const said = join(transactionId, theirs.subarray(1), theirs.subarray(0, 1), new Uint8Array(12));
      return join(crypt(secret, said, 'encrypt'), ok);
    };
    return join(crypt(secret, own, 'encrypt'), more);
  };

  const change = (live: CardSession, data: Uint8Array): Uint8Array => {
    const said = changeSecret(memory, live, data);
    // Whatever a card does not like ends its session, and so does another secret for the number that it rests on.
    if (said.at(-1) !== 0x00 || data[0] === live.keyNumber) session = undefined;
    return said;
  };

  /** With the maker's settings anybody may, once. */
  const createApplication = (data: Uint8Array): Uint8Array => {
    if (selected !== 'card') return permissionDenied;
    if (memory.hasApplication) return status(0x91, 0xde);
    if (!starts(data, 0xf5, 0x4c, 0x50) || data.length !== 5 || ((data[4] ?? 0) & 0xc0) !== 0x80) return wrongLength;
    memory.hasApplication = true;
    for (let keyNumber = 0; keyNumber < ((data[4] ?? 0) & 0x0f); keyNumber += 1) {
      memory.secrets.set(keyNumber, new Uint8Array(16));
    }
    return ok;
  };

  const version = (): Uint8Array => {
    expects = () => {
      expects = () => join(o.uid, new Uint8Array(7), ok);
      return join(Uint8Array.from(family.hardware), more);
    };
    return join(Uint8Array.from(family.hardware), more);
  };

  return (apdu) => {
    const choice = family.selects(apdu, memory.hasApplication);
    if (choice) {
      selected = choice.what;
      session = undefined;
      expects = undefined;
      return choice.said;
    }
    if (apdu[0] !== 0x90) return iso.unknown;
    const data = apdu.length > 6 ? apdu.slice(5, 5 + (apdu[4] ?? 0)) : new Uint8Array(0);
    const command = apdu[1];
    if (command === 0xaf && expects) {
      const next = expects;
      expects = undefined;
      return next(data);
    }
    expects = undefined;
    if (command === 0x71) return authenticate(data);
    if (command === 0xc4) return session === undefined ? authenticationError : change(session, data);
    if (command === 0xca && family === desfireEv3) return createApplication(data);
    if (command === 0x60) return version();
    if (command === 0x3c) return o.originality ? join(o.originality, status(0x91, 0x90)) : illegalCommand;
    return illegalCommand;
  };
}

function createEv2Card(family: Family, o: Ev2CardOptions): EmulatedCard {
  const drawBytes = o.drawBytes ?? ((sizeBytes: number) => Uint8Array.from(randomBytes(sizeBytes)));
  const delivered = new Map(family.delivered.map((keyNumber) => [keyNumber, new Uint8Array(16)]));
  const memory: CardMemory = {
    secrets: new Map(o.secrets ?? delivered),
    hasApplication: o.secrets !== undefined || delivered.size > 0,
  };
  return emulateCard(o.uid, { drawBytes, powerUp: () => powerUp(family, memory, o) });
}

/** An NTAG 424 DNA. */
export function createNtag424Card(o: Ev2CardOptions): EmulatedCard {
  return createEv2Card(ntag424, o);
}

/** A DESFire EV3. */
export function createDesfireCard(o: Ev2CardOptions): EmulatedCard {
  return createEv2Card(desfireEv3, o);
}
