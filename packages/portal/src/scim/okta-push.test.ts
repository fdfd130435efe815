import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScimOffice, startScimOffice } from '../harness/scim-office.test-rig.js';
import { oktaMembers, oktaRequests } from './okta-requests.test-rig.js';
import { scimUrns } from './scim-attributes.js';

let at: ScimOffice;
beforeAll(async () => {
  at = await startScimOffice();
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
});

const sent = (text: string) => JSON.parse(text) as Record<string, unknown>;
const email = 'test.user@okta.local';

describe('Okta', () => {
  it('begins with a page of two users and one of a hundred groups', async () => {
    for (const path of ['/Users?startIndex=1&count=2', '/Groups?startIndex=1&count=100']) {
      const { status, body } = await at.scim('GET', path);
      expect(status).toBe(200);
      expect(body).toMatchObject({ schemas: [scimUrns.listResponse], totalResults: 0, startIndex: 1, itemsPerPage: 0 });
    }
  });

  it('case 46: the life of a user, as documented; the password is nowhere', async () => {
    const lookUp = async () =>
      await at.scim('GET', `/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100`);
    expect((await lookUp()).body.totalResults).toBe(0);
    const created = await at.scim('POST', '/Users', sent(oktaRequests.createUser), {
      'content-type': 'application/json',
    });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.body).toMatchObject({
      userName: email,
      displayName: 'Test User',
      locale: 'en-US',
      active: true,
      meta: { resourceType: 'User' },
    });
    expect(JSON.stringify([created.body, at.test.portal.projection.scimUsers.all(), at.test.log])).not.toContain(
      '1mz050nq',
    );
    expect((await lookUp()).body).toMatchObject({ totalResults: 1, itemsPerPage: 1, Resources: [{ id }] });
    expect(await at.user(email)).toMatchObject({ state: 'inactive', role: 'member', name: 'Test User' });
    expect(await at.scim('POST', '/Users', sent(oktaRequests.createUser))).toMatchObject({
      status: 409,
      body: { schemas: [scimUrns.error], status: '409', scimType: 'uniqueness' },
    });

    const put = await at.scim('PUT', `/Users/${id}`, sent(oktaRequests.replaceUser));
    expect(put).toMatchObject({ status: 200, body: { id, name: { givenName: 'Another', familyName: 'User' } } });
    expect(put.body).not.toHaveProperty('locale');
    expect(put.headers.get('etag')).toBe('W/"2"');
    expect(await at.user(email)).toMatchObject({ name: 'Another User' });
    expect(await at.scim('PUT', '/Users/scu_unknown', sent(oktaRequests.replaceUser))).toMatchObject({ status: 404 });

    const off = await at.scim('PATCH', `/Users/${id}`, sent(oktaRequests.deactivateUser));
    expect(off).toMatchObject({ status: 200, body: { active: false } });
    expect(await at.user(email)).toBeUndefined();
    const on = await at.scim('PUT', `/Users/${id}`, sent(oktaRequests.replaceUser));
    expect(on).toMatchObject({ status: 200, body: { active: true } });
    expect(await at.user(email)).toMatchObject({ state: 'inactive' });
    const classic = await at.scim('PUT', `/Users/${id}`, { ...sent(oktaRequests.replaceUser), active: false });
    expect(classic).toMatchObject({ status: 200, body: { active: false } });
    expect((await at.scim('GET', `/Users/${id}`)).body.active).toBe(false);
  });

  it('case 46: the life of a group, as documented; a new name comes with the read-only id', async () => {
    const going = (await at.push('going')).body.id as string;
    const coming = (await at.push('coming')).body.id as string;
    const created = await at.scim('POST', '/Groups', sent(oktaRequests.createGroup));
    expect(created).toMatchObject({ status: 201, body: { displayName: 'Test SCIMv2', members: [] } });
    const { id } = created.body;
    expect((await at.scim('PATCH', `/Groups/${id}`, sent(oktaRequests.renameGroup))).status).toBe(204);
    const full = { ...sent(oktaRequests.createGroup), members: [{ value: going, display: 'going' }] };
    expect(await at.scim('PUT', `/Groups/${id}`, full)).toMatchObject({
      status: 200,
      body: { id, members: [{ value: going }] },
    });
    const change = oktaRequests.changeMembers.replace(oktaMembers.going, going).replace(oktaMembers.coming, coming);
    expect((await at.scim('PATCH', `/Groups/${id}`, sent(change))).status).toBe(204);
    expect((await at.scim('GET', `/Groups/${id}`)).body.members).toEqual([
      { value: coming, display: email, $ref: `http://portal.test/scim/v2/Users/${coming}` },
    ]);
    expect((await at.scim('PUT', `/Groups/${id}`, { ...full, members: null })).body.members).toEqual([]);
    expect((await at.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
  });

  it('reads everybody by pages whose order stays', async () => {
    for (let count = 0; count < 5; count += 1) await at.push(`paged-${count}`);
    const all = (await at.scim('GET', '/Users')).body;
    const ids = all.Resources.map(({ id }: { id: string }) => id);
    expect(ids).toHaveLength(all.totalResults);
    const read: string[] = [];
    for (let startIndex = 1; startIndex <= all.totalResults; startIndex += 2) {
      const { body } = await at.scim('GET', `/Users?startIndex=${startIndex}&count=2&attributes=userName`);
      expect(body.totalResults).toBe(all.totalResults);
      for (const user of body.Resources) {
        expect(Object.keys(user).sort()).toEqual(['id', 'schemas', 'userName']);
        read.push(user.id);
      }
    }
    expect(read).toEqual(ids);
    expect((await at.scim('GET', '/Users?startIndex=0&count=1')).body.Resources[0].id).toBe(ids[0]);
    expect((await at.scim('GET', '/Users?count=0')).body).toMatchObject({ totalResults: ids.length, Resources: [] });
    expect((await at.scim('GET', '/Users?count=x')).body).toMatchObject({ status: '400', scimType: 'invalidValue' });
  });
});
