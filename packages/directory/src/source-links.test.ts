import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createLeapingClock, readFakeTenant, refusalOf, startFakeTenant } from './fake-source.test-rig.js';
import { createGraphSource } from './graph/graph-source.js';
import { createScimSource } from './scim/scim-source.js';

const linked = ['microsoft_365', 'google_workspace'] as const;

describe.each(linked)('the links of %s', (kind) => {
  it.each(['self-link', 'cycle'] as const)('case 4: end the reading when they lead back: %s', async (fault) => {
    await using tenant = await startFakeTenant({ kind, people: 3_100 });
    tenant.directory.faults.script({ fault }, { on: 'users', skip: 2, times: 100 });
    expect(await refusalOf(tenant.source.readAll())).toEqual({ code: 'link-refused' });
    expect(tenant.directory.requests.length).toBeLessThan(12);
  });
});

describe('links of microsoft_365', () => {
  it.each(['users', 'changes', 'groups', 'members'] as const)(
    'case 4: to another host are not followed, and no token goes there: in %s',
    async (on) => {
      await using tenant = await startFakeTenant({ kind: 'microsoft_365', people: 2_100, deltaPageSize: 1 });
      const { directory, source } = tenant;
      const everybody = directory.people.all().map(({ id }) => id);
      for (let at = 0; at < 1_001; at += 1)
        directory.groups.add({ name: `Group ${at}`, memberIds: at === 0 ? everybody : [] });
      let link: string | null = null;
      if (on === 'changes') {
        link = (await source.readAll()).deltaToken;
        for (const id of everybody.slice(0, 3)) directory.people.rename(id, { familyName: 'Moved' });
      }
      directory.faults.script({ fault: 'foreign-link' }, { on, times: 10_000 });
      const reading = link === null ? source.readAll({ groups: true }) : source.readChanges?.(link);
      expect(await refusalOf(reading ?? Promise.resolve())).toEqual({ code: 'link-refused' });
      expect(directory.requests.filter(({ origin }) => origin === directory.urls.foreign)).toEqual([]);
    },
  );

  it('are followed to the same origin alone: not to another port, scheme, or with a name in them', async () => {
    const clock = createLeapingClock();
    for (const nextLink of [
      'https://graph.microsoft.com:8443/v1.0/users?x',
      'http://graph.microsoft.com/v1.0/users?x',
      'https://graph.microsoft.com.evil.example/v1.0/users',
      'https://graph.microsoft.com@evil.example/v1.0/users',
      'https://user:password@graph.microsoft.com/v1.0/users',
      '//evil.example/users',
      'https://[',
      'data:application/json,{}',
    ]) {
      const asked: string[] = [];
      const source = createGraphSource({
        clock,
        tenantId: 'contoso.example',
        clientId: 'app',
        credential: { type: 'secret', clientSecret: 'secret' },
        fetch: async (input) => {
          asked.push(new URL(`${input}`).origin);
          return Response.json(
            `${input}`.endsWith('/token')
              ? { access_token: 'token', expires_in: 3600 }
              : `${input}`.includes('/organization')
                ? { value: [{ id: 'tenant' }] }
                : { value: [], '@odata.nextLink': nextLink },
          );
        },
      });
      expect(await refusalOf(source.readAll()), nextLink).toEqual({ code: 'link-refused' });
      expect(new Set(asked)).toEqual(new Set(['https://login.microsoftonline.com', 'https://graph.microsoft.com']));
    }
  });

  it('kept in a token of changes are not followed elsewhere either', async () => {
    const { source, directory, clock } = readFakeTenant({ kind: 'microsoft_365', people: 3 });
    const link = `${directory.urls.foreign}/v1.0/users/delta?$deltatoken=x`;
    const token = JSON.stringify({ link, takenAt: clock.now() });
    expect(await refusalOf(source.readChanges?.(token) ?? Promise.resolve())).toEqual({ code: 'link-refused' });
    expect(directory.requests.filter(({ origin }) => origin === directory.urls.foreign)).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'is not followed, so that the token stays where it belongs: %d',
    async (status) => {
      const seen: (string | undefined)[] = [];
      const elsewhere = createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.setHeader('content-type', 'application/json').end('{"totalResults":0,"Resources":[]}');
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => elsewhere.once('listening', resolve));
      const there = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/scim/v2/Users`;
      const here = createServer((_, response) => {
        response.writeHead(status, { location: there, 'content-type': 'application/json' }).end('{}');
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => here.once('listening', resolve));
      const baseUrl = `http://127.0.0.1:${(here.address() as AddressInfo).port}/scim/v2`;
      const source = createScimSource({ clock: createLeapingClock(), baseUrl, token: 'secret-token' });
      try {
        expect(await refusalOf(source.readAll())).toEqual({ code: 'answer-malformed', status });
        expect(seen).toEqual([]);
      } finally {
        here.close();
        elsewhere.close();
      }
    },
  );
});

describe('pages of scim', () => {
  it('case 4: end the reading when a server gives its first page whatever it is asked for', async () => {
    const { source, directory } = readFakeTenant({ kind: 'scim', people: 900 });
    directory.faults.script({ fault: 'self-link' }, { on: 'users', skip: 1, times: 10_000 });
    expect(await refusalOf(source.readAll())).toEqual({ code: 'answer-malformed', status: 200 });
    expect(directory.requests.length).toBeLessThan(20);
  });

  it.each(['self-link', 'cycle'] as const)('case 4: end the reading when cursors lead back: %s', async (fault) => {
    const { source, directory } = readFakeTenant({ kind: 'scim', people: 900, cursors: true });
    directory.faults.script({ fault }, { on: 'users', skip: 1, times: 10_000 });
    expect(await refusalOf(source.readAll())).toEqual({ code: 'link-refused' });
  });
});
