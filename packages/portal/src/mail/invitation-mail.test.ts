import { signInMethods } from '@latchwork/core';
import { afterEach, describe, expect, it } from 'vitest';
import { linkIn } from '../harness/collected-mails.test-rig.js';
import { buildSampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
afterEach(async () => await test[Symbol.asyncDispose]());

/** What the portal mailed since it was last asked. */
function newMails() {
  let seen = 0;
  return async () => {
    const all = await test.mails.all();
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
}

async function opens(token: string): Promise<string> {
  const setUp = test.client().accountSetups.complete({ token, name: 'Ann', password: samplePassword });
  return await setUp.then(
    () => 'set up',
    ({ info }) => info.code,
  );
}

describe('the mail of an invitation', () => {
  it('S13: a user of the workplace gets set-up instructions and the app, once, in words for the sign-in method', async () => {
    test = await startTestPortal();
    const { organizationId, people, address } = await buildSampleOffice(test);
    const mails = newMails();
    await mails();
    const rows = signInMethods.map((signInMethod) => ({ email: address(signInMethod), signInMethod }));
    await people.admin.client.users.invite({ organizationId, rows });
    const sent = await mails();
    expect(sent.map(({ kind, to }) => [kind, to])).toEqual(rows.map(({ email }) => ['onboarding', email]));
    for (const [index, { signInMethod }] of rows.entries()) {
      const { text = '', link } = sent[index] ?? {};
      expect(text).toContain(`set up your account`);
      expect(text).toContain(link);
      expect(text).toMatch(/mobile booking app:\nhttp:\/\/portal\.test\/app/);
      expect(/password/i.test(text)).toBe(signInMethod === 'email_password');
    }
    expect(await mails()).toEqual([]);
  });

  it('S13: none goes out for refused invitations, nor for a rehearsal', async () => {
    test = await startTestPortal();
    const { organizationId, people, address } = await buildSampleOffice(test, { licenses: 4 });
    const mails = newMails();
    await mails();
    const { client } = people.admin;
    const tooMany = ['a', 'b', 'c'].map((name) => ({ email: address(name) }));
    await expect(client.users.invite({ organizationId, rows: tooMany })).rejects.toThrow();
    const rows = [{ email: address('good') }, { email: 'not an address' }];
    await expect(client.users.invite({ organizationId, rows })).rejects.toThrow();
    await client.users.invite({ organizationId, rows: [{ email: address('good') }], dryRun: true });
    await expect(
      people.member.client.users.invite({ organizationId, rows: [{ email: address('x') }] }),
    ).rejects.toThrow();
    expect(await mails()).toEqual([]);
  });

  it('G18: carries one link, which sets the account up once', async () => {
    test = await startTestPortal();
    const operator = test.client(test.portal.operatorKey.reveal());
    await operator.organizations.create({ name: 'Aurora', owner: { name: 'Olga', email: 'olga@aurora.example' } });
    const mail = await test.mails.lastTo('olga@aurora.example');
    expect(mail.kind).toBe('account_setup');
    expect(mail.link).toBe(`http://portal.test/setup#token=${mail.token}`);
    expect(mail.text.match(/https?:/g)).toHaveLength(1);
    expect(await opens(mail.token)).toBe('set up');
    expect(await opens(mail.token)).toBe('setup-token-invalid');
    expect(await test.mails.all()).toHaveLength(1);
  });

  it('G17, G18: one per invitation, none for a refused batch; a link dies with its invitation', async () => {
    test = await startTestPortal();
    const { people, property } = await buildSampleHotel(test);
    const { client } = people.general_manager;
    const propertyId = property.id;
    const mails = newMails();
    expect(await mails()).toHaveLength(Object.keys(people).length);
    const emails = ['ann@x.example', 'bob@x.example'];
    const refused = client.invitations.createForProperty({ propertyId, emails, role: 'owner' });
    await expect(refused).rejects.toThrow();
    expect(await mails()).toEqual([]);

    const { invitations } = await client.invitations.createForProperty({ propertyId, emails, role: 'team' });
    const sent = await mails();
    expect(sent.map(({ to }) => to)).toEqual(emails);
    const [ofAnn, ofBob] = sent.map(({ token }) => token);
    const [ann, bob] = invitations.map(({ invitation }) => invitation.id);
    expect((await client.invitations.get({ invitationId: ann ?? '' })).invitation.mail).toBe('sent');

    await client.invitations.remove({ invitationId: ann ?? '' });
    expect(await opens(ofAnn ?? '')).not.toBe('set up');
    await client.invitations.replace({ invitationId: bob ?? '' });
    const [replacing, ...more] = await mails();
    expect([replacing?.to, more]).toEqual(['bob@x.example', []]);
    expect(await opens(ofBob ?? '')).not.toBe('set up');
    expect(await opens(replacing?.token ?? '')).toBe('set up');
  });

  it('G18: the invitation shows what became of its mail', async () => {
    test = await startTestPortal();
    const { people, property } = await buildSampleHotel(test);
    const { client } = people.owner;
    const stateAfter = async (email: string) => {
      await client.invitations.createForProperty({ propertyId: property.id, emails: [email], role: 'team' });
      await test.portal.deliver();
      const members = client.members.listAll({ propertyId: property.id });
      for await (const member of members) if (member.email === email) return member.invitation?.mail;
      return undefined;
    };
    test.mails.instead = async () => ({ kind: 'refused', forGood: false, fault: 'smtp 451' });
    expect(await stateAfter('later@x.example')).toBe('queued');
    test.mails.instead = async () => ({ kind: 'refused', forGood: true, fault: 'smtp 550' });
    expect(await stateAfter('never@x.example')).toBe('failed');
    test.mails.instead = async (_, { beforeEnd }) => {
      await beforeEnd();
      return { kind: 'uncertain', fault: 'econnection' };
    };
    expect(await stateAfter('perhaps@x.example')).toBe('uncertain');
  });

  it('G18: an invitation removed while its mail still waits sends none', async () => {
    test = await startTestPortal();
    const { people, property } = await buildSampleHotel(test);
    const { client } = people.owner;
    let token = '';
    test.mails.instead = async (mail) => {
      token = linkIn(mail).token;
      return { kind: 'not-handed-over', fault: 'econnection' };
    };
    const invite = { propertyId: property.id, emails: ['ann@x.example'], role: 'team' } as const;
    const { invitations } = await client.invitations.createForProperty(invite);
    await test.portal.deliver();
    await client.invitations.remove({ invitationId: invitations[0]?.invitation.id ?? '' });
    test.mails.instead = undefined;
    test.clock.advance(24 * 60 * 60 * 1000);
    await expect(test.mails.lastTo('ann@x.example')).rejects.toThrow('No mail');
    expect(await opens(token)).not.toBe('set up');
  });
});
