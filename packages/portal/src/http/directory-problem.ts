import { createProblem } from '@latchwork/contract';
import type { PlanRefusal } from '../directory/plan-desk.js';
import { notFound } from './authorize.js';
import type { ProblemAnswer } from './call.js';
import { answerOfRefusal } from './people-problem.js';

/** The answer for a plan that is not carried out. */
export function answerOfPlan(refusal: PlanRefusal): ProblemAnswer {
  switch (refusal.code) {
    case 'review-not-found':
      return notFound;
    case 'people':
      return answerOfRefusal({ ...refusal.refused, rows: [] });
    case 'plan-held': {
      const { held, removals } = refusal;
      return { problem: createProblem('plan-held', { held: [...held], removals }) };
    }
    default: {
      const { code, ...values } = refusal;
      // What such a refusal carries is what its problem carries, by the same names.
      return { problem: createProblem(code, values as never) };
    }
  }
}
