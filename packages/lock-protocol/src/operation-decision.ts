import type { AnswerCode } from './answer-code.js';
import type { CryptoProvider } from './crypto-provider.js';
import { verifyGrant } from './grant-decision.js';
import { certificateOf } from './known-certificates.js';
import { type LockTime, timeFrom } from './lock-clock.js';
import { encodeLogNumbers, type LogEntry, logActorSizeBytes } from './lock-log.js';
import { grantMemory, type LockMemory, raiseTimeFloor } from './lock-memory.js';
import type { LockReadings, ShownAuthority } from './lock-state.js';
import { encodeStatus } from './lock-status.js';
import type { LockTrust } from './lock-trust.js';
import { answerLogAcknowledge, answerLogRead } from './log-operation.js';
import { type LockClock, unverifiedCodes } from './object-decision.js';
import type { OperationName, OperationRequest } from './operation-message.js';
import type { OperationRight } from './rights.js';
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
  /** The lock's Ed25519 secret, if it signs. */
  readonly signingSecret?: Uint8Array;
}

/** What an operation leads to. */
export interface OperationOutcome {
  readonly code: AnswerCode;
  /** Of the answer. */
  readonly body: Uint8Array;
  /** The clock is to be set to this. */
  readonly time?: LockTime;
  /** What the log says of it. */
  readonly entry?: Pick<LogEntry, 'type' | 'result' | 'actor' | 'commandId'>;
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
  'log-read': decideLogRead,
  'log-acknowledge': decideLogAcknowledge,
};

/** Decides and carries out an operation that moves no bolt (SPEC §10.8). */
export function decideOperation(o: OperationContext): OperationDecision {
  return decisions[o.operation.name](o);
}

function answer(o: OperationContext, code: AnswerCode, verified: boolean): OperationDecision {
  return { code, body: nothing, memory: o.memory, verified };
}

/** Whether the grant that was shown gives a right that is not tied to a place or to a single use. */
function refusalOfGrant(o: OperationContext, right: OperationRight): OperationDecision | undefined {
  const { crypto, memory, trust, clock } = o;
  const { grant } = o.shown;
  if (grant === undefined) return answer(o, 'no-right', false);
  const decision = verifyGrant(crypto, grant, {
    ...{ certificate: certificateOf(crypto, memory, { signed: grant, trust, clock }), epoch: trust.epoch, lock: o.tag },
    ...{ clock, callerPublicKey: o.callerPublicKey, right, via: 'anywhere', intent: 'biometric' },
    // What a one-shot grant shows is not used up by looking.
    memory: { ...grantMemory(memory), isUsed: () => false },
  });
  return decision.ok ? undefined : answer(o, decision.code, !unverifiedCodes.includes(decision.code));
}

function decideStatus(o: OperationContext): OperationDecision {
  const { memory, trust, clock, readings } = o;
  const refused = refusalOfGrant(o, 'status');
  if (refused !== undefined) return refused;
  const { bolt, batteryPercent } = readings;
  const body = encodeStatus({
    ...{ bolt, batteryPercent, clockQuality: clock.quality },
    utcSeconds: clock.quality === 'none' ? 0 : clock.utcSeconds,
    ...{ epoch: trust.epoch, logSeq: memory.log.head.seq, logHead: memory.log.head.hash },
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
  const time = timeFrom(decision.token, connectionAgeMs);
  const actor = crypto.sha256(signed).slice(0, logActorSizeBytes);
  const before = quality === 'none' ? 0 : clock.utcSeconds;
  return {
    ...{ code: 'ok', body: nothing, verified: true, time },
    memory: raiseTimeFloor(memory, issuedAt, { quality, utcSeconds }),
    entry: { type: 'clock-set', result: 'ok', actor, commandId: encodeLogNumbers(before, time.utcSeconds) },
  };
}

function decideLogRead(o: OperationContext): OperationDecision {
  const { crypto, memory, trust, clock, tag, signingSecret } = o;
  const refused = refusalOfGrant(o, 'log');
  if (refused !== undefined) return refused;
  if (signingSecret === undefined) return answer(o, 'unsupported', true);
  const { quality } = clock;
  const issuedAt = quality === 'none' ? 0 : clock.utcSeconds;
  const moment = { lock: tag, issuedAt, quality, epoch: trust.epoch };
  const { body } = o.operation;
  const read = answerLogRead(crypto, memory.log, { body, signing: { secret: signingSecret, moment } });
  return read.ok ? { code: 'ok', body: read.page, memory, verified: true } : answer(o, read.code, true);
}

function decideLogAcknowledge(o: OperationContext): OperationDecision {
  const { crypto, memory } = o;
  const refused = refusalOfGrant(o, 'log');
  if (refused !== undefined) return refused;
  const done = answerLogAcknowledge(crypto, memory.log, o.operation.body);
  if (!done.ok) return answer(o, done.code, true);
  return { code: 'ok', body: nothing, memory: { ...memory, log: done.ring }, verified: true };
}
