import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { lockKeys, type Person, samplePassword, signIn } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { appRequest, registerApp, sendForm, userBrowser } from '../harness/third-party-app.test-rig.js';

let test: TestPortal;
let group: SampleGroup;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

describe('somebody who has not accepted yet', () => {
  /** Whatever the person might try to get in with, whose address and password are these. */
  async function expectNoAccess(email: string, entranceId: string, session: string | undefined) {
    const { organizationId, harbor } = group;
    for (const channel of ['portal_app', 'dashboard'] as const) {
      const signingIn = test.client().sessions.create({ email, password: samplePassword, channel, organizationId });
      await expect(signingIn, channel).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    }
    const { token: linkToken } = await test.mails.lastTo(email);
    for (const token of [linkToken, session]) {
      if (token === undefined) continue;
      const code = token === session ? 'not-found' : 'unauthenticated';
      for (const call of [
        () => test.client(token).unlock({ entranceId }),
        () => test.client(token).entrances.get({ entranceId }),
        () => test.client(token).properties.get({ propertyId: harbor.id }),
        () => test.client(token).members.list({ propertyId: harbor.id }),
      ]) {
        await expect(call()).rejects.toMatchObject({ info: { code } });
      }
    }
    expect(await signsInToApp(email)).toBe(false);
  }

  /** Whether the sign-in page of an app that the harbor hotel allows goes on to ask for consent. */
  async function signsInToApp(email: string): Promise<boolean> {
    const { organizationId, harbor, owner } = group;
    const redirectUris = ['com.example.app:/back'];
    const app = await registerApp(owner.client, organizationId, { redirectUris });
    await owner.client.integratedApps.allow({ propertyId: harbor.id, appId: app.id });
    const browser = userBrowser(test, app);
    const page = await browser.open(appRequest(app).url);
    const next = await sendForm(browser, page, 'sign-in', { email, password: samplePassword });
    const asks = next.forms.some(({ action }) => action.endsWith('/consent'));
    expect(next.text.includes(harbor.name)).toBe(asks);
    return asks;
  }

  /** Invites to the harbor hotel, and gives a Key to a door there. */
  async function inviteWithKey(email: string) {
    const { organizationId, owner, harbor } = group;
    const offer = group.offer({ harbor: 'owner' });
    const { invitations } = await owner.client.invitations.create({ organizationId, emails: [email], ...offer });
    const entrance = await owner.client.entrances.create({ propertyId: harbor.id, name: 'Door' });
    const device = { propertyId: harbor.id, kind: 'lock', name: 'Lock', entranceId: entrance.id } as const;
    await owner.client.devices.create({ ...device, ...lockKeys() });
    await owner.client.keys.create({
      ...{ propertyId: harbor.id, holderId: invitations[0]?.member.id ?? '', entranceIds: [entrance.id] },
      ...{ startsAt: '2026-01-01T00:00:00Z', endsAt: null },
    });
    return entrance.id;
  }

  it('G52: has no access of any kind, at a new address', async () => {
    const email = group.address('newcomer');
    const entranceId = await inviteWithKey(email);
    await expectNoAccess(email, entranceId, undefined);
    const mailsTo = async () => (await test.mails.all()).filter(({ to }) => to === email).length;
    const before = await mailsTo();
    await test.client().passwords.requestReset({ email });
    await test.portal.maintain();
    expect(await mailsTo()).toBe(before);
    // What is missing is the acceptance, and nothing else.
    const person = await signIn(test, { email });
    expect((await person.client.properties.get({ propertyId: group.harbor.id })).id).toBe(group.harbor.id);
    expect(await signsInToApp(email)).toBe(true);
  });

  it('G52: nor with an account that the address has elsewhere', async () => {
    const elsewhere = await buildSampleGroup(test, 'Other Group');
    const { email, token } = await elsewhere.join('both', { harbor: 'team' });
    const entranceId = await inviteWithKey(email);
    await expectNoAccess(email, entranceId, token);
    const anywhere = { email, password: samplePassword, channel: 'portal_app' } as const;
    expect((await test.client().sessions.create(anywhere)).member.organizationId).toBe(elsewhere.organizationId);
    const { token: link } = await test.mails.lastTo(email);
    await test.client().accountSetups.complete({ token: link, name: 'Bo', password: samplePassword });
    expect(await signsInToApp(email)).toBe(true);
  });
});

describe('Keys of somebody who has not accepted yet', () => {
  it('G23: end with the property that goes from the offer, and do not come back with it', async () => {
    const { owner, harbor, hill } = group;
    const { member, email } = await group.invite('early-key', { harbor: 'team', hill: 'team' });
    const keyOn = async (propertyId: string) => {
      const { id } = await owner.client.entrances.create({ propertyId, name: 'Door' });
      const held = { propertyId, entranceIds: [id], startsAt: '2026-01-01T00:00:00Z', endsAt: null };
      return await owner.client.keys.create({ ...held, holderId: member.id });
    };
    const [gone, kept] = [await keyOn(harbor.id), await keyOn(hill.id)];
    const revokedAt = async ({ id }: { readonly id: string }) => (await owner.client.keys.get({ keyId: id })).revokedAt;
    const { version } = await owner.client.members.update({
      memberId: member.id,
      version: member.version,
      ...group.offer({ hill: 'team' }),
    });
    expect(await revokedAt(gone)).not.toBeNull();
    await owner.client.members.update({
      memberId: member.id,
      version,
      ...group.offer({ harbor: 'team', hill: 'team' }),
    });
    expect(await revokedAt(gone)).not.toBeNull();
    expect(await revokedAt(kept)).toBeNull();
    const person = await signIn(test, { email });
    const { data } = await person.client.keys.listMine();
    expect(data.filter((key) => key.revokedAt === null).map(({ id }) => id)).toEqual([kept.id]);
  });
});

