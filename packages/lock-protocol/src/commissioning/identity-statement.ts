import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { hasUnknownCriticalClaim, largestUint32, requireUint } from '../encoding/claim-reader.js';
import { type Claims, kidOf, readClaims, readObject, signObject, verifyObject } from '../encoding/cose.js';
import { type Refusal, readOrRefuse, refuse } from '../objects/object-decision.js';
import { claimsOfKeys, keysClaim, type LockKeys, parseKeys, requireKeys } from './lock-keys.js';

const type = 'OLP1-identity';
const claim = { ...keysClaim, resets: 24 } as const;

/** What a lock says to an installer of who it is, good in that one session. */
export interface LockIdentity extends LockKeys {
  /** How many times the lock was reset to the factory state. */
  readonly resets: number;
}

/** What an identity is bound to: the session in which the lock states it. */
export interface IdentitySession {
  /** Hash of everything both sides said to open the session. */
  readonly handshakeHash: Uint8Array;
  /** X25519 static that the handshake has proven to be the lock's. */
  readonly publicKey: Uint8Array;
  /** The lock's 8-byte tag, as INFO says. */
  readonly tag: Uint8Array;
}

/**
 * Signs who the lock is with its own Ed25519 secret, over the handshake of a session: 161 bytes for a lock that was never
 * reset, and 36 more for one with suite 2.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signIdentity(
  crypto: CryptoProvider,
  lockSecret: Uint8Array,
  o: { readonly identity: LockIdentity; readonly handshakeHash: Uint8Array },
): Uint8Array {
  const { identity, handshakeHash } = o;
  requireKeys(type, identity);
  const resets = requireUint(type, 'resets', { value: identity.resets, most: largestUint32 });
  const claims = claimsOfKeys(identity);
  if (resets !== 0) claims.set(claim.resets, resets);
  const kid = kidOf(crypto, identity.signingPublicKey);
  return signObject(crypto, { secret: lockSecret, kid, type, claims, binding: handshakeHash });
}

function parseIdentity(claims: Claims): LockIdentity {
  const written = claims.get(claim.resets);
  const resets =
    written === undefined ? 0 : requireUint(type, 'resets', { value: written, least: 1, most: largestUint32 });
  return { ...parseKeys(type, claims), resets };
}

/**
 * Reads an identity without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeIdentity(bytes: Uint8Array): LockIdentity {
  return parseIdentity(readClaims(readObject(bytes)));
}

/** Whether a lock is who it says. */
export type IdentityDecision =
  | { readonly ok: true; readonly identity: LockIdentity }
  | Refusal<'auth' | 'critical-field' | 'wrong-lock'>;

/**
 * Decides whether the lock of a session is who it says: the signature, over this session, by the key that it names →
 * critical fields → the static key is the handshake's (`auth`) → the tag is INFO's (`wrong-lock`).
 */
export function verifyIdentity(crypto: CryptoProvider, bytes: Uint8Array, session: IdentitySession): IdentityDecision {
  const { handshakeHash } = session;
  const read = readOrRefuse(() => {
    const object = readObject(bytes);
    const identity = parseIdentity(readClaims(object));
    const { signingPublicKey } = identity;
    if (!equalBytes(object.kid, kidOf(crypto, signingPublicKey))) return undefined;
    const claims = verifyObject(crypto, object, { publicKey: signingPublicKey, type, binding: handshakeHash });
    if (claims === undefined) return undefined;
    return hasUnknownCriticalClaim(claims, claim) ? ('critical-field' as const) : identity;
  });
  if (!read.ok) return read;
  const identity = read.value;
  if (identity === undefined) return refuse('auth');
  if (identity === 'critical-field') return refuse('critical-field');
  if (!equalBytes(identity.publicKey, session.publicKey)) return refuse('auth');
  return equalBytes(identity.lock, session.tag) ? { ok: true, identity } : refuse('wrong-lock');
}
