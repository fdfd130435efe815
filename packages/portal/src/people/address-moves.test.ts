import { expect, it } from 'vitest';
import { email, named, startPasswordOffice } from '../harness/directory-people.test-rig.js';
import type { DirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation, buildSampleOffice } from '../harness/sample-office.test-rig.js';

const signIn = async ({ test, office }: DirectoryOffice, address: string) => {
  const wish = { email: address, password: samplePassword, channel: 'dashboard' } as const;
  return await test.client().sessions.create({ ...wish, organizationId: office.organizationId });
};

it('an account that another organization knows too keeps its sign-in address; the user’s contact changes', async () => {
  await using at = await startPasswordOffice({ people: named('ada') });
  await at.sync();
  const ada = await acceptInvitation(at.test, email('ada'));
  const other = await buildSampleOffice(at.test);
  const { organizationId } = other;
  await other.people.admin.client.users.invite({ organizationId, rows: [{ email: email('ada') }] });
  const { token } = await at.test.mails.lastTo(email('ada'));
  await at.test.client().accountSetups.complete({ token, password: samplePassword, name: 'Ada' });
  at.fake.people.changeEmail(at.fake.people.get(email('ada')).id, email('ada.two'));
  await at.sync();
  expect((await at.admin.users.get({ memberId: ada.id })).email).toBe(email('ada.two'));
  expect((await signIn(at, email('ada'))).member.id).toBe(ada.id);
  await expect(signIn(at, email('ada.two'))).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
});

it('nobody gets into the account of whoever has the address elsewhere', async () => {
  await using at = await startPasswordOffice({ people: named('ada') });
  await at.sync();
  const ada = await acceptInvitation(at.test, email('ada'));
  const other = await buildSampleOffice(at.test);
  const { organizationId } = other;
  await other.people.admin.client.users.invite({ organizationId, rows: [{ email: email('victim') }] });
  const victim = await acceptInvitation(at.test, email('victim'));
  at.fake.people.changeEmail(at.fake.people.get(email('ada')).id, email('victim'));
  await at.sync();
  expect((await at.admin.users.get({ memberId: ada.id })).email).toBe(email('victim'));
  const { accounts, members } = at.test.portal.projection;
  const accountOf = (memberId: string) => members.get(memberId as never)?.accountId;
  expect(accountOf(ada.id)).not.toBe(accountOf(victim.id));
  expect(accounts.byUnique(email('victim'))?.id).toBe(accountOf(victim.id));
  expect((await signIn(at, email('ada'))).member.id).toBe(ada.id);
});
