import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patchOf, type ScimOffice, startScimOffice } from '../harness/scim-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { scimUrns } from './scim-attributes.js';

let test: TestPortal;
let ours: ScimOffice;
let theirs: ScimOffice;
beforeAll(async () => {
  test = await startTestPortal();
  ours = await startScimOffice({ test });
  theirs = await startScimOffice({ test });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const places = [
  '/Users',
  '/Users/x',
  '/Groups',
  '/Groups/x',
  '/Schemas',
  '/ServiceProviderConfig',
  '/ResourceTypes',
  '/nothing',
];

describe('who may push', () => {
  it('nobody without the token, whatever else they have; and nobody is told why', async () => {
    const session = await ours.office.people.admin.on('dashboard');
    expect((await session.me()).member.id).toBe(ours.office.people.admin.id);
    const { organizationId } = ours.office;
    const { token: apiKey } = await ours.admin.apiKeys.create({ organizationId, name: 'K', scopes: ['people'] });
    const answers = new Set<string>();
    for (const token of [
      undefined,
      'x',
      `${ours.token}x`,
      ours.token.toUpperCase(),
      test.portal.operatorKey.reveal(),
      apiKey,
    ]) {
      for (const path of places) {
        const response = await test.send('GET', `/scim/v2${path}`, token === undefined ? {} : { token });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        answers.add(await response.text());
      }
    }
    expect(answers.size).toBe(1);
  });

  it('a token pushes, and is nothing to the API', async () => {
    expect((await test.send('GET', '/v1/me', { token: ours.token })).status).toBe(401);
    const { organizationId } = ours.office;
    expect((await test.send('GET', `/v1/organizations/${organizationId}`, { token: ours.token })).status).toBe(401);
    expect(test.log.join('')).not.toContain(ours.token);
  });

  it('a new token ends the one before', async () => {
    const at = await startScimOffice({ test });
    expect((await at.scim('GET', '/Users')).status).toBe(200);
    const { token } = await at.admin.directoryIntegrations.rotateScimToken({ integrationId: at.integrationId });
    expect((await at.scim('GET', '/Users')).status).toBe(401);
    expect((await test.send('GET', '/scim/v2/Users', { token })).status).toBe(200);
  });

  it('no organization reaches, finds or names anything of another', async () => {
    const { id } = (await theirs.push('target')).body;
    const group = (await theirs.scim('POST', '/Groups', { displayName: 'Theirs', members: [{ value: id }] })).body;
    const member = await theirs.office.join('member-there');
    const before = JSON.stringify(test.portal.projection.scimUsers.get(id));
    for (const one of [id, member.id]) {
      for (const [method, body] of [
        ['GET'],
        ['PUT', { userName: 'u', emails: [{ value: 'a@b.example' }] }],
        ['PATCH', patchOf({ op: 'replace', path: 'active', value: false })],
        ['DELETE'],
      ] as const) {
        expect(await ours.scim(method, `/Users/${one}`, body), method).toMatchObject({ status: 404 });
      }
    }
    for (const [method, body] of [
      ['GET'],
      ['PUT', { displayName: 'Ours' }],
      ['PATCH', patchOf({ op: 'remove', path: 'members' })],
      ['DELETE'],
    ] as const) {
      expect(await ours.scim(method, `/Groups/${group.id}`, body), method).toMatchObject({ status: 404 });
    }
    for (const filter of [
      `id eq "${id}"`,
      `userName eq "${theirs.office.address('target')}"`,
      `emails.value eq "${theirs.office.address('target')}"`,
      `userName eq "${member.email}"`,
    ]) {
      expect((await ours.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults, filter).toBe(0);
    }
    expect(
      (await ours.scim('GET', `/Groups?filter=${encodeURIComponent('displayName eq "Theirs"')}`)).body.totalResults,
    ).toBe(0);
    for (const member of [id, group.id]) {
      expect(
        (await ours.scim('POST', '/Groups', { displayName: `With ${member}`, members: [{ value: member }] })).status,
      ).toBe(400);
    }
    // The same names are free here.
    expect((await ours.scim('POST', '/Groups', { displayName: 'Theirs' })).status).toBe(201);
    expect(JSON.stringify(test.portal.projection.scimUsers.get(id))).toBe(before);
    expect((await theirs.scim('GET', `/Groups/${group.id}`)).body.members).toHaveLength(1);
  });
});

describe('what may be pushed', () => {
  it('both media types, and no other; JSON, and nothing else; no more than there is room for', async () => {
    const user = { userName: 'media', active: false };
    const send = async (headers: Record<string, string>, text: string) =>
      await test.send('POST', '/scim/v2/Users', { token: ours.token, text, headers });
    for (const type of ['application/scim+json', 'application/json; charset=utf-8', 'APPLICATION/SCIM+JSON']) {
      const response = await send({ 'content-type': type }, JSON.stringify({ ...user, userName: crypto.randomUUID() }));
      expect(response.status, type).toBe(201);
    }
    for (const type of ['text/plain', 'application/xml', ''])
      expect((await send({ 'content-type': type }, '{}')).status).toBe(415);
    for (const text of ['', '{', '[]', '"x"', 'null', '7']) {
      const response = await send({ 'content-type': 'application/scim+json' }, text);
      expect(await response.json(), text).toMatchObject({ status: '400', scimType: 'invalidSyntax' });
    }
    expect((await send({ 'content-type': 'application/json' }, `"${'x'.repeat(1_100_000)}"`)).status).toBe(413);
    const huge = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`a${at}`, 'x'.repeat(19_000)]));
    expect(await ours.scim('POST', '/Users', { ...user, ...huge })).toMatchObject({
      status: 400,
      body: { scimType: 'tooMany' },
    });
    expect(await ours.scim('POST', '/Users', { active: true })).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
    for (const active of ['perhaps', 1, ['true'], {}, { toString: 0 }])
      expect(await ours.scim('POST', '/Users', { ...user, active })).toMatchObject({
        status: 400,
        body: { scimType: 'invalidValue' },
      });
  });

  it('versions: an edit of what has changed since is refused, a reading of what has not is empty', async () => {
    const { body, headers } = await ours.push('versions');
    const tag = headers.get('etag') ?? '';
    const edit = (ifMatch: string) =>
      ours.scim('PATCH', `/Users/${body.id}`, patchOf({ op: 'replace', path: 'title', value: 'T' }), {
        'if-match': ifMatch,
      });
    expect((await ours.scim('GET', `/Users/${body.id}`, undefined, { 'if-none-match': tag })).status).toBe(304);
    expect((await edit('W/"9"')).status).toBe(412);
    expect((await edit(tag)).status).toBe(200);
    expect((await edit(tag)).status).toBe(412);
    expect((await edit('*')).status).toBe(200);
  });

  it('places and methods that there are not are told in SCIM\u2019s own shape', async () => {
    for (const path of ['/nothing', '/Users/a/b', '/__proto__', '/Users/%', '/constructor/x', '/Users/__proto__']) {
      expect(await ours.scim('GET', path), path).toMatchObject({
        status: 404,
        body: { schemas: [scimUrns.error], status: '404' },
      });
    }
    expect(await ours.scim('DELETE', '/Users')).toMatchObject({ status: 405, body: { status: '405' } });
    expect((await ours.scim('GET', '/users/')).status).toBe(200);
  });

  it('case 45, case 50: hostile names and values are kept as text, and reach no prototype', async () => {
    const text =
      '{"userName":"hostile","active":false,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"displayName":"=cmd|\u202e\\u0000\\ud800\\n<script>"}';
    const response = await test.send('POST', '/scim/v2/Users', { token: ours.token, text });
    expect(response.status).toBe(201);
    const body = (await response.json()) as { readonly id: string };
    expect(body).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
    expect(await ours.patch(body.id, { op: 'add', path: '__proto__.polluted', value: 1 })).toMatchObject({
      status: 400,
      body: { scimType: 'invalidPath' },
    });
    expect({}).not.toHaveProperty('polluted');
  });

  it('any request at all is answered with a status below 500, in SCIM\u2019s shape', async () => {
    const { id } = (await ours.push('fuzzed', { active: false })).body;
    const group = (await ours.scim('POST', '/Groups', { displayName: 'Fuzzed' })).body.id;
    const path = fc.oneof(
      fc.constantFrom(
        '/Users',
        `/Users/${id}`,
        '/Groups',
        `/Groups/${group}`,
        '/Users/',
        '/Schemas/x',
        '/%ff',
        '/Users?filter=userName%20eq',
        '/Users?filter=',
        '/Users?count=-1&startIndex=99999',
        '/Users?attributes=a.b.c,urn:x,emails.value&excludedAttributes=',
        '/Groups?excludedAttributes=members,id&filter=members%20eq%20%22x%22',
      ),
      fc.webPath().map((text) => `/Users?filter=${text}`),
      fc.string().map((text) => `/Users?filter=${encodeURIComponent(text)}`),
    );
    const plain = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('True', '__proto__', '', null));
    // Names that JavaScript calls by itself, and those that SCIM looks for in a value.
    const looked = fc.constantFrom('toString', 'valueOf', 'length', 'value', 'type', 'primary', '$ref', 'formatted');
    const value = fc.oneof(plain, fc.dictionary(looked, plain), fc.array(fc.dictionary(looked, plain)));
    const name = fc.constantFrom(
      'userName',
      'displayName',
      'emails',
      'active',
      'members',
      'name',
      'schemas',
      'externalId',
      scimUrns.enterpriseUser,
      '__proto__',
      'Operations',
      'meta',
      'id',
    );
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'Replace', 'remove', 'x'),
        path: fc.oneof(
          name,
          fc.constantFrom(
            'emails[type eq "work"].value',
            'members[value eq "x"]',
            'name.givenName',
            `${scimUrns.enterpriseUser}:manager`,
          ),
          fc.string(),
        ),
        value,
      },
      { requiredKeys: ['op'] },
    );
    const body = fc.oneof(
      fc.dictionary(name, value),
      fc.array(operation, { maxLength: 4 }).map((operations) => patchOf(...operations)),
      value,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
        path,
        body,
        async (method, where, sent) => {
          const isRead = method === 'GET' || (method === 'DELETE' && !where.includes('x'));
          const answer = await ours.scim(isRead ? 'GET' : method, where, isRead ? undefined : sent);
          expect(answer.status).toBeLessThan(500);
          if (answer.status >= 400)
            expect(answer.body).toMatchObject({ schemas: [scimUrns.error], status: String(answer.status) });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('over a socket as without one', async () => {
    const url = `${test.portal.httpUrl}/scim/v2`;
    const headers = { authorization: `Bearer ${ours.token}`, 'content-type': 'application/scim+json' };
    const body = JSON.stringify({ userName: 'socket', active: false });
    const created = await fetch(`${url}/Users`, { method: 'POST', headers, body });
    expect(created.status).toBe(201);
    const { id } = (await created.json()) as { readonly id: string };
    expect((await fetch(`${url}/Users/${id}`, { headers })).status).toBe(200);
    expect((await fetch(`${url}/Users/${id}`)).status).toBe(401);
    expect((await fetch(`${url}/Users/${id}`, { method: 'DELETE', headers })).status).toBe(204);
  });
});
