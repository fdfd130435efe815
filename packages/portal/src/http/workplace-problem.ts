import { createProblem, type Problem } from '@latchwork/contract';
import { explainWorkplace, type ReservationRefusal, type WorkplaceDenial } from '@latchwork/core/workplace';
import { timestampOf } from '../wire-time.js';
import { forbidden, notFound } from './authorize.js';

/** The problem of a denied action in the workplace: without a license and on the wrong channel each has its own (S39, S7). */
export function problemOfDenial(denial: WorkplaceDenial): Problem {
  const explanation = explainWorkplace(denial);
  switch (denial.because) {
    // Whoever has no place in the workplace learns nothing of it.
    case 'not-assigned':
      return notFound.problem;
    case 'channel-not-allowed':
    case 'license-required':
      return createProblem(denial.because, { explanation, detail: explanation });
    default:
      // The roles of a workplace are the same in every kind of organization.
      return forbidden(denial, undefined);
  }
}

/** The problem of a refused wish about reservations: the same code, with its values. */
export function problemOfReservation(refusal: ReservationRefusal): Problem {
  if ('action' in refusal) return problemOfDenial(refusal);
  const detail = explainWorkplace(refusal);
  switch (refusal.because) {
    case 'reservation-not-found':
      return notFound.problem;
    case 'desk-reserved': {
      const { deskId, taken } = refusal;
      const period = { startsAt: timestampOf(taken.startsAt), endsAt: timestampOf(taken.endsAt) };
      return createProblem('desk-reserved', { deskId, ...period, detail });
    }
    case 'reservation-ended':
      return createProblem('reservation-ended', { endedAt: timestampOf(refusal.endedAt), detail });
    case 'desk-not-found':
    case 'desk-taken':
      return createProblem(refusal.because, { deskId: refusal.deskId, detail });
    case 'holder-not-licensed':
      return createProblem('holder-not-licensed', { memberId: refusal.memberId, detail });
    case 'period-invalid':
      return createProblem('period-invalid', { detail });
    case 'period-past':
      return createProblem('period-past', { detail });
  }
}
