import { type PhoneParcel, phoneParcels } from '@latchwork/contract';
import { PhoneKeyError } from './phone-key-error.js';
import { readJson } from './phone-memory.js';

/** What a lock gave and the portal has not been told of yet, base64url. */
export interface BroughtItem {
  readonly deviceId: string;
  readonly receipts: readonly string[];
  readonly pages: readonly string[];
}

/** What a courier's phone has with it: for locks, and from locks. No secret is in it. */
export interface CourierBag {
  /** Whose phone took it along. */
  readonly credentialId: string;
  readonly parcels: readonly PhoneParcel[];
  readonly brought: readonly BroughtItem[];
}

const version = 1;

/** Writes the bag as its storage's text. */
export function encodeCourierBag(bag: CourierBag): string {
  return JSON.stringify({ v: version, ...bag });
}

/**
 * Reads what {@link encodeCourierBag} wrote.
 *
 * @throws PhoneKeyError `storage-damaged`.
 */
export function decodeCourierBag(text: string): CourierBag {
  const { v, credentialId, parcels, brought } = readJson(text);
  const read = phoneParcels.safeParse({ parcels, hasMore: false });
  if (v !== version || typeof credentialId !== 'string' || !read.success || !isBrought(brought)) throw damaged();
  return { credentialId, parcels: read.data.parcels, brought };
}

function isBrought(value: unknown): value is readonly BroughtItem[] {
  return Array.isArray(value) && value.every(isItem);
}

function isItem(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { deviceId, receipts, pages } = value as Record<string, unknown>;
  return typeof deviceId === 'string' && isTexts(receipts) && isTexts(pages);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function damaged(): PhoneKeyError {
  return new PhoneKeyError({ code: 'storage-damaged' }, 'What the storage holds is no bag of a courier.');
}
