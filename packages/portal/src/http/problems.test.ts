import { readProblem } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { type RawOptions, startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { encodeCursor } from './paging.js';
import { largestBodyBytes } from './request-body.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function ask(method: string, path: string, options: RawOptions = {}) {
  const token = hotel.people.organization_owner.token;
  const response = await test.send(
    method,
    path.replace('PROPERTY', hotel.property.id).replace('ENTRANCE', hotel.entrance.id),
    {
      token,
      ...options,
    },
  );
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = readProblem(await response.json());
  expect(problem?.status).toBe(response.status);
  return { problem, headers: response.headers };
}

describe('a request that is not right', () => {
  it.each([
    ['an unknown path', 'GET', '/v1/rooms', {}, 'not-found'],
    ['an unknown page', 'GET', '/nowhere', {}, 'not-found'],
    ['broken JSON', 'POST', '/v1/properties/PROPERTY/entrances', { text: '{"name":' }, 'invalid-request'],
    ['a body that is no object', 'POST', '/v1/properties/PROPERTY/entrances', { text: '[]' }, 'invalid-request'],
    ['no body', 'POST', '/v1/properties/PROPERTY/entrances', {}, 'invalid-request'],
    [
      'a field too many',
      'POST',
      '/v1/properties/PROPERTY/entrances',
      { body: { name: 'A', mode: 'lockdown' } },
      'invalid-request',
    ],
    ['an empty name', 'POST', '/v1/properties/PROPERTY/entrances', { body: { name: '  ' } }, 'invalid-request'],
    ['a malformed id', 'GET', '/v1/properties/prop_1', {}, 'invalid-request'],
    ['an unknown id', 'GET', '/v1/properties/prop_00000000000000000000000000', {}, 'not-found'],
    ['a limit of none', 'GET', '/v1/properties/PROPERTY/keys?limit=0', {}, 'invalid-request'],
    ['a limit given twice', 'GET', '/v1/properties/PROPERTY/keys?limit=1&limit=2', {}, 'invalid-request'],
    ['an unknown query', 'GET', '/v1/properties/PROPERTY/keys?sort=name', {}, 'invalid-request'],
    ['a cursor that is none', 'GET', '/v1/properties/PROPERTY/events?cursor=x', {}, 'invalid-request'],
    ['a cursor of NUL', 'GET', '/v1/entrances/ENTRANCE/attempts?cursor=AAAA', {}, 'invalid-request'],
    [
      'a cursor of another list',
      'GET',
      `/v1/entrances/ENTRANCE/attempts?cursor=${encodeCursor('ent_00000000000000000000000000')}`,
      {},
      'invalid-request',
    ],
    ['a cursor of a list in memory that is none', 'GET', '/v1/me/keys?cursor=x', {}, 'invalid-request'],
    [
      'a repeat after ages',
      'POST',
      '/v1/entrances/ENTRANCE/unlock',
      { body: {}, headers: { 'idempotency-key': 'k2', 'latchwork-elapsed-ms': '1e300' } },
      'invalid-request',
    ],
    [
      'another media type',
      'POST',
      '/v1/properties/PROPERTY/entrances',
      { text: 'name=A', headers: { 'content-type': 'text/plain' } },
      'unsupported-media-type',
    ],
    [
      'a body too large',
      'POST',
      '/v1/properties/PROPERTY/entrances',
      { body: { name: 'A'.repeat(largestBodyBytes) } },
      'payload-too-large',
    ],
    [
      'an unlock without idempotency key',
      'POST',
      '/v1/entrances/ENTRANCE/unlock',
      { body: {} },
      'idempotency-key-required',
    ],
    [
      'an unlock with a broken idempotency key',
      'POST',
      '/v1/entrances/ENTRANCE/unlock',
      { body: {}, headers: { 'idempotency-key': 'a b' } },
      'invalid-request',
    ],
    [
      'a deadline too far',
      'POST',
      '/v1/entrances/ENTRANCE/unlock',
      { body: { deadlineMs: 30_001 }, headers: { 'idempotency-key': 'k1' } },
      'invalid-request',
    ],
    ['another scheme', 'GET', '/v1/me', { headers: { authorization: 'Basic b2xnYTpwdw==' } }, 'unauthenticated'],
  ] satisfies [string, string, string, RawOptions, string][])('%s', async (_, method, path, options, code) => {
    expect((await ask(method, path, options)).problem).toMatchObject({ code });
  });

  it('names every faulty field', async () => {
    const body = { kind: 'window', name: '', tag: 'XX', entranceId: hotel.entrance.id, publicKey: '00' };
    const { problem } = await ask('POST', '/v1/properties/PROPERTY/devices', { body });
    const pointers = problem?.code === 'invalid-request' ? problem.issues.map(({ pointer }) => pointer) : [];
    expect(pointers.toSorted()).toEqual(['/identityPublicKey', '/kind', '/name', '/publicKey', '/tag']);
  });

  it('tells which methods a path takes', async () => {
    const { problem, headers } = await ask('PUT', '/v1/properties/PROPERTY/keys');
    expect(problem).toMatchObject({ code: 'method-not-allowed' });
    expect(headers.get('allow')?.split(', ').toSorted()).toEqual(['GET', 'POST']);
  });

  it('does not read a body without a declared length to its end', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
    });
    const request = new Request(`http://portal.test/v1/properties/${hotel.property.id}/entrances`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hotel.people.owner.token}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect((await test.portal.fetch(request)).status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });

  it('does not tell a wrong password from an unknown address', async () => {
    const body = { email: hotel.people.team.email, password: 'wrong password', channel: 'portal_app' };
    const wrong = await ask('POST', '/v1/sessions', { body });
    const unknown = await ask('POST', '/v1/sessions', { body: { ...body, email: 'nobody@example.com' } });
    expect(wrong.problem).toEqual(unknown.problem);
    expect(wrong.problem).toMatchObject({ code: 'sign-in-failed' });
  });

  it('G18: a set-up token works once, and not after a week', async () => {
    const { client } = hotel.people.owner;
    const invite = async (email: string) => {
      await client.invitations.createForProperty({ propertyId: hotel.property.id, emails: [email], role: 'team' });
      return (await test.mails.lastTo(email)).token;
    };
    const token = await invite('once@example.com');
    await test.client().accountSetups.complete({ token, name: 'Once', password: samplePassword });
    const body = { token, name: 'Once', password: samplePassword };
    expect((await ask('POST', '/v1/account-setups', { body })).problem).toMatchObject({ code: 'setup-token-invalid' });
    const late = await invite('late@example.com');
    test.clock.advance(7 * 24 * 3600 * 1000);
    const answered = await ask('POST', '/v1/account-setups', { body: { ...body, token: late } });
    expect(answered.problem).toMatchObject({ status: 410 });
  });

  it('guesses at a password are slowed down, and the right one is heard after the wait', async () => {
    const body = { email: hotel.people.owner.email, password: 'guess', channel: 'portal_app' };
    const codes: unknown[] = [];
    let retryAfter: string | null = null;
    for (let guess = 0; guess < 6; guess++) {
      const { problem, headers } = await ask('POST', '/v1/sessions', { body });
      codes.push(problem?.code);
      retryAfter = headers.get('retry-after');
    }
    expect(codes).toEqual([...Array(5).fill('sign-in-failed'), 'rate-limited']);
    test.clock.advance(Number(retryAfter) * 1000);
    const { email } = hotel.people.owner;
    const { member } = await test.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
    expect(member.id).toBe(hotel.people.owner.id);
  });
});

describe('the daemon’s own pages', () => {
  it('answer health, readiness, measurements and the OpenAPI document', async () => {
    expect(await (await test.send('GET', '/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await test.send('GET', '/readyz')).json()).toEqual({ status: 'ready' });
    const measured = await (await test.send('GET', '/metrics')).text();
    expect(measured).toContain('latchwork_http_request_seconds_count{operation="createOrganization",status="201"}');
    expect(await (await test.send('GET', '/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
  });
});
