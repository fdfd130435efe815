import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DirectoryError } from './directory-error.js';
import type { DirectorySource, ReadSnapshot } from './directory-source.js';
import { createLeapingClock, selfSignedPrivateKey } from './fake-source.test-rig.js';
import { createGoogleSource } from './google/google-source.js';
import { createGraphSource } from './graph/graph-source.js';
import { createScimSource } from './scim/scim-source.js';

const origin = 'https://directory.example';

/** Names and values that pages are made of, in any place but their own. */
const names = fc.constantFrom(
  ...['value', '@odata.nextLink', '@odata.deltaLink', '@removed', 'users', 'groups', 'members', 'nextPageToken'],
  ...['Resources', 'totalResults', 'startIndex', 'itemsPerPage', 'nextCursor', 'pagination', 'cursor', 'id', 'mail'],
  ...['proxyAddresses', 'accountEnabled', 'primaryEmail', 'name', 'organizations', 'aliases', 'emails', 'active'],
  ...['userPrincipalName', 'access_token', 'expires_in', 'customerId', 'type', '__proto__', 'constructor', 'toString'],
);
const leaves = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, 2, 3, -1, 1e308, '', 'a', 'b', 'c', 'x@example.com', 'SMTP:y@example.com'),
  fc.constantFrom(`${origin}/v1.0/users?a`, `${origin}/v1.0/users?b`, 'https://evil.example/', '?c', 'https://['),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const { page } = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaves,
    tie('page'),
    fc.array(tie('any'), { maxLength: 4 }),
  ),
  page: fc.dictionary(names, tie('any') as fc.Arbitrary<unknown>, { maxKeys: 6 }),
}));
const likely = fc
  .tuple(page, fc.array(page, { maxLength: 4 }), fc.integer({ min: 0, max: 9 }))
  .map(([more, records, totalResults]) => ({
    value: records,
    users: records,
    Resources: records,
    totalResults,
    ...(more as object),
  }));
const bodies = fc.oneof(
  { weight: 6, arbitrary: likely.map((body) => JSON.stringify(body)) },
  { weight: 3, arbitrary: page.map((body) => JSON.stringify(body)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom('[', '{"value":['.repeat(5_000), '7', '"x"', '{"value":[{}]}{}') },
);
const answers = fc.array(
  fc.record({
    body: bodies,
    status: fc.oneof(
      { weight: 9, arbitrary: fc.constant(200) },
      { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
    ),
    type: fc.oneof(
      { weight: 9, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/scim+json', '', 'application/json;x=y') },
    ),
    retryAfter: fc.constantFrom(undefined, '1', 'soon', '-1', '99999999999'),
  }),
  { minLength: 1, maxLength: 12 },
);

const makers: Readonly<Record<string, (fetch: typeof globalThis.fetch) => DirectorySource>> = {
  microsoft_365: (fetch) =>
    createGraphSource({
      fetch,
      clock: createLeapingClock(),
      tenantId: 'contoso.example',
      clientId: 'app',
      credential: { type: 'secret', clientSecret: 'secret' },
      baseUrl: `${origin}/v1.0`,
      loginUrl: origin,
    }),
  google_workspace: (fetch) =>
    createGoogleSource({
      fetch,
      clock: createLeapingClock(),
      credential: { clientEmail: 'a@example.com', adminEmail: 'b@example.com', privateKey: selfSignedPrivateKey() },
      baseUrl: `${origin}/admin/directory/v1`,
      tokenUrl: `${origin}/token`,
    }),
  scim: (fetch) => createScimSource({ fetch, clock: createLeapingClock(), baseUrl: `${origin}/scim`, token: 'token' }),
};

describe.each(Object.entries(makers))('a source of %s that is answered anything', (_, make) => {
  it('reads or refuses, ends, and asks nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.boolean(), async (script, groups) => {
        let asked = 0;
        const fetch = (async (input: string) => {
          expect(new URL(input).origin).toBe(origin);
          if (/\/token$/.test(input)) return Response.json({ access_token: 'token', expires_in: 3600 });
          const { body, status, type, retryAfter } = script[asked % script.length] ??
            script[0] ?? { body: '', status: 200 };
          asked += 1;
          const headers = {
            ...(type ? { 'content-type': type } : {}),
            ...(retryAfter ? { 'retry-after': retryAfter } : {}),
          };
          return new Response([204, 205, 304].includes(status) ? null : body, { status, headers });
        }) as typeof globalThis.fetch;
        const source = make(fetch);
        const options = { groups, limits: { maxPages: 12 } };
        const readings: readonly (() => Promise<{ readonly tenantId: string } | ReadSnapshot | undefined>)[] = [
          () => source.probe(options),
          () => source.readAll(options),
          async () =>
            await source.readChanges?.(
              JSON.stringify({ link: `${origin}/v1.0/users/delta?x`, takenAt: Date.UTC(2026, 1, 28) }),
              options,
            ),
        ];
        for (const read of readings) {
          try {
            const snapshot = await read();
            if (snapshot && 'users' in snapshot) {
              const ids = snapshot.users.map(({ directoryId }) => directoryId);
              expect(new Set(ids).size).toBe(ids.length);
            }
          } catch (error) {
            if (!(error instanceof DirectoryError)) throw error;
            expect(error.message).toMatch(/^The directory could not be read: [a-z-]+\.$/);
          }
        }
        expect(asked).toBeLessThan(400);
      }),
      { numRuns: 400 },
    );
  });
});
