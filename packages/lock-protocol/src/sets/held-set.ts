import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { LockProtocolError } from '../protocol-error.js';
import type { HeldEntry } from './held-entry.js';
import { bankIdOf, isBankOf, readBank, type SetBank } from './set-bank.js';
import { setDigest } from './set-entry.js';
import { decodeSetManifest, type SetManifest } from './set-manifest.js';
import { compareRevisions, noRevision, type Revision, type SetRevision } from './set-revision.js';

/** What a manifest says of its set besides the entries (SPEC §5.10). */
export interface SetMark extends SetRevision {
  /** UTC seconds at which the manifest was signed. */
  readonly issuedAt: number;
  /** Lowest class of card that opens: 0..3. */
  readonly minimumClass: number;
  /** Seconds after `issuedAt` for which the set counts; absent: for ever. */
  readonly leaseSeconds?: number;
  /** Which half of the set's flash holds the entries: 0 or 1. */
  readonly bank: number;
}

/** The next set, which is on its way; of it only the manifest is kept with the rest of the memory. */
export interface SetStaging extends SetBank {
  readonly manifest: SetManifest;
  /** The manifest as it was signed. */
  readonly signed: Uint8Array;
  /** The bank that does not hold the set which the lock obeys. */
  readonly bank: number;
}

/** The newest bulletin that a lock obeyed. */
export interface HeldBulletin extends Revision {
  /** SHA-256 over it as signed. */
  readonly hash: Uint8Array;
}

/** The set that a lock obeys. Of it only the {@link SetMark} is kept with the rest of the memory; entries are in flash. */
export interface HeldSet {
  /** Absent before the first manifest. */
  readonly mark?: SetMark;
  /** Empty when `isDamaged`. */
  readonly entries: ReadonlyMap<number, HeldEntry>;
  /** What is in flash is not the set of the mark: nothing of it opens, until the set is brought again. */
  readonly isDamaged: boolean;
  /** Ids of entries that a bulletin denied: they open no longer, though the set has them. */
  readonly deniedEntries: readonly number[];
  readonly bulletin?: HeldBulletin;
  readonly staging?: SetStaging;
  /** Hash of the last object that had the number of another one, so that the log says it once. */
  readonly conflict?: Uint8Array;
}

/** The set of a lock that never had a manifest. */
export const emptySet: HeldSet = { entries: new Map(), isDamaged: false, deniedEntries: [] };

/** Where the lock stands: at the newest manifest or bulletin that it obeys. */
export function standingOf({ mark, bulletin }: HeldSet): Revision {
  const told = [mark ?? noRevision, bulletin ?? noRevision].sort(compareRevisions);
  const { epoch, revision } = told.at(-1) ?? noRevision;
  return { epoch, revision };
}

/** The hashes of entries by their ids: what a digest and a summary are made of. */
export function hashesOf(entries: ReadonlyMap<number, HeldEntry>): ReadonlyMap<number, Uint8Array> {
  return new Map([...entries].map(([id, { hash }]) => [id, hash]));
}

/** The set that a lock tells of: none, when what it finds in flash is not the one it should have. */
export function toldSet(crypto: CryptoProvider, { mark, isDamaged }: HeldSet): SetRevision {
  const none = { ...noRevision, digest: setDigest(crypto, new Map()) };
  if (mark === undefined || isDamaged) return none;
  const { epoch, revision, digest } = mark;
  return { epoch, revision, digest };
}

/**
 * The set of a lock that was switched on: what its memory says, and what its banks hold. A bank whose digest is not the
 * mark's counts as lost; what was staged whole is there again, and a staged bank that was never begun is not.
 *
 * @param banks The two banks as they are in flash; one that is absent holds nothing.
 */
