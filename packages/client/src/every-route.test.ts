import { parseRouteRequest, type Route, routes } from '@latchwork/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { exchangeOf } from './contract-samples.test-rig.js';
import { callNames, resourceCalls } from './resource-calls.js';

const methods = [
  ...Object.entries(resourceCalls).flatMap(([resource, calls]) =>
    Object.entries(calls).map(([method, id]) => [`${resource}.${method}`, id] as const),
  ),
  ['me', 'getMe'] as const,
  ['unlock', 'unlockEntrance'] as const,
];

describe('the client and the route table', () => {
  it('C3: no call of the API is missing, and none has two names', () => {
    const ids = [...methods.map(([, id]) => id), 'streamEvents', 'streamOrganizationEvents'];
    expect([...ids].sort()).toStrictEqual(Object.keys(routes).sort());
    expect([...callNames].sort()).toStrictEqual(Object.keys(routes).sort());
  });

  it.each(methods)('C3: %s sends what %s takes and gives what it replies', async (name, id) => {
    const called: Route = routes[id];
    await fc.assert(
      fc.asyncProperty(exchangeOf(id), async ({ input, reply }) => {
        const seen: { request?: unknown; headers?: Headers } = {};
        const client = createClient({
          baseUrl: 'http://portal.test/base/',
          token: 'lws_1',
          retry: { limit: 0 },
          fetch: async (request) => {
            seen.headers = request.headers;
            seen.request = await readByContract(called, request);
            return reply === undefined
              ? new Response(null, { status: 204 })
              : Response.json(reply, { status: called.statuses[0] });
          },
        });
        const takesInput = called.params ?? called.body ?? called.query;
        const method = name.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], client);
        const answer = await (method as (...args: unknown[]) => Promise<unknown>)(...(takesInput ? [input] : []));
        expect(answer).toStrictEqual(reply);
        expect(seen.request).toMatchObject(input);
        expect(seen.headers?.get('authorization')).toBe('Bearer lws_1');
        expect(seen.headers?.has('idempotency-key')).toBe(called.idempotency !== 'none');
      }),
      { numRuns: 15 },
    );
  });
});

/** Reads a request as a server of the contract does, and gives all that the caller said in one flat object. */
async function readByContract(called: Route, request: Request): Promise<unknown> {
  const url = new URL(request.url);
  const pattern = new RegExp(`^/base${called.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
  const match = pattern.exec(url.pathname);
  expect(match, `${url.pathname} is ${called.path}`).not.toBeNull();
  expect(request.method).toBe(called.method);
  const text = await request.text();
  expect(text !== '').toBe(called.body !== undefined);
  if (text !== '') expect(request.headers.get('content-type')).toBe('application/json');
  const params = Object.fromEntries(
    Object.entries(match?.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]),
  );
  const query = Object.fromEntries(url.searchParams);
  if (!called.query) expect(query).toStrictEqual({});
  const body = text === '' ? undefined : JSON.parse(text);
  const result = parseRouteRequest(called, { params, query, headers: Object.fromEntries(request.headers), body });
  if (!result.success) throw new Error(JSON.stringify(result.issues));
  const parts = result.request as Record<'params' | 'query' | 'body', object | undefined>;
  const version = /^"(\d+)"$/.exec(request.headers.get('if-match') ?? '')?.[1];
  expect(version !== undefined).toBe(called.precondition === 'version');
  return {
    ...parts.params,
    ...parts.query,
    ...(body as object | undefined),
    ...(version === undefined ? {} : { version: Number(version) }),
  };
}
