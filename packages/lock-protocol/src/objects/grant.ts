import type { CryptoProvider } from '../crypto/crypto-provider.js';
import type { CborValue } from '../encoding/cbor.js';
import { failObject, largestUint32, requireBytes, requireListed, requireUint } from '../encoding/claim-reader.js';
import { type Claims, kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { suiteOfPublicKey } from '../noise/noise-suite.js';
import { decodeSchedule, encodeSchedule, type GrantSchedule } from './grant-schedule.js';
import { decodeRights, encodeRights, type HolderRole, type Right } from './rights.js';

/** The object type of a grant. */
export const grantType = 'OLP1-grant';

/** Longest validity of a grant: 31 days. */
export const longestGrantSeconds = 31 * 86_400;

/** Most locks in one grant. */
export const mostGrantLocks = 32;

/** Conditions of a grant, in the order of their bits: a biometric check, one use only, good at a lock without a clock. */
export const grantFlags = ['user-verify', 'one-shot', 'no-clock-ok'] as const;

/** One of {@link grantFlags}. */
export type GrantFlag = (typeof grantFlags)[number];

const roles = ['holder', 'gateway'] as const satisfies readonly HolderRole[];

/** A key in its holder's hands: who may do what, at which locks, when; good only with the holder's own secret. */
export interface Grant {
  /** 8 bytes; names the grant in logs and kill-lists. */
  readonly grantId: Uint8Array;
  /** The property's own name for the holder, at most 32 bytes of UTF-8; leave out where bytes matter. */
  readonly holder?: string;
  /** Tags of 1 to {@link mostGrantLocks} locks. */
  readonly locks: readonly Uint8Array[];
  /** UTC seconds. */
  readonly notBefore: number;
  /** UTC seconds, not included; at most {@link longestGrantSeconds} after `notBefore`. */
  readonly expires: number;
  /** UTC seconds. */
  readonly issuedAt: number;
  /** The holder's public key, X25519 or P-256 compressed; the session must be with its secret, so in its suite. */
  readonly holderPublicKey: Uint8Array;
  readonly rights: readonly Right[];
  /** `holder` when absent. */
  readonly role?: HolderRole;
  /** When it opens within its validity; always when absent. */
  readonly schedule?: GrantSchedule;
  /** Kind of holder (0…255) whose newer grants supersede older ones; together with `issue`, or neither. */
  readonly slot?: number;
  /** Issue number within the slot. */
  readonly issue?: number;
  readonly flags?: readonly GrantFlag[];
  /** Epoch of the signer's certificate. */
  readonly epoch: number;
}

/** Claims a grant may have; any other even one is critical. */
export const grantClaim = {
  holder: 2,
  locks: 3,
  expires: 4,
  notBefore: 5,
  issuedAt: 6,
  grantId: 7,
  holderPublicKey: 8,
  epoch: 10,
  rights: 12,
  flags: 14,
  schedule: 16,
  slot: 18,
  issue: 20,
  role: 22,
} as const;

/** 32 bytes of X25519, or a compressed point of P-256. Whether that lies on the curve shows when its holder uses it. */
function requireHolderPublicKey(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) return failObject(grantType, 'holderPublicKey');
  const isP256 = suiteOfPublicKey(value) === 'p256AesGcm' && (value[0] === 2 || value[0] === 3);
  return isP256 ? value : requireBytes(grantType, 'holderPublicKey', { value, sizeBytes: 32 });
}

function requireGrant(grant: Grant): Grant {
  const { grantId, holder, locks, notBefore, expires, issuedAt, holderPublicKey, slot, issue, epoch } = grant;
  requireBytes(grantType, 'grantId', { value: grantId, sizeBytes: 8 });
  const holderSizeBytes = holder === undefined ? 1 : (encodeUtf8(holder)?.length ?? 0);
  if (holderSizeBytes < 1 || holderSizeBytes > 32) failObject(grantType, 'holder');
  if (locks.length < 1 || locks.length > mostGrantLocks) failObject(grantType, 'locks');
  for (const lock of locks) requireBytes(grantType, 'locks', { value: lock, sizeBytes: 8 });
  requireUint(grantType, 'notBefore', { value: notBefore, most: largestUint32 });
  requireUint(grantType, 'issuedAt', { value: issuedAt, most: largestUint32 });
  const most = Math.min(largestUint32, notBefore + longestGrantSeconds);
  requireUint(grantType, 'expires', { value: expires, least: notBefore + 1, most });
  requireHolderPublicKey(holderPublicKey);
  if ((slot === undefined) !== (issue === undefined)) failObject(grantType, 'slot');
  if (slot !== undefined) requireUint(grantType, 'slot', { value: slot, most: 255 });
  if (issue !== undefined) requireUint(grantType, 'issue', { value: issue, most: largestUint32 });
  requireUint(grantType, 'epoch', { value: epoch, most: largestUint32 });
  return grant;
}

