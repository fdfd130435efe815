import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { type Person, samplePassword, signIn } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let group: SampleGroup;
let admin: Person;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
  const { organizationId, owner } = group;
  const { version } = await owner.client.organizations.get({ organizationId });
  await owner.client.organizations.update({ organizationId, version, schemes: ['hospitality', 'workplace'] });
  const { token } = await test
    .client()
    .sessions.create({ email: owner.email, password: samplePassword, channel: 'dashboard' });
  const email = group.address('ada');
  await test.client(token).users.invite({ organizationId, rows: [{ email, role: 'admin', licensed: false }] });
  admin = await signIn(test, { email, channel: 'dashboard' });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

it('4.1: an Admin reaches nobody of the hospitality team who has no place in the workplace', async () => {
  const { organizationId, owner } = group;
  const team = await group.join('tina', { harbor: 'team' });
  const { member: invited, invitation } = await group.invite('ines', { harbor: 'team' });
  const gone = await group.join('gone', { harbor: 'team' });
  await owner.client.members.remove({ memberId: gone.id, confirm: 'remove' });
  const before = await owner.client.members.get({ memberId: team.id });
  const { client } = admin;
  const { version } = before;
  for (const memberId of [team.id, invited.id, gone.id]) {
    for (const call of [
      client.members.get({ memberId }),
      client.members.update({ memberId, version, name: 'Other' }),
      client.members.remove({ memberId, confirm: 'remove' }),
      client.users.get({ memberId }),
      client.users.update({ memberId, version, role: 'member' }),
      client.users.update({ memberId, version, signInMethod: 'email_password' }),
      client.users.deactivate({ memberId }),
      client.users.reactivate({ memberId }),
      client.users.remove({ memberId, confirm: 'remove' }),
      client.invitations.get({ invitationId: invitation.id }),
      client.invitations.remove({ invitationId: invitation.id }),
      client.invitations.replace({ invitationId: invitation.id }),
    ]) {
      const error: unknown = await call.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ info: { code: expect.stringMatching(/^(not-found|version-stale)$/) } });
      expect(JSON.stringify(error)).not.toContain('@');
    }
  }
  expect(await owner.client.members.get({ memberId: team.id })).toEqual(before);
  await expect(client.members.listOfOrganization({ organizationId })).rejects.toThrow();
  await expect(client.invitations.list({ organizationId })).rejects.toThrow();
  const told = JSON.stringify([
    await client.users.list({ organizationId, limit: 200 }),
    await client.accessReview.list({ organizationId, limit: 200 }),
  ]);
  expect(told).toContain(admin.id);
  expect(told).toContain(owner.id);
  for (const hidden of [team, invited, gone]) {
    expect(told).not.toContain(hidden.id);
    expect(told).not.toContain(hidden.email);
  }
});

it('4.1: the address of one of them is in use, and by whom is not told', async () => {
  const { organizationId } = group;
  const { email } = await group.join('taken', { harbor: 'team' });
  const invite = admin.client.users.invite({ organizationId, rows: [{ email }] });
  const error = await invite.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ info: { code: 'batch-refused', rows: [{ row: 0, email, code: 'email-in-use' }] } });
  expect(JSON.stringify(error)).not.toContain('mem_');
});

it('G40: a removal of a user is answered the same again', async () => {
  const { organizationId } = group;
  const email = group.address('uwe');
  const { invitations } = await admin.client.users.invite({
    organizationId,
    rows: [{ email, licensed: false, role: 'admin' }],
  });
  const [{ user, invitation } = { user: undefined, invitation: undefined }] = invitations;
  if (user === undefined) throw new Error('Nobody was invited.');
  const removed = await admin.client.invitations.remove({ invitationId: invitation.id });
  const again = await admin.client.invitations.remove({ invitationId: invitation.id });
  expect(again.member).toEqual(removed.member);
  for (let time = 0; time < 2; time++) {
    expect(await admin.client.users.remove({ memberId: user.id, confirm: 'remove' })).toMatchObject({
      state: 'removed',
    });
    expect(await admin.client.members.remove({ memberId: user.id, confirm: 'remove' })).toMatchObject({ id: user.id });
  }
});

it('S7, S39: a session of a booking channel reaches nothing once its person has no place in the workplace', async () => {
  const { organization } = await test.client(test.portal.operatorKey.reveal()).organizations.create({
    ...{ name: 'Both', schemes: ['hospitality', 'workplace'], licenses: 2 },
    owner: { name: 'Olga', email: 'olga@both.example' },
  });
  const { id: organizationId } = organization;
  const { client: owner } = await acceptInvitation(test, 'olga@both.example');
  const { id: propertyId } = await owner.properties.create({ organizationId, name: 'Inn', timeZone: 'Europe/Berlin' });
  await owner.users.invite({ organizationId, rows: [{ email: 'una@both.example', name: 'Una' }] });
  const una = await acceptInvitation(test, 'una@both.example');
  const mobile = await una.on('mobile_app');
  const { version } = await owner.members.get({ memberId: una.id });
  const assignments = [{ propertyId, role: 'team' as const }];
  const member = await owner.members.update({ memberId: una.id, version, assignments });
  await owner.users.update({ memberId: una.id, version: member.version, role: null });
  const calls = [
    mobile.keys.listMine(),
    mobile.appGrants.listMine(),
    mobile.roles.suggest({ actions: ['key.view'] }),
    mobile.desks.list({ organizationId }),
    mobile.properties.get({ propertyId }),
  ];
  for (const call of calls) await expect(call).rejects.toMatchObject({ info: { code: 'not-found' } });
});
