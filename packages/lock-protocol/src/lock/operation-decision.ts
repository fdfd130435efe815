import { enrollOperations } from '../cards/enroll-operation.js';
import { commissionOperations } from '../commissioning/commission-operation.js';
import { firmwareOperations } from '../firmware/firmware-operation.js';
import { encodeLogNumbers, logActorSizeBytes } from '../log/lock-log.js';
import { answerLogAcknowledge, answerLogRead } from '../log/log-operation.js';
import { certificateOf } from '../objects/known-certificates.js';
import { unverifiedCodes } from '../objects/object-decision.js';
import { verifyTimeToken } from '../objects/time-token.js';
import { setOperations, setStatusOf } from '../sets/set-operation.js';
import { timeFrom } from './lock-clock.js';
import { raiseTimeFloor } from './lock-memory.js';
import { encodeStatus } from './lock-status.js';
import {
  answerOnly,
  noBody,
  type OperationContext,
  type OperationDecision,
  type OperationHandler,
  refusalOfGrant,
} from './operation-context.js';
import type { OperationName } from './operation-message.js';

const decisions: Readonly<Record<OperationName, OperationHandler>> = {
  status: decideStatus,
  time: decideTime,
  'log-read': decideLogRead,
  'log-acknowledge': decideLogAcknowledge,
  ...setOperations,
  ...enrollOperations,
  ...firmwareOperations,
  ...commissionOperations,
};

/** Decides and carries out an operation that moves no bolt (SPEC §10.8). */
export function decideOperation(o: OperationContext): OperationDecision {
  return decisions[o.operation.name](o);
}

function decideStatus(o: OperationContext): OperationDecision {
  const { crypto, memory, trust, clock, readings } = o;
  const refused = refusalOfGrant(o, 'status');
  if (refused !== undefined) return refused;
  const { bolt, batteryPercent } = readings;
  const { firmware } = o.lock;
  const body = encodeStatus({
    ...{ bolt, batteryPercent, clockQuality: clock.quality },
    utcSeconds: clock.quality === 'none' ? 0 : clock.utcSeconds,
    ...{ epoch: trust.epoch, logSeq: memory.log.head.seq, logHead: memory.log.head.hash },
    set: setStatusOf(crypto, memory.set),
    ...(firmware ? { firmwareVersion: firmware.version } : {}),
  });
  return { code: 'ok', body, memory, verified: true };
}

/** Anybody with a session may bring the time: it speaks for itself. */
function decideTime(o: OperationContext): OperationDecision {
  const { crypto, memory, trust, clock, connectionAgeMs, readings } = o;
  const { body: signed } = o.operation;
  const decision = verifyTimeToken(crypto, signed, {
    ...{
      certificate: certificateOf(crypto, memory, { signed, trust, clock, tellsTime: true }),
      epoch: trust.epoch,
      lock: o.tag,
    },
    ...{ challenge: o.challenge, connectionAgeMs },
  });
  if (!decision.ok) return answerOnly(o, decision.code, !unverifiedCodes.includes(decision.code));
  const { issuedAt } = decision.token;
  const { clockQuality: quality, utcSeconds } = readings;
  const time = timeFrom(decision.token, connectionAgeMs);
  const actor = crypto.sha256(signed).slice(0, logActorSizeBytes);
  const before = quality === 'none' ? 0 : clock.utcSeconds;
  return {
    ...{ code: 'ok', body: noBody, verified: true, effects: [{ type: 'set-clock', time }] },
    memory: raiseTimeFloor(memory, issuedAt, { quality, utcSeconds }),
    entry: { type: 'clock-set', result: 'ok', actor, commandId: encodeLogNumbers(before, time.utcSeconds) },
  };
}

function decideLogRead(o: OperationContext): OperationDecision {
  const { crypto, memory, trust, clock, tag } = o;
  const { signingSecret } = o.lock;
  const refused = refusalOfGrant(o, 'log');
  if (refused !== undefined) return refused;
  if (signingSecret === undefined) return answerOnly(o, 'unsupported', true);
  const { quality } = clock;
  const issuedAt = quality === 'none' ? 0 : clock.utcSeconds;
  const moment = { lock: tag, issuedAt, quality, epoch: trust.epoch };
  const { body } = o.operation;
  const read = answerLogRead(crypto, memory.log, { body, signing: { secret: signingSecret, moment } });
  if (!read.ok) return answerOnly(o, read.code, true);
  const effects = [{ type: 'log-told', through: read.through }] as const;
  return { code: 'ok', body: read.page, memory, verified: true, effects };
}

function decideLogAcknowledge(o: OperationContext): OperationDecision {
  const { crypto, memory } = o;
  const refused = refusalOfGrant(o, 'log');
  if (refused !== undefined) return refused;
  const done = answerLogAcknowledge(crypto, memory.log, o.operation.body);
  if (!done.ok) return answerOnly(o, done.code, true);
  return { code: 'ok', body: noBody, memory: { ...memory, log: done.ring }, verified: true };
}
