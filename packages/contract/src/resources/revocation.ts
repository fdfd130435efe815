import * as z from 'zod/mini';
import { credentialId, deviceId, entranceId, propertyId, revocationId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { actor } from './member.js';

/** What was ended: a credential, a Key, a guest, a member or a lost card, by its id. */
export const revocationCause = z.object({
  type: z.enum(['credential', 'key', 'guest', 'member', 'card']),
  id: z.string(),
});

/**
 * How one lock stands to a revocation. `pending`: it may still open. `proven`: a receipt that the lock signed shows that it
 * does not. `self-expired`: what was ended has run out by itself. `lock-removed`: the lock is the property's no more.
 */
export const lockRevocationStates = ['pending', 'proven', 'self-expired', 'lock-removed'] as const;

/** `pending` while one of a revocation's locks is. */
export const revocationStates = ['pending', 'ended'] as const;

/**
 * What shall open no more, and how far each lock has proven it (G41): immediately decided, promptly delivered, honestly
 * reported.
 */
export const revocation = z.object({
  id: revocationId,
  propertyId,
  cause: revocationCause,
  /** Who ended it; `null` for readers who may not see the property's audit. */
  actor: z.nullable(actor),
  state: z.enum(revocationStates),
  locks: z.array(
    z.object({
      deviceId,
      entranceId,
      credentialIds: z.array(credentialId),
      state: z.enum(lockRevocationStates),
      /** The latest moment at which what was ended could open there; `null`: without end until it is proven. */
      exposureEndsAt: z.nullable(timestamp),
      provenAt: z.nullable(timestamp),
    }),
  ),
  createdAt: timestamp,
  /** When the last lock had proven it or needed to no more; `null` while one is pending. */
  endedAt: z.nullable(timestamp),
});
/** {@link revocation} as data. */
export type Revocation = ReadonlyData<z.output<typeof revocation>>;
