import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim, largestUint32, requireUint } from '../encoding/claim-reader.js';
import { type Claims, kidOf, readObject, signObject, verifyObject } from '../encoding/cose.js';
import { type Refusal, readOrRefuse, refuse } from './object-decision.js';
import type { ObjectType } from './object-type.js';
import { type CertificateUse, isIssuedUnder, type PropertyCertificate } from './property-certificate.js';

/** A type of object that a property's online keys sign. */
export interface PropertyObjectKind<Fields extends { readonly issuedAt: number; readonly epoch?: number }> {
  readonly type: ObjectType;
  readonly use: CertificateUse;
  /** Whether its epoch is a claim, or signed without travelling: a lock knows it from the certificate. */
  readonly epoch: 'carried' | 'bound';
  /** The labels of its claims. */
  readonly claim: Readonly<Record<string, number>>;
  /** Reads the claims; throws LockProtocolError `object` for what is none. */
  readonly parse: (claims: Claims) => Fields;
}

/** What a lock knows of the signer when such an object arrives. */
export interface SignerContext {
  /** The verified certificate with the object's `kid`; absent when the lock holds none. */
  readonly certificate: PropertyCertificate | undefined;
  /** Lowest epoch the lock still accepts. */
  readonly epoch: number;
}

/** The object, or why it does not count, whatever it says. */
export type PropertyObjectDecision<Fields> =
  | { readonly ok: true; readonly fields: Fields; readonly epoch: number }
  | Refusal<'certificate-unknown' | 'auth' | 'critical-field' | 'epoch'>;

// The epoch is signed through external_aad instead of a claim: two bytes less in a message that crosses the radio.
function bindingOf(type: ObjectType, epoch: number): Uint8Array {
  return encodeCbor(requireUint(type, 'epoch', { value: epoch, most: largestUint32 }));
}

/**
 * Signs claims as such an object, for an epoch.
 *
 * @throws LockProtocolError `object` for an epoch outside 32 bits, `crypto`/`size` for the secret.
 */
export function signPropertyObject(
  crypto: CryptoProvider,
  o: { readonly secret: Uint8Array; readonly type: ObjectType; readonly epoch: number; readonly claims: Claims },
): Uint8Array {
  const { secret, type, epoch, claims } = o;
  const kid = kidOf(crypto, crypto.ed25519KeyPair(secret).publicKey);
  return signObject(crypto, { secret, kid, type, claims, binding: bindingOf(type, epoch) });
}

/**
 * Decides what is asked of every such object before its own fields (SPEC §5): certificate known → its use and the
 * signature → epoch → critical fields → issued under the certificate.
 */
export function verifyPropertyObject<Fields extends { readonly issuedAt: number; readonly epoch?: number }>(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  { kind, signer }: { readonly kind: PropertyObjectKind<Fields>; readonly signer: SignerContext },
): PropertyObjectDecision<Fields> {
  const { type, use, claim, parse } = kind;
  const object = readOrRefuse(() => readObject(bytes));
  if (!object.ok) return object;
  const { certificate } = signer;
  if (certificate === undefined || !equalBytes(kidOf(crypto, certificate.publicKey), object.value.kid)) {
    return refuse('certificate-unknown');
  }
  if (certificate.use !== use) return refuse('auth');
  const { publicKey, epoch } = certificate;
  const read = readOrRefuse(() => {
    const binding = kind.epoch === 'bound' ? { binding: bindingOf(type, epoch) } : {};
    const claims = verifyObject(crypto, object.value, { publicKey, type, ...binding });
    if (claims === undefined) return undefined;
    return hasUnknownCriticalClaim(claims, claim) ? ('critical-field' as const) : parse(claims);
  });
  if (!read.ok) return read;
  if (read.value === undefined) return refuse('auth');
  if (epoch < signer.epoch) return refuse('epoch');
  if (read.value === 'critical-field') return refuse('critical-field');
  const carried = read.value.epoch ?? epoch;
  if (carried !== epoch) return refuse(carried < signer.epoch ? 'epoch' : 'auth');
  if (!isIssuedUnder(certificate, read.value.issuedAt)) return refuse('auth');
  return { ok: true, fields: read.value, epoch };
}
