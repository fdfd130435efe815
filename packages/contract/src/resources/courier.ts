import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { deviceId, entranceId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';

/** What waits for somebody who passes by a lock: its number on the air, and the X25519 key that it proves itself with, as hex. */
export const phoneParcel = z.object({
  deviceId,
  entranceId,
  tag: hexBytes(8),
  publicKey: hexBytes(32),
  /** What the lock shall obey, as gateways are given it (`desiredMessage`): signed, and sealed to the lock. `null`: it has proven that it does. */
  desired: z.nullable(z.string()),
  /** From where its log is to be read, as gateways are told (`readMessage`), at a door of the courier's own Key. `null`: nothing is missing. */
  read: z.nullable(z.string()),
});
/** {@link phoneParcel} as data. */
export type PhoneParcel = ReadonlyData<z.output<typeof phoneParcel>>;

/** What a courier's phone is to take along; with `hasMore` more waits than was given. */
export const phoneParcels = z.object({ parcels: z.array(phoneParcel), hasMore: z.boolean() });
/** {@link phoneParcels} as data. */
export type PhoneParcels = ReadonlyData<z.output<typeof phoneParcels>>;

/**
 * What a receipt came to: it counts; it is not of that lock; it names a set that was never given, or another one of the same number.
 */
export const receiptReadings = ['taken', 'not-of-its-lock', 'beyond', 'other-set'] as const;

/** What came of what a courier brought from a lock, receipt by receipt. */
export const phoneReceiptsTaken = z.object({ deviceId, receipts: z.array(z.enum(receiptReadings)) });
/** {@link phoneReceiptsTaken} as data. */
export type PhoneReceiptsTaken = ReadonlyData<z.output<typeof phoneReceiptsTaken>>;
