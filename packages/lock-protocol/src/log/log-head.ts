import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { largestUint32, requireUint } from '../encoding/claim-reader.js';
import { type Claims, readClaims, readObject } from '../encoding/cose.js';
import {
  type LockSigner,
  type LockStatement,
  parseDefaulted,
  parseStatement,
  requireStatement,
  type StatementDecision,
  signStatement,
  statementClaim,
  statementClaims,
  verifyStatement,
} from '../objects/lock-statement.js';

const type = 'OLP1-head';
const claim = { ...statementClaim, newest: 18, overwritten: 20, acknowledged: 22 } as const;

/** The lock's own word on its log: the chain value at `seq`, and what it holds (SPEC §5). */
export interface SignedLogHead extends LockStatement {
  /** Sequence number of the newest entry; `seq` itself but in a page that ends before it. */
  readonly newest: number;
  /** The newest sequence number that is gone and accounted for; 0 while the lock holds everything. */
  readonly overwritten: number;
  /** Up to where somebody acknowledged. */
  readonly acknowledged: number;
}

function requireHead(head: SignedLogHead): SignedLogHead {
  requireStatement(type, head);
  const { seq, newest, overwritten, acknowledged } = head;
  requireUint(type, 'newest', { value: newest, least: seq, most: largestUint32 });
  requireUint(type, 'overwritten', { value: overwritten, most: seq });
  requireUint(type, 'acknowledged', { value: acknowledged, most: newest });
  return head;
}

/**
 * Signs a head with the lock's Ed25519 secret. 140 bytes for a short log, of which nothing was acknowledged or
 * overwritten.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signLogHead(crypto: CryptoProvider, lockSecret: Uint8Array, head: SignedLogHead): Uint8Array {
  const { seq, newest, overwritten, acknowledged } = requireHead(head);
  const claims = statementClaims(head);
  if (newest !== seq) claims.set(claim.newest, newest);
  if (overwritten !== 0) claims.set(claim.overwritten, overwritten);
  if (acknowledged !== 0) claims.set(claim.acknowledged, acknowledged);
  return signStatement(crypto, lockSecret, { type, claims });
}

function parseHead(claims: Claims): SignedLogHead {
  const statement = parseStatement(type, claims);
  const defaulted = (field: 'newest' | 'overwritten' | 'acknowledged', absent: number) =>
    parseDefaulted(type, field, { value: claims.get(claim[field]), absent });
  return requireHead({
    ...statement,
    newest: defaulted('newest', statement.seq),
    overwritten: defaulted('overwritten', 0),
    acknowledged: defaulted('acknowledged', 0),
  });
}

/**
 * Reads a head without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeLogHead(bytes: Uint8Array): SignedLogHead {
  return parseHead(readClaims(readObject(bytes)));
}

/** Decides whether a head is of this lock: the signature → critical fields → the lock. */
export function verifyLogHead(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  signer: LockSigner,
): StatementDecision<SignedLogHead> {
  return verifyStatement(crypto, bytes, { type, claim, parse: parseHead, signer });
}
