import type { MemberId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { WorkplaceAction } from '../workplace-matrix.js';
import { decideWorkplace, isLicenseActive, type WorkplaceDenial } from './access.js';
import type {
  Period,
  ReservationCommand,
  ReservationContext,
  ReservationDecision,
  ReservationFacts,
  ReservationRefusal,
  ReservationState,
} from './reservation-decision.js';

/** The longest one reservation may be; a desk for good is assigned, not reserved (S5). */
export const longestReservationMs = 31 * 24 * 60 * 60 * 1000;

/** How far in the past a new reservation may begin: who books from now on sends a moment that has passed on arrival. */
export const reservationStartGraceMs = 5 * 60 * 1000;

/** Tells whether two half-open periods share a moment. */
export function overlaps(one: Period, other: Period): boolean {
  return one.startsAt < other.endsAt && other.startsAt < one.endsAt;
}

/**
 * Decides a wish about reservations: whoever may reserve, for themselves anywhere people book, for others in the
 * dashboard (S7, S8, S39); a desk once at a time, nobody else's own desk, and never in the past.
 */
export function decideReservation(
  state: ReservationState,
  command: ReservationCommand,
  context: ReservationContext,
): ReservationDecision {
  if (command.type === 'create') {
    const { deskId, memberId } = command;
    const period = { startsAt: command.startsAt, endsAt: command.endsAt };
    const refusal =
      findDenial(state, memberId, 'reservation.create_own', context) ??
      findHolderFault(state, memberId, context.at) ??
      findPeriodFault(period, context.at) ??
      findDeskFault(state, { deskId, memberId, period });
    return refusal === undefined ? { allow: true, change: { type: 'created', deskId, memberId, period } } : no(refusal);
  }
  const { reservationId } = command;
  const reservation = state.reservation(reservationId);
  const denial = findDenial(state, reservation?.memberId, 'reservation.edit_own', context);
  if (denial !== undefined) return no(hide(denial, reservationId, reservation?.memberId === context.actorId));
  if (reservation === undefined) return no({ because: 'reservation-not-found', reservationId });
  if (reservation.cancelledAt !== null) {
    if (command.type === 'cancel') return { allow: true, change: null };
    return no({ because: 'reservation-ended', endedAt: reservation.cancelledAt });
  }
  if (reservation.endsAt <= context.at) return no({ because: 'reservation-ended', endedAt: reservation.endsAt });
  if (command.type === 'cancel') return { allow: true, change: { type: 'cancelled', reservationId } };
  return decideChange(state, reservation, command, context.at);
}

function decideChange(
  state: ReservationState,
  reservation: ReservationFacts,
  command: Extract<ReservationCommand, { readonly type: 'change' }>,
  at: Instant,
): ReservationDecision {
  const { reservationId, memberId } = reservation;
  const deskId = command.deskId ?? reservation.deskId;
  const period = { startsAt: command.startsAt ?? reservation.startsAt, endsAt: command.endsAt ?? reservation.endsAt };
  if (
    deskId === reservation.deskId &&
    period.startsAt === reservation.startsAt &&
    period.endsAt === reservation.endsAt
  ) {
    return { allow: true, change: null };
  }
  const moved = period.startsAt !== reservation.startsAt;
  const begun = reservation.startsAt <= at;
  const refusal =
    (moved && begun ? ({ because: 'period-past', startsAt: reservation.startsAt } as const) : undefined) ??
    // What has begun keeps its beginning; where it ends from now on is a new wish.
    findPeriodFault(period, moved ? at : period.startsAt, at) ??
    findHolderFault(state, memberId, at) ??
    findDeskFault(state, { deskId, memberId, period, except: reservation });
  if (refusal !== undefined) return no(refusal);
  return { allow: true, change: { type: 'changed', reservationId, deskId, period } };
}

/** Whether the actor may: by the right over their own, or by the right over others'. */
function findDenial(
  state: ReservationState,
  holderId: MemberId | undefined,
  own: WorkplaceAction,
  { actorId, channel, at }: ReservationContext,
): WorkplaceDenial | undefined {
  const actor = state.member(actorId) ?? { state: 'removed', workplace: null };
  const action = holderId === actorId ? own : 'reservation.manage';
  const decision = decideWorkplace(actor, state.subscription, { action, channel, at });
  return decision.allow ? undefined : decision;
}

/** Who may not manage others' reservations does not learn that there is one. */
function hide(
  denial: WorkplaceDenial,
  reservationId: ReservationFacts['reservationId'],
  isOwn: boolean,
): ReservationRefusal {
  const hidden = !isOwn && denial.because === 'role-lacks-action';
  return hidden ? { because: 'reservation-not-found', reservationId } : denial;
}

function findHolderFault(state: ReservationState, memberId: MemberId, at: Instant): ReservationRefusal | undefined {
  const holder = state.member(memberId);
  const counts = holder?.state === 'active' && isLicenseActive(holder, state.subscription, at);
  return counts ? undefined : { because: 'holder-not-licensed', memberId };
}

function findPeriodFault(
  { startsAt, endsAt }: Period,
  earliest: Instant,
  now: Instant = earliest,
): ReservationRefusal | undefined {
  if (endsAt <= startsAt || endsAt - startsAt > longestReservationMs) return { because: 'period-invalid' };
  if (startsAt < earliest - reservationStartGraceMs || endsAt <= now) return { because: 'period-past', startsAt };
  return undefined;
}

function findDeskFault(
  state: ReservationState,
  wish: {
    readonly deskId: ReservationFacts['deskId'];
    readonly memberId: MemberId;
    readonly period: Period;
    readonly except?: ReservationFacts;
  },
): ReservationRefusal | undefined {
  const { deskId, memberId, period, except } = wish;
  const desk = state.desk(deskId);
  if (desk === undefined) return { because: 'desk-not-found', deskId };
  if (desk.assignedTo !== null && desk.assignedTo !== memberId) return { because: 'desk-taken', deskId };
  let taken: ReservationFacts | undefined;
  for (const other of state.reservationsOf(deskId)) {
    if (other.cancelledAt !== null || other.reservationId === except?.reservationId) continue;
    if (overlaps(other, period) && (taken === undefined || other.startsAt < taken.startsAt)) taken = other;
  }
  if (taken === undefined) return undefined;
  return { because: 'desk-reserved', deskId, taken: { startsAt: taken.startsAt, endsAt: taken.endsAt } };
}

function no(refusal: ReservationRefusal): ReservationDecision {
  return { allow: false, refusal };
}
