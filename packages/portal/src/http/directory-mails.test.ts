import { expect, it } from 'vitest';
import { email, named, startPasswordOffice } from '../harness/directory-people.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';

it('case 39: a mail server that says no for now delays mails, and neither the sync nor anybody twice', async () => {
  await using at = await startPasswordOffice({ people: named('ada', 'bob') });
  const { test } = at;
  test.mails.instead = async () => ({ kind: 'refused', forGood: false, fault: 'smtp 451' });
  expect(await at.sync()).toMatchObject({ state: 'applied', counts: { new: 2 } });
  await test.portal.deliver();
  expect(await at.user(email('ada'))).toMatchObject({ state: 'inactive', invitation: { mail: 'queued' } });
  test.mails.instead = undefined;
  await at.pass(60 * 60_000);
  const sent = (await test.mails.all()).map(({ to }) => to).filter((to) => [email('ada'), email('bob')].includes(to));
  expect(sent.sort()).toEqual([email('ada'), email('bob')]);
  expect(await at.user(email('ada'))).toMatchObject({ invitation: { mail: 'sent' } });
  await acceptInvitation(test, email('ada'));
  expect(await at.sync()).toMatchObject({ state: 'applied', counts: { new: 0, unchanged: 2 } });
  expect((await test.mails.all()).filter(({ to }) => to === email('bob'))).toHaveLength(1);
});
