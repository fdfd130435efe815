import { describe, expect, it } from 'vitest';
import { createLeapingClock, readFakeTenant, refusalOf, startFakeTenant } from './fake-source.test-rig.js';
import { createGoogleSource } from './google/google-source.js';
import { createGraphSource } from './graph/graph-source.js';
import { createScimSource } from './scim/scim-source.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;
const withTokens = ['microsoft_365', 'google_workspace'] as const;

describe.each(kinds)('the credentials of %s', (kind) => {
  it('S21: are tried by one small question that names the tenant', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 30 });
    const { tenantId } = await source.probe();
    if (kind !== 'scim') expect(tenantId).toBe(directory.tenantId);
    expect(directory.requests.filter(({ operation }) => operation !== 'token')).toHaveLength(1);
  });

  it('case 43: refused, say so, and nobody is gone for it', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 30 });
    directory.access.revoke();
    expect((await refusalOf(source.probe())).code).toBe('unauthorized');
    expect((await refusalOf(source.readAll())).code).toBe('unauthorized');
  });

  it('case 43: refused in the middle of a reading, end it', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    directory.faults.script({ fault: 'meanwhile', run: () => directory.access.revoke() }, { on: 'users', skip: 1 });
    expect((await refusalOf(source.readAll())).code).toBe('unauthorized');
  });

  it('case 43: run out', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    directory.access.expireSecret();
    expect((await refusalOf(source.readAll())).code).toBe('unauthorized');
  });

  it('are given to nobody in the text of an error', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    const secrets = Object.values(directory.credentials).filter((value) => value !== directory.tenantId);
    for (const fault of ['forbidden', 'html', 'truncate', 'hang-up', 'unauthorized'] as const) {
      directory.faults.script({ fault }, { on: 'users', times: 100 });
      const error: unknown = await source.readAll().catch((reason: unknown) => reason);
      directory.faults.clear();
      const text = describeWhole(error);
      for (const secret of secrets) expect(text).not.toContain(secret);
      for (const { email, id } of directory.people.all()) expect(text).not.toMatch(new RegExp(`${email}|${id}`, 'i'));
      expect(text).not.toMatch(/ya29|eyFake|Bearer|html|https?:/);
    }
  });
});

describe.each(withTokens)('a token of %s', (kind) => {
  it('serves a whole reading, and the next one', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    await source.readAll();
    await source.readAll();
    expect(directory.requests.filter(({ operation }) => operation === 'token')).toHaveLength(1);
  });

  it('is renewed before it ends', async () => {
    const { source, directory, clock } = readFakeTenant({ kind, people: 3 });
    await source.readAll();
    clock.pass(54 * 60_000);
    await source.readAll();
    expect(directory.requests.filter(({ operation }) => operation === 'token')).toHaveLength(1);
    clock.pass(2 * 60_000);
    await source.readAll();
    expect(directory.requests.filter(({ operation }) => operation === 'token')).toHaveLength(2);
    expect(directory.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it('that is refused once is replaced once, and the reading goes on', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    directory.faults.script(
      { fault: 'meanwhile', run: () => directory.access.expireTokens() },
      { on: 'users', skip: 1 },
    );
    expect((await source.readAll()).users).toHaveLength(1_100);
    expect(directory.requests.filter(({ operation }) => operation === 'token')).toHaveLength(2);
  });

  it('that is refused twice is not asked for again', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    directory.faults.script({ fault: 'unauthorized' }, { on: 'users', times: 100 });
    expect(await refusalOf(source.readAll())).toEqual({ code: 'unauthorized', status: 401 });
    expect(directory.requests.filter(({ operation }) => operation === 'token')).toHaveLength(2);
    expect(directory.requests.filter(({ status }) => status === 401)).toHaveLength(2);
  });

  it('goes to the API alone, and the proof of who asks to the sign-in alone', async () => {
    await using tenant = await startFakeTenant({ kind, people: 3 });
    await tenant.source.readAll({ groups: true });
    for (const { operation, token, headers } of tenant.directory.requests) {
      expect(token === null).toBe(operation === 'token');
      expect(headers['cookie']).toBeUndefined();
    }
  });
});

