import { createClient } from '@latchwork/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptInvitation, buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let office: SampleOffice;

beforeAll(async () => {
  test = await startTestPortal();
  office = await buildSampleOffice(test, { licenses: 100 });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

let counter = 0;
const fresh = () => office.address(`person-${++counter}`);
const admin = () => office.people.admin.client;
const inOffice = () => ({ organizationId: office.organizationId });
const mailsTo = async (email: string) => (await test.mails.all()).filter((mail) => mail.to === email).length;
const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });
const usage = async () => (await admin().subscription.get(inOffice())).usage;

async function invite(row: object = {}, email = fresh()) {
  const { invitations } = await admin().users.invite({ ...inOffice(), rows: [{ email, ...row }] });
  const [made] = invitations;
  if (made === undefined) throw new Error('Nobody was invited.');
  return made;
}

describe('inviting users', () => {
  it('S1: whoever is invited by hand enters the mobile app and the web reservation portal', async () => {
    const user = await office.join('both-channels');
    for (const channel of ['mobile_app', 'web_reservation_portal'] as const) {
      const client = await user.on(channel);
      expect((await client.me()).session).toMatchObject({ channel });
      expect(await client.reservations.list(inOffice())).toMatchObject({ data: [] });
    }
  });

  it('S2, S9, S18: an address alone identifies the invitee: a Member who signs in with e-mail and password', async () => {
    const email = `  ${fresh().toUpperCase()} `;
    const { user, invitation } = await invite({}, email);
    expect(user).toMatchObject({
      email: email.trim(),
      name: null,
      state: 'inactive',
      role: 'member',
      signInMethod: 'email_password',
      licensed: true,
      deskId: null,
    });
    expect(invitation).toMatchObject({ memberId: user.id, state: 'open', mail: 'queued' });
    const again = admin().users.invite({ ...inOffice(), rows: [{ email: email.trim().toLowerCase() }] });
    await expect(again).rejects.toMatchObject(failing('batch-refused', { rows: [{ row: 0, code: 'email-in-use' }] }));
  });

  it('S4: one call makes one invitation and one mail, however often it is repeated', async () => {
    const email = fresh();
    const rows = [{ email, role: 'coordinator' as const }];
    const calls = [1, 2, 3].map(() =>
      admin().users.invite({ ...inOffice(), rows }, { idempotencyKey: `invite-${email}` }),
    );
    const replies = await Promise.allSettled(calls);
    const made = replies.flatMap((reply) => (reply.status === 'fulfilled' ? reply.value.invitations : []));
    const repeated = await admin().users.invite({ ...inOffice(), rows }, { idempotencyKey: `invite-${email}` });
    expect(new Set([...made, ...repeated.invitations].map(({ invitation }) => invitation.id)).size).toBe(1);
    expect(await mailsTo(email)).toBe(1);
  });

  it('S5: role and desk are assigned with the invitation; a missing address, an unknown role or desk is refused', async () => {
    const [desk] = office.desks;
    const { user } = await invite({ role: 'coordinator', deskId: desk.id });
    expect(user).toMatchObject({ role: 'coordinator', deskId: desk.id });
    const email = fresh();
    for (const row of [{ role: 'member' }, { email, role: 'owner' }, { email, role: '' }]) {
      const call = admin().users.invite({ ...inOffice(), rows: [row as never] });
      await expect(call).rejects.toMatchObject(failing('invalid-request'));
    }
    const wishes = [
      { row: { email, deskId: desk.id }, code: 'desk-taken' },
      { row: { email, deskId: `desk_${'0'.repeat(26)}` }, code: 'desk-not-found' },
      { row: { email: 'not an address' }, code: 'email-invalid' },
    ];
    for (const { row, code } of wishes) {
      const call = admin().users.invite({ ...inOffice(), rows: [row] });
      await expect(call).rejects.toMatchObject(
        failing('batch-refused', { rows: [{ row: 0, email: row.email, code }] }),
      );
    }
    expect(await mailsTo(email)).toBe(0);
    await admin().users.remove({ memberId: user.id, confirm: 'remove' });
  });

  it('S5: all rows or none: of a batch with one fault nobody is invited and nothing is mailed', async () => {
    const before = await usage();
    const good = [fresh(), fresh()];
    const rows = [{ email: good[0] ?? '' }, { email: office.people.member.email }, { email: good[1] ?? '' }];
    const refused = admin().users.invite({ ...inOffice(), rows });
    await expect(refused).rejects.toMatchObject(
      failing('batch-refused', {
        rows: [{ row: 1, email: office.people.member.email, code: 'email-in-use', explanation: expect.any(String) }],
      }),
    );
    for (const email of good) expect(await mailsTo(email)).toBe(0);
    expect(await usage()).toEqual(before);
  });

  it('a dry run finds what an invitation would, and does nothing', async () => {
    const before = await usage();
    const email = fresh();
    const dry = await admin().users.invite({ ...inOffice(), rows: [{ email }, { email }], dryRun: true });
    expect(dry).toEqual({ invitations: [], warnings: [{ code: 'address-repeated', row: 1, firstRow: 0 }] });
    const rows = [{ email: office.people.member.email }];
    const refused = admin().users.invite({ ...inOffice(), rows, dryRun: true });
    await expect(refused).rejects.toMatchObject(failing('batch-refused'));
    expect(await usage()).toEqual(before);
    expect(await mailsTo(email)).toBe(0);
  });

  it('S3, S6: users are listed for Admins, page by page, invited ones too', async () => {
    const { user } = await invite();
    const ids: string[] = [];
    for await (const listed of admin().users.listAll({ ...inOffice(), limit: 2 })) ids.push(listed.id);
    expect(ids).toEqual(expect.arrayContaining([user.id, office.people.member.id, office.people.admin.id]));
    expect(new Set(ids).size).toBe(ids.length);
    expect(await admin().users.get({ memberId: user.id })).toMatchObject({ id: user.id, state: 'inactive' });
    for (const role of ['coordinator', 'member'] as const) {
      const { client } = office.people[role];
      await expect(client.users.list(inOffice())).rejects.toMatchObject(failing('forbidden'));
      await expect(client.users.get({ memberId: user.id })).rejects.toMatchObject(failing('forbidden'));
    }
  });

  it('colleagues (★c): whoever may reserve for others sees the names of licensed users, and nothing else of them', async () => {
    const { user } = await invite({ name: 'Not Yet' });
    const idle = await office.join('Unlicensed');
    const { version } = await admin().users.get({ memberId: idle.id });
    await admin().users.update({ memberId: idle.id, version, licensed: false });
    const { data } = await office.people.coordinator.client.users.listColleagues({ ...inOffice(), limit: 200 });
    expect(data).toContainEqual({ id: office.people.member.id, name: 'member' });
    expect(data.every((colleague) => Object.keys(colleague).sort().join() === 'id,name')).toBe(true);
    const ids = data.map(({ id }) => id);
    expect(ids).not.toContain(user.id);
    expect(ids).not.toContain(idle.id);
    const denied = office.people.member.client.users.listColleagues(inOffice());
    await expect(denied).rejects.toMatchObject(failing('forbidden'));
  });
});

