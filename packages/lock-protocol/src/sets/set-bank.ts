import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import { type HeldEntry, readStoredCard, readStoredCode } from './held-entry.js';

/** How much of a set a lock can keep. */
export interface SetCapacity {
  /** Most entries of one set. */
  readonly entries: number;
  /** Bytes of one of the two banks. */
  readonly bytes: number;
}

/** What a driver must write to the flash of the set, in this order and before the memory. */
export type SetWrite =
  /** Erase this bank: afterwards every byte is 0xff. */
  | { readonly bank: number; readonly erase: true }
  /** Write bytes where the bank is erased. */
  | { readonly bank: number; readonly offset: number; readonly bytes: Uint8Array };

/** What is in a bank. */
export interface SetBank {
  readonly entries: ReadonlyMap<number, HeldEntry>;
  /** Where the next record goes. */
  readonly end: number;
  /** Whether everything from `end` on is erased: after a write that was cut off it is not. */
  readonly isClean: boolean;
}

/** Bytes of what names the manifest that a bank is staged for. */
export const bankIdSizeBytes = 8;

/** `OLPS`, and the format's version. */
const magic = Uint8Array.of(0x4f, 0x4c, 0x50, 0x53, 1);
const headerSizeBytes = magic.length + bankIdSizeBytes;

const recordType = { card: 1, code: 2, deletion: 3 } as const;
const recordHeadSizeBytes = 3;
const checkSizeBytes = 4;
const erased = 0xff;

/** The id that a bank has while it is staged for a manifest: the first bytes of SHA-256 over that as signed. */
export function bankIdOf(crypto: CryptoProvider, signed: Uint8Array): Uint8Array {
  return crypto.sha256(signed).slice(0, bankIdSizeBytes);
}

/** The record of an entry. */
export function entryRecord(crypto: CryptoProvider, { credential, stored }: HeldEntry): Uint8Array {
  return record(crypto, credential.kind === 'code' ? recordType.code : recordType.card, stored);
}

/** The record that an entry is gone. */
export function deletionRecord(crypto: CryptoProvider, id: number): Uint8Array {
  return record(crypto, recordType.deletion, Uint8Array.of(id >> 8, id & 0xff));
}

function record(crypto: CryptoProvider, type: number, payload: Uint8Array): Uint8Array {
  const content = concatBytes(Uint8Array.of(type, payload.length >> 8, payload.length & 0xff), payload);
  return concatBytes(content, crypto.sha256(content).subarray(0, checkSizeBytes));
}

/** A bank with these entries and nothing else. */
export function bankImage(crypto: CryptoProvider, id: Uint8Array, entries: Iterable<HeldEntry>): Uint8Array {
  return concatBytes(magic, id, ...[...entries].map((entry) => entryRecord(crypto, entry)));
}

/** Whether a bank was begun for this id. */
export function isBankOf(bytes: Uint8Array, id: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, headerSizeBytes), concatBytes(magic, id));
}

/**
 * Reads a bank as it is in flash, record by record up to the first that was not written whole. What that leaves is a set
 * only when its digest is the one that was signed.
 */
export function readBank(crypto: CryptoProvider, bytes: Uint8Array): SetBank {
  const entries = new Map<number, HeldEntry>();
  let end = headerSizeBytes;
  for (let next = readRecord(crypto, bytes, end); next !== undefined; next = readRecord(crypto, bytes, end)) {
    if ('deleted' in next) entries.delete(next.deleted);
    else entries.set(next.entry.id, next.entry);
    end += next.sizeBytes;
  }
  return { entries, end, isClean: bytes.subarray(end).every((byte) => byte === erased) };
}

type StoredRecord =
  | { readonly entry: HeldEntry; readonly sizeBytes: number }
  | { readonly deleted: number; readonly sizeBytes: number };

function readRecord(crypto: CryptoProvider, bytes: Uint8Array, at: number): StoredRecord | undefined {
  const [type = erased, high = 0, low = 0] = bytes.subarray(at, at + recordHeadSizeBytes);
  const contentSizeBytes = recordHeadSizeBytes + ((high << 8) | low);
  const content = bytes.subarray(at, at + contentSizeBytes);
  const sizeBytes = contentSizeBytes + checkSizeBytes;
  const check = bytes.subarray(at + contentSizeBytes, at + sizeBytes);
  if (type === erased || !equalBytes(check, crypto.sha256(content).subarray(0, checkSizeBytes))) return undefined;
  const payload = content.slice(recordHeadSizeBytes);
  if (type === recordType.deletion && payload.length === 2) {
    return { deleted: ((payload[0] ?? 0) << 8) | (payload[1] ?? 0), sizeBytes };
  }
  if (type !== recordType.card && type !== recordType.code) return undefined;
  const entry = type === recordType.card ? readStoredCard(crypto, payload) : readStoredCode(payload);
  return entry && { entry, sizeBytes };
}

/**
 * Does a set's writes to an image of its flash: each bank's bytes by its number, as a lock wants them back when it is
 * switched on.
 */
export function writeSetImage(
  image: Map<number, Uint8Array>,
  writes: readonly SetWrite[],
  { bytes: sizeBytes }: Pick<SetCapacity, 'bytes'>,
): void {
  for (const write of writes) {
    const bytes = image.get(write.bank) ?? new Uint8Array(sizeBytes).fill(erased);
    image.set(write.bank, bytes);
    if ('erase' in write) bytes.fill(erased);
    else bytes.set(write.bytes, write.offset);
  }
}
