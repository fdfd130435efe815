import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { type Person, samplePassword, signIn } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let group: SampleGroup;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
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