describe('invitations that are not accepted', () => {
  it('G52: stay inactive for ever, give nothing, and are removed and sent anew though the link expired', async () => {
    const { member, invitation, email } = await group.invite('late', { harbor: 'team' });
    const { token } = await test.mails.lastTo(email);
    test.clock.advance(8 * 24 * 3600 * 1000);
    const owner = await signInAgain(group.owner);
    const late = await owner.members.get({ memberId: member.id });
    expect(late).toMatchObject({ state: 'inactive', invitation: { id: invitation.id, state: 'link_expired' } });
    const accept = test.client().accountSetups.complete({ token, name: 'Late', password: samplePassword });
    await expect(accept).rejects.toMatchObject({ info: { status: 410 } });
    const removed = await owner.invitations.remove({ invitationId: invitation.id });
    expect(removed).toMatchObject({ invitation: { state: 'removed' }, member: { state: 'removed', assignments: [] } });
    expect(await owner.invitations.remove({ invitationId: invitation.id })).toEqual(removed);
    const { organizationId } = group;
    const again = await owner.invitations.create({
      organizationId,
      emails: [email],
      ...group.offer({ hill: 'installer' }),
    });
    expect(again.invitations[0]?.member.id).not.toBe(member.id);
    expect((await signIn(test, { email })).email).toBe(email);
    await expect(
      owner.invitations.remove({ invitationId: again.invitations[0]?.invitation.id ?? '' }),
    ).rejects.toMatchObject({
      info: { code: 'invitation-not-open' },
    });
  });

  it('G52: an address whose invitation expired can be invited anew in one step', async () => {
    const { member, email } = await group.invite('expired', { harbor: 'team' });
    test.clock.advance(8 * 24 * 3600 * 1000);
    const owner = await signInAgain(group.owner);
    const { organizationId } = group;
    const { invitations } = await owner.invitations.create({
      organizationId,
      emails: [email],
      ...group.offer({ hill: 'team' }),
    });
    expect(invitations[0]?.member.assignments).toEqual([{ propertyId: group.hill.id, role: 'team' }]);
    expect((await owner.members.get({ memberId: member.id })).state).toBe('removed');
  });

  it('G18, G52: a replacement is one step: the old link is dead, the new one works', async () => {
    const owner = await signInAgain(group.owner);
    const { organizationId } = group;
    const email = group.address('replaced');
    const made = await owner.invitations.create({
      organizationId,
      emails: [email],
      ...group.offer({ harbor: 'team' }),
    });
    const [first] = made.invitations;
    const { token: oldToken } = await test.mails.lastTo(email);
    const replaced = await owner.invitations.replace({ invitationId: first?.invitation.id ?? '' });
    expect(replaced.member).toMatchObject({ email, state: 'inactive', assignments: first?.member.assignments });
    expect(replaced.invitation.id).not.toBe(first?.invitation.id);
    const old = test.client().accountSetups.complete({ token: oldToken, name: 'Old', password: samplePassword });
    await expect(old).rejects.toMatchObject({ info: { status: 410 } });
    expect((await signIn(test, { email })).id).toBe(replaced.member.id);
    const twice = owner.invitations.replace({ invitationId: first?.invitation.id ?? '' });
    await expect(twice).rejects.toMatchObject({ info: { code: 'invitation-not-open' } });
  });

  it('G53: a wrong address is made right by a replacement, never by an edit', async () => {
    const owner = await signInAgain(group.owner);
    const { organizationId } = group;
    const wrong = group.address('wrnog');
    const right = group.address('right');
    const made = await owner.invitations.create({ organizationId, emails: [wrong], ...group.offer({ hill: 'team' }) });
    const { token } = await test.mails.lastTo(wrong);
    const invitationId = made.invitations[0]?.invitation.id ?? '';
    const replaced = await owner.invitations.replace({ invitationId, email: right });
    expect(replaced.member).toMatchObject({ email: right, assignments: [{ propertyId: group.hill.id, role: 'team' }] });
    const old = test.client().accountSetups.complete({ token, name: 'Wrong', password: samplePassword });
    await expect(old).rejects.toMatchObject({ info: { status: 410 } });
    expect((await signIn(test, { email: right })).id).toBe(replaced.member.id);
    const taken = await owner.invitations.create({
      organizationId,
      emails: [group.address('third')],
      ...group.offer({ hill: 'team' }),
    });
    const clash = owner.invitations.replace({
      invitationId: taken.invitations[0]?.invitation.id ?? '',
      email: right.toUpperCase(),
    });
    await expect(clash).rejects.toMatchObject({ info: { code: 'email-in-use', state: 'active' } });
  });
});

/** A new session: those of before the clock moved may have ended. */
async function signInAgain({ email }: Person) {
  const { token } = await test.client().sessions.create({ email, password: samplePassword, channel: 'portal_app' });
  return test.client(token);
}
