import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let office: SampleOffice;
const hourMs = 3_600_000;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  office = await buildSampleOffice(test);
});

const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });
const inOffice = () => ({ organizationId: office.organizationId });
const at = (hours: number) => new Date(test.clock.now() + hours * hourMs).toISOString();
const wish = (from: number, to: number, rest: object = {}) => ({
  ...inOffice(),
  deskId: office.desks[0].id,
  startsAt: at(from),
  endsAt: at(to),
  ...rest,
});

describe('reserving', () => {
  it('S8: a Member makes, moves and cancels a reservation in the dashboard, the mobile app and the reservation portal', async () => {
    for (const channel of ['dashboard', 'mobile_app', 'web_reservation_portal'] as const) {
      const client = await office.people.member.on(channel);
      const made = await client.reservations.create(wish(1, 2));
      expect(made).toMatchObject({ memberId: office.people.member.id, creatorId: office.people.member.id, version: 1 });
      const { id: reservationId } = made;
      const moved = await client.reservations.update({ reservationId, version: 1, endsAt: at(3) });
      expect(moved).toMatchObject({ startsAt: made.startsAt, endsAt: at(3), version: 2 });
      expect(await client.reservations.get({ reservationId })).toEqual(moved);
      const cancelled = await client.reservations.cancel({ reservationId });
      expect(cancelled).toMatchObject({ cancelledAt: expect.any(String), version: 3 });
      expect(await client.reservations.cancel({ reservationId })).toEqual(cancelled);
    }
  });

  it('S8: others’ reservations do not exist for a Member, who learns only that a desk is taken', async () => {
    const { member, coordinator } = office.people;
    const { id: reservationId } = await coordinator.client.reservations.create(wish(1, 2));
    for (const channel of ['dashboard', 'mobile_app'] as const) {
      const client = await member.on(channel);
      expect((await client.reservations.list(inOffice())).data).toEqual([]);
      const calls = [
        client.reservations.get({ reservationId }),
        client.reservations.update({ reservationId, version: 1, endsAt: at(5) }),
        client.reservations.update({ reservationId, version: 7, endsAt: at(5) }),
        client.reservations.cancel({ reservationId }),
      ];
      const code = channel === 'dashboard' ? 'not-found' : expect.stringMatching(/^(not-found|channel-not-allowed)$/);
      for (const call of calls) await expect(call).rejects.toMatchObject(failing(code as string));
      const taken = client.reservations.create(wish(0.5, 1.5));
      await expect(taken).rejects.toMatchObject(
        failing('desk-reserved', { deskId: office.desks[0].id, startsAt: at(1), endsAt: at(2) }),
      );
      const forOther = client.reservations.create(wish(5, 6, { memberId: coordinator.id }));
      await expect(forOther).rejects.toMatchObject(
        failing(channel === 'dashboard' ? 'forbidden' : (expect.any(String) as unknown as string)),
      );
    }
  });

  it('S7: Coordinator and Admin manage everybody’s in the dashboard, and only there', async () => {
    const { member } = office.people;
    for (const role of ['coordinator', 'admin'] as const) {
      const person = office.people[role];
      const made = await person.client.reservations.create(wish(1, 2, { memberId: member.id }));
      expect(made).toMatchObject({ memberId: member.id, creatorId: person.id });
      const { id: reservationId } = made;
      expect((await person.client.reservations.list({ ...inOffice(), memberId: member.id })).data).toContainEqual(made);
      const mobile = await person.on('mobile_app');
      expect((await mobile.reservations.list(inOffice())).data).not.toContainEqual(made);
      const elsewhere = failing('channel-not-allowed', { explanation: expect.stringMatching(/dashboard/) });
      const more = mobile.reservations.create(wish(3, 4, { memberId: member.id }));
      await expect(more).rejects.toMatchObject(elsewhere);
      await expect(mobile.reservations.cancel({ reservationId })).rejects.toMatchObject(elsewhere);
      const own = await mobile.reservations.create(wish(3, 4));
      expect(own.memberId).toBe(person.id);
      await person.client.reservations.update({ reservationId, version: 1, deskId: office.desks[1].id });
      expect((await member.client.reservations.list(inOffice())).data).toContainEqual(
        expect.objectContaining({ id: reservationId, deskId: office.desks[1].id }),
      );
      await person.client.reservations.cancel({ reservationId });
      await person.client.reservations.cancel({ reservationId: own.id });
    }
  });

  it('C2: the portal answers as core decides: a desk once at a time, of many who ask at once one gets it', async () => {
    const clients = await Promise.all(
      ['dashboard', 'mobile_app', 'web_reservation_portal'].map((channel) => office.people.member.on(channel as never)),
    );
    const asked = [...clients, office.people.admin.client, office.people.coordinator.client];
    const outcomes = await Promise.allSettled(asked.map((client) => client.reservations.create(wish(1, 2))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(failing('desk-reserved'));
    }
    expect(await office.people.admin.client.reservations.create(wish(2, 3))).toMatchObject({ startsAt: at(2) });
  });

  it('S39: for nobody without an active license', async () => {
    const { admin, coordinator, member } = office.people;
    const { version } = await admin.client.users.get({ memberId: member.id });
    await admin.client.users.update({ memberId: member.id, version, licensed: false });
    const forMember = coordinator.client.reservations.create(wish(1, 2, { memberId: member.id }));
    await expect(forMember).rejects.toMatchObject(failing('holder-not-licensed', { memberId: member.id }));
    await expect(member.client.reservations.create(wish(1, 2))).rejects.toMatchObject(failing('license-required'));
  });

  it('never in the past, not longer than 31 days, not at a desk that is somebody’s own or gone', async () => {
    const { admin, member } = office.people;
    const { client } = member;
    const refusals = [
      [wish(-2, 1), 'period-past'],
      [wish(2, 1), 'period-invalid'],
      [wish(1, 1 + 31 * 24 + 0.01), 'period-invalid'],
      [wish(1, 2, { deskId: `desk_${'0'.repeat(26)}` }), 'desk-not-found'],
    ] as const;
    for (const [input, code] of refusals) {
      await expect(client.reservations.create(input)).rejects.toMatchObject(failing(code));
    }
    const [desk] = office.desks;
    const { version } = await admin.client.users.get({ memberId: admin.id });
    await admin.client.users.update({ memberId: admin.id, version, deskId: desk.id });
    await expect(client.reservations.create(wish(1, 2))).rejects.toMatchObject(failing('desk-taken'));
    expect((await client.desks.list(inOffice())).data[0]).toMatchObject({ assigned: 'other', assignedTo: null });
    expect((await admin.client.desks.list(inOffice())).data[0]).toMatchObject({
      assigned: 'caller',
      assignedTo: admin.id,
    });
    expect(await admin.client.reservations.create(wish(1, 2))).toMatchObject({ deskId: desk.id });
  });

  it('what ran out cannot change any more, what has begun can only end otherwise', async () => {
    const { client } = office.people.member;
    const { id: reservationId } = await client.reservations.create(wish(0, 2));
    test.clock.advance(hourMs);
    const later = client.reservations.update({ reservationId, version: 1, startsAt: at(0.5) });
    await expect(later).rejects.toMatchObject(failing('period-past'));
    await client.reservations.update({ reservationId, version: 1, endsAt: at(0.5) });
    test.clock.advance(hourMs);
    const over = client.reservations.update({ reservationId, version: 2, endsAt: at(3) });
    await expect(over).rejects.toMatchObject(failing('reservation-ended'));
    await expect(client.reservations.cancel({ reservationId })).rejects.toMatchObject(failing('reservation-ended'));
  });

  it('two who move one reservation do not overwrite each other', async () => {
    const { client } = office.people.coordinator;
    const { id: reservationId, version } = await client.reservations.create(wish(1, 2));
    await client.reservations.update({ reservationId, version, endsAt: at(3) });
    const stale = office.people.admin.client.reservations.update({ reservationId, version, endsAt: at(4) });
    await expect(stale).rejects.toMatchObject(failing('version-stale', { currentVersion: version + 1 }));
  });

  it('whoever is removed or deactivated keeps no desk from others', async () => {
    const { admin, member } = office.people;
    const over = await member.client.reservations.create(wish(0, 1));
    test.clock.advance(2 * hourMs);
    await member.client.reservations.create(wish(1, 2));
    await admin.client.users.deactivate({ memberId: member.id });
    const { data } = await admin.client.reservations.list({ ...inOffice(), memberId: member.id });
    expect(data.map(({ id, cancelledAt }) => (id === over.id ? null : cancelledAt))).toEqual([
      null,
      expect.any(String),
    ]);
    expect(await admin.client.reservations.create(wish(1, 2))).toMatchObject({ startsAt: at(1) });
  });
});

describe('desks', () => {
  it('S8: whoever books finds the desks that are free for a period', async () => {
    const { member, coordinator } = office.people;
    await coordinator.client.reservations.create(wish(1, 2));
    const mobile = await member.on('mobile_app');
    const free = async (freeFrom: number, freeTo: number) => {
      const { data } = await mobile.desks.list({ ...inOffice(), freeFrom: at(freeFrom), freeTo: at(freeTo) });
      return data.map(({ name }) => name);
    };
    expect(await free(0, 1)).toEqual(['Window', 'Corner']);
    expect(await free(0, 1.5)).toEqual(['Corner']);
    await expect(free(3, 2)).rejects.toMatchObject(failing('period-invalid'));
    await expect(free(-3, 2)).rejects.toMatchObject(failing('period-past'));
    const half = mobile.desks.list({ ...inOffice(), freeFrom: at(1) });
    await expect(half).rejects.toMatchObject(failing('period-invalid'));
  });

  it('S6: only an Admin adds and removes desks; what was reserved there from now on is cancelled', async () => {
    const { admin, member } = office.people;
    for (const role of ['coordinator', 'member'] as const) {
      const { client } = office.people[role];
      await expect(client.desks.create({ ...inOffice(), name: 'Attic' })).rejects.toMatchObject(failing('forbidden'));
      await expect(client.desks.remove({ deskId: office.desks[0].id })).rejects.toMatchObject(failing('forbidden'));
    }
    const over = await member.client.reservations.create(wish(0, 1));
    test.clock.advance(2 * hourMs);
    const coming = await member.client.reservations.create(wish(1, 2));
    const [desk] = office.desks;
    const removed = await admin.client.desks.remove({ deskId: desk.id });
    expect(removed).toMatchObject({ desk: { id: desk.id }, cancelled: [{ id: coming.id }] });
    expect(await admin.client.desks.remove({ deskId: desk.id })).toMatchObject({ cancelled: [] });
    expect((await member.client.desks.list(inOffice())).data.map(({ name }) => name)).toEqual(['Corner']);
    await expect(member.client.reservations.create(wish(3, 4))).rejects.toMatchObject(failing('desk-not-found'));
    expect(await member.client.reservations.get({ reservationId: over.id })).toMatchObject({ cancelledAt: null });
  });

  it('S5: a desk that is somebody’s own is not removed before they have another', async () => {
    const { admin, member } = office.people;
    const [desk] = office.desks;
    const { version } = await admin.client.users.get({ memberId: member.id });
    await admin.client.users.update({ memberId: member.id, version, deskId: desk.id });
    await expect(admin.client.desks.remove({ deskId: desk.id })).rejects.toMatchObject(failing('desk-taken'));
    await admin.client.users.update({ memberId: member.id, version: version + 1, deskId: null });
    expect((await admin.client.desks.remove({ deskId: desk.id })).cancelled).toEqual([]);
  });
});

describe('insights', () => {
  it('S7: how desks were used, per day and per desk, in the time zone asked for; nobody is named', async () => {
    const { coordinator, member } = office.people;
    const day = new Date(test.clock.now() + 30 * hourMs).toISOString().slice(0, 10);
    const made = wish(1, 2);
    await member.client.reservations.create({
      ...made,
      startsAt: `${day}T09:00:00Z`,
      endsAt: `${day}T10:30:00Z`,
    });
    const seen = await coordinator.client.insights.get({ ...inOffice(), from: day, to: day });
    expect(seen).toEqual({
      organizationId: office.organizationId,
      timeZone: 'UTC',
      days: [{ date: day, used: 1, total: 2, reservedMinutes: 90 }],
      desks: [
        { deskId: office.desks[0].id, name: 'Window', used: 1, total: 1, reservedMinutes: 90 },
        { deskId: office.desks[1].id, name: 'Corner', used: 0, total: 1, reservedMinutes: 0 },
      ],
    });
    const away = await coordinator.client.insights.get({
      ...inOffice(),
      from: day,
      to: day,
      timeZone: 'Pacific/Kiritimati',
    });
    expect(away).toMatchObject({ timeZone: 'Pacific/Kiritimati', days: [{ used: 1 }] });
  });

  it('S7, S8: for Coordinator and Admin in the dashboard; a period has an end', async () => {
    const { admin, coordinator, member } = office.people;
    const period = { ...inOffice(), from: '2026-01-01', to: '2026-04-02' };
    expect((await admin.client.insights.get(period)).days).toHaveLength(92);
    await expect(member.client.insights.get(period)).rejects.toMatchObject(failing('forbidden'));
    const mobile = await coordinator.on('mobile_app');
    await expect(mobile.insights.get(period)).rejects.toMatchObject(failing('channel-not-allowed'));
    for (const wrong of [{ to: '2026-04-03' }, { to: '2025-12-31' }]) {
      const call = admin.client.insights.get({ ...period, ...wrong });
      await expect(call).rejects.toMatchObject(failing('period-invalid'));
    }
    for (const edge of ['0000-01-01', '0001-01-01', '9999-12-31']) {
      const { days } = await admin.client.insights.get({ ...period, from: edge, to: edge, timeZone: 'Asia/Tokyo' });
      expect(days).toMatchObject([{ date: edge, used: 0 }]);
    }
    for (const wrong of [{ to: '2026-02-30' }, { from: 'today' }, { timeZone: '+02:00' }]) {
      const call = admin.client.insights.get({ ...period, ...wrong });
      await expect(call).rejects.toMatchObject(failing('invalid-request'));
    }
  });
});
