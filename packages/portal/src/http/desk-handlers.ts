import { createProblem } from '@latchwork/contract';
import {
  decideReservation,
  decideWorkplace,
  explainWorkplace,
  type ReservationRefusal,
  type WorkplaceDecision,
} from '@latchwork/core/workplace';
import type { MemberPrincipal } from '../access/principal.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { instantOf, timestampOf } from '../wire-time.js';
import { cancelReservation, standsAt } from '../workplace/reservation-record.js';
import { deskHolders, reservationStateOf, workplaceMemberOf } from '../workplace/workplace-view.js';
import { notFound } from './authorize.js';
import type { Call, Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { problemOfDenial, problemOfReservation } from './workplace-problem.js';
import { deskOf, reservationOf } from './workplace-wire.js';

/** Creates the handlers of desks. */
export function createDeskHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): Pick<Handlers, 'createDesk' | 'listDesks' | 'removeDesk'> {
  const { projection, identifiers } = parts;

  const sightOf = (
    organization: Row<'organization'>,
    { member, channel }: MemberPrincipal,
    at: Call<'listDesks'>['now'],
  ): { readonly mayAssign: boolean } | ProblemAnswer => {
    const ask = (action: 'desk.assign' | 'reservation.create_own'): WorkplaceDecision =>
      decideWorkplace(workplaceMemberOf(member), organization, { action, channel, at });
    const assigning = ask('desk.assign');
    const booking = ask('reservation.create_own');
    if (assigning.allow || booking.allow) return { mayAssign: assigning.allow };
    return { problem: problemOfDenial(booking) };
  };

  const tell = (draft: Draft, type: 'desk.created' | 'desk.removed', desk: Row<'desk'>, { actor }: MemberPrincipal) => {
    const { id: deskId, organizationId } = desk;
    draft.event({ type, occurredAt: timestampOf(draft.now), organizationId, actor, deskId });
    draft.audit(organizationId, { action: type, actor, subject: { deskId } });
  };

  return {
    createDesk: async ({ request: { body }, place: { organization }, caller, write }) =>
      await write((draft) => {
        if (organization === undefined) return notFound;
        const id = identifiers.next('desk', draft.now);
        const { id: organizationId } = organization;
        const desk = { id, organizationId, name: body.name, createdAt: draft.now, removedAt: null };
        draft.insert('desk', desk);
        tell(draft, 'desk.created', desk, caller);
        const seen = { holderId: undefined, callerId: caller.member.id, mayAssign: true };
        return { status: 201, body: deskOf(desk, seen) };
      }),

    listDesks: async ({ request: { query }, place: { organization }, caller, now }) => {
      if (organization === undefined) return notFound;
      const sight = sightOf(organization, caller, now);
      if ('problem' in sight) return sight;
      const { freeFrom, freeTo } = query;
      if ((freeFrom === undefined) !== (freeTo === undefined)) return { problem: createProblem('period-invalid', {}) };
      const state = reservationStateOf(projection, organization);
      const callerId = caller.member.id;
      const whyNot = ({ id: deskId }: Row<'desk'>): ReservationRefusal | undefined => {
        if (freeFrom === undefined || freeTo === undefined) return undefined;
        const period = { startsAt: instantOf(freeFrom), endsAt: instantOf(freeTo) };
        const command = { type: 'create', deskId, memberId: callerId, ...period } as const;
        const decision = decideReservation(state, command, { actorId: callerId, channel: caller.channel, at: now });
        return decision.allow ? undefined : decision.refusal;
      };
      const desks = projection.desks.group(organization.id).filter(({ removedAt }) => removedAt === null);
      // What stands in the way of every desk is a fault of the question, not a list without desks.
      const fault = desks.map(whyNot).find((refusal) => refusal !== undefined && !('deskId' in refusal));
      if (fault !== undefined) return { problem: problemOfReservation(fault) };
      const holders = deskHolders(projection, organization);
      return {
        status: 200,
        body: pageOf(desks, {
          query,
          idOf: (row) => row.id,
          isVisible: (row) => whyNot(row) === undefined,
          toWire: (row) => deskOf(row, { holderId: holders.get(row.id), callerId, ...sight }),
        }),
      };
    },

    removeDesk: async ({ place, caller, write }) =>
      await write((draft) => {
        const { organization } = place;
        const desk = place.desk && projection.desks.get(place.desk.id);
        if (organization === undefined || desk === undefined) return notFound;
        const { id: deskId } = desk;
        const shown = deskOf(desk, { holderId: undefined, callerId: caller.member.id, mayAssign: true });
        if (desk.removedAt !== null) return { status: 200, body: { desk: shown, cancelled: [] } };
        if (deskHolders(projection, organization).has(deskId)) {
          const detail = explainWorkplace({ because: 'desk-taken', deskId });
          return { problem: createProblem('desk-taken', { deskId, detail }) };
        }
        draft.update('desk', { ...desk, removedAt: draft.now });
        tell(draft, 'desk.removed', desk, caller);
        const cancelled = projection.reservations
          .group(deskId)
          .filter((row) => standsAt(row, draft.now))
          .map((row) => reservationOf(cancelReservation(draft, row, caller.actor)));
        return { status: 200, body: { desk: shown, cancelled } };
      }),
  };
}
