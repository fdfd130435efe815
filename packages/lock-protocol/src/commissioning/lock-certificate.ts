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
import { claimsOfKeys, keysClaim, type LockKeys, parseKeys, requireKeys } from './lock-keys.js';

const type = 'OLP1-lock';

/** A property's word that a lock with these keys is one of its own: what makes an installer's order good for one lock only. */
export interface LockCertificate extends LockKeys {
  /** The property's 8-byte tag. */
  readonly property: Uint8Array;
  /** UTC seconds. */
  readonly issuedAt: number;
  /** Epoch of the signer's certificate; signed, but not carried. */
  readonly epoch: number;
}

/** A lock certificate as it travels, without the epoch. */
export type CarriedLockCertificate = Omit<LockCertificate, 'epoch'>;

const claim = { ...keysClaim, property: 2, issuedAt: 6 } as const;

/**
 * Signs a lock certificate with the property's secret of use cert: 177 bytes, and 36 more for a lock with suite 2.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signLockCertificate(
  crypto: CryptoProvider,
  certSecret: Uint8Array,
  certificate: LockCertificate,
): Uint8Array {
  const { property, issuedAt, epoch } = certificate;
  requireKeys(type, certificate);
  const claims = claimsOfKeys(certificate)
    .set(claim.property, requireBytes(type, 'property', { value: property, sizeBytes: 8 }))
    .set(claim.issuedAt, requireUint(type, 'issuedAt', { value: issuedAt, most: largestUint32 }));
  return signPropertyObject(crypto, { secret: certSecret, type, epoch, claims });
}

function parseCertificate(claims: Claims): CarriedLockCertificate {
  return {
    ...parseKeys(type, claims),
    property: requireBytes(type, 'property', { value: claims.get(claim.property), sizeBytes: 8 }),
    issuedAt: requireUint(type, 'issuedAt', { value: claims.get(claim.issuedAt), most: largestUint32 }),
  };
}

/**
 * Reads a lock certificate without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeLockCertificate(bytes: Uint8Array): CarriedLockCertificate {
  return parseCertificate(readClaims(readObject(bytes)));
}

/** Whether a lock is a property's, by its certificate. */
export type LockCertificateDecision =
  | { readonly ok: true; readonly certificate: LockCertificate }
  | Refusal<'certificate-unknown' | 'auth' | 'critical-field' | 'epoch' | 'wrong-lock'>;

const kind: PropertyObjectKind<CarriedLockCertificate> = {
  ...{ type, use: 'cert', epoch: 'bound' },
  ...{ claim, parse: parseCertificate },
};

/**
 * Decides in the order of SPEC §5: certificate of the signer known → its use and the signature → epoch → critical fields →
 * issued under it → of its property. Whether the keys are those of a certain lock is the reader's to compare.
 */
export function verifyLockCertificate(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  signer: SignerContext,
): LockCertificateDecision {
  const decision = verifyPropertyObject(crypto, bytes, { kind, signer });
  if (!decision.ok) return decision;
  const certificate = { ...decision.fields, epoch: decision.epoch };
  const isOurs = signer.certificate !== undefined && equalBytes(certificate.property, signer.certificate.property);
  return isOurs ? { ok: true, certificate } : refuse('wrong-lock');
}
