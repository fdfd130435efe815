import type { UnlockIntent } from '../caller/lock-link.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { timeFloorLeadSeconds } from '../lock/lock-memory.js';
import { type Grant, grantClaim, grantType, parseGrant } from './grant.js';
import { isInSchedule } from './grant-schedule.js';
import { type LockClock, type Refusal, refuse } from './object-decision.js';
import { type PropertyObjectKind, type SignerContext, verifyPropertyObject } from './property-object.js';
import { decideRight, type OperationRight } from './rights.js';

/** What a lock remembers about grants it was told of or has seen; a lock without such memory passes none. */
export interface GrantMemory {
  /** Whether the kill-list names the grant. */
  isRevoked(grantId: Uint8Array): boolean;
  /** Lowest issue number that still opens for the slot. */
  issueFloor(slot: number): number;
  /** Whether a one-shot grant was used here already. */
  isUsed(grantId: Uint8Array): boolean;
}

/** What the lock knows when a grant arrives. */
export interface GrantContext extends SignerContext {
  /** The lock's own tag. */
  readonly lock: Uint8Array;
  readonly clock: LockClock;
  /** The caller's static public key, proven by the handshake. */
  readonly callerPublicKey: Uint8Array;
  /** The right the command needs. */
  readonly right: OperationRight;
  /** Where the person is who asks; `anywhere`: it does not matter. */
  readonly via: 'local' | 'remote' | 'anywhere';
  readonly intent: UnlockIntent;
  readonly memory?: GrantMemory;
}

const kind: PropertyObjectKind<Grant> = {
  ...{ type: grantType, use: 'grant', epoch: 'carried' },
  ...{ claim: grantClaim, parse: parseGrant },
};

/** Codes with which a lock refuses a grant. */
export type GrantRefusalCode =
  | 'certificate-unknown'
  | 'auth'
  | 'critical-field'
  | 'epoch'
  | 'revoked'
  | 'superseded'
  | 'wrong-lock'
  | 'no-clock'
  | 'not-yet'
  | 'expired'
  | 'schedule'
  | 'no-right'
  | 'remote-denied'
  | 'unsupported';

/** Whether a grant allows the command it came with. */
export type GrantDecision = { readonly ok: true; readonly grant: Grant } | Refusal<GrantRefusalCode>;

/**
 * Decides in the order of SPEC §5.4: certificate known → its use and the signature → epoch → critical fields → issued
 * under the certificate → kill-list and floor → this lock → clock and time window → schedule → the holder's own secret →
 * right and place → conditions.
 */
export function verifyGrant(crypto: CryptoProvider, bytes: Uint8Array, o: GrantContext): GrantDecision {
  const decision = verifyPropertyObject(crypto, bytes, { kind, signer: o });
  if (!decision.ok) return decision;
  const grant = decision.fields;
  const code = decideGrant(grant, o);
  return code === 'allowed' ? { ok: true, grant } : refuse(code);
}

type Allowed = 'allowed';

/** The decision over a grant whose signature is known to be good: everything after the epoch. */
function decideGrant(grant: Grant, o: GrantContext): GrantRefusalCode | Allowed {
  const { memory } = o;
  if (memory?.isRevoked(grant.grantId)) return 'revoked';
  if (memory && grant.slot !== undefined && (grant.issue ?? 0) < memory.issueFloor(grant.slot)) return 'superseded';
  if (!grant.locks.some((lock) => equalBytes(lock, o.lock))) return 'wrong-lock';
  const time = refusalOfTime(grant, o.clock);
  if (time !== undefined) return time;
  if (!equalBytes(grant.holderPublicKey, o.callerPublicKey)) return 'auth';
  const { right, via } = o;
  const decision = decideRight({ right, rights: grant.rights, role: grant.role ?? 'holder', via });
  return decision.ok ? refusalOfConditions(grant, o) : decision.code;
}

function refusalOfTime(grant: Grant, clock: LockClock): 'no-clock' | 'not-yet' | 'expired' | 'schedule' | undefined {
  if (clock.quality === 'none') return grant.flags?.includes('no-clock-ok') ? undefined : 'no-clock';
  const now = timeSince(grant.issuedAt, clock);
  if (now < grant.notBefore) return 'not-yet';
  if (now >= grant.expires) return 'expired';
  return grant.schedule === undefined || isInSchedule(grant.schedule, now) ? undefined : 'schedule';
}

/** The time, which a grant's own issue proves to have come: a key that was made just now opens where the clock is slow. */
function timeSince(issuedAt: number, { quality, utcSeconds }: LockClock): number {
  const isFarAhead = quality === 'good' && issuedAt > utcSeconds + timeFloorLeadSeconds;
  return isFarAhead ? utcSeconds : Math.max(utcSeconds, issuedAt);
}

function refusalOfConditions(grant: Grant, o: GrantContext): 'no-right' | 'unsupported' | 'superseded' | Allowed {
  if (grant.flags?.includes('user-verify') && o.intent !== 'biometric') return 'no-right';
  if (!grant.flags?.includes('one-shot')) return 'allowed';
  // Without a memory of uses a second use could not be refused, so the first must be.
  if (o.memory === undefined) return 'unsupported';
  return o.memory.isUsed(grant.grantId) ? 'superseded' : 'allowed';
}
