import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScimOffice, startScimOffice } from '../harness/scim-office.test-rig.js';
import { microsoftMembers, microsoftRequests } from './microsoft-requests.test-rig.js';
import { scimUrns } from './scim-attributes.js';

let at: ScimOffice;
beforeAll(async () => {
  at = await startScimOffice();
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
});

const sent = (text: string) => JSON.parse(text) as Record<string, unknown>;
const find = async (filter: string, place = 'Users') =>
  await at.scim('GET', `/${place}?filter=${encodeURIComponent(filter)}`);

describe('Entra', () => {
  it('case 46: Test Connection asks for a random user, and gets an empty list', async () => {
    const { status, headers, body } = await find(`userName eq "${crypto.randomUUID()}"`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect(body).toEqual({
      schemas: [scimUrns.listResponse],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
    expect((await find('id eq "x"', 'Groups')).body.totalResults).toBe(0);
  });

  it('case 46: the life of a user, as documented', async () => {
    const created = await at.scim('POST', '/Users', sent(microsoftRequests.createUser));
    expect(created.status).toBe(201);
    const { id } = created.body;
    const location = `http://portal.test/scim/v2/Users/${id}`;
    expect(created.headers.get('location')).toBe(location);
    const { meta: _, roles: __, ...kept } = sent(microsoftRequests.createUser);
    expect(created.body).toEqual({
      ...kept,
      schemas: [scimUrns.user],
      id,
      meta: {
        resourceType: 'User',
        location,
        version: 'W/"1"',
        created: expect.any(String),
        lastModified: expect.any(String),
      },
    });
    const email = 'Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com';
    expect(await at.user(email)).toMatchObject({
      state: 'inactive',
      role: 'member',
      licensed: true,
      name: 'givenName familyName',
    });
    expect((await at.scim('GET', `/Users/${id}`)).body).toEqual(created.body);
    for (const filter of [
      'userName eq "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1"',
      `emails[type eq "work"].value eq "${email}"`,
      'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
      `id eq "${id}" and active eq true`,
    ]) {
      expect((await find(filter)).body, filter).toMatchObject({ totalResults: 1, Resources: [{ id }] });
    }

    const multi = await at.scim('PATCH', `/Users/${id}`, sent(microsoftRequests.updateMultiValued));
    expect(multi).toMatchObject({ status: 200, body: { id, name: { familyName: 'updatedFamilyName' } } });
    expect(multi.body.emails).toEqual([{ primary: true, type: 'work', value: 'updatedEmail@microsoft.com' }]);
    expect(await at.user(email)).toBeUndefined();
    expect(await at.user('updatedEmail@microsoft.com')).toMatchObject({ state: 'inactive' });
    const single = await at.scim('PATCH', `/Users/${id}`, sent(microsoftRequests.updateSingleValued));
    expect(single.body.userName).toBe('5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com');
    const nick = await at.scim('PATCH', `/Users/${id}`, sent(microsoftRequests.addSingleValuedWithoutFlag));
    expect(nick.body.nickName).toBe('Babs');
    const several = await at.scim('PATCH', `/Users/${id}`, sent(microsoftRequests.replaceSeveralWithoutFlag));
    expect(several.body).toMatchObject({ externalId: 'Eqpj', [scimUrns.enterpriseUser]: { employeeNumber: 'Eqpj' } });
    expect(several.body.schemas).toEqual([scimUrns.user, scimUrns.enterpriseUser]);
    const flagged = await at.scim(
      'PATCH',
      `/Users/${id}?aadOptscim062020`,
      sent(microsoftRequests.replaceSeveralWithFlag),
    );
    expect(flagged.body).toMatchObject({
      displayName: 'Bjfe',
      name: { givenName: 'Kkom', familyName: 'Unua' },
      [scimUrns.enterpriseUser]: { employeeNumber: 'Aklq' },
    });
    expect(await at.user('TestMhvaes@test.microsoft.com')).toMatchObject({ name: 'Bjfe', state: 'inactive' });

    for (const disabling of [microsoftRequests.disableUser, microsoftRequests.disableUserWithoutFlag]) {
      expect(await at.scim('PATCH', `/Users/${id}`, sent(disabling))).toMatchObject({
        status: 200,
        body: { active: false },
      });
      expect(await at.user('TestMhvaes@test.microsoft.com')).toBeUndefined();
      expect(
        (await find('userName eq "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"')).body.Resources[0].active,
      ).toBe(false);
      const back = { op: 'Replace', path: 'active', value: 'True' };
      expect(await at.patch(id, back)).toMatchObject({ status: 200, body: { active: true } });
      expect(await at.user('TestMhvaes@test.microsoft.com')).toMatchObject({ state: 'inactive' });
    }
    const gone = await at.scim('DELETE', `/Users/${id}`);
    expect(gone).toMatchObject({ status: 204, body: undefined });
    expect(await at.scim('GET', `/Users/${id}`)).toMatchObject({
      status: 404,
      body: { schemas: [scimUrns.error], status: '404', detail: expect.any(String) },
    });
    expect(await at.user('TestMhvaes@test.microsoft.com')).toBeUndefined();
  });

  it('case 46: the life of a group, as documented; a removal by value takes out nobody else, a member added twice is in once', async () => {
    const members = await Promise.all(['m1', 'm2', 'm3'].map(async (name) => (await at.push(name)).body.id as string));
    const [first = '', second = '', third = ''] = members;
    const as = (text: string, ids: readonly string[]) =>
      sent(ids.reduce((body, id, index) => body.replaceAll(microsoftMembers[index] ?? '', id), text));
    const created = await at.scim('POST', '/Groups', sent(microsoftRequests.createGroup));
    expect(created).toMatchObject({
      status: 201,
      body: { displayName: 'displayName', members: [], meta: { resourceType: 'Group' } },
    });
    const { id } = created.body;
    const patch = async (body: object) => await at.scim('PATCH', `/Groups/${id}`, body);
    const shown = await at.scim('GET', `/Groups/${id}?excludedAttributes=members`);
    expect(shown.body).not.toHaveProperty('members');
    const byName = await at.scim(
      'GET',
      `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "DISPLAYNAME"')}`,
    );
    expect(byName.body).toMatchObject({ totalResults: 1, Resources: [{ id }] });
    expect(byName.body.Resources[0]).not.toHaveProperty('members');
    expect(await at.scim('POST', '/Groups', sent(microsoftRequests.createGroup))).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });

    expect(await patch(sent(microsoftRequests.renameGroup))).toMatchObject({ status: 204, body: undefined });
    for (const member of [...members, first])
      expect((await patch(as(microsoftRequests.addMembers, [member]))).status).toBe(204);
    const ids = async () =>
      (await at.scim('GET', `/Groups/${id}`)).body.members.map(({ value }: { value: string }) => value);
    expect(await ids()).toEqual([...members].sort());
    expect((await patch(as(microsoftRequests.removeMembers, [second]))).status).toBe(204);
    expect(await ids()).toEqual([first, third].sort());
    expect((await patch(as(microsoftRequests.removeMembersWithFlag, ['', third]))).status).toBe(204);
    expect(await ids()).toEqual([first]);
    expect((await find(`id eq "${id}" and members eq "${first}"`, 'Groups')).body.totalResults).toBe(1);
    expect((await find(`id eq "${id}" and members eq "${second}"`, 'Groups')).body.totalResults).toBe(0);
    expect(await patch(as(microsoftRequests.addMembers, ['scu_nobody']))).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
    expect((await at.scim('DELETE', `/Users/${first}`)).status).toBe(204);
    expect(await ids()).toEqual([]);
    expect((await at.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
    expect((await at.scim('GET', `/Groups/${id}`)).status).toBe(404);
  });

  it('case 46: schema discovery lists the three schemas, and no answer has a null', async () => {
    const { status, body } = await at.scim('GET', '/Schemas');
    expect(status).toBe(200);
    expect(body).toMatchObject({ schemas: [scimUrns.listResponse], totalResults: 3 });
    expect(body.Resources.map(({ id }: { id: string }) => id)).toEqual([
      scimUrns.user,
      scimUrns.group,
      scimUrns.enterpriseUser,
    ]);
    expect((await at.scim('GET', `/Schemas/${scimUrns.user}`)).body.id).toBe(scimUrns.user);
    expect((await at.scim('GET', '/ServiceProviderConfig')).body).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false },
    });
    expect((await at.scim('GET', '/ResourceTypes')).body.Resources).toHaveLength(2);
    const pushed = await at.push('empty', {
      title: null,
      phoneNumbers: [],
      name: { givenName: 'N', middleName: null },
    });
    expect(pushed.status).toBe(201);
    expect(JSON.stringify(pushed.body)).not.toContain('null');
    for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig', '/Users', '/Groups']) {
      expect(JSON.stringify((await at.scim('GET', path)).body)).not.toContain('null');
    }
  });
});
