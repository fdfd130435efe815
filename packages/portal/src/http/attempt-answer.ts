import { createProblem, isEndState } from '@latchwork/contract';
import type { Row } from '../store/store.js';
import type { Answer } from './call.js';
import { attemptOf } from './wire.js';

/**
 * What an unlock answers, from the attempt alone, so that a repeated request is told the same as the first one: the
 * problem of an attempt that never left the portal, else the attempt, 200 once it has ended.
 */
export function answerOfAttempt(attempt: Row<'attempt'>): Answer<'unlockEntrance'> {
  const { id: attemptId, state, code, because, explanation, sentAt } = attempt;
  if (code === 'denied' && because !== null) {
    if (because === 'deadline-passed') return { problem: createProblem('deadline-passed', { attemptId }) };
    const reason = explanation ?? because;
    const problem = createProblem('unlock-refused', { because, explanation: reason, detail: reason, attemptId });
    return { problem };
  }
  if (sentAt === null && code === 'gateway-offline')
    return { problem: createProblem('gateway-offline', { attemptId }) };
  if (sentAt === null && state === 'expired') return { problem: createProblem('deadline-passed', { attemptId }) };
  return { status: isEndState(state) ? 200 : 202, body: attemptOf(attempt) };
}