describe('settings of a user', () => {
  const edit = async (memberId: string, change: object) => {
    const { version } = await admin().users.get({ memberId });
    return await admin().users.update({ memberId, version, ...change });
  };

  it('S38: role, desk, license and sign-in method change one by one, and only what was named', async () => {
    const user = await office.join('settings');
    const [, desk] = office.desks;
    expect(await edit(user.id, { role: 'coordinator' })).toMatchObject({ role: 'coordinator', licensed: true });
    expect(await edit(user.id, { deskId: desk.id })).toMatchObject({ role: 'coordinator', deskId: desk.id });
    expect(await edit(user.id, { licensed: false })).toMatchObject({ deskId: desk.id, licensed: false });
    expect(await edit(user.id, { deskId: null, licensed: true })).toMatchObject({ deskId: null, licensed: true });
    expect(await edit(user.id, { signInMethod: 'sso_google' })).toMatchObject({
      role: 'coordinator',
      signInMethod: 'sso_google',
    });
    const other = await office.join('settings-other');
    await edit(other.id, { deskId: desk.id });
    await expect(edit(user.id, { deskId: desk.id })).rejects.toMatchObject(failing('desk-taken', { deskId: desk.id }));
    await edit(other.id, { deskId: null });
  });

  it('S38: a changed role counts from the next request on', async () => {
    const user = await office.join('promoted');
    await expect(user.client.users.list(inOffice())).rejects.toMatchObject(failing('forbidden'));
    await edit(user.id, { role: 'admin' });
    expect((await user.client.users.list(inOffice())).data.length).toBeGreaterThan(0);
    await edit(user.id, { role: 'member' });
    await expect(user.client.users.list(inOffice())).rejects.toMatchObject(failing('forbidden'));
  });

  it('S38: an edit names the version that was seen; another one, and none, is refused', async () => {
    const { user } = await invite();
    const seen = user.version;
    await admin().users.update({ memberId: user.id, version: seen, role: 'coordinator' });
    const stale = admin().users.update({ memberId: user.id, version: seen, role: 'admin' });
    await expect(stale).rejects.toMatchObject(failing('version-stale', { currentVersion: seen + 1 }));
    const path = `/v1/users/${user.id}`;
    const token = await tokenOf(office.people.admin.email);
    const response = await test.send('PATCH', path, { token, body: { role: 'admin' } });
    expect(response.status).toBe(428);
    const read = await test.send('GET', path, { token });
    expect(read.headers.get('etag')).toBe(`"${seen + 1}"`);
    const address = await test.send('PATCH', path, {
      token,
      body: { email: fresh() },
      headers: { 'if-match': '*' },
    });
    expect(await address.json()).toMatchObject({ code: 'email-immutable' });
  });

  it('S38: whoever is deactivated is out at once, frees license and desk, and comes back by a license', async () => {
    const user = await office.join('pausing');
    const [, desk] = office.desks;
    await edit(user.id, { deskId: desk.id });
    const mobile = await user.on('mobile_app');
    const before = await usage();
    const gone = await admin().users.deactivate({ memberId: user.id });
    expect(gone).toMatchObject({ state: 'deactivated', licensed: false, deskId: null });
    expect(await admin().users.deactivate({ memberId: user.id })).toMatchObject({ state: 'deactivated' });
    for (const client of [user.client, mobile]) {
      await expect(client.me()).rejects.toMatchObject(failing('unauthenticated'));
    }
    await expect(user.on('mobile_app')).rejects.toMatchObject(failing('sign-in-failed'));
    expect(await usage()).toMatchObject({ assigned: before.assigned - 1, available: before.available + 1 });
    expect(await admin().users.reactivate({ memberId: user.id })).toMatchObject({ state: 'active', licensed: true });
    expect(await usage()).toEqual(before);
    expect(await (await user.on('mobile_app')).reservations.list(inOffice())).toMatchObject({ data: [] });
    await expect(mobile.me()).rejects.toMatchObject(failing('unauthenticated'));
  });

  it('S38, P-20: the last Admin who can sign in stays Admin, whatever is tried, and whoever is only invited does not count', async () => {
    const { id: memberId } = office.people.admin;
    await invite({ role: 'admin' });
    const lastOfRole = failing('last-of-role', { role: 'admin' });
    await expect(edit(memberId, { role: 'coordinator' })).rejects.toMatchObject(lastOfRole);
    await expect(edit(memberId, { signInMethod: 'sso_google' })).rejects.toMatchObject(lastOfRole);
    await expect(admin().users.deactivate({ memberId })).rejects.toMatchObject(lastOfRole);
    await expect(admin().users.remove({ memberId, confirm: 'remove' })).rejects.toMatchObject(lastOfRole);
    expect(await admin().users.get({ memberId })).toMatchObject({ role: 'admin', state: 'active' });
  });

  it('removal is confirmed by the word, holds at once and on every channel, and frees the license', async () => {
    const user = await office.join('leaving');
    const mobile = await user.on('mobile_app');
    const before = await usage();
    for (const confirm of ['', 'Remove', 'delete']) {
      const call = admin().users.remove({ memberId: user.id, confirm: confirm as 'remove' });
      await expect(call).rejects.toMatchObject(failing('confirmation-required'));
    }
    expect(await usage()).toEqual(before);
    expect(await admin().users.remove({ memberId: user.id, confirm: 'remove' })).toMatchObject({ state: 'removed' });
    expect(await admin().users.remove({ memberId: user.id, confirm: 'remove' })).toMatchObject({ state: 'removed' });
    for (const client of [user.client, mobile]) {
      await expect(client.me()).rejects.toMatchObject(failing('unauthenticated'));
    }
    expect(await usage()).toMatchObject({ available: before.available + 1 });
    await expect(admin().users.reactivate({ memberId: user.id })).rejects.toMatchObject(failing('not-found'));
    const { user: again } = await invite({}, user.email);
    expect(again.id).not.toBe(user.id);
  });

  it('S40: from password to single sign-on and back, invited or active; the old sessions end', async () => {
    const { user: invited } = await invite();
    expect(await edit(invited.id, { signInMethod: 'sso_microsoft_365' })).toMatchObject({ state: 'inactive' });
    const user = await office.join('switching');
    const mobile = await user.on('mobile_app');
    await edit(user.id, { signInMethod: 'sso_google' });
    await expect(mobile.me()).rejects.toMatchObject(failing('unauthenticated'));
    await expect(user.on('mobile_app')).rejects.toMatchObject(failing('sign-in-failed'));
    const mailed = await mailsTo(user.email);
    await edit(user.id, { signInMethod: 'email_password' });
    expect(await mailsTo(user.email)).toBe(mailed + 1);
    await expect(user.on('mobile_app')).rejects.toMatchObject(failing('sign-in-failed'));
    const back = await acceptInvitation(test, user.email);
    expect(back.id).toBe(user.id);
    const switches: unknown[] = [];
    for await (const { action, actor, subject } of admin().audit.listAll(inOffice())) {
      if (action === 'member.updated' && subject['memberId'] === user.id) switches.push({ actor, ...subject });
    }
    const actor = { kind: 'member', memberId: office.people.admin.id, channel: 'dashboard' };
    const changed = ['sign_in_method'];
    expect(switches).toMatchObject([
      { actor, changed, signInMethod: 'sso_google' },
      { actor, changed, signInMethod: 'email_password' },
    ]);
  });

  async function tokenOf(email: string): Promise<string> {
    const made = await test
      .client()
      .sessions.create({ email, password: 'correct horse battery staple', channel: 'dashboard' });
    return made.token;
  }
});

