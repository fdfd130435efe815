import type { Draft, EventDraft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

type Attempt = Row<'attempt'>;

/** Which of an attempt's facts an event tells. */
export type AttemptFact = 'accepted' | 'sent' | 'acknowledged' | 'ended' | 'denied';

/** Writes an attempt together with the event that tells its newest fact, and the audit entry where it is a decision or an end. */
export function recordAttempt(
  draft: Draft,
  projection: Projection,
  record: { readonly op: 'insert' | 'update'; readonly attempt: Attempt; readonly facts: readonly AttemptFact[] },
): void {
  const { attempt, op, facts } = record;
  draft[op]('attempt', attempt);
  for (const fact of facts) {
    draft.event(eventOf(attempt, fact, draft));
    const organizationId = projection.properties.get(attempt.propertyId)?.organizationId;
    if (organizationId === undefined || fact === 'sent' || fact === 'acknowledged') continue;
    const { id: attemptId, entranceId, deviceId, gatewayId, holderId, keyId, channel, state, code, because } = attempt;
    draft.audit(organizationId, {
      action: `unlock.${fact}`,
      actor: fact === 'ended' ? enderOf(attempt) : attempt.actor,
      propertyId: attempt.propertyId,
      subject: { attemptId, entranceId, deviceId, gatewayId, holderId, keyId, channel, state, code, because },
    });
  }
}

function enderOf({ actor, gatewayId, result }: Attempt): EventDraft['actor'] {
  if (result?.toldBy !== undefined) return result.toldBy === 'phone' ? actor : { kind: 'system' };
  return gatewayId !== null && result !== null ? { kind: 'gateway', gatewayId } : { kind: 'system' };
}

function eventOf(attempt: Attempt, fact: AttemptFact, { now }: Draft): EventDraft {
  const { id: attemptId, propertyId, entranceId, holderId, keyId, channel, actor, gatewayId } = attempt;
  const facts = { propertyId, attemptId, entranceId, holderId, keyId, channel, actor };
  const at = timestampOf(now);
  switch (fact) {
    case 'accepted':
      return { type: 'attempt.accepted', occurredAt: timestampOf(attempt.acceptedAt ?? now), ...facts };
    case 'denied': {
      const { because, explanation } = attempt;
      if (because === null) throw new Error(`Attempt ${attemptId} was denied without a reason.`);
      return { type: 'unlock.denied', occurredAt: at, ...facts, because, explanation: explanation ?? because };
    }
    case 'sent':
    case 'acknowledged':
      if (gatewayId === null) throw new Error(`Attempt ${attemptId} was ${fact} without a gateway.`);
      return { type: `attempt.${fact}`, occurredAt: at, ...facts, gatewayId };
    case 'ended': {
      const { state, code, result } = attempt;
      if (state === 'accepted' || state === 'sent' || state === 'acknowledged') {
        throw new Error(`Attempt ${attemptId} has not ended.`);
      }
      const occurredAt = timestampOf(result?.occurredAt ?? now);
      return { type: `attempt.${state}`, occurredAt, ...facts, code: code ?? state };
    }
  }
}
