import { type AddressInfo, createServer } from 'node:net';
import type { ProblemDetails } from '@latchwork/contract';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createClient } from './client.js';
import type { LatchworkErrorCode, LatchworkErrorInfo } from './latchwork-error.js';
import { against, infoOf, problem } from './scripted-portal.test-rig.js';

const at = '2026-03-01T08:30:00.000Z';
const entranceId = 'ent_01jd0000000000000000000000';
const propertyId = 'prop_01jd0000000000000000000000';
const entrance = { id: entranceId, propertyId, name: 'Room 101', createdAt: at };

function attempt(state: string): object {
  return {
    id: 'att_01jd0000000000000000000000',
    action: 'unlock',
    propertyId,
    entranceId,
    deviceId: null,
    gatewayId: null,
    holderId: 'mem_01jd0000000000000000000000',
    keyId: null,
    actor: { kind: 'system' },
    channel: 'portal_app',
    mode: 'token',
    state,
    code: null,
    because: null,
    explanation: null,
    toldBy: null,
    requestedAt: at,
    deadline: at,
    timeline: { acceptedAt: at, sentAt: null, acknowledgedAt: null, confirmedAt: null, endedAt: null },
  };
}

const fail = (): never => {
  throw new TypeError('fetch failed');
};
const never = (request: Request): Promise<Response> =>
  new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));
const ok = () => Response.json(entrance);

