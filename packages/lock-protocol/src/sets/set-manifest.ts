import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { largestUint32, requireBytes, requireUint } from '../encoding/claim-reader.js';
import { type Claims, readClaims, readObject } from '../encoding/cose.js';
import { type Refusal, refuse } from '../objects/object-decision.js';
import {
  type PropertyObjectKind,
  type SignerContext,
  signPropertyObject,
  verifyPropertyObject,
} from '../objects/property-object.js';
import { parseRevoking, type RevokingObject, revocationClaim, revokingClaims } from '../objects/revocation-claims.js';
import { largestEntryId } from './set-entry.js';
import type { SetRevision } from './set-revision.js';

const type = 'OLP1-set';

/** The property's word on which credentials one lock obeys from now on, all of them (SPEC §5.10). */
export interface SetManifest extends SetRevision, RevokingObject {
  /** How many entries the set has. */
  readonly count: number;
  /** Lowest class of card that opens, 0..3; 0 when absent. */
  readonly minimumClass?: number;
  /** Seconds after `issuedAt` for which the set counts; absent: until another one comes. */
  readonly leaseSeconds?: number;
}

/** A manifest as it travels, without the epoch. */
export type CarriedSetManifest = Omit<SetManifest, 'epoch'>;

const claim = { ...revocationClaim, digest: 14, count: 16, minimumClass: 22, leaseSeconds: 24 } as const;

function requireManifest(manifest: CarriedSetManifest): CarriedSetManifest {
  const { digest, count, minimumClass, leaseSeconds } = manifest;
  requireBytes(type, 'digest', { value: digest, sizeBytes: 32 });
  requireUint(type, 'count', { value: count, most: largestEntryId + 1 });
  if (minimumClass !== undefined) requireUint(type, 'minimumClass', { value: minimumClass, least: 1, most: 3 });
  if (leaseSeconds !== undefined)
    requireUint(type, 'leaseSeconds', { value: leaseSeconds, least: 1, most: largestUint32 });
  return manifest;
}

/**
 * Signs a manifest with the property's secret for sets: some 140 bytes.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signSetManifest(crypto: CryptoProvider, setSecret: Uint8Array, manifest: SetManifest): Uint8Array {
  const { epoch, digest, count, minimumClass, leaseSeconds } = manifest;
  requireManifest(manifest);
  const claims = revokingClaims(type, manifest).set(claim.digest, digest).set(claim.count, count);
  if (minimumClass !== undefined) claims.set(claim.minimumClass, minimumClass);
  if (leaseSeconds !== undefined) claims.set(claim.leaseSeconds, leaseSeconds);
  return signPropertyObject(crypto, { secret: setSecret, type, epoch, claims });
}

function parseManifest(claims: Claims): CarriedSetManifest {
  const uint = (name: 'count' | 'minimumClass' | 'leaseSeconds') =>
    requireUint(type, name, { value: claims.get(claim[name]), most: largestUint32 });
  return requireManifest({
    ...parseRevoking(type, claims),
    digest: requireBytes(type, 'digest', { value: claims.get(claim.digest), sizeBytes: 32 }),
    count: uint('count'),
    ...(claims.has(claim.minimumClass) ? { minimumClass: uint('minimumClass') } : {}),
    ...(claims.has(claim.leaseSeconds) ? { leaseSeconds: uint('leaseSeconds') } : {}),
  });
}

/**
 * Reads a manifest without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeSetManifest(bytes: Uint8Array): CarriedSetManifest {
  return parseManifest(readClaims(readObject(bytes)));
}

/** What a lock knows when a manifest or a bulletin arrives. */
export interface RevokingContext extends SignerContext {
  /** The lock's own tag. */
  readonly lock: Uint8Array;
}

/** Codes with which a lock refuses a manifest or a bulletin, whatever it has already. */
export type RevokingRefusalCode = 'certificate-unknown' | 'auth' | 'critical-field' | 'epoch' | 'wrong-lock';

/** The manifest, or why it does not count. */
export type SetManifestDecision = { readonly ok: true; readonly manifest: SetManifest } | Refusal<RevokingRefusalCode>;

const kind: PropertyObjectKind<CarriedSetManifest> = {
  ...{ type, use: 'set', epoch: 'bound' },
  ...{ claim, parse: parseManifest },
};

/**
 * Decides in the order of SPEC §5.10: certificate known → its use and the signature → epoch → critical fields → issued
 * under the certificate → this lock. Whether it is newer than what the lock has is the lock's next question.
 */
export function verifySetManifest(crypto: CryptoProvider, bytes: Uint8Array, o: RevokingContext): SetManifestDecision {
  const decision = verifyPropertyObject(crypto, bytes, { kind, signer: o });
  if (!decision.ok) return decision;
  const manifest = { ...decision.fields, epoch: decision.epoch };
  return equalBytes(manifest.lock, o.lock) ? { ok: true, manifest } : refuse('wrong-lock');
}
