import type { CryptoProvider } from '../crypto/crypto-provider.js';
import type { ObjectType } from '../objects/object-type.js';
import { LockProtocolError } from '../protocol-error.js';
import { concatBytes } from './byte-strings.js';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.js';
import { encodeUtf8 } from './utf8.js';

const empty = new Uint8Array(0);
const signatureSizeBytes = 64;
const kidSizeBytes = 4;

/** COSE header labels and the one algorithm (RFC 9052 §3.1, RFC 9053 §2.2: EdDSA = -8). */
const header = { algorithm: 1, kid: 4 } as const;
const eddsa = -8;

/** The claims of a signed object: small labels to values. */
export type Claims = ReadonlyMap<number, CborValue>;

/** What {@link signObject} signs. */
export interface SignRequest {
  /** The signer's Ed25519 secret. */
  readonly secret: Uint8Array;
  /** {@link kidOf} the signer's public key. */
  readonly kid: Uint8Array;
  readonly type: ObjectType;
  readonly claims: Claims;
  /** Bytes both sides know, signed without travelling: appended to the type in `external_aad`. */
  readonly binding?: Uint8Array;
}

/** A COSE_Sign1 taken apart; nothing in it is verified yet. */
export interface SignedObject {
  readonly kid: Uint8Array;
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** What a signature is checked against. */
export interface VerifyRequest {
  /** The signer's Ed25519 public key. */
  readonly publicKey: Uint8Array;
  readonly type: ObjectType;
  /** As in {@link SignRequest}. */
  readonly binding?: Uint8Array;
}

/** The 4 bytes that name a signer: the first of SHA-256 over its public key. A hint for look-up, never a proof. */
export function kidOf(crypto: CryptoProvider, publicKey: Uint8Array): Uint8Array {
  return crypto.sha256(publicKey).slice(0, kidSizeBytes);
}

function signedBytes(
  protectedHeader: Uint8Array,
  payload: Uint8Array,
  o: Pick<SignRequest, 'type' | 'binding'>,
): Uint8Array {
  const externalAad = concatBytes(encodeUtf8(o.type) ?? empty, o.binding ?? empty);
  return encodeCbor(['Signature1', protectedHeader, externalAad, payload]);
}

/**
 * Signs claims as an untagged COSE_Sign1 (RFC 9052 §4.2): EdDSA, `kid` in the protected header, the object's type as
 * `external_aad`. 80 bytes more than the claims, for claims of 24 to 255 bytes.
 *
 * @throws LockProtocolError `crypto`/`size` for a secret or kid of the wrong size, `cbor` for claims without encoding.
 */
export function signObject(crypto: CryptoProvider, o: SignRequest): Uint8Array {
  if (o.kid.length !== kidSizeBytes) {
    throw new LockProtocolError(
      { code: 'crypto', reason: 'size', field: 'kid' },
      `kid has 4 bytes, not ${o.kid.length}.`,
    );
  }
  const protectedHeader = encodeCbor(
    new Map<number, CborValue>([
      [header.algorithm, eddsa],
      [header.kid, o.kid],
    ]),
  );
  const payload = encodeCbor(o.claims);
  const signature = crypto.ed25519Sign(o.secret, signedBytes(protectedHeader, payload, o));
  return encodeCbor([protectedHeader, new Map(), payload, signature]);
}

/**
 * Takes a signed object apart without verifying it, so that its `kid` can be looked up.
 *
 * @throws LockProtocolError `cbor` or `cose` for anything but the shape {@link signObject} writes.
 */
export function readObject(bytes: Uint8Array): SignedObject {
  const value = decodeCbor(bytes);
  const [protectedHeader, unprotected, payload, signature] = Array.isArray(value) && value.length === 4 ? value : [];
  if (
    !(protectedHeader instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array) ||
    !(unprotected instanceof Map && unprotected.size === 0)
  ) {
    throw new LockProtocolError({ code: 'cose', reason: 'shape' }, 'Not a COSE_Sign1 without unprotected header.');
  }
  if (signature.length !== signatureSizeBytes) {
    throw new LockProtocolError(
      { code: 'cose', reason: 'signature-size' },
      `An EdDSA signature has 64 bytes, not ${signature.length}.`,
    );
  }
  const fields = decodeCbor(protectedHeader);
  const kid = fields instanceof Map && fields.size === 2 ? fields.get(header.kid) : undefined;
  if (
    !(fields instanceof Map && kid instanceof Uint8Array) ||
    kid.length !== kidSizeBytes ||
    fields.get(header.algorithm) !== eddsa
  ) {
    throw new LockProtocolError(
      { code: 'cose', reason: 'protected-header' },
      'The protected header is not {1: -8, 4: kid}.',
    );
  }
  return { kid, protectedHeader, payload, signature };
}

/**
 * Verifies a signed object and gives its claims; `undefined` when the signature is not one of `o.publicKey` over this
 * object as this type.
 *
 * @throws LockProtocolError `cbor` or `cose` when a validly signed payload is no map of claims.
 */
export function verifyObject(crypto: CryptoProvider, object: SignedObject, o: VerifyRequest): Claims | undefined {
  const signed = signedBytes(object.protectedHeader, object.payload, o);
  if (!crypto.ed25519Verify(o.publicKey, signed, object.signature)) return undefined;
  return readClaims(object);
}

/**
 * The claims of an object, verified or not.
 *
 * @throws LockProtocolError `cbor` or `cose` when the payload is no map of claims.
 */
export function readClaims(object: SignedObject): Claims {
  const claims = decodeCbor(object.payload);
  if (!(claims instanceof Map)) {
    throw new LockProtocolError({ code: 'cose', reason: 'shape' }, 'The payload is not a map of claims.');
  }
  return claims;
}