describe('repeats', () => {
  it('an unlock keeps one idempotency key through all its tries, and each repeat tells how much time is used up', async () => {
    const { client, requests } = against([
      fail,
      () => problem('unavailable', {}),
      () => Response.json(attempt('accepted'), { status: 202 }),
    ]);
    expect(await client.unlock({ entranceId })).toMatchObject({ state: 'accepted' });
    const keys = requests.map((request) => request.headers.get('idempotency-key'));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    const elapsed = requests.map((request) => request.headers.get('latchwork-elapsed-ms'));
    expect(elapsed[0]).toBeNull();
    expect(Number(elapsed[2])).toBeGreaterThanOrEqual(Number(elapsed[1]));
    expect(Number(elapsed[1])).toBeGreaterThan(0);
    expect(await Promise.all(requests.map((request) => request.text()))).toStrictEqual(['{}', '{}', '{}']);
  });

  it('two unlocks are two intentions; a key of the caller names his own', async () => {
    const { client, requests } = against([() => Response.json(attempt('confirmed'))]);
    await client.unlock({ entranceId });
    await client.unlock({ entranceId });
    await client.unlock({ entranceId, idempotencyKey: 'door-7' });
    const keys = requests.map((request) => request.headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('door-7');
  });

  it('P-18: an unlock is not repeated when the pause asked for would end after its deadline', async () => {
    const { client, requests } = against([() => problem('unavailable', {}, { 'retry-after': '5' })]);
    const info = await infoOf(client.unlock({ entranceId, deadlineMs: 1000 }));
    expect(info).toMatchObject({ code: 'unavailable', operation: 'unlockEntrance' });
    expect(requests).toHaveLength(1);
  });

  it('P-18: an unlock is not repeated when its token came only after its deadline', async () => {
    let asked = 0;
    const { client, requests } = against([fail], {
      token: async () => {
        asked += 1;
        const from = performance.now();
        while (asked > 1 && performance.now() - from < 1000) await new Promise((resolve) => setTimeout(resolve, 50));
        return 'lws_secret';
      },
    });
    const info = await infoOf(client.unlock({ entranceId, deadlineMs: 1000 }));
    expect(info).toMatchObject({ code: 'timeout', timeoutMs: 1000 });
    expect(requests).toHaveLength(1);
  });

  it('P-3: the pause that the portal asks for is kept', async () => {
    const { client, requests } = against([() => problem('rate-limited', {}, { 'retry-after': '0.2' }), ok]);
    const startedAt = performance.now();
    await client.entrances.get({ entranceId });
    // A timer may fire up to a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
    expect(requests).toHaveLength(2);
  });

  it('what a repeat could do twice is sent once: signing in', async () => {
    const { client, requests } = against([fail]);
    const info = await infoOf(client.sessions.create({ email: 'a@b.co', password: 'x', channel: 'dashboard' }));
    expect(info.code).toBe('network');
    expect(requests).toHaveLength(1);
  });

  it('a problem that will not pass is not asked again', async () => {
    const { client, requests } = against([() => problem('gateway-offline', {})]);
    expect((await infoOf(client.unlock({ entranceId }))).code).toBe('gateway-offline');
    expect(requests).toHaveLength(1);
  });

  it('after the last repeat the problem of that last try is told', async () => {
    const { client, requests } = against(
      [() => problem('internal', {}), () => problem('internal', {}), () => problem('unavailable', {})],
      {
        retry: { limit: 2, baseDelayMs: 1 },
      },
    );
    expect((await infoOf(client.me())).code).toBe('unavailable');
    expect(requests).toHaveLength(3);
  });
});

describe('failures', () => {
  it('P-17: a refusal says why, and a switch over its code narrows what it carries', async () => {
    const attemptId = 'att_01jd0000000000000000000000' as const;
    const { client } = against([
      () =>
        problem('unlock-refused', {
          because: 'key-ended',
          explanation: 'The key ended yesterday.',
          attemptId: attemptId as ProblemDetails<'unlock-refused'>['attemptId'],
        }),
    ]);
    const info = await infoOf(client.unlock({ entranceId }));
    switch (info.code) {
      case 'unlock-refused':
        expectTypeOf(info.because).not.toBeAny();
        expect([info.because, info.explanation, info.attemptId]).toStrictEqual([
          'key-ended',
          'The key ended yesterday.',
          attemptId,
        ]);
        break;
      default:
        expect.fail(info.code);
    }
    expectTypeOf<LatchworkErrorInfo['code']>().toEqualTypeOf<LatchworkErrorCode>();
  });

  it('a request that does not fit names each field', async () => {
    const issues = [{ in: 'body', pointer: '/name', code: 'missing', message: 'The field is required.' }] as const;
    const { client } = against([() => problem('invalid-request', { issues })]);
    expect(await infoOf(client.me())).toMatchObject({ code: 'invalid-request', issues });
  });

  it.each<[string, () => Response]>([
    ['no JSON', () => new Response('<html>', { status: 200 })],
    ['another shape', () => Response.json({ ...entrance, name: 7 })],
    ["a proxy's page", () => new Response('<html>', { status: 404 })],
    ['a status without our problem', () => Response.json({ code: 'not-found' }, { status: 404 })],
  ])('%s is invalid-response', async (_, answer) => {
    const { client, requests } = against([answer]);
    const info = await infoOf(client.entrances.get({ entranceId }));
    expect(info).toMatchObject({ code: 'invalid-response', status: answer().status });
    expect(requests).toHaveLength(1);
  });

  it('fields of a later version of the portal are dropped', async () => {
    const { client } = against([() => Response.json({ ...entrance, later: 1 })]);
    expect(await client.entrances.get({ entranceId })).toStrictEqual(entrance);
  });

  it('no reply at all is network, over a real socket', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, retry: { limit: 0 } });
    expect((await infoOf(client.me())).code).toBe('network');
    await new Promise((resolve) => server.close(resolve));
    expect((await infoOf(client.me())).code).toBe('network');
  });

  it('a portal that never answers is timeout, one that begins and never ends too', async () => {
    const { client } = against([never], { timeoutMs: 30 });
    expect(await infoOf(client.me())).toMatchObject({ code: 'timeout', timeoutMs: 30 });
    const stalled = against(
      [
        (request) =>
          new Response(
            new ReadableStream({
              start: (controller) =>
                request.signal.addEventListener('abort', () => controller.error(request.signal.reason)),
            }),
          ),
      ],
      { timeoutMs: 30 },
    );
    expect((await infoOf(stalled.client.me())).code).toBe('timeout');
  });

  it("the caller's signal is aborted, before and while it runs", async () => {
    const { client, requests } = against([never]);
    expect((await infoOf(client.me({ signal: AbortSignal.abort() }))).code).toBe('aborted');
    const ending = new AbortController();
    expect(requests).toHaveLength(0);
    const heedless = against([
      () => {
        ending.abort();
        return new Promise(() => undefined);
      },
    ]);
    expect((await infoOf(heedless.client.me({ signal: ending.signal }))).code).toBe('aborted');
  });
});