describe('an organization of both schemes', () => {
  it('S1, S7: a session of a booking channel reaches desks and nothing else, whatever its person may do elsewhere', async () => {
    const email = `both-${++counter}@both.example`;
    const operator = test.client(test.portal.operatorKey.reveal());
    const made = await operator.organizations.create({
      name: 'Both',
      schemes: ['hospitality', 'workplace'],
      owner: { email },
      plan: 'pro',
      licenses: 3,
    });
    const organizationId = made.organization.id;
    const owner = await acceptInvitation(test, email);
    const property = await owner.client.properties.create({ organizationId, name: 'Inn', timeZone: 'Europe/Berlin' });
    const propertyId = property.id;
    const { version } = await owner.client.users.get({ memberId: owner.id });
    await owner.client.users.update({ memberId: owner.id, version, licensed: true });
    for (const channel of ['mobile_app', 'web_reservation_portal'] as const) {
      const client = await owner.on(channel);
      expect((await client.me()).member.id).toBe(owner.id);
      expect((await client.desks.list({ organizationId })).data).toEqual([]);
      const calls = [
        client.organizations.get({ organizationId }),
        client.properties.list({ organizationId }),
        client.properties.get({ propertyId }),
        client.members.list({ propertyId }),
        client.members.get({ memberId: owner.id }),
        client.invitations.create({ organizationId, emails: [fresh()], organizationOwner: true }),
        client.invitations.createForProperty({ propertyId, emails: [fresh()], role: 'team' }),
        client.apiKeys.create({ organizationId, name: 'Mine', scopes: ['people'] }),
        client.users.list({ organizationId }),
        client.audit.list({ organizationId }),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject(failing('channel-not-allowed'));
    }
  });

  it('no role of one scheme reaches into the other: a user is no member of a property, and no member a user', async () => {
    const operator = test.client(test.portal.operatorKey.reveal());
    const email = `owner-${++counter}@two.example`;
    const schemes = ['hospitality', 'workplace'] as const;
    const made = await operator.organizations.create({
      name: 'Two',
      schemes: [...schemes],
      owner: { email },
      licenses: 3,
    });
    const organizationId = made.organization.id;
    const owner = await acceptInvitation(test, email);
    const property = await owner.client.properties.create({ organizationId, name: 'Inn', timeZone: 'Europe/Berlin' });
    const clerk = `clerk-${email}`;
    await owner.client.users.invite({ organizationId, rows: [{ email: clerk, role: 'admin' }] });
    const staff = `staff-${email}`;
    await owner.client.invitations.createForProperty({ propertyId: property.id, emails: [staff], role: 'team' });
    const user = await acceptInvitation(test, clerk);
    const { data } = await owner.client.members.list({ propertyId: property.id, limit: 200 });
    const member = data.find((one) => one.email === staff);
    expect(member).toBeDefined();
    expect(data.map(({ id }) => id)).not.toContain(user.id);
    const memberId = member?.id ?? '';
    await expect(user.client.users.get({ memberId })).rejects.toMatchObject(failing('not-found'));
    expect((await user.client.users.list({ organizationId })).data.map(({ id }) => id)).not.toContain(memberId);
    await expect(user.client.properties.get({ propertyId: property.id })).rejects.toMatchObject(failing('not-found'));
    await expect(
      user.client.apiKeys.create({ organizationId, name: 'Mine', scopes: ['people'] }),
    ).rejects.toMatchObject(failing('not-found'));
  });
});

describe('another office', () => {
  it('sees no user, desk or reservation of this one', async () => {
    const other = await buildSampleOffice(test);
    const { client } = other.people.admin;
    const memberId = office.people.member.id;
    const [desk] = office.desks;
    const calls = [
      client.users.list(inOffice()),
      client.users.get({ memberId }),
      client.users.update({ memberId, version: 1, role: 'admin' }),
      client.users.remove({ memberId, confirm: 'remove' }),
      client.users.deactivate({ memberId }),
      client.desks.list(inOffice()),
      client.desks.remove({ deskId: desk.id }),
      client.subscription.get(inOffice()),
      client.insights.get({ ...inOffice(), from: '2026-01-01', to: '2026-01-02' }),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject(failing('not-found'));
    const email = other.address('taken');
    const invited = client.users.invite({ organizationId: other.organizationId, rows: [{ email, deskId: desk.id }] });
    await expect(invited).rejects.toMatchObject(failing('batch-refused', { rows: [{ code: 'desk-not-found' }] }));
  });

  it('nobody without a token reads anything', async () => {
    const client = createClient({ baseUrl: 'http://portal.test', fetch: test.portal.fetch, retry: { limit: 0 } });
    await expect(client.users.list(inOffice())).rejects.toMatchObject(failing('unauthenticated'));
  });
});
