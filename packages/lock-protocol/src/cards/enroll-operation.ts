import { nobody } from '../lock/lock-entry.js';
import { lockLimits } from '../lock/lock-limits.js';
import {
  answerOnly,
  noBody,
  type OperationContext,
  type OperationDecision,
  type OperationHandler,
  refusalOfGrant,
} from '../lock/operation-context.js';
import type { OperationName } from '../lock/operation-message.js';
import { logActorSizeBytes } from '../log/lock-log.js';
import { decodeGrant } from '../objects/grant.js';
import { readEnroll } from './card-report.js';

/** The operation that reports a card (SPEC §10.10). */
export const enrollOperations = {
  enroll: decideEnroll,
} as const satisfies Partial<Record<OperationName, OperationHandler>>;

/** Answered when a card comes, or none does: the answer waits, and nothing else does. */
function decideEnroll(o: OperationContext): OperationDecision {
  const { at, connectionAgeMs, memory, shown } = o;
  const refused = refusalOfGrant(o, 'enroll');
  if (refused !== undefined) return refused;
  const seconds = readEnroll(o.operation.body);
  if (typeof seconds === 'string') return answerOnly(o, seconds, true);
  // The answer must still find its connection.
  const left = lockLimits.sessionMs - lockLimits.enrollMarginMs - connectionAgeMs;
  const until = at + Math.max(0, Math.min(seconds * 1000, left));
  const actor = shown.grant ? o.crypto.sha256(decodeGrant(shown.grant).grantId).slice(0, logActorSizeBytes) : nobody;
  return { code: 'ok', body: noBody, memory, verified: true, awaitCard: { until, actor } };
}