describe('an app of microsoft_365', () => {
  it('proves itself by its certificate, without a secret', async () => {
    await using tenant = await startFakeTenant({ kind: 'microsoft_365', people: 5 }, { credential: 'certificate' });
    expect((await tenant.source.readAll()).users).toHaveLength(5);
    const [asked] = tenant.directory.requests;
    expect(asked?.body).not.toContain('client_secret');
    const assertion = new URLSearchParams(asked?.body).get('client_assertion') ?? '';
    const header = JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) });
  });

  it('of a tenant that is not there finds nothing', async () => {
    const { directory, clock } = readFakeTenant({ kind: 'microsoft_365' });
    const { clientId, clientSecret } = directory.credentials;
    const source = createGraphSource({
      clock,
      fetch: directory.fetch,
      tenantId: '00000000-0000-4000-8000-000000000000',
      clientId,
      credential: { type: 'secret', clientSecret },
      baseUrl: directory.urls.base,
      loginUrl: directory.urls.login,
    });
    expect(await refusalOf(source.probe())).toEqual({ code: 'not-found', status: 400 });
  });

  it('without its permission is forbidden to read', async () => {
    const { source, directory } = readFakeTenant({ kind: 'microsoft_365', people: 3 });
    directory.access.withdraw('User.Read.All');
    expect(await refusalOf(source.probe())).toEqual({ code: 'forbidden', status: 403 });
  });
});

describe('a service account of google_workspace', () => {
  it('case 43: whose administrator has left is unauthorized', async () => {
    const { source, directory } = readFakeTenant({ kind: 'google_workspace', people: 3 });
    await source.readAll();
    directory.access.dismissReader();
    directory.access.expireTokens();
    expect(await refusalOf(source.readAll())).toEqual({ code: 'unauthorized', status: 400 });
  });

  it('asks for one scope to read users, and for another only where groups are read', async () => {
    const { source, directory } = readFakeTenant({ kind: 'google_workspace', people: 3 });
    const scopes = () =>
      directory.requests
        .filter(({ operation }) => operation === 'token')
        .map(({ body }) => {
          const [, claims = ''] = (new URLSearchParams(body).get('assertion') ?? '').split('.');
          return JSON.parse(Buffer.from(claims, 'base64url').toString()).scope;
        });
    await source.readAll();
    expect(scopes()).toEqual(['https://www.googleapis.com/auth/admin.directory.user.readonly']);
    await source.readAll({ groups: true });
    expect(scopes()[1]).toBe('https://www.googleapis.com/auth/admin.directory.group.readonly');
  });
});

describe('credentials that cannot be used at all', () => {
  const clock = createLeapingClock();
  const fetch = () => Promise.reject(new Error('Nobody is to be asked.'));

  it.each([
    ['a private key that is none', createGoogle('nonsense')],
    [
      'a certificate that is none',
      createGraphSource({
        clock,
        fetch,
        tenantId: 'contoso.example',
        clientId: 'app',
        credential: { type: 'certificate', certificate: 'nonsense', privateKey: 'nonsense' },
      }),
    ],
    [
      'a token with a line break',
      createScimSource({ clock, fetch, baseUrl: 'https://scim.example', token: 'a\r\nb: c' }),
    ],
  ])('are unauthorized before anybody is asked: %s', async (_, source) => {
    expect(await refusalOf(source.probe())).toEqual({ code: 'unauthorized', status: null });
  });

  function createGoogle(privateKey: string) {
    return createGoogleSource({ clock, fetch, credential: { clientEmail: 'a@b', privateKey, adminEmail: 'c@d' } });
  }
});

/** An error's every text, its causes' too. */
function describeWhole(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, ...own } = error;
  return `${error.name} ${error.message} ${error.stack} ${JSON.stringify(own)} ${cause === undefined ? '' : describeWhole(cause)}`;
}
