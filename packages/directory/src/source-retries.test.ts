import { describe, expect, it } from 'vitest';
import { readFakeTenant, refusalOf, startFakeTenant } from './fake-source.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

describe.each(kinds)('a source of %s that is answered badly', (kind) => {
  it.each([
    ['a body that is cut off', { fault: 'truncate', at: 0.6 }],
    ['a body that is cut off at once', { fault: 'truncate', at: 0 }],
    ['a sign-in page', { fault: 'html' }],
    ['another content type', { fault: 'content-type', type: 'text/plain' }],
    ['a connection that is lost', { fault: 'hang-up' }],
    ['500', { fault: 'answer', status: 500, body: 'Server Error' }],
    ['503 without Retry-After', { fault: 'throttle', as: 'unavailable-503', retryAfter: null }],
    ['502', { fault: 'answer', status: 502, body: '<html></html>' }],
    ['no list', { fault: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: '[]' }],
    [
      'half a JSON',
      { fault: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: '{"value":[{"id":"' },
    ],
    ['nothing', { fault: 'answer', status: 200, headers: { 'content-type': 'application/json' } }],
  ] as const)('case 3: asks again after %s, and then has everybody', async (_, fault) => {
    await using tenant = await startFakeTenant({ kind, people: 1_100 });
    tenant.directory.faults.script(fault, { on: 'users', skip: 1, times: 3 });
    const { users, evidence } = await tenant.source.readAll();
    expect(users).toHaveLength(1_100);
    expect(evidence).toMatchObject({ sawLastPage: true, malformed: 0 });
    expect(tenant.clock.waits).toHaveLength(3);
  });

  it.each([
    ['a body that is cut off', { fault: 'truncate' }, 'answer-malformed'],
    ['a sign-in page', { fault: 'html' }, 'answer-malformed'],
    ['another content type', { fault: 'content-type', type: 'text/plain' }, 'answer-malformed'],
    ['a connection that is lost', { fault: 'hang-up' }, 'unreachable'],
    ['503', { fault: 'answer', status: 503 }, 'unreachable'],
    ['429', { fault: 'throttle', as: 'too-many-requests' }, 'throttled'],
  ] as const)('case 2: gives up after eight times %s on page two, and there is no snapshot', async (_, fault, code) => {
    await using tenant = await startFakeTenant({ kind, people: 1_100 });
    tenant.directory.faults.script(fault, { on: 'users', skip: 1, times: 100 });
    expect((await refusalOf(tenant.source.readAll())).code).toBe(code);
    const asked = tenant.directory.requests.filter(({ faults }) => faults.length > 0);
    expect(asked).toHaveLength(8);
    expect(new Set(asked.map(({ path, query }) => JSON.stringify([path, query])))).toHaveProperty('size', 1);
    expect(tenant.clock.waits).toHaveLength(7);
  });

  it.each([
    ['seconds', { retryAfter: 7 }, 7_000],
    ['a date', { retryAfter: 'date', seconds: 90 }, 90_000],
    ['an absurd number', { retryAfter: 1e9 }, 300_000],
  ])('case 8: waits as long as it is asked to, in %s', async (_, fault, expected) => {
    const { source, directory, clock } = readFakeTenant({ kind, people: 5 });
    directory.faults.script({ fault: 'throttle', as: 'too-many-requests', ...fault }, { on: 'users', times: 5 });
    expect((await source.readAll()).users).toHaveLength(5);
    expect(clock.waits).toEqual([expected, expected, expected, expected, expected]);
  });

  it('case 8: waits longer and longer where it is told nothing', async () => {
    const { source, directory, clock } = readFakeTenant({ kind, people: 5 });
    directory.faults.script(
      { fault: 'throttle', as: 'too-many-requests', retryAfter: null },
      { on: 'users', times: 5 },
    );
    expect((await source.readAll()).users).toHaveLength(5);
    expect(clock.waits).toEqual([375, 750, 1_500, 3_000, 6_000]);
  });

  it('does not ask again when it has been told no for good', async () => {
    const { source, directory, clock } = readFakeTenant({ kind, people: 5 });
    directory.faults.script({ fault: 'forbidden' }, { on: 'users' });
    expect(await refusalOf(source.readAll())).toEqual({ code: 'forbidden', status: 403 });
    expect(clock.waits).toEqual([]);
  });

  it.each([
    [404, 'not-found'],
    [400, 'answer-malformed'],
    [302, 'answer-malformed'],
    [501, 'answer-malformed'],
  ])('does not ask again after %d', async (status, code) => {
    await using tenant = await startFakeTenant({ kind, people: 5 });
    const elsewhere = { location: `${tenant.directory.urls.foreign}/users` };
    tenant.directory.faults.script({ fault: 'answer', status, headers: elsewhere }, { on: 'users' });
    expect(await refusalOf(tenant.source.readAll())).toEqual({ code, status });
    expect(tenant.directory.requests.filter(({ origin }) => origin === tenant.directory.urls.foreign)).toEqual([]);
  });

  it('asks again for a token as for anything else', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 5 });
    directory.faults.script({ fault: 'throttle', as: 'too-many-requests', retryAfter: 3 }, { on: 'token', times: 5 });
    directory.faults.script({ fault: 'html' }, { on: 'token', times: 2 });
    expect((await source.readAll()).users).toHaveLength(5);
  });
});

describe('a source of google_workspace that is throttled', () => {
  it.each(['rate-403', 'quota-403'] as const)('case 9: takes %s for what it is, and waits', async (as) => {
    const { source, directory, clock } = readFakeTenant({ kind: 'google_workspace', people: 5 });
    directory.faults.script({ fault: 'throttle', as, retryAfter: null }, { on: 'users', times: 5 });
    expect((await source.readAll()).users).toHaveLength(5);
    expect(clock.waits).toHaveLength(5);
  });

  it('case 9: is throttled, not forbidden, when it does not end', async () => {
    const { source, directory } = readFakeTenant({ kind: 'google_workspace', people: 5 });
    directory.faults.script({ fault: 'throttle', as: 'rate-403' }, { on: 'users', times: 100 });
    expect(await refusalOf(source.readAll())).toEqual({ code: 'throttled', status: 403 });
  });
});
