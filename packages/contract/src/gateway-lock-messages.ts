import * as z from 'zod/mini';
import { base64urlBytes, hexBytes } from './bytes-text.js';
import { deviceId } from './identifiers.js';
import type { ReadonlyData } from './readonly-data.js';

const version = z.literal(1);
const epochMs = z.int().check(z.nonnegative(), z.maximum(8.64e15));
const uint32 = z.int().check(z.nonnegative(), z.maximum(0xffff_ffff));
const code = z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(64));
const signedObject = base64urlBytes(8192);
const carriedObject = z.object({ object: signedObject, certificate: base64urlBytes(4096) });
/** Buckets of a set's summary (packages/lock-protocol/SPEC.md §10.11). */
const bucketCount = 16;
const summary = z.array(hexBytes(8)).check(z.length(bucketCount));
const box = base64urlBytes(8192);
const boxes = z.array(box).check(z.maxLength(1024));

/** Where a property's word on one lock stands: manifests and bulletins share the counter of an epoch. */
export const lockRevision = z.object({ epoch: uint32, revision: uint32 });

/** A revision of a lock's credential set as anybody may carry it: boxes that only the lock opens, and how to choose among them. */
const carriedSet = z.extend(lockRevision, {
  manifest: signedObject,
  certificate: base64urlBytes(4096),
  summaryBefore: summary,
  delta: boxes,
  summary,
  buckets: z.array(boxes).check(z.length(bucketCount)),
  clearances: z.array(box).check(z.length(bucketCount)),
});

/**
 * What one lock shall obey, whole (topic `desired/<tag>`, QoS 1, retained): a later message takes the place of an earlier one,
 * an empty payload says that the lock is the gateway's no more. Nothing in it is secret from the gateway or the broker.
 */
export const desiredMessage = z.object({
  v: version,
  deviceId,
  lock: z.object({ tag: hexBytes(8), publicKey: hexBytes(32) }),
  /** The newest revision of `bulletin` and `set`: the lock's errand is done when it stands there. */
  standing: lockRevision,
  /** The newest revision that the portal holds a receipt for; who hears it need not go any more. */
  proven: z.nullable(lockRevision),
  bulletin: z.optional(carriedObject),
  set: z.optional(carriedSet),
});

/** Asks for a time token over the nonce of a live connection (topic `time`, QoS 0). */
export const timeMessage = z.object({ v: version, tag: hexBytes(8), challenge: hexBytes(8) });

/** What became of one part of an errand; absent: the lock was not asked. */
const partReport = z.object({
  outcome: z.enum(['done', 'refused', 'not-given', 'cut']),
  /** The lock's answer, or why the visit ended. */
  code: z.optional(code),
});

/** Codes of an errand that never reached the lock. */
export const errandFailureCodes = [
  'lock-unreachable',
  'handshake-failed',
  'link-lost',
  'interrupted',
  'gateway-restarted',
] as const;

/**
 * What one errand to a lock brought (topic `reported/<tag>`, QoS 1, sent until confirmed, so possibly repeated). Receipts are the
 * lock's own signed words; the rest is the gateway's account of it.
 */
export const reportedMessage = z.object({
  v: version,
  eventId: z.string().check(z.regex(/^[0-9A-Za-z_:.-]{1,96}$/)),
  deviceId,
  /** What the gateway was to bring the lock to. */
  standing: lockRevision,
  parts: z.object({ bulletin: z.optional(partReport), time: z.optional(partReport), set: z.optional(partReport) }),
  /** Present when the errand did not reach its end: no part after it was asked for. */
  failure: z.optional(z.enum(errandFailureCodes)),
  receipts: z.array(signedObject).check(z.maxLength(4)),
  occurredAt: epochMs,
  /** When the gateway goes again of its own accord; `null`: it has nothing more to bring. */
  nextTryAt: z.nullable(epochMs),
});

/** Answers a time message with the signed time token for exactly that connection (topic `cmd`). */
export const timeTokenReply = z.object({
  v: version,
  type: z.literal('time-token'),
  tag: hexBytes(8),
  challenge: hexBytes(8),
  token: base64urlBytes(4096),
  certificate: base64urlBytes(4096),
});

/** Answers a time message with a refusal: the lock is none of this gateway's property (topic `cmd`). */
export const timeTokenRefusal = z.object({
  v: version,
  type: z.literal('time-refused'),
  tag: hexBytes(8),
  challenge: hexBytes(8),
  code: z.enum(['unknown-lock', 'unavailable']),
});

/** {@link desiredMessage} as data. */
export type DesiredMessage = ReadonlyData<z.output<typeof desiredMessage>>;
/** {@link reportedMessage} as data. Times are epoch milliseconds. */
export type ReportedMessage = ReadonlyData<z.output<typeof reportedMessage>>;
/** {@link timeMessage} as data. */
export type TimeMessage = ReadonlyData<z.output<typeof timeMessage>>;
/** {@link timeTokenReply} as data. */
export type TimeTokenReply = ReadonlyData<z.output<typeof timeTokenReply>>;
/** {@link timeTokenRefusal} as data. */
export type TimeTokenRefusal = ReadonlyData<z.output<typeof timeTokenRefusal>>;
/** {@link lockRevision} as data. */
export type LockRevision = ReadonlyData<z.output<typeof lockRevision>>;
/** One of {@link errandFailureCodes}. */
export type ErrandFailureCode = (typeof errandFailureCodes)[number];
