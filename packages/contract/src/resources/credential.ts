import * as z from 'zod/mini';
import { credentialId, deviceId, entranceId, keyCardId, keyId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/**
 * How a card proves which it is: not at all beyond its UID, which anybody can copy; with AES secrets that an encoder writes into
 * it, another one for each lock; or with a P-256 signature.
 */
export const keyCardTechnologies = ['uid', 'aes', 'public-key'] as const;

/** Chips that hold AES secrets: NTAG 424 DNA for up to 4 locks, DESFire EV2 or EV3 for up to 13. */
export const keyCardChips = ['ntag-424', 'desfire'] as const;

/**
 * Whether a card with AES secrets holds those that it shall: `current`; `due`, it is to be laid on an encoder; or `broken-off`, a
 * writing was not finished, and an encoder goes on with it.
 */
export const keyCardEncodings = ['current', 'due', 'broken-off'] as const;

/** `assigned` while a credential that has not ended is on it; a `retired` card never comes back. */
export const keyCardStates = ['in-stock', 'assigned', 'lost', 'retired'] as const;

/** One physical card of a property's stock (G35). What it says of itself is not shown again: whoever holds it can read it. */
export const keyCard = z.object({
  id: keyCardId,
  propertyId,
  /** What is printed on it. */
  label: z.string(),
  technology: z.enum(keyCardTechnologies),
  /** Of a card with AES secrets; `null`: it is another one. */
  chip: z.nullable(z.enum(keyCardChips)),
  /** Of a card with AES secrets; `null`: nothing is written into it. */
  encoding: z.nullable(z.enum(keyCardEncodings)),
  state: z.enum(keyCardStates),
  /** The credential that it is at present; `null`: none. */
  credentialId: z.nullable(credentialId),
  version: z.int(),
  createdAt: timestamp,
});
/** {@link keyCard} as data. */
export type KeyCard = ReadonlyData<z.output<typeof keyCard>>;

/** What carries a Key to its doors. */
export const credentialKinds = ['key_card', 'door_code', 'smart_key'] as const;

/**
 * How a credential stands at one door, by what the lock there has confirmed (P-1, P-6).
 *
 * `pending`: not confirmed yet. `scheduled`: confirmed, its period has not begun. `writing`: on its way, broken off, to be gone on
 * with. `provisioned`: it opens. `failed`: the lock said no, or has no room. `removing`: ended, and the lock has not confirmed
 * that. `removed`: it opens no more. `unknown`: the lock told of an older set than it had confirmed.
 */
export const doorStates = [
  'pending',
  'scheduled',
  'writing',
  'provisioned',
  'failed',
  'removing',
  'removed',
  'unknown',
] as const;

/** A key card, a door code or a phone that carries a Key to its doors. The digits of a code are read with `revealCredential` alone. */
export const credential = z.object({
  id: credentialId,
  propertyId,
  keyId,
  kind: z.enum(credentialKinds),
  /** Of a door code: the one door that it is for; `null`: every door of the Key. */
  entranceId: z.nullable(entranceId),
  /** The card; `null`: it is none. */
  keyCardId: z.nullable(keyCardId),
  doors: z.array(
    z.object({
      entranceId,
      /** The lock there; `null`: none. */
      deviceId: z.nullable(deviceId),
      state: z.enum(doorStates),
      /** Closed code, where it is not as wished: of the lock (`full`, …), of the way to it (`lock-unreachable`, …), `no-lock`, `no-room` or `not-by-driver`, where none is ever brought; of the card `card-not-written` or `no-card-slot`; of the phone `not-activated` or `no-grant`. */
      cause: z.nullable(z.string()),
      nextTryAt: z.nullable(timestamp),
    }),
  ),
  /** Whether it opens each of its doors one time only. */
  opensOnce: z.boolean(),
  /** The credential that ends as soon as this one is confirmed at every door; `null`: none. */
  replacesId: z.nullable(credentialId),
  version: z.int(),
  createdAt: timestamp,
  /** Not `null`: ended, for good. */
  removedAt: z.nullable(timestamp),
});
/** {@link credential} as data. */
export type Credential = ReadonlyData<z.output<typeof credential>>;

/** The digits of a door code, for whoever tells them to its holder. */
export const revealedCode = z.object({ credentialId, digits: z.string() });
/** {@link revealedCode} as data. */
export type RevealedCode = ReadonlyData<z.output<typeof revealedCode>>;