describe('edits', () => {
  const desk = (): Response => Response.json({ ...entrance, later: 1 });

  it('C3: say in If-Match which version was seen, and are repeated with the same key', async () => {
    const { client, requests } = against([fail, () => problem('version-stale', { currentVersion: 8 })]);
    const info = await infoOf(client.properties.update({ propertyId, version: 7, name: 'Sea View' }));
    expect(info).toMatchObject({ code: 'version-stale', currentVersion: 8, operation: 'updateProperty' });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toStrictEqual(
      Array(2).fill(`PATCH http://portal.test/v1/properties/${propertyId}`),
    );
    expect(requests.map((request) => request.headers.get('if-match'))).toStrictEqual(['"7"', '"7"']);
    expect(new Set(requests.map((request) => request.headers.get('idempotency-key'))).size).toBe(1);
    expect(await requests[0]?.json()).toStrictEqual({ name: 'Sea View' });
  });

  it('what a method means the same for however often is repeated without a key: PUT', async () => {
    const appId = 'app_01jd0000000000000000000000';
    const { client, requests } = against([fail, desk]);
    await client.integratedApps.allow({ propertyId, appId }).catch(() => undefined);
    expect(requests.map((request) => request.method)).toStrictEqual(['PUT', 'PUT']);
  });

  it('a field of the body whose name begins like a parameter stays in the body', async () => {
    const { client, requests } = against([desk]);
    await client.keys.create({ propertyId, key: 'x' } as never).catch(() => undefined);
    expect(await requests[0]?.json()).toStrictEqual({ key: 'x' });
    await client.keys.revoke({ keyId: 'key_1', key: 'x' } as never).catch(() => undefined);
    expect(requests.at(-1)?.url).toBe('http://portal.test/v1/keys/key_1/revoke');
  });
});

describe('lists', () => {
  it('are iterated page after page, as far as they are consumed', async () => {
    const page = (name: string, nextCursor: string | null) => () =>
      Response.json({ data: [{ ...entrance, name }], nextCursor });
    const { client, requests } = against([page('a', 'c1'), page('b', 'c2'), page('c', null)]);
    const names: string[] = [];
    for await (const { name } of client.entrances.listAll({ propertyId, limit: 1 })) names.push(name);
    expect(names).toStrictEqual(['a', 'b', 'c']);
    expect(requests.map((request) => new URL(request.url).search)).toStrictEqual([
      '?limit=1',
      '?limit=1&cursor=c1',
      '?limit=1&cursor=c2',
    ]);
    const first = against([page('a', 'c1')]);
    for await (const { name } of first.client.entrances.listAll({ propertyId })) if (name === 'a') break;
    expect(first.requests).toHaveLength(1);
  });
});

describe('attempts.waitFor', () => {
  it('asks the portal to hold its reply back, and ends with the attempt', async () => {
    const { client, requests } = against([
      () => Response.json(attempt('sent')),
      () => Response.json(attempt('unknown')),
    ]);
    expect(await client.attempts.waitFor('att_01jd0000000000000000000000')).toMatchObject({ state: 'unknown' });
    expect(requests).toHaveLength(2);
    expect(requests[0]?.headers.get('prefer')).toBe('wait=25');
  });

  it('ends with timeout or aborted', async () => {
    const { client } = against([() => Response.json(attempt('sent'))]);
    expect(await infoOf(client.attempts.waitFor('att_1', { timeoutMs: 40 }))).toMatchObject({ code: 'timeout' });
    const ending = new AbortController();
    const wait = infoOf(client.attempts.waitFor('att_1', { signal: ending.signal }));
    ending.abort();
    expect((await wait).code).toBe('aborted');
  });

  it('Prefer goes with an unlock too', async () => {
    const { client, requests } = against([() => Response.json(attempt('confirmed'))]);
    await client.unlock({ entranceId, waitSeconds: 12, deadlineMs: 5000 });
    expect(requests[0]?.headers.get('prefer')).toBe('wait=12');
    expect(await requests[0]?.json()).toStrictEqual({ deadlineMs: 5000 });
  });
});
