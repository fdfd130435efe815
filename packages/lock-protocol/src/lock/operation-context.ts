import type { AnswerCode } from '../answer-code.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { verifyGrant } from '../objects/grant-decision.js';
import { certificateOf } from '../objects/known-certificates.js';
import type { LockTrust } from '../objects/lock-trust.js';
import { type LockClock, unverifiedCodes } from '../objects/object-decision.js';
import type { OperationRight } from '../objects/rights.js';
import type { SetRevision } from '../sets/set-revision.js';
import type { LogFact } from './lock-entry.js';
import { grantMemory, type LockMemory } from './lock-memory.js';
import type { LockAwake, LockContext, LockEffect, LockReadings, ShownAuthority } from './lock-state.js';
import type { OperationRequest } from './operation-message.js';

/** What a lock knows when an operation is asked for whose certificate, if one came along, has been learned. */
export interface OperationContext {
  readonly crypto: CryptoProvider;
  readonly operation: OperationRequest;
  /** The lock's own tag. */
  readonly tag: Uint8Array;
  /** LN of this connection. */
  readonly challenge: Uint8Array;
  /** The caller's static public key, proven by the handshake. */
  readonly callerPublicKey: Uint8Array;
  readonly shown: ShownAuthority;
  readonly readings: LockReadings;
  readonly memory: LockMemory;
  readonly trust: LockTrust;
  readonly clock: LockClock;
  readonly connectionAgeMs: number;
  /** What stays the same over the lock's life. */
  readonly lock: LockContext;
  /** What the lock knows since it has power. */
  readonly awake: LockAwake;
  /** Monotonic ms. */
  readonly at: number;
  /** Hash of everything both sides said to open this session. */
  readonly handshakeHash: Uint8Array;
}

/** What an operation leads to. */
export interface OperationOutcome {
  readonly code: AnswerCode;
  /** Of the answer. */
  readonly body: Uint8Array;
  /** What else the driver must do, before the answer leaves. */
  readonly effects?: readonly LockEffect[];
  /** What the log says of it. */
  readonly entry?: LogFact;
  /** A manifest that the caller has shown: it may carry its set for the rest of the session. */
  readonly manifest?: SetRevision;
  /** The answer waits for a card: until when, in monotonic ms, and whom the log will name. */
  readonly awaitCard?: { readonly until: number; readonly actor: Uint8Array };
  /** What follows when the answer has left, and ends the session. */
  readonly farewell?: readonly LockEffect[];
}

/** An operation's outcome, and what the lock remembers of it. */
export type OperationDecision = OperationOutcome & {
  readonly memory: LockMemory;
  /** Somebody whom the property trusts signed what was shown. */
  readonly verified: boolean;
};

/** Decides and carries out one operation. */
export type OperationHandler = (o: OperationContext) => OperationDecision;

/** The body of an answer that says nothing but its code. */
export const noBody: Uint8Array = new Uint8Array(0);

/** Answers with a code and no more, and remembers nothing. */
export function answerOnly(o: OperationContext, code: AnswerCode, verified: boolean): OperationDecision {
  return { code, body: noBody, memory: o.memory, verified };
}

/** Why the grant that was shown does not give a right that is tied to no place and no single use; `undefined` when it does. */
export function refusalOfGrant(o: OperationContext, right: OperationRight): OperationDecision | undefined {
  const { crypto, memory, trust, clock } = o;
  const { grant } = o.shown;
  if (grant === undefined) return answerOnly(o, 'no-right', false);
  const decision = verifyGrant(crypto, grant, {
    ...{ certificate: certificateOf(crypto, memory, { signed: grant, trust, clock }), epoch: trust.epoch, lock: o.tag },
    ...{ clock, callerPublicKey: o.callerPublicKey, right, via: 'anywhere', intent: 'biometric' },
    // What a one-shot grant shows is not used up by looking.
    memory: { ...grantMemory(memory), isUsed: () => false },
  });
  return decision.ok ? undefined : answerOnly(o, decision.code, !unverifiedCodes.includes(decision.code));
}
