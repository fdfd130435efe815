import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../channel.js';
import type { DeskId, MemberId, ReservationId } from '../identifiers.js';
import { type Instant, toInstant } from '../instant.js';
import type { WorkplaceRole } from '../role.js';
import { explainWorkplace } from './explain-workplace.js';
import { decideReservation, longestReservationMs, overlaps, reservationStartGraceMs } from './reservation.js';
import type { ReservationCommand, ReservationFacts, ReservationState } from './reservation-decision.js';

const hour = 3_600_000;
const now = toInstant(1_800_000_000_000);
const later = (hours: number): Instant => toInstant(now + hours * hour);
const id = {
  ana: 'ana' as MemberId,
  cora: 'cora' as MemberId,
  adam: 'adam' as MemberId,
  ulla: 'ulla' as MemberId,
  window: 'window' as DeskId,
  corner: 'corner' as DeskId,
  own: 'own' as DeskId,
};

const member = (role: WorkplaceRole, licensed = true) => ({ state: 'active', workplace: { role, licensed } }) as const;

function office(reservations: readonly ReservationFacts[] = [], subscriptionEndsAt: Instant | null = null) {
  const members = {
    ana: member('member'),
    cora: member('coordinator'),
    adam: member('admin'),
    ulla: member('member', false),
  };
  const desks = { window: { assignedTo: null }, corner: { assignedTo: null }, own: { assignedTo: id.cora } };
  return {
    subscription: { subscriptionEndsAt },
    member: (memberId: string) => members[memberId as keyof typeof members],
    desk: (deskId: string) => desks[deskId as keyof typeof desks],
    reservation: (reservationId) => reservations.find((one) => one.reservationId === reservationId),
    reservationsOf: (deskId) => reservations.filter((one) => one.deskId === deskId),
  } satisfies ReservationState;
}

const booked = (reservationId: string, memberId: MemberId, from: number, to: number, deskId = id.window) => ({
  reservationId: reservationId as ReservationId,
  deskId,
  memberId,
  startsAt: later(from),
  endsAt: later(to),
  cancelledAt: null,
});
const by = (actorId: MemberId, channel: Channel = 'dashboard', at = now) => ({ actorId, channel, at });
const create = (memberId: MemberId, from = 1, to = 2, deskId = id.window): ReservationCommand => ({
  type: 'create',
  deskId,
  memberId,
  startsAt: later(from),
  endsAt: later(to),
});
const change = (reservationId: string, rest: object): ReservationCommand => ({
  type: 'change',
  reservationId: reservationId as ReservationId,
  ...rest,
});
const cancel = (reservationId: string): ReservationCommand => ({
  type: 'cancel',
  reservationId: reservationId as ReservationId,
});
const refusal = (because: string, rest: object = {}) => ({ allow: false, refusal: { because, ...rest } });

describe('who may reserve', () => {
  it('S8: a Member reserves, moves and cancels their own, wherever people book', () => {
    for (const channel of ['mobile_app', 'web_reservation_portal', 'dashboard'] as const) {
      const state = office([booked('r', id.ana, 1, 2)]);
      expect(decideReservation(state, create(id.ana, 3, 4), by(id.ana, channel))).toEqual({
        allow: true,
        change: {
          type: 'created',
          deskId: 'window',
          memberId: 'ana',
          period: { startsAt: later(3), endsAt: later(4) },
        },
      });
      expect(decideReservation(state, change('r', { endsAt: later(3) }), by(id.ana, channel))).toMatchObject({
        change: { type: 'changed', period: { startsAt: later(1), endsAt: later(3) } },
      });
      expect(decideReservation(state, cancel('r'), by(id.ana, channel))).toMatchObject({
        change: { type: 'cancelled' },
      });
    }
    expect(decideReservation(office(), create(id.ana), by(id.ana, 'api'))).toMatchObject(
      refusal('channel-not-allowed'),
    );
  });

  it('S7, S8: others’ are for Coordinator and Admin in the dashboard; a Member does not learn of them', () => {
    const state = office([booked('r', id.ana, 1, 2), booked('s', id.cora, 3, 4)]);
    for (const actor of [id.cora, id.adam]) {
      expect(decideReservation(state, cancel('r'), by(actor)).allow).toBe(true);
      expect(decideReservation(state, create(id.ana, 5, 6), by(actor)).allow).toBe(true);
      expect(decideReservation(state, cancel('r'), by(actor, 'mobile_app'))).toMatchObject(
        refusal('channel-not-allowed', { channels: ['dashboard'] }),
      );
    }
    for (const command of [cancel('s'), change('s', { endsAt: later(9) }), cancel('nowhere')]) {
      expect(decideReservation(state, command, by(id.ana))).toMatchObject(refusal('reservation-not-found'));
    }
    expect(decideReservation(state, create(id.cora, 5, 6), by(id.ana))).toMatchObject(refusal('role-lacks-action'));
    expect(decideReservation(state, cancel('nowhere'), by(id.cora))).toMatchObject(refusal('reservation-not-found'));
  });

  it('S39: neither by nor for somebody without an active license', () => {
    expect(decideReservation(office(), create(id.ulla), by(id.ulla))).toMatchObject(refusal('license-required'));
    expect(decideReservation(office(), create(id.ulla), by(id.cora))).toMatchObject(refusal('holder-not-licensed'));
    expect(decideReservation(office(), create('nobody' as MemberId), by(id.cora))).toMatchObject(
      refusal('holder-not-licensed'),
    );
    expect(decideReservation(office([], now), create(id.ana), by(id.ana))).toMatchObject(refusal('license-required'));
  });
});

