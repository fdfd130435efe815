import type { Actor } from '@latchwork/contract';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** What can become of a reservation. */
export type ReservationStep = 'created' | 'updated' | 'cancelled';

/** Writes a reservation as it is from now on, with its event and its audit entry. */
export function recordReservation(
  draft: Draft,
  step: ReservationStep,
  written: { readonly row: Row<'reservation'>; readonly actor: Actor },
): Row<'reservation'> {
  const { row, actor } = written;
  if (step === 'created') draft.insert('reservation', row);
  else draft.update('reservation', row);
  const { id: reservationId, organizationId, deskId, memberId } = row;
  const period = { startsAt: timestampOf(row.startsAt), endsAt: timestampOf(row.endsAt) };
  const fact = { occurredAt: timestampOf(draft.now), organizationId, actor };
  draft.event({ type: `reservation.${step}`, ...fact, reservationId, deskId, memberId, ...period });
  draft.audit(organizationId, {
    action: `reservation.${step}`,
    actor,
    subject: { reservationId, deskId, memberId, ...period },
  });
  return row;
}

/** Cancels a reservation, or what is left of it. */
export function cancelReservation(draft: Draft, row: Row<'reservation'>, actor: Actor): Row<'reservation'> {
  const cancelled = { ...row, version: row.version + 1, cancelledAt: draft.now };
  return recordReservation(draft, 'cancelled', { row: cancelled, actor });
}

/** Cancels all that a person has reserved from now on. */
export function cancelReservationsOf(
  draft: Draft,
  projection: Projection,
  { member, actor }: { readonly member: Row<'member'>; readonly actor: Actor },
): void {
  for (const row of projection.reservations.group(member.id)) {
    if (standsAt(row, draft.now)) cancelReservation(draft, row, actor);
  }
}

/** Whether a reservation still takes its desk at a moment, now or later. */
export function standsAt({ cancelledAt, endsAt }: Row<'reservation'>, at: Draft['now']): boolean {
  return cancelledAt === null && endsAt > at;
}
