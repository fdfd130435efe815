import * as z from 'zod/mini';
import {
  attemptId,
  credentialId,
  deviceId,
  entranceId,
  keyCardId,
  keyHolderId,
  keyId,
  propertyId,
} from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** What an entry of a lock's log can be about (packages/lock-protocol/SPEC.md §10.7). */
export const lockLogTypes = [
  'session',
  'unlock',
  'lock',
  'hold-open',
  'gap',
  'boot',
  'reset',
  'commission',
  'epoch',
  'clock-set',
  'set-applied',
  'bulletin',
  'card',
  'enroll',
  'manual',
  'handshakes',
  'firmware',
  'decommission',
  'battery',
  'tamper',
] as const;

/**
 * Why nobody is named. `lock`: the lock did it by itself. `by-hand`: somebody turned the bolt. `unverified`: nobody proved who they
 * are. `unknown-card`, `unknown-code`, `unknown-command`: nobody that the property knows of. `later-version`: the entry is of a kind
 * that this version cannot read.
 */
export const unattributedReasons = [
  'lock',
  'by-hand',
  'unverified',
  'unknown-card',
  'unknown-code',
  'unknown-command',
  'later-version',
] as const;

/** How much the lock trusts its clock: never set, set too long ago, or good. */
export const lockClockQualities = ['none', 'stale', 'good'] as const;

/** A range of an entry's numbers, both included. */
export const logRange = z.object({ from: z.int(), to: z.int() });

/** What an entry of a lock's log says, in the log and in its event. */
export const lockLogFact = {
  deviceId,
  entranceId,
  /** How often the lock had been reset when this log of it began. */
  resets: z.int(),
  /** The entry's number in that log. */
  seq: z.int(),
  /** `null`: of a later version. */
  entry: z.nullable(z.enum(lockLogTypes)),
  /** What came of it: the lock's own code; `null` where `entry` is. */
  code: z.nullable(z.string()),
  /** What the bolt was to do; `null`: nothing. */
  action: z.nullable(z.enum(['unlock', 'lock', 'hold-open'])),
  clock: z.nullable(z.enum(lockClockQualities)),
  attemptId: z.nullable(attemptId),
  credentialId: z.nullable(credentialId),
  keyCardId: z.nullable(keyCardId),
  keyId: z.nullable(keyId),
  holderId: z.nullable(keyHolderId),
  /** `null`: somebody is named. */
  unattributed: z.nullable(z.enum(unattributedReasons)),
  /** Of a gap: the entries that the lock wrote over before anybody had read them. */
  missing: z.nullable(logRange),
  /** Learned too late for anybody to act upon. */
  historical: z.boolean(),
};

/** One entry of a lock's log, as the lock signed it. */
export const lockLogEntry = z.object({
  propertyId,
  ...lockLogFact,
  /** By the lock's clock; `null` where it knew no time. */
  occurredAt: z.nullable(timestamp),
  receivedAt: timestamp,
});
/** {@link lockLogEntry} as data. */
export type LockLogEntry = ReadonlyData<z.output<typeof lockLogEntry>>;

/**
 * What can be wrong with a log. `unreadable`, `refused`, `broken-chain`: what was brought is not what the lock signed. `fork`: the
 * lock signed two logs. `went-back`: it signed a shorter log after a longer one. `withheld`: entries that somebody acknowledged, and
 * that never came here. `erased`: entries that a reset took.
 */
export const lockLogFaults = [
  'unreadable',
  'refused',
  'broken-chain',
  'fork',
  'went-back',
  'withheld',
  'erased',
  'acknowledged-unseen',
] as const;
