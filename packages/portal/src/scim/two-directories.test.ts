import { expect, it } from 'vitest';
import { startDirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import { patchOf } from '../harness/scim-office.test-rig.js';

const email = (name: string) => `${name}@corp.example`;
const off = { op: 'Replace', path: 'active', value: false };
const settings = { signInMethod: 'email_password', ownDomains: ['corp.example'] } as const;

it('case 23: who is read from one directory and pushed by another is a conflict in the second, and neither removes the other’s', async () => {
  await using at = await startDirectoryOffice({
    kind: 'google_workspace',
    people: ['ada', 'bob'].map((name) => ({ email: email(name) })),
    settings,
  });
  const { organizationId } = at.office;
  const asked = { organizationId, credentials: { kind: 'scim_push' }, ...settings } as const;
  const { id: integrationId } = await at.admin.directoryIntegrations.create(asked);
  const { token } = await at.admin.directoryIntegrations.rotateScimToken({ integrationId });
  const push = async (method: string, path: string, body?: object) => {
    const answer = await at.test.send(method, `/scim/v2${path}`, { token, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const user = (name: string) => ({ userName: email(name), emails: [{ type: 'work', value: email(name) }] });
  const find = (name: string) => `/Users?filter=${encodeURIComponent(`userName eq "${email(name)}"`)}`;
  const taken = { status: 409, body: { scimType: 'uniqueness', detail: expect.stringContaining('another directory') } };

  await at.sync();
  const ada = await acceptInvitation(at.test, email('ada'));
  expect(await push('POST', '/Users', user('ada'))).toMatchObject(taken);
  expect((await push('GET', find('ada'))).body).toMatchObject({ totalResults: 0, Resources: [] });
  expect((await push('PATCH', `/Users/${ada.id}`, patchOf(off))).status).toBe(404);
  expect((await push('PUT', `/Users/${ada.id}`, { ...user('ada'), active: false })).status).toBe(404);
  expect((await push('DELETE', `/Users/${ada.id}`)).status).toBe(404);
  expect((await ada.client.me()).member.state).toBe('active');

  const made = await push('POST', '/Users', user('cleo'));
  expect(made.status).toBe(201);
  const cleo = await acceptInvitation(at.test, email('cleo'));
  at.fake.people.add({ email: email('cleo') });
  const both = await at.review();
  expect(both.counts).toMatchObject({ new: 0, removed: 0, conflicts: 1 });
  expect(await at.rows(both.id, 'conflict')).toMatchObject([{ because: 'other-directory', memberId: cleo.id }]);

  // Gone from the directory that is read: it takes out its own, and nobody who was pushed.
  at.fake.people.remove(email('cleo'));
  at.fake.people.remove(email('ada'));
  const gone = await at.review();
  expect(gone.counts).toMatchObject({ removed: 1, conflicts: 0 });
  const { planId } = await at.plan({ reviewId: gone.id });
  await at.admin.directoryReviews.sync({ reviewId: gone.id, planId });
  expect(await at.user(email('ada'))).toMatchObject({ state: 'deactivated' });
  expect((await cleo.client.me()).member.state).toBe('active');
  // Gone from the one that pushes: whoever was read stays.
  expect((await push('DELETE', `/Users/${made.body.id}`)).status).toBe(204);
  expect(await at.user(email('cleo'))).toMatchObject({ state: 'deactivated' });
  expect(await at.user(email('bob'))).toMatchObject({ state: 'inactive' });
});
