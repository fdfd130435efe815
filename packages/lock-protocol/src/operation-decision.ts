import type { AnswerCode } from './answer-code.js';
import type { CryptoProvider } from './crypto-provider.js';
import { verifyGrant } from './grant-decision.js';
import { certificateOf } from './known-certificates.js';
import { type LockTime, timeFrom } from './lock-clock.js';
import { isRevoked, type LockMemory, raiseTimeFloor } from './lock-memory.js';
import type { LockReadings, ShownAuthority } from './lock-state.js';
import { encodeStatus } from './lock-status.js';
import type { LockTrust } from './lock-trust.js';
import { type LockClock, unverifiedCodes } from './object-decision.js';
import type { OperationName, OperationRequest } from './operation-message.js';
import { verifyTimeToken } from './time-token.js';

/** What a lock knows when an operation is asked for whose certificate, if one came along, has been learned. */
export interface OperationContext {
  readonly crypto: CryptoProvider;
  readonly operation: OperationRequest;
  readonly tag: Uint8Array;
  /** LN of this connection. */
  readonly challenge: Uint8Array;
  readonly callerPublicKey: Uint8Array;
  readonly shown: ShownAuthority;
  readonly readings: LockReadings;
  readonly memory: LockMemory;
  readonly trust: LockTrust;
  readonly clock: LockClock;
  readonly connectionAgeMs: number;
}

/** What an operation leads to. */
export interface OperationOutcome {
  readonly code: AnswerCode;
  /** Of the answer. */
  readonly body: Uint8Array;
  /** The clock is to be set to this. */
  readonly time?: LockTime;
}

/** An operation's outcome, and what the lock remembers of it. */
export type OperationDecision = OperationOutcome & {
  readonly memory: LockMemory;
  /** Somebody whom the property trusts signed what was shown. */
  readonly verified: boolean;
};

const nothing = new Uint8Array(0);

const decisions: Readonly<Record<OperationName, (o: OperationContext) => OperationDecision>> = {
  status: decideStatus,
  time: decideTime,
};

/** Decides and carries out an operation that moves no bolt (SPEC §10.7). */
export function decideOperation(o: OperationContext): OperationDecision {
  return decisions[o.operation.name](o);
}

function answer(o: OperationContext, code: AnswerCode, verified: boolean): OperationDecision {
  return { code, body: nothing, memory: o.memory, verified };
}

function decideStatus(o: OperationContext): OperationDecision {
  const { crypto, memory, trust, clock, readings } = o;
  const { grant } = o.shown;
  if (grant === undefined) return answer(o, 'no-right', false);
  const decision = verifyGrant(crypto, grant, {
    ...{ certificate: certificateOf(crypto, memory, { signed: grant, trust, clock }), epoch: trust.epoch, lock: o.tag },
    ...{ clock, callerPublicKey: o.callerPublicKey, right: 'status', via: 'anywhere', intent: 'biometric' },
    memory: {
      isRevoked: (grantId) => isRevoked(memory, grantId),
      issueFloor: (slot) => memory.floors.get(slot) ?? 0,
      // What a one-shot grant shows is not used up by looking.
      isUsed: () => false,
    },
  });
  if (!decision.ok) return answer(o, decision.code, !unverifiedCodes.includes(decision.code));
  const { bolt, batteryPercent } = readings;
  const body = encodeStatus({
    ...{ bolt, batteryPercent, clockQuality: clock.quality },
    utcSeconds: clock.quality === 'none' ? 0 : clock.utcSeconds,
    ...{ epoch: trust.epoch, logSeq: memory.log.seq, logHead: memory.log.hash },
  });
  return { code: 'ok', body, memory, verified: true };
}

/** Anybody with a session may bring the time: it speaks for itself. */
function decideTime(o: OperationContext): OperationDecision {
  const { crypto, memory, trust, clock, connectionAgeMs, readings } = o;
  const { body: signed } = o.operation;
  const decision = verifyTimeToken(crypto, signed, {
    ...{ certificate: certificateOf(crypto, memory, { signed, trust, clock }), epoch: trust.epoch, lock: o.tag },
    ...{ challenge: o.challenge, connectionAgeMs },
  });
  if (!decision.ok) return answer(o, decision.code, !unverifiedCodes.includes(decision.code));
  const { issuedAt } = decision.token;
  const { clockQuality: quality, utcSeconds } = readings;
  return {
    ...{ code: 'ok', body: nothing, verified: true },
    memory: raiseTimeFloor(memory, issuedAt, { quality, utcSeconds }),
    time: timeFrom(decision.token, connectionAgeMs),
  };
}