function claimsOf(grant: Grant): Claims {
  const [first, ...others] = grant.locks;
  const claims = new Map<number, CborValue>([
    [grantClaim.expires, grant.expires],
    [grantClaim.issuedAt, grant.issuedAt],
    [grantClaim.grantId, grant.grantId],
    [grantClaim.holderPublicKey, grant.holderPublicKey],
    [grantClaim.epoch, grant.epoch],
    [grantClaim.rights, encodeRights(grant.rights)],
    [grantClaim.locks, others.length === 0 ? (first ?? null) : grant.locks],
  ]);
  const flags = encodeFlags(grant.flags ?? []);
  if (grant.holder !== undefined) claims.set(grantClaim.holder, grant.holder);
  if (grant.notBefore !== grant.issuedAt) claims.set(grantClaim.notBefore, grant.notBefore);
  if (flags !== 0) claims.set(grantClaim.flags, flags);
  if (grant.schedule !== undefined) claims.set(grantClaim.schedule, encodeSchedule(grant.schedule, grant.notBefore));
  if (grant.slot !== undefined) claims.set(grantClaim.slot, grant.slot);
  if (grant.issue !== undefined) claims.set(grantClaim.issue, grant.issue);
  if (grant.role === 'gateway') claims.set(grantClaim.role, roles.indexOf('gateway') + 1);
  return claims;
}

function encodeFlags(flags: readonly GrantFlag[]): number {
  return flags.reduce((mask, flag) => mask | (1 << grantFlags.indexOf(flag)), 0);
}

/**
 * Signs a grant with the property's secret for grants. An ordinary grant for one lock, with slot and issue number, has
 * 158 bytes.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signGrant(crypto: CryptoProvider, grantSecret: Uint8Array, grant: Grant): Uint8Array {
  const claims = claimsOf(requireGrant(grant));
  const kid = kidOf(crypto, crypto.ed25519KeyPair(grantSecret).publicKey);
  return signObject(crypto, { secret: grantSecret, kid, type: grantType, claims });
}

function parseLocks(value: CborValue | undefined): readonly Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (!Array.isArray(value) || value.length < 2) return failObject(grantType, 'locks');
  return value.map((lock) => requireBytes(grantType, 'locks', { value: lock, sizeBytes: 8 }));
}

function parseFlags(value: CborValue | undefined): readonly GrantFlag[] | undefined {
  if (value === undefined) return undefined;
  const mask = requireUint(grantType, 'flags', { value, least: 1, most: 2 ** grantFlags.length - 1 });
  return grantFlags.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

function parseText(value: CborValue | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : failObject(grantType, 'holder');
}

function parseNotBefore(claims: Claims, issuedAt: number): number {
  const value = claims.get(grantClaim.notBefore);
  if (value === undefined) return issuedAt;
  return value === issuedAt ? failObject(grantType, 'notBefore') : requireTime('notBefore', value);
}

function requireTime(field: string, value: CborValue | undefined): number {
  return requireUint(grantType, field, { value, most: largestUint32 });
}

function parseRole(value: CborValue | undefined): HolderRole | undefined {
  if (value === undefined) return undefined;
  const role = requireListed(grantType, 'role', { value, names: roles });
  return role === 'holder' ? failObject(grantType, 'role') : role;
}

function parseOptional(claims: Claims, notBefore: number): Partial<Grant> {
  const schedule = claims.get(grantClaim.schedule);
  const slot = claims.get(grantClaim.slot);
  const issue = claims.get(grantClaim.issue);
  const holder = parseText(claims.get(grantClaim.holder));
  const flags = parseFlags(claims.get(grantClaim.flags));
  const role = parseRole(claims.get(grantClaim.role));
  return {
    ...(holder === undefined ? {} : { holder }),
    ...(flags === undefined ? {} : { flags }),
    ...(role === undefined ? {} : { role }),
    ...(schedule === undefined ? {} : { schedule: decodeSchedule(schedule, notBefore) }),
    ...(slot === undefined ? {} : { slot: requireUint(grantType, 'slot', { value: slot, most: 255 }) }),
    ...(issue === undefined ? {} : { issue: requireTime('issue', issue) }),
  };
}

/**
 * Makes a grant of claims that were signed as one.
 *
 * @throws LockProtocolError `object` when they are none.
 */
export function parseGrant(claims: Claims): Grant {
  const issuedAt = requireTime('issuedAt', claims.get(grantClaim.issuedAt));
  const notBefore = parseNotBefore(claims, issuedAt);
  const mask = requireTime('rights', claims.get(grantClaim.rights));
  return requireGrant({
    grantId: requireBytes(grantType, 'grantId', { value: claims.get(grantClaim.grantId), sizeBytes: 8 }),
    locks: parseLocks(claims.get(grantClaim.locks)),
    notBefore,
    expires: requireTime('expires', claims.get(grantClaim.expires)),
    issuedAt,
    holderPublicKey: requireHolderPublicKey(claims.get(grantClaim.holderPublicKey)),
    rights: decodeRights(mask) ?? failObject(grantType, 'rights'),
    epoch: requireTime('epoch', claims.get(grantClaim.epoch)),
    ...parseOptional(claims, notBefore),
  });
}

/**
 * Reads a grant without verifying it, for the holder's own display.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeGrant(bytes: Uint8Array): Grant {
  return parseGrant(readClaims(readObject(bytes)));
}
