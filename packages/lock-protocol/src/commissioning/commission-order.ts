import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim } from '../encoding/claim-reader.js';
import { type Refusal, readOrRefuse, refuse } from '../objects/object-decision.js';

/**
 * The property's word to one lock: obey us from now on. Nothing in it is secret, and it is good for the lock that its lock
 * certificate names and for no other, so a portal keeps it until the lock has confirmed it.
 */
export interface CommissionOrder {
  /** The organization's Ed25519 root public key. */
  readonly rootPublicKey: Uint8Array;
  /** The property's 8-byte tag. */
  readonly property: Uint8Array;
  /** `OLP1-pac` of the property's key of use cert. */
  readonly certificate: Uint8Array;
  /** `OLP1-lock`, signed by that key. */
  readonly lockCertificate: Uint8Array;
}

const field = { rootPublicKey: 2, property: 4, certificate: 6, lockCertificate: 8 } as const;

/** Size of what message 1 of an installer says of the order that it repeats. */
export const orderMarkSizeBytes = 8;

/** Body of the operation commission. */
export function encodeCommissionOrder({
  rootPublicKey,
  property,
  certificate,
  lockCertificate,
}: CommissionOrder): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [field.rootPublicKey, rootPublicKey],
      [field.property, property],
      [field.certificate, certificate],
      [field.lockCertificate, lockCertificate],
    ]),
  );
}

/** Reads such a body; nothing in it is verified yet. */
export function readCommissionOrder(
  body: Uint8Array,
): { readonly ok: true; readonly order: CommissionOrder } | Refusal<'bad-frame' | 'critical-field'> {
  const read = readOrRefuse(() => decodeCbor(body));
  if (!read.ok || !(read.value instanceof Map)) return refuse('bad-frame');
  const map: ReadonlyMap<number, CborValue> = read.value;
  if (hasUnknownCriticalClaim(map, field)) return refuse('critical-field');
  const rootPublicKey = map.get(field.rootPublicKey);
  const property = map.get(field.property);
  const certificate = map.get(field.certificate);
  const lockCertificate = map.get(field.lockCertificate);
  const isWhole = isBytes(rootPublicKey) && rootPublicKey.length === 32 && isBytes(property) && property.length === 8;
  if (!isWhole || !isBytes(certificate) || !isBytes(lockCertificate)) return refuse('bad-frame');
  return { ok: true, order: { rootPublicKey, property, certificate, lockCertificate } };
}

/** What a lock remembers of the order that it obeys: SHA-256 over the body, 32 bytes. */
export function orderHashOf(crypto: CryptoProvider, body: Uint8Array): Uint8Array {
  return crypto.sha256(body);
}

/** What message 1 says of the order that an installer brings again: the first bytes of its hash; zeros when it has none. */
export function orderMarkOf(crypto: CryptoProvider, body: Uint8Array | undefined): Uint8Array {
  const hash = body === undefined ? new Uint8Array(orderMarkSizeBytes) : orderHashOf(crypto, body);
  return hash.slice(0, orderMarkSizeBytes);
}

function isBytes(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}
