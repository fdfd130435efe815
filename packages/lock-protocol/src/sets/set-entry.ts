import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import {
  failObject,
  hasUnknownCriticalClaim,
  largestUint32,
  requireBytes,
  requireUint,
} from '../encoding/claim-reader.js';
import { decodeSchedule, encodeSchedule, type GrantSchedule } from '../objects/grant-schedule.js';
import { LockProtocolError } from '../protocol-error.js';

/** What somebody holds at the door to prove an entry of the set (SPEC §5.12). */
export type SetCredential =
  /** A card that can say no more than its number (4, 7 or 10 bytes, as in ISO 14443-3): anybody can copy it. */
  | { readonly kind: 'uid'; readonly uid: Uint8Array }
  /** A card that proves with AES-128 that it holds `secret` (16 bytes), which no other card and no other lock's slot has. */
  | {
      readonly kind: 'aes';
      readonly uid: Uint8Array;
      readonly secret: Uint8Array;
      /** Which of the card's keys it is, 0 to 13; 1 when absent. A card that opens several doors has one for each. */
      readonly keyNumber?: number;
    }
  /** A card or phone that signs with P-256; 33 bytes, compressed. */
  | { readonly kind: 'public-key'; readonly publicKey: Uint8Array }
  /** A door code of 4 to 10 digits, with 16 random bytes that hide it in the entry's hash. */
  | { readonly kind: 'code'; readonly salt: Uint8Array; readonly digits: string };

/** What an entry's holder may do at the door besides opening it, in the order of their bits. */
export const setEntryFlags = ['staff', 'one-shot', 'hold-open', 'privacy-override', 'no-clock-ok'] as const;

/** One of {@link setEntryFlags}. */
export type SetEntryFlag = (typeof setEntryFlags)[number];

/** When an entry opens, for whom, and what else it allows: everything but what proves it. */
export interface SetEntryTerms {
  /** 0..65,535; unique within the set. */
  readonly id: number;
  /** UTC seconds; absent: from ever. */
  readonly notBefore?: number;
  /** UTC seconds, not included; absent: for as long as the set has it. */
  readonly expires?: number;
  readonly schedule?: GrantSchedule;
  /** With `issue`: whose turn it is, as in a grant. */
  readonly slot?: number;
  readonly issue?: number;
  readonly flags?: readonly SetEntryFlag[];
}

/** One credential that a lock knows, as the property's manifest has it. */
export interface SetEntry extends SetEntryTerms {
  readonly credential: SetCredential;
}

/** Largest id of an entry. */
export const largestEntryId = 0xffff;

/** Bytes of an entry's hash. */
export const entryHashSizeBytes = 16;

const type = 'OLP1-set';

/** Labels of an entry; every even one is critical. */
export const entryField = {
  id: 2,
  uid: 4,
  secret: 6,
  publicKey: 8,
  code: 10,
  expires: 12,
  notBefore: 14,
  schedule: 16,
  slot: 18,
  issue: 20,
  flags: 22,
  keyNumber: 24,
} as const;

/** A UID of 4, 7 or 10 bytes. One of 4 that begins with 08 is drawn anew at every tap, and names no card. */
function requireUid(value: CborValue | undefined): Uint8Array {
  const good = value instanceof Uint8Array && [4, 7, 10].includes(value.length);
  return good && !(value.length === 4 && value[0] === 8) ? value : failObject(type, 'uid');
}

function requirePublicKey(value: CborValue | undefined): Uint8Array {
  const publicKey = requireBytes(type, 'publicKey', { value, sizeBytes: 33 });
  return publicKey[0] === 2 || publicKey[0] === 3 ? publicKey : failObject(type, 'publicKey');
}

function requireDigits(value: CborValue | undefined): string {
  return typeof value === 'string' && /^[0-9]{4,10}$/.test(value) ? value : failObject(type, 'digits');
}

/** The number of the key that cards have for locks when nothing else is said. */
export const ordinaryKeyNumber = 1;

function requireKeyNumber(value: CborValue | undefined): number {
  const number = requireUint(type, 'keyNumber', { value, most: 13 });
  return number === ordinaryKeyNumber ? failObject(type, 'keyNumber') : number;
}

function credentialFields(credential: SetCredential): readonly (readonly [number, CborValue])[] {
  switch (credential.kind) {
    case 'uid':
      return [[entryField.uid, requireUid(credential.uid)]];
    case 'aes':
      return [
        [entryField.uid, requireUid(credential.uid)],
        [entryField.secret, requireBytes(type, 'secret', { value: credential.secret, sizeBytes: 16 })],
        ...(credential.keyNumber === undefined
          ? []
          : [[entryField.keyNumber, requireKeyNumber(credential.keyNumber)] as const]),
      ];
    case 'public-key':
      return [[entryField.publicKey, requirePublicKey(credential.publicKey)]];
    case 'code': {
      const salt = requireBytes(type, 'salt', { value: credential.salt, sizeBytes: 16 });
      return [[entryField.code, [requireDigits(credential.digits), salt]]];
    }
  }
}

function readCredential(map: ReadonlyMap<number, CborValue>): SetCredential {
  const { uid, secret, publicKey, code, keyNumber } = entryField;
  const held = [uid, secret, publicKey, code, keyNumber].filter((label) => map.has(label)).join();
  if (held === `${uid}`) return { kind: 'uid', uid: requireUid(map.get(uid)) };
  if (held === `${uid},${secret}` || held === `${uid},${secret},${keyNumber}`) {
    const value = map.get(secret);
    const number = map.has(keyNumber) ? { keyNumber: requireKeyNumber(map.get(keyNumber)) } : {};
    const proven = requireBytes(type, 'secret', { value, sizeBytes: 16 });
    return { kind: 'aes', uid: requireUid(map.get(uid)), secret: proven, ...number };
  }
  if (held === `${publicKey}`) return { kind: 'public-key', publicKey: requirePublicKey(map.get(publicKey)) };
  const pair = map.get(code);
  if (held !== `${code}` || !Array.isArray(pair) || pair.length !== 2) return failObject(type, 'credential');
  const [digits, salt] = pair;
  const hidden = requireBytes(type, 'salt', { value: salt, sizeBytes: 16 });
  return { kind: 'code', salt: hidden, digits: requireDigits(digits) };
}

