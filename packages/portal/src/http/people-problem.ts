import { isDeepStrictEqual } from 'node:util';
import { createProblem, type Problem, type RowProblem } from '@latchwork/contract';
import { explain } from '@latchwork/core/explain';
import type { PeopleDecision, PeopleRefusal } from '@latchwork/core/people';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { ProblemAnswer } from './call.js';

type Refused = Extract<PeopleDecision, { readonly allow: false }>;

/** The answer for a refused command about people; a batch names its rows with the addresses as they were typed (G11). */
export function answerOfRefusal(refused: Refused, emails: readonly string[] = []): ProblemAnswer {
  const problem = problemOf(refused.refusal);
  if (refused.rows.length === 0) return { problem };
  // Whoever lacks the right for every row at fault is told so as for any other call.
  const lacks =
    problem.status === 403 && refused.rows.every(({ refusal }) => isDeepStrictEqual(refusal, refused.refusal));
  if (lacks) return { problem };
  const rows: RowProblem[] = refused.rows.map(({ row, refusal }) => ({
    row,
    email: emails[row] ?? '',
    code: problemOf(refusal).code,
    explanation: explain(refusal),
  }));
  return { problem: createProblem('batch-refused', { rows }) };
}

/** The problem of one refusal: the same code, with its values. */
export function problemOf(refusal: PeopleRefusal): Problem {
  const detail = explain(refusal);
  switch (refusal.because) {
    // Whoever is not known here is told as little as of what does not exist (G10).
    case 'member-not-found':
    case 'unknown-member':
    case 'not-assigned':
      return notFound.problem;
    case 'not-active':
    case 'property-required':
    case 'role-lacks-action':
    case 'needs-approval':
    case 'license-required':
    case 'unknown-action': {
      const { because, action, role, whoCould } = refusal;
      const facts = { because, action, role, whoCould: [...whoCould] };
      return createProblem('forbidden', { ...facts, explanation: detail, detail });
    }
    case 'role-level-not-manageable': {
      const { actor, target, propertyId, whoCould } = refusal;
      const facts = { actor, target, propertyId, whoCould: [...whoCould] };
      return createProblem('role-level-not-manageable', { ...facts, explanation: detail, detail });
    }
    case 'invitation-expired':
      return createProblem('invitation-expired', { expiredAt: timestampOf(refusal.expiredAt), detail });
    default: {
      const { because, ...values } = refusal;
      // What such a refusal carries is what its problem carries, by the same names.
      return createProblem(because, { ...values, detail } as never);
    }
  }
}
