import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation, buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let office: SampleOffice;
beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  office = await buildSampleOffice(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

// Signed in anew: the clock is moved by days.
const admin = async () => await office.people.admin.on('dashboard');
const joined = async (name: string, rest: { readonly licensed?: boolean; readonly role?: 'admin' } = {}) => {
  const rows = [{ email: office.address(name), name, ...rest }];
  await (await admin()).users.invite({ organizationId: office.organizationId, rows });
  return await acceptInvitation(test, office.address(name));
};
const unauthenticated = { info: { code: 'unauthenticated' } };
const signIn = async (email: string, channel: 'portal_app' | 'dashboard' | 'mobile_app' | 'web_reservation_portal') =>
  await test.client().sessions.create({ email, password: samplePassword, channel });

describe('sessions', () => {
  it('S9, S10: are opened with e-mail address and password, which is the method when none was chosen', async () => {
    const user = await office.join('nora');
    const { session } = await signIn(user.email, 'mobile_app');
    expect(session).toMatchObject({ channel: 'mobile_app', method: 'email_password', memberId: user.id });
    const invitee = { email: office.address('nils'), signInMethod: 'carrier_pigeon' as never };
    const call = office.people.admin.client.users.invite({ organizationId: office.organizationId, rows: [invitee] });
    await expect(call).rejects.toMatchObject({ info: { code: 'invalid-request' } });
  });

  it('last half a day on a desk and a month on a phone', async () => {
    const hourMs = 3_600_000;
    for (const [channel, hours] of [
      ['dashboard', 12],
      ['web_reservation_portal', 12],
      ['mobile_app', 30 * 24],
    ] as const) {
      const { token, session } = await signIn(office.people.member.email, channel);
      expect(Date.parse(session.expiresAt) - Date.parse(session.createdAt)).toBe(hours * hourMs);
      if (hours > 12) continue;
      const clock = test.clock.now();
      test.clock.advance(hours * hourMs - 1);
      await test.client(token).me();
      test.clock.advance(1);
      await expect(test.client(token).me()).rejects.toMatchObject(unauthenticated);
      expect(test.clock.now() - clock).toBe(hours * hourMs);
    }
  });

  it('S39: are not opened on a booking channel without a license, and are with one', async () => {
    const user = await joined('lukas', { licensed: false, role: 'admin' });
    for (const channel of ['mobile_app', 'web_reservation_portal'] as const) {
      await expect(signIn(user.email, channel)).rejects.toMatchObject({ info: { code: 'license-required' } });
    }
    await signIn(user.email, 'dashboard');
    const client = await admin();
    const { version } = await client.users.get({ memberId: user.id });
    await client.users.update({ memberId: user.id, licensed: true, version });
    await signIn(user.email, 'mobile_app');
  });

  it('G32: are not opened on a channel on which the person has nothing to do, with a hint to the right one', async () => {
    for (const { email } of [hotel.people.housekeeping, hotel.people.installer]) {
      const refused = signIn(email, 'dashboard');
      await expect(refused).rejects.toMatchObject({
        info: { code: 'channel-not-allowed', explanation: expect.stringContaining('Sign in with the Portal app.') },
      });
    }
    const booking = signIn(hotel.people.team.email, 'mobile_app');
    await expect(booking).rejects.toMatchObject({ info: { code: 'channel-not-allowed' } });
    const portalApp = signIn(office.people.member.email, 'portal_app');
    await expect(portalApp).rejects.toMatchObject({ info: { code: 'channel-not-allowed' } });
  });

  it('are listed with their channel and ended one by one, by their owner alone', async () => {
    const { email } = hotel.people.team;
    const phone = await signIn(email, 'portal_app');
    const desk = await signIn(email, 'dashboard');
    const { data } = await test.client(desk.token).sessions.listMine({ limit: 200 });
    expect(data).toEqual(expect.arrayContaining([phone.session, desk.session]));
    const stranger = hotel.people.owner.client.sessions.end({ sessionId: phone.session.id });
    await expect(stranger).rejects.toMatchObject({ info: { code: 'not-found' } });
    await test.client(desk.token).sessions.end({ sessionId: phone.session.id });
    await test.client(desk.token).sessions.end({ sessionId: phone.session.id });
    await expect(test.client(phone.token).me()).rejects.toMatchObject(unauthenticated);
    const left = await test.client(desk.token).sessions.listMine({ limit: 200 });
    expect(left.data.map(({ id }) => id)).not.toContain(phone.session.id);
    const made = test.client(desk.token).sessions.end({ sessionId: phone.session.id.replace(/.{4}$/, '0000') });
    await expect(made).rejects.toMatchObject({ info: { code: 'not-found' } });
  });

  it('are listed across organizations, page by page', async () => {
    const { email } = hotel.people.general_manager;
    await (await admin()).users.invite({ organizationId: office.organizationId, rows: [{ email }] });
    const { token } = await test.mails.lastTo(email);
    await test.client().accountSetups.complete({ token, name: 'Gero', password: samplePassword });
    const here = await signIn(email, 'portal_app');
    const there = await signIn(email, 'mobile_app');
    const client = test.client(here.token);
    const ids: string[] = [];
    for await (const session of client.sessions.listMineAll({ limit: 1 })) ids.push(session.id);
    expect(ids).toEqual(expect.arrayContaining([here.session.id, there.session.id]));
    expect([...ids].sort()).toEqual(ids);
    await client.sessions.end({ sessionId: there.session.id });
    await expect(test.client(there.token).me()).rejects.toMatchObject(unauthenticated);
  });

  it('P-19: end at once with the membership: deactivated, removed', async () => {
    const client = await admin();
    const rested = await joined('rita');
    const phone = await rested.on('mobile_app');
    await client.users.deactivate({ memberId: rested.id });
    await expect(phone.me()).rejects.toMatchObject(unauthenticated);
    await expect(signIn(rested.email, 'mobile_app')).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });

    const removed = await joined('rolf');
    const tokens = [await removed.on('mobile_app'), await removed.on('dashboard')];
    await client.users.remove({ memberId: removed.id, confirm: 'remove' });
    for (const each of tokens) await expect(each.me()).rejects.toMatchObject(unauthenticated);
    await expect(signIn(removed.email, 'mobile_app')).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
  });
});
