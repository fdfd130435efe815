import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { largestUint32, requireBytes, requireUint } from '../encoding/claim-reader.js';
import { type Claims, readClaims, readObject } from '../encoding/cose.js';
import { type Refusal, refuse } from './object-decision.js';
import {
  type PropertyObjectKind,
  type SignerContext,
  signPropertyObject,
  verifyPropertyObject,
} from './property-object.js';

const type = 'OLP1-time';

/** For how long after its connection began a time token is taken: for that long the time in it may be wrong. */
export const timeTokenLifeMs = 30_000;

/** A server's word on the time, for the one connection that drew the challenge. */
export interface TimeToken {
  /** The lock's 8-byte tag. */
  readonly lock: Uint8Array;
  /** UTC seconds: the time. */
  readonly issuedAt: number;
  /** LN, the 8-byte nonce of the one connection on which the token is good. */
  readonly challenge: Uint8Array;
  /** Epoch of the signer's certificate; signed, but not carried. */
  readonly epoch: number;
}

/** A time token as it travels, without the epoch. */
export type CarriedTimeToken = Omit<TimeToken, 'epoch'>;

const claim = { lock: 3, issuedAt: 6, challenge: 14 } as const;

/**
 * Signs a time token with the property's secret for commands: 107 bytes.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signTimeToken(crypto: CryptoProvider, cmdSecret: Uint8Array, token: TimeToken): Uint8Array {
  const { lock, issuedAt, challenge, epoch } = token;
  const claims = new Map<number, CborValue>([
    [claim.lock, requireBytes(type, 'lock', { value: lock, sizeBytes: 8 })],
    [claim.issuedAt, requireUint(type, 'issuedAt', { value: issuedAt, most: largestUint32 })],
    [claim.challenge, requireBytes(type, 'challenge', { value: challenge, sizeBytes: 8 })],
  ]);
  return signPropertyObject(crypto, { secret: cmdSecret, type, epoch, claims });
}

function parseToken(claims: Claims): CarriedTimeToken {
  return {
    lock: requireBytes(type, 'lock', { value: claims.get(claim.lock), sizeBytes: 8 }),
    issuedAt: requireUint(type, 'issuedAt', { value: claims.get(claim.issuedAt), most: largestUint32 }),
    challenge: requireBytes(type, 'challenge', { value: claims.get(claim.challenge), sizeBytes: 8 }),
  };
}

/**
 * Reads a time token without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeTimeToken(bytes: Uint8Array): CarriedTimeToken {
  return parseToken(readClaims(readObject(bytes)));
}

/** What the lock knows when a time token arrives. Its clock is not asked: it is what the token is there to set. */
export interface TimeTokenContext extends SignerContext {
  /** The lock's own tag. */
  readonly lock: Uint8Array;
  /** LN of this connection. */
  readonly challenge: Uint8Array;
  /** Age of this connection on the lock's monotonic clock, in milliseconds. */
  readonly connectionAgeMs: number;
}

/** Whether a lock takes the time from a token. */
export type TimeTokenDecision =
  | { readonly ok: true; readonly token: TimeToken }
  | Refusal<'certificate-unknown' | 'auth' | 'critical-field' | 'epoch' | 'wrong-lock' | 'late'>;

const kind: PropertyObjectKind<CarriedTimeToken> = {
  ...{ type, use: 'cmd', epoch: 'bound' },
  ...{ claim, parse: parseToken },
};

/**
 * Decides in the order of SPEC §5.5: certificate known → its use and the signature → epoch → critical fields → issued
 * under the certificate → this lock → this connection, and that still young. A recorded token is `late`, always.
 */
export function verifyTimeToken(crypto: CryptoProvider, bytes: Uint8Array, o: TimeTokenContext): TimeTokenDecision {
  const decision = verifyPropertyObject(crypto, bytes, { kind, signer: o });
  if (!decision.ok) return decision;
  const token = { ...decision.fields, epoch: decision.epoch };
  if (!equalBytes(token.lock, o.lock)) return refuse('wrong-lock');
  if (!equalBytes(token.challenge, o.challenge) || o.connectionAgeMs > timeTokenLifeMs) return refuse('late');
  return { ok: true, token };
}
