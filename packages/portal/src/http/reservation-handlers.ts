import type { Instant } from '@latchwork/core';
import { decideReservation, decideWorkplace, overlaps, type ReservationCommand } from '@latchwork/core/workplace';
import type { MemberPrincipal } from '../access/principal.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { instantOf } from '../wire-time.js';
import { cancelReservation, recordReservation } from '../workplace/reservation-record.js';
import { reservationStateOf, workplaceMemberOf } from '../workplace/workplace-view.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { checkVersion } from './versions.js';
import { problemOfDenial, problemOfReservation } from './workplace-problem.js';
import { reservationOf } from './workplace-wire.js';

type ReservationOperation =
  | 'createReservation'
  | 'listReservations'
  | 'getReservation'
  | 'updateReservation'
  | 'cancelReservation';

/** Creates the handlers of reservations. Who may what, and which desk is free, core decides on what is committed. */
export function createReservationHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): Pick<Handlers, ReservationOperation> {
  const { projection, identifiers } = parts;

  const decide = (
    command: ReservationCommand,
    asked: { readonly organization: Row<'organization'>; readonly caller: MemberPrincipal; readonly at: Instant },
  ) => {
    const organization = projection.organizations.get(asked.organization.id) ?? asked.organization;
    const { member, channel } = asked.caller;
    const context = { actorId: member.id, channel, at: asked.at };
    return decideReservation(reservationStateOf(projection, organization), command, context);
  };

  /** Which reservations the caller sees: everybody's, their own, or none with the reason. */
  const sightOf = (
    { organization, caller }: { readonly organization: Row<'organization'>; readonly caller: MemberPrincipal },
    at: Instant,
  ): ((row: Row<'reservation'>) => boolean) | ProblemAnswer => {
    const member = workplaceMemberOf(caller.member);
    const ask = (action: 'reservation.manage' | 'reservation.create_own') =>
      decideWorkplace(member, organization, { action, channel: caller.channel, at });
    if (ask('reservation.manage').allow) return () => true;
    const own = ask('reservation.create_own');
    return own.allow ? (row) => row.memberId === caller.member.id : { problem: problemOfDenial(own) };
  };

  /** The reservation as it is committed now; a version that was not seen stops the edit. */
  const current = (place: { readonly reservation?: Row<'reservation'> }): Row<'reservation'> | undefined =>
    place.reservation && projection.reservations.get(place.reservation.id);

  const create = (
    draft: Draft,
    made: Pick<Row<'reservation'>, 'organizationId' | 'deskId' | 'memberId' | 'startsAt' | 'endsAt'>,
    { actor, member }: MemberPrincipal,
  ): Row<'reservation'> => {
    const id = identifiers.next('reservation', draft.now);
    const row = { ...made, id, creatorId: member.id, version: 1, createdAt: draft.now, cancelledAt: null };
    return recordReservation(draft, 'created', { row, actor });
  };

  return {
    createReservation: async ({ request: { body }, place: { organization }, caller, write }) =>
      await write((draft) => {
        if (organization === undefined) return notFound;
        const command = {
          type: 'create',
          deskId: body.deskId,
          memberId: body.memberId ?? caller.member.id,
          startsAt: instantOf(body.startsAt),
          endsAt: instantOf(body.endsAt),
        } as const;
        const decision = decide(command, { organization, caller, at: draft.now });
        if (!decision.allow) return { problem: problemOfReservation(decision.refusal) };
        const { deskId, memberId, startsAt, endsAt } = command;
        const made = { organizationId: organization.id, deskId, memberId, startsAt, endsAt };
        return { status: 201, body: reservationOf(create(draft, made, caller)) };
      }),

    listReservations: async ({ request: { query }, place: { organization }, caller, now }) => {
      if (organization === undefined) return notFound;
      const isSeen = sightOf({ organization, caller }, now);
      if (typeof isSeen !== 'function') return isSeen;
      const wanted = {
        startsAt: query.from === undefined ? (Number.NEGATIVE_INFINITY as Instant) : instantOf(query.from),
        endsAt: query.to === undefined ? (Number.POSITIVE_INFINITY as Instant) : instantOf(query.to),
      };
      const { deskId, memberId } = query;
      return {
        status: 200,
        body: pageOf(projection.reservations.group(deskId ?? memberId ?? organization.id), {
          query,
          idOf: (row) => row.id,
          isVisible: (row) =>
            row.organizationId === organization.id &&
            isSeen(row) &&
            (memberId === undefined || row.memberId === memberId) &&
            overlaps(row, wanted),
          toWire: reservationOf,
        }),
      };
    },

    getReservation: async ({ place: { organization, reservation }, caller, now }) => {
      if (organization === undefined || reservation === undefined) return notFound;
      const isSeen = sightOf({ organization, caller }, now);
      if (typeof isSeen !== 'function') return isSeen;
      return isSeen(reservation) ? { status: 200, body: reservationOf(reservation) } : notFound;
    },

    updateReservation: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const { organization } = place;
        const row = current(place);
        if (organization === undefined || row === undefined) return notFound;
        const command = {
          type: 'change',
          reservationId: row.id,
          deskId: body.deskId,
          startsAt: body.startsAt === undefined ? undefined : instantOf(body.startsAt),
          endsAt: body.endsAt === undefined ? undefined : instantOf(body.endsAt),
        } as const;
        const decision = decide(command, { organization, caller, at: draft.now });
        // A stranger learns neither that there is one nor its version.
        const hidden = !decision.allow && ['action', 'reservationId'].some((name) => name in decision.refusal);
        const stale = hidden ? undefined : checkVersion(headers, row.version);
        if (stale !== undefined) return stale;
        if (!decision.allow) return { problem: problemOfReservation(decision.refusal) };
        if (decision.change?.type !== 'changed') return { status: 200, body: reservationOf(row) };
        const { deskId, period } = decision.change;
        const changed = { ...row, deskId, ...period, version: row.version + 1 };
        recordReservation(draft, 'updated', { row: changed, actor: caller.actor });
        return { status: 200, body: reservationOf(changed) };
      }),

    cancelReservation: async ({ place, caller, write }) =>
      await write((draft) => {
        const { organization } = place;
        const row = current(place);
        if (organization === undefined || row === undefined) return notFound;
        const command = { type: 'cancel', reservationId: row.id } as const;
        const decision = decide(command, { organization, caller, at: draft.now });
        if (!decision.allow) return { problem: problemOfReservation(decision.refusal) };
        const left = decision.change === null ? row : cancelReservation(draft, row, caller.actor);
        return { status: 200, body: reservationOf(left) };
      }),
  };
}
