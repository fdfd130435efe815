import * as z from 'zod/mini';
import { base64urlBytes, hexBytes } from './bytes-text.js';
import { deviceId } from './identifiers.js';
import type { ReadonlyData } from './readonly-data.js';

const version = z.literal(1);
const epochMs = z.int().check(z.nonnegative(), z.maximum(8.64e15));
const uint32 = z.int().check(z.nonnegative(), z.maximum(0xffff_ffff));
const tag = hexBytes(8);
/** As many as a grant names (packages/lock-protocol/SPEC.md §5.4). */
const mostGrantLocks = 32;

/** Most grants of one gateway, and so 32 times as many locks. */
export const mostPassGrants = 128;
/** Most pages of one `log` message. */
export const mostLogPages = 16;

/**
 * What a gateway may show to its locks (topic `pass`, QoS 1, retained): grants over its own public key, of role gateway, that let it
 * read their state and their log and open none of them. A later message takes the place of an earlier one.
 */
export const passMessage = z.object({
  v: version,
  grants: z
    .array(
      z.object({
        /** Tags of the locks that the grant is for. */
        locks: z.array(tag).check(z.minLength(1), z.maxLength(mostGrantLocks)),
        object: base64urlBytes(4096),
        certificate: base64urlBytes(4096),
        expiresAt: epochMs,
      }),
    )
    .check(z.maxLength(mostPassGrants)),
});

/**
 * How far the property has the log of one lock (topic `read/<tag>`, QoS 1, retained): from where it is to be read on, and the
 * reader's own word up to where it may be acknowledged. A later message takes the place of an earlier one, and an empty payload says
 * that the lock is the gateway's no more.
 */
export const readMessage = z.object({
  v: version,
  deviceId,
  lock: z.object({ tag, publicKey: hexBytes(32) }),
  /** How often the lock had been reset when the log that is read began. */
  resets: uint32,
  /** The newest entry that the property has, with the chain value there; 0 and zeros before the first. */
  seq: uint32,
  hash: hexBytes(32),
  /** The newest entry that the property has heard of, from whomever. */
  newest: uint32,
  /** Present: it is to be read although nothing newer is known, because an unlock's end is not. */
  asked: z.optional(z.literal(true)),
});

/**
 * Pages that a gateway has read of a lock's log (topic `log/<tag>`, QoS 1, sent until confirmed, so possibly repeated): each proves
 * itself by the lock's signature. The outcome is the gateway's account.
 */
export const logMessage = z.object({
  v: version,
  eventId: z.string().check(z.regex(/^[0-9A-Za-z_:.-]{1,96}$/)),
  deviceId,
  pages: z.array(base64urlBytes(2048)).check(z.maxLength(mostLogPages)),
  /** What the lock said of itself in the same visit. */
  observed: z.optional(
    z.object({
      bolt: z.enum(['locked', 'unlocked', 'held-open', 'unknown']),
      batteryPercent: z.nullable(z.number().check(z.minimum(0), z.maximum(100))),
    }),
  ),
  outcome: z.enum(['done', 'refused', 'cut']),
  /** The lock's answer, or why the visit ended. */
  code: z.optional(z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(64))),
  occurredAt: epochMs,
});

/** {@link passMessage} as data. */
export type PassMessage = ReadonlyData<z.output<typeof passMessage>>;
/** {@link readMessage} as data. */
export type ReadMessage = ReadonlyData<z.output<typeof readMessage>>;
/** {@link logMessage} as data. Times are epoch milliseconds. */
export type LogMessage = ReadonlyData<z.output<typeof logMessage>>;