describe('which desk, and when', () => {
  it('S5: nobody else’s own desk, no unknown desk', () => {
    expect(decideReservation(office(), create(id.ana, 1, 2, id.own), by(id.ana))).toMatchObject(refusal('desk-taken'));
    expect(decideReservation(office(), create(id.cora, 1, 2, id.own), by(id.cora)).allow).toBe(true);
    const nowhere = create(id.ana, 1, 2, 'attic' as DeskId);
    expect(decideReservation(office(), nowhere, by(id.ana))).toMatchObject(refusal('desk-not-found'));
  });

  it('a desk once at a time; one after the other is free', () => {
    const state = office([booked('r', id.cora, 4, 6), booked('s', id.cora, 2, 4)]);
    const taken = { startsAt: later(2), endsAt: later(4) };
    expect(decideReservation(state, create(id.ana, 1, 5), by(id.ana))).toEqual(
      refusal('desk-reserved', { deskId: 'window', taken }),
    );
    expect(decideReservation(state, create(id.ana, 1, 2), by(id.ana)).allow).toBe(true);
    expect(decideReservation(state, create(id.ana, 6, 7), by(id.ana)).allow).toBe(true);
    expect(decideReservation(state, create(id.ana, 1, 5, id.corner), by(id.ana)).allow).toBe(true);
    const freed = office([{ ...booked('r', id.cora, 1, 4), cancelledAt: now }]);
    expect(decideReservation(freed, create(id.ana, 1, 4), by(id.ana)).allow).toBe(true);
  });

  it('never in the past, and no longer than 31 days', () => {
    const ask = (startsAt: number, endsAt: number) =>
      decideReservation(
        office(),
        { ...create(id.ana), startsAt: toInstant(startsAt), endsAt: toInstant(endsAt) } as ReservationCommand,
        by(id.ana),
      );
    expect(ask(now - reservationStartGraceMs, now + 1).allow).toBe(true);
    expect(ask(now - reservationStartGraceMs - 1, now + hour)).toMatchObject(refusal('period-past'));
    expect(ask(now - 1, now)).toMatchObject(refusal('period-past'));
    expect(ask(now + 5, now + 5)).toMatchObject(refusal('period-invalid'));
    expect(ask(now, now + longestReservationMs).allow).toBe(true);
    expect(ask(now, now + longestReservationMs + 1)).toMatchObject(refusal('period-invalid'));
  });

  it('what has begun keeps its beginning, what has ended does not change', () => {
    const state = office([booked('running', id.ana, -1, 2), booked('over', id.ana, -3, -2)]);
    const ask = (command: ReservationCommand) => decideReservation(state, command, by(id.ana));
    expect(ask(change('running', { endsAt: later(3) })).allow).toBe(true);
    expect(ask(change('running', { startsAt: later(1) }))).toMatchObject(refusal('period-past'));
    expect(ask(change('running', { endsAt: now }))).toMatchObject(refusal('period-past'));
    expect(ask(cancel('running')).allow).toBe(true);
    expect(ask(cancel('over'))).toMatchObject(refusal('reservation-ended', { endedAt: later(-2) }));
  });

  it('a repeat changes nothing', () => {
    const state = office([{ ...booked('r', id.ana, 1, 2), cancelledAt: now }, booked('s', id.ana, 3, 4)]);
    expect(decideReservation(state, cancel('r'), by(id.ana))).toEqual({ allow: true, change: null });
    expect(decideReservation(state, change('r', { endsAt: later(9) }), by(id.ana))).toMatchObject(
      refusal('reservation-ended'),
    );
    expect(decideReservation(state, change('s', { endsAt: later(4) }), by(id.ana))).toEqual({
      allow: true,
      change: null,
    });
  });

  it('whatever is asked for, in any order, no desk is ever reserved twice', () => {
    const wish = fc.record({
      type: fc.constantFrom('create', 'change', 'cancel'),
      which: fc.nat(9),
      actor: fc.constantFrom(id.ana, id.cora, id.adam),
      deskId: fc.constantFrom(id.window, id.corner, id.own),
      from: fc.nat(20),
      length: fc.nat(6),
    });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 40 }), (wishes) => {
        let all: readonly ReservationFacts[] = [];
        for (const { type, which, actor, deskId, from, length } of wishes) {
          const place = { deskId, startsAt: later(from), endsAt: later(from + length) };
          const command = {
            create: { type: 'create', memberId: id.ana, ...place },
            change: { ...change(`r${which}`, place) },
            cancel: cancel(`r${which}`),
          }[type] as ReservationCommand;
          const decision = decideReservation(office(all), command, by(actor));
          if (!decision.allow) {
            expect(explainWorkplace(decision.refusal)).toMatch(/^[A-Z0-9].+\.$/);
            continue;
          }
          const done = decision.change;
          if (done?.type === 'created') {
            const reservationId = `r${all.length}` as ReservationId;
            all = [
              ...all,
              { reservationId, deskId: done.deskId, memberId: done.memberId, ...done.period, cancelledAt: null },
            ];
          } else if (done?.type === 'changed') {
            all = all.map((one) =>
              one.reservationId === done.reservationId ? { ...one, deskId: done.deskId, ...done.period } : one,
            );
          } else if (done?.type === 'cancelled') {
            all = all.map((one) => (one.reservationId === done.reservationId ? { ...one, cancelledAt: now } : one));
          }
        }
        const standing = all.filter((one) => one.cancelledAt === null);
        for (const [index, one] of standing.entries()) {
          for (const other of standing.slice(index + 1)) {
            expect(one.deskId === other.deskId && overlaps(one, other)).toBe(false);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
