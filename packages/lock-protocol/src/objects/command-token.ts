import type { LockAction } from '../caller/lock-link.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { failObject, largestUint32, requireBytes, requireListed, requireUint } from '../encoding/claim-reader.js';
import { type Claims, readClaims, readObject } from '../encoding/cose.js';
import { type LockClock, type Refusal, refuse } from './object-decision.js';
import {
  type PropertyObjectKind,
  type SignerContext,
  signPropertyObject,
  verifyPropertyObject,
} from './property-object.js';

const type = 'OLP1-cmd';

/** Longest lifetime of a token. */
export const longestTokenSeconds = 30;

const actions = ['unlock', 'lock', 'hold-open'] as const satisfies readonly LockAction[];

/** A server's single-use word: this lock may do this one thing, on the connection that drew this challenge. */
export interface CommandToken {
  /** The lock's 8-byte tag. */
  readonly lock: Uint8Array;
  /** The command's 8-byte id. */
  readonly commandId: Uint8Array;
  readonly action: LockAction;
  /** UTC seconds, not included; 1 to {@link longestTokenSeconds} after `issuedAt`. */
  readonly expires: number;
  /** UTC seconds. */
  readonly issuedAt: number;
  /** LN, the 8-byte nonce of the one connection on which the token is good. */
  readonly challenge: Uint8Array;
  /** Epoch of the signer's certificate; signed, but not carried: the lock knows it from the certificate. */
  readonly epoch: number;
}

/** A token as it travels, without the epoch. */
export type CarriedCommandToken = Omit<CommandToken, 'epoch'>;

const claim = { lock: 3, issuedAt: 6, commandId: 7, action: 12, challenge: 14, lifetime: 16 } as const;

/**
 * Signs a token with the property's secret for commands. 119 bytes to unlock within 23 seconds, at most 122.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signCommandToken(crypto: CryptoProvider, cmdSecret: Uint8Array, token: CommandToken): Uint8Array {
  const { lock, commandId, action, expires, issuedAt, challenge } = token;
  if (!actions.includes(action)) failObject(type, 'action');
  requireUint(type, 'issuedAt', { value: issuedAt, most: largestUint32 - longestTokenSeconds });
  requireUint(type, 'expires', { value: expires - issuedAt, least: 1, most: longestTokenSeconds });
  const claims = new Map<number, CborValue>([
    [claim.lock, requireBytes(type, 'lock', { value: lock, sizeBytes: 8 })],
    [claim.issuedAt, issuedAt],
    [claim.commandId, requireBytes(type, 'commandId', { value: commandId, sizeBytes: 8 })],
    [claim.challenge, requireBytes(type, 'challenge', { value: challenge, sizeBytes: 8 })],
    [claim.lifetime, expires - issuedAt],
  ]);
  if (action !== 'unlock') claims.set(claim.action, actions.indexOf(action) + 1);
  return signPropertyObject(crypto, { secret: cmdSecret, type, epoch: token.epoch, claims });
}

function parseToken(claims: Claims): CarriedCommandToken {
  const named = claims.get(claim.action);
  // Unlock is the action of a token that names none; naming it would be a second encoding of one meaning.
  if (named === actions.indexOf('unlock') + 1) failObject(type, 'action');
  const issuedAt = requireUint(type, 'issuedAt', {
    value: claims.get(claim.issuedAt),
    most: largestUint32 - longestTokenSeconds,
  });
  const lifetime = { value: claims.get(claim.lifetime), least: 1, most: longestTokenSeconds };
  return {
    lock: requireBytes(type, 'lock', { value: claims.get(claim.lock), sizeBytes: 8 }),
    commandId: requireBytes(type, 'commandId', { value: claims.get(claim.commandId), sizeBytes: 8 }),
    action: named === undefined ? 'unlock' : requireListed(type, 'action', { value: named, names: actions }),
    expires: issuedAt + requireUint(type, 'lifetime', lifetime),
    issuedAt,
    challenge: requireBytes(type, 'challenge', { value: claims.get(claim.challenge), sizeBytes: 8 }),
  };
}

/**
 * Reads a token without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeCommandToken(bytes: Uint8Array): CarriedCommandToken {
  return parseToken(readClaims(readObject(bytes)));
}

const kind: PropertyObjectKind<CarriedCommandToken> = {
  ...{ type, use: 'cmd', epoch: 'bound' },
  ...{ claim, parse: parseToken },
};

/** What the lock knows when a token arrives. */
export interface CommandTokenContext extends SignerContext {
  /** The lock's own tag. */
  readonly lock: Uint8Array;
  /** LN of this connection. */
  readonly challenge: Uint8Array;
  /** Id of the command the token came with. */
  readonly commandId: Uint8Array;
  /** Action of the command the token came with. */
  readonly action: LockAction;
  readonly clock: LockClock;
}

/** Whether a token allows the command it came with. */
export type CommandTokenDecision =
  | { readonly ok: true; readonly token: CommandToken }
  | Refusal<'certificate-unknown' | 'auth' | 'critical-field' | 'epoch' | 'wrong-lock' | 'late' | 'no-right'>;

/**
 * Decides in the order of SPEC §5.3: certificate known → its use and the signature → epoch → critical fields → issued
 * under the certificate → this lock → this connection → not past its end by a good clock → this command. A token of
 * another connection is `late`, whatever the clock says; so is one past its end.
 */
export function verifyCommandToken(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  o: CommandTokenContext,
): CommandTokenDecision {
  const decision = verifyPropertyObject(crypto, bytes, { kind, signer: o });
  if (!decision.ok) return decision;
  const token = { ...decision.fields, epoch: decision.epoch };
  const code = refusalOf(token, o);
  return code === undefined ? { ok: true, token } : refuse(code);
}

function refusalOf(token: CommandToken, o: CommandTokenContext): 'wrong-lock' | 'late' | 'no-right' | undefined {
  if (!equalBytes(token.lock, o.lock)) return 'wrong-lock';
  if (!equalBytes(token.challenge, o.challenge)) return 'late';
  if (o.clock.quality === 'good' && o.clock.utcSeconds >= token.expires) return 'late';
  return token.action === o.action && equalBytes(token.commandId, o.commandId) ? undefined : 'no-right';
}
