import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { failObject, requireUint } from '../encoding/claim-reader.js';
import { type Claims, readClaims, readObject } from '../encoding/cose.js';
import { type Refusal, refuse } from '../objects/object-decision.js';
import { type PropertyObjectKind, signPropertyObject, verifyPropertyObject } from '../objects/property-object.js';
import { parseRevoking, type RevokingObject, revocationClaim, revokingClaims } from '../objects/revocation-claims.js';
import { largestEntryId } from './set-entry.js';
import type { RevokingContext, RevokingRefusalCode } from './set-manifest.js';
import type { Revision } from './set-revision.js';

const type = 'OLP1-bulletin';

/** Most entries of the set that one bulletin denies. */
export const mostDeniedEntries = 64;

/** The property's word on what must not open any more, small enough to go first (SPEC §5.11). */
export interface Bulletin extends Revision, RevokingObject {
  /** Ids of entries of the set that open no longer, ascending. */
  readonly deniedEntries?: readonly number[];
}

/** A bulletin as it travels, without the epoch. */
export type CarriedBulletin = Omit<Bulletin, 'epoch'>;

const claim = { ...revocationClaim, deniedEntries: 22 } as const;

function requireDenied(value: CborValue | undefined): readonly number[] {
  if (!Array.isArray(value)) return failObject(type, 'deniedEntries');
  requireUint(type, 'deniedEntries', { value: value.length, least: 1, most: mostDeniedEntries });
  let least = 0;
  return value.map((item) => {
    const id = requireUint(type, 'deniedEntries', { value: item, least, most: largestEntryId });
    least = id + 1;
    return id;
  });
}

/**
 * Signs a bulletin with the property's secret for sets: some 105 bytes with one floor.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signBulletin(crypto: CryptoProvider, setSecret: Uint8Array, bulletin: Bulletin): Uint8Array {
  const { epoch, deniedEntries } = bulletin;
  const claims = revokingClaims(type, bulletin);
  if (deniedEntries !== undefined) claims.set(claim.deniedEntries, requireDenied(deniedEntries));
  return signPropertyObject(crypto, { secret: setSecret, type, epoch, claims });
}

function parseBulletin(claims: Claims): CarriedBulletin {
  const denied = claims.get(claim.deniedEntries);
  return {
    ...parseRevoking(type, claims),
    ...(denied === undefined ? {} : { deniedEntries: requireDenied(denied) }),
  };
}

/**
 * Reads a bulletin without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeBulletin(bytes: Uint8Array): CarriedBulletin {
  return parseBulletin(readClaims(readObject(bytes)));
}

/** The bulletin, or why it does not count. */
export type BulletinDecision = { readonly ok: true; readonly bulletin: Bulletin } | Refusal<RevokingRefusalCode>;

const kind: PropertyObjectKind<CarriedBulletin> = {
  ...{ type, use: 'set', epoch: 'bound' },
  ...{ claim, parse: parseBulletin },
};

/** Decides as for a manifest (SPEC §5.11). Whether it is newer than what the lock has is the lock's next question. */
export function verifyBulletin(crypto: CryptoProvider, bytes: Uint8Array, o: RevokingContext): BulletinDecision {
  const decision = verifyPropertyObject(crypto, bytes, { kind, signer: o });
  if (!decision.ok) return decision;
  const bulletin = { ...decision.fields, epoch: decision.epoch };
  return equalBytes(bulletin.lock, o.lock) ? { ok: true, bulletin } : refuse('wrong-lock');
}