/** What an entry says besides its credential. */
export function encodeEntryTerms(terms: SetEntryTerms): Map<number, CborValue> {
  const { id, notBefore, expires, schedule, slot, issue, flags = [] } = requireTerms(terms);
  const map = new Map<number, CborValue>([[entryField.id, id]]);
  const mask = flags.reduce((sum, flag) => sum | (1 << setEntryFlags.indexOf(flag)), 0);
  if (expires !== undefined) map.set(entryField.expires, expires);
  if (notBefore !== undefined) map.set(entryField.notBefore, notBefore);
  if (schedule !== undefined) map.set(entryField.schedule, encodeSchedule(schedule, notBefore ?? 0));
  if (slot !== undefined) map.set(entryField.slot, slot);
  if (issue !== undefined) map.set(entryField.issue, issue);
  if (mask !== 0) map.set(entryField.flags, mask);
  return map;
}

function requireTerms(terms: SetEntryTerms): SetEntryTerms {
  const { id, notBefore, expires, slot, issue } = terms;
  requireUint(type, 'id', { value: id, most: largestEntryId });
  if (notBefore !== undefined) requireUint(type, 'notBefore', { value: notBefore, most: largestUint32 });
  if (expires !== undefined) {
    requireUint(type, 'expires', { value: expires, least: (notBefore ?? 0) + 1, most: largestUint32 });
  }
  if ((slot === undefined) !== (issue === undefined)) failObject(type, 'slot');
  if (slot !== undefined) requireUint(type, 'slot', { value: slot, most: 255 });
  if (issue !== undefined) requireUint(type, 'issue', { value: issue, most: largestUint32 });
  return terms;
}

/**
 * Reads what {@link encodeEntryTerms} wrote, whatever else the map says.
 *
 * @throws LockProtocolError `object` for anything else.
 */
export function readEntryTerms(map: ReadonlyMap<number, CborValue>): SetEntryTerms {
  const uint = (name: 'id' | 'notBefore' | 'expires' | 'slot' | 'issue') =>
    requireUint(type, name, { value: map.get(entryField[name]), most: largestUint32 });
  const has = (name: keyof typeof entryField) => map.has(entryField[name]);
  const notBefore = has('notBefore') ? { notBefore: uint('notBefore') } : {};
  const schedule = map.get(entryField.schedule);
  return requireTerms({
    id: uint('id'),
    ...notBefore,
    ...(has('expires') ? { expires: uint('expires') } : {}),
    ...(schedule === undefined ? {} : { schedule: decodeSchedule(schedule, notBefore.notBefore ?? 0) }),
    ...(has('slot') ? { slot: uint('slot') } : {}),
    ...(has('issue') ? { issue: uint('issue') } : {}),
    ...(has('flags') ? { flags: readFlags(map.get(entryField.flags)) } : {}),
  });
}

function readFlags(value: CborValue | undefined): readonly SetEntryFlag[] {
  const mask = requireUint(type, 'flags', { value, least: 1, most: 2 ** setEntryFlags.length - 1 });
  return setEntryFlags.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

/**
 * Bytes of an entry: those that its hash is of.
 *
 * @throws LockProtocolError `object` for a field outside its limits.
 */
export function encodeSetEntry(entry: SetEntry): Uint8Array {
  const map = encodeEntryTerms(entry);
  for (const [label, value] of credentialFields(entry.credential)) map.set(label, value);
  return encodeCbor(map);
}

/** Reads an entry, or tells the code with which a lock answers what it cannot take. */
export function readSetEntry(bytes: Uint8Array): SetEntry | 'bad-frame' | 'critical-field' {
  try {
    const map = decodeCbor(bytes);
    if (!(map instanceof Map)) return 'bad-frame';
    if (hasUnknownCriticalClaim(map, entryField)) return 'critical-field';
    return { ...readEntryTerms(map), credential: readCredential(map) };
  } catch (error) {
    if (error instanceof LockProtocolError) return 'bad-frame';
    throw error;
  }
}

/**
 * Reads an entry; odd labels unknown here are left out, so that its hash is to be taken of the bytes.
 *
 * @throws LockProtocolError `object` for anything else.
 */
export function decodeSetEntry(bytes: Uint8Array): SetEntry {
  const entry = readSetEntry(bytes);
  return typeof entry === 'string' ? failObject(type, 'entry') : entry;
}

/** Hash of an entry's bytes, 16 bytes: SHA-256, cut. */
export function hashSetEntry(crypto: CryptoProvider, encoded: Uint8Array): Uint8Array {
  return crypto.sha256(encoded).slice(0, entryHashSizeBytes);
}

/** Digest of a set, 32 bytes: SHA-256 over the hashes of its entries, by ascending id. */
export function setDigest(crypto: CryptoProvider, hashes: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const joined = new Uint8Array(hashes.size * entryHashSizeBytes);
  const ascending = [...hashes].sort(([a], [b]) => a - b);
  for (const [index, [, hash]] of ascending.entries()) joined.set(hash, index * entryHashSizeBytes);
  return crypto.sha256(joined);
}
