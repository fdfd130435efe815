import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import {
  failObject,
  hasUnknownCriticalClaim,
  largestUint32,
  requireBytes,
  requireListed,
  requireUint,
} from '../encoding/claim-reader.js';
import { type Claims, kidOf, readClaims, readObject, signObject, verifyObject } from '../encoding/cose.js';
import type { LockTrust } from './lock-trust.js';
import { type LockClock, type Refusal, readOrRefuse, refuse } from './object-decision.js';

const type = 'OLP1-pac';

/** Longest validity: thirteen months, at most 398 days. */
export const longestCertificateSeconds = 398 * 86_400;

/** What a certified key may sign, in wire order: credential sets, grants, command tokens, lock and gateway certificates. */
export const certificateUses = ['set', 'grant', 'cmd', 'cert'] as const;

/** One of {@link certificateUses}. */
export type CertificateUse = (typeof certificateUses)[number];

/** The organization root's word that a public key may sign for one property, for one use, in one epoch. */
export interface PropertyCertificate {
  /** The property's 8-byte tag. */
  readonly property: Uint8Array;
  /** The certified Ed25519 public key. */
  readonly publicKey: Uint8Array;
  readonly use: CertificateUse;
  /** Raised by the root after the theft of a signing key; locks refuse everything of a lower epoch. */
  readonly epoch: number;
  /** UTC seconds. */
  readonly notBefore: number;
  /** UTC seconds, not included; at most {@link longestCertificateSeconds} after `notBefore`. */
  readonly expires: number;
}

const claim = { property: 2, expires: 4, notBefore: 5, publicKey: 8, epoch: 10, use: 12 } as const;

function requireCertificate(certificate: PropertyCertificate): PropertyCertificate {
  const { property, publicKey, use, epoch, notBefore, expires } = certificate;
  requireBytes(type, 'property', { value: property, sizeBytes: 8 });
  requireBytes(type, 'publicKey', { value: publicKey, sizeBytes: 32 });
  if (!certificateUses.includes(use)) failObject(type, 'use');
  requireUint(type, 'epoch', { value: epoch, most: largestUint32 });
  requireUint(type, 'notBefore', { value: notBefore, most: largestUint32 });
  const most = Math.min(largestUint32, notBefore + longestCertificateSeconds);
  requireUint(type, 'expires', { value: expires, least: notBefore + 1, most });
  return certificate;
}

/**
 * Signs a certificate with the organization's root secret.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signPropertyCertificate(
  crypto: CryptoProvider,
  rootSecret: Uint8Array,
  certificate: PropertyCertificate,
): Uint8Array {
  const { property, publicKey, use, epoch, notBefore, expires } = requireCertificate(certificate);
  const claims = new Map<number, CborValue>([
    [claim.property, property],
    [claim.expires, expires],
    [claim.notBefore, notBefore],
    [claim.publicKey, publicKey],
    [claim.epoch, epoch],
    [claim.use, certificateUses.indexOf(use) + 1],
  ]);
  const kid = kidOf(crypto, crypto.ed25519KeyPair(rootSecret).publicKey);
  return signObject(crypto, { secret: rootSecret, kid, type, claims });
}

function parseCertificate(claims: Claims): PropertyCertificate {
  return requireCertificate({
    property: requireBytes(type, 'property', { value: claims.get(claim.property), sizeBytes: 8 }),
    publicKey: requireBytes(type, 'publicKey', { value: claims.get(claim.publicKey), sizeBytes: 32 }),
    use: requireListed(type, 'use', { value: claims.get(claim.use), names: certificateUses }),
    epoch: requireUint(type, 'epoch', { value: claims.get(claim.epoch), most: largestUint32 }),
    notBefore: requireUint(type, 'notBefore', { value: claims.get(claim.notBefore), most: largestUint32 }),
    expires: requireUint(type, 'expires', { value: claims.get(claim.expires), most: largestUint32 }),
  });
}

/**
 * Reads a certificate without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodePropertyCertificate(bytes: Uint8Array): PropertyCertificate {
  return parseCertificate(readClaims(readObject(bytes)));
}

/** What a certificate is checked against. */
export interface CertificateContext {
  readonly trust: LockTrust;
  readonly clock: LockClock;
  /** The certificate comes with the time: a clock that is behind cannot say that it begins later. */
  readonly tellsTime?: boolean;
}

/** Whether a lock accepts a certificate, and under which `kid` its objects name it. */
export type CertificateDecision =
  | { readonly ok: true; readonly certificate: PropertyCertificate; readonly kid: Uint8Array }
  | Refusal<'auth' | 'critical-field' | 'epoch' | 'wrong-lock' | 'not-yet' | 'expired'>;

/**
 * Decides whether a certificate is the trusted root's, for this property, of this epoch or a later one, and (unless the
 * lock has no clock at all) inside its validity. A higher epoch is the root's own word: the lock raises its own to it.
 */
export function verifyCertificate(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  o: CertificateContext,
): CertificateDecision {
  const { trust } = o;
  const read = readOrRefuse(() => {
    const claims = verifyObject(crypto, readObject(bytes), { publicKey: trust.rootPublicKey, type });
    if (claims === undefined) return undefined;
    return hasUnknownCriticalClaim(claims, claim) ? ('critical-field' as const) : parseCertificate(claims);
  });
  if (!read.ok) return read;
  const certificate = read.value;
  if (certificate === undefined) return refuse('auth');
  if (certificate === 'critical-field') return refuse('critical-field');
  const code = refusalOfCertificate(certificate, o);
  return code === undefined ? { ok: true, certificate, kid: kidOf(crypto, certificate.publicKey) } : refuse(code);
}

/**
 * Whether an object was issued while its signer's certificate is valid: whatever else its signer claims, it cannot speak
 * of a time for which the root gave it no word.
 */
export function isIssuedUnder({ notBefore, expires }: PropertyCertificate, issuedAt: number): boolean {
  return notBefore <= issuedAt && issuedAt < expires;
}

/** Why a verified certificate does not serve at this lock now; asked again at every use of a cached one. */
export function refusalOfCertificate(
  certificate: PropertyCertificate,
  { trust, clock, tellsTime = false }: CertificateContext,
): 'epoch' | 'wrong-lock' | 'not-yet' | 'expired' | undefined {
  if (certificate.epoch < trust.epoch) return 'epoch';
  if (!equalBytes(certificate.property, trust.property)) return 'wrong-lock';
  if (clock.quality === 'none') return undefined;
  if (clock.utcSeconds < certificate.notBefore && !tellsTime) return 'not-yet';
  return clock.utcSeconds < certificate.expires ? undefined : 'expired';
}