export function openHeldSet(crypto: CryptoProvider, set: HeldSet, banks: readonly (Uint8Array | undefined)[]): HeldSet {
  const { mark, staging, ...kept } = set;
  const bankOf = (bank: number) => banks[bank] ?? new Uint8Array(0);
  const held = mark && readBank(crypto, bankOf(mark.bank)).entries;
  const isDamaged = mark !== undefined && !equalBytes(setDigest(crypto, hashesOf(held ?? new Map())), mark.digest);
  const isBegun = staging && isBankOf(bankOf(staging.bank), bankIdOf(crypto, staging.signed));
  return {
    ...kept,
    ...(mark ? { mark } : {}),
    ...(isBegun ? { staging: { ...staging, ...readBank(crypto, bankOf(staging.bank)) } } : {}),
    entries: (!isDamaged && held) || new Map(),
    isDamaged,
  };
}

/** What the memory keeps of a set. */
export function encodeHeldSet({ mark, staging, bulletin, deniedEntries, conflict }: HeldSet): CborValue {
  return [
    mark === undefined ? null : encodeMark(mark),
    staging === undefined ? null : [staging.manifest.epoch, staging.bank, staging.signed],
    bulletin === undefined ? null : [bulletin.epoch, bulletin.revision, bulletin.hash],
    deniedEntries,
    conflict ?? null,
  ];
}

function encodeMark(o: SetMark): CborValue {
  return [o.epoch, o.revision, o.digest, o.issuedAt, o.minimumClass, o.leaseSeconds ?? null, o.bank];
}

/**
 * Reads what {@link encodeHeldSet} wrote: a set whose flash is still to be opened. `undefined` for anything else; `null`
 * is the set of a memory that never had one.
 */
export function decodeHeldSet(value: CborValue | undefined): HeldSet | undefined {
  if (!isList(value)) return value === null ? emptySet : undefined;
  const [mark, staging, bulletin, denied, conflict] = value;
  const held = isList(mark) ? readMark(mark) : undefined;
  const staged = isList(staging) ? readStaging(staging) : undefined;
  const told = isList(bulletin) ? readHeldBulletin(bulletin) : undefined;
  const good = (list: CborValue | undefined, read: unknown) => list === null || read !== undefined;
  if (!good(mark, held) || !good(staging, staged) || !good(bulletin, told)) return undefined;
  const deniedEntries = isList(denied) ? denied.filter((id) => typeof id === 'number') : [];
  return {
    ...{ entries: new Map(), isDamaged: held !== undefined, deniedEntries },
    ...(held ? { mark: held } : {}),
    ...(staged ? { staging: staged } : {}),
    ...(told ? { bulletin: told } : {}),
    ...(conflict instanceof Uint8Array ? { conflict } : {}),
  };
}

function isList(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

function readMark([epoch, revision, digest, issuedAt, minimumClass, lease, bank]: readonly CborValue[]):
  | SetMark
  | undefined {
  const numbers = { epoch, revision, issuedAt, minimumClass, bank };
  if (!areNumbers(numbers) || !(digest instanceof Uint8Array)) return undefined;
  return { ...numbers, digest, ...(typeof lease === 'number' ? { leaseSeconds: lease } : {}) };
}

function areNumbers<Names extends string>(
  values: Readonly<Record<Names, CborValue | undefined>>,
): values is Readonly<Record<Names, number>> {
  return Object.values(values).every((value) => typeof value === 'number');
}

function readStaging([epoch, bank, signed]: readonly CborValue[]): SetStaging | undefined {
  if (typeof epoch !== 'number' || typeof bank !== 'number' || !(signed instanceof Uint8Array)) return undefined;
  try {
    const manifest = { ...decodeSetManifest(signed), epoch };
    return { manifest, signed, bank, entries: new Map(), end: 0, isClean: false };
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}

function readHeldBulletin([epoch, revision, hash]: readonly CborValue[]): HeldBulletin | undefined {
  const numbers = { epoch, revision };
  return areNumbers(numbers) && hash instanceof Uint8Array ? { ...numbers, hash } : undefined;
}
