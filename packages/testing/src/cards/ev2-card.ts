import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type CardBrain, type EmulatedCard, emulateCard } from './emulated-card.js';

/** How a card with AES secrets is made. */
export interface Ev2CardOptions {
  /** 7 bytes. */
  readonly uid: Uint8Array;
  /** 16 bytes each, by key number; what is absent the card does not have. */
  readonly secrets: ReadonlyMap<number, Uint8Array>;
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

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

function crypt(secret: Uint8Array, data: Uint8Array, way: 'encrypt' | 'decrypt'): Uint8Array {
  const make = way === 'encrypt' ? createCipheriv : createDecipheriv;
  const cipher = make('aes-128-cbc', secret, Buffer.alloc(16)).setAutoPadding(false);
  return join(cipher.update(data), cipher.final());
}

interface Family {
  /** What GetVersion says first: maker, kind, subtype, generation, revision, size, protocol. */
  readonly hardware: readonly number[];
  /** Whether this command selects the application with the secrets; `undefined` for a command that selects nothing. */
  readonly selects: (apdu: Uint8Array) => Uint8Array | undefined;
}

const starts = (apdu: Uint8Array, ...bytes: readonly number[]) => bytes.every((byte, at) => apdu[at] === byte);

const ntag424: Family = {
  hardware: [0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05],
  selects: (apdu) => {
    if (!starts(apdu, 0x00, 0xa4)) return undefined;
    return starts(apdu, 0x00, 0xa4, 0x04, 0x0c, 7, 0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01) ? iso.ok : iso.notFound;
  },
};

const desfireEv3: Family = {
  hardware: [0x04, 0x01, 0x01, 0x33, 0x00, 0x1a, 0x05],
  selects: (apdu) => {
    if (starts(apdu, 0x00, 0xa4)) return iso.notFound;
    if (!starts(apdu, 0x90, 0x5a)) return undefined;
    return starts(apdu, 0x90, 0x5a, 0, 0, 3, 0xf5, 0x4c, 0x50) ? ok : status(0x91, 0xa0);
  },
};

/** One powered card: what it has selected, and how far an authentication has come. */
function powerUp(family: Family, o: Ev2CardOptions): CardBrain {
  const draw = o.drawBytes ?? ((sizeBytes: number) => Uint8Array.from(randomBytes(sizeBytes)));
  let isSelected = false;
  let expects: ((data: Uint8Array) => Uint8Array) | undefined;

  const authenticate = (data: Uint8Array): Uint8Array => {
    const secret = o.secrets.get(data[0] ?? -1);
    if (!isSelected) return authenticationError;
    if (!secret) return noSuchKey;
    const own = draw(16);
    expects = (proof) => {
      if (proof.length !== 32) return status(0x91, 0x7e);
      const plain = crypt(secret, proof, 'decrypt');
      const [theirs, back] = [plain.subarray(0, 16), plain.subarray(16)];
      if (!Buffer.from(back).equals(join(own.subarray(1), own.subarray(0, 1)))) return authenticationError;
      const said = join(draw(4), theirs.subarray(1), theirs.subarray(0, 1), new Uint8Array(12));
      return join(crypt(secret, said, 'encrypt'), ok);
    };
    return join(crypt(secret, own, 'encrypt'), more);
  };

  const version = (): Uint8Array => {
    expects = () => {
      expects = () => join(o.uid, new Uint8Array(7), ok);
      return join(Uint8Array.from(family.hardware), more);
    };
    return join(Uint8Array.from(family.hardware), more);
  };

  return (apdu) => {
    const selected = family.selects(apdu);
    if (selected) {
      isSelected = selected === ok || selected === iso.ok;
      expects = undefined;
      return selected;
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
    if (command === 0x60) return version();
    if (command === 0x3c) return o.originality ? join(o.originality, status(0x91, 0x90)) : illegalCommand;
    return illegalCommand;
  };
}

function createEv2Card(family: Family, o: Ev2CardOptions): EmulatedCard {
  const drawBytes = o.drawBytes ?? ((sizeBytes: number) => Uint8Array.from(randomBytes(sizeBytes)));
  return emulateCard(o.uid, { drawBytes, powerUp: () => powerUp(family, o) });
}

/** An NTAG 424 DNA. */
export function createNtag424Card(o: Ev2CardOptions): EmulatedCard {
  return createEv2Card(ntag424, o);
}

/** A DESFire EV3 with the application of locks. */
export function createDesfireCard(o: Ev2CardOptions): EmulatedCard {
  return createEv2Card(desfireEv3, o);
}
