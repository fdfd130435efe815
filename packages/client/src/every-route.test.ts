import {
  type JsonObject,
  type OperationId,
  openApiDocument,
  parseRouteRequest,
  type Route,
  routes,
} from '@latchwork/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { resourceCalls } from './resources.js';

const { schemas } = openApiDocument(routes).components;

/** Values that fit a JSON schema of the contract's own document. */
function fitting(schema: JsonObject, name = ''): fc.Arbitrary<unknown> {
  const { $ref, const: constant, enum: values, type, pattern, format } = schema;
  const options = (schema['oneOf'] ?? schema['anyOf']) as readonly JsonObject[] | undefined;
  if (typeof $ref === 'string') return fitting(schemas[$ref.split('/').at(-1) ?? ''] as JsonObject, name);
  if (options) return fc.oneof(...options.map((option) => fitting(option, name)));
  if (constant !== undefined) return fc.constant(constant);
  if (Array.isArray(values)) return fc.constantFrom(...values);
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => fitting({ ...schema, type: one }, name)));
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: Number(schema['minimum'] ?? 0), max: Number(schema['maximum'] ?? 1000) });
    case 'array':
      // Where a list is a set, its JSON schema cannot say so.
      return fc.uniqueArray(fitting(schema['items'] as JsonObject, name), {
        minLength: Number(schema['minItems'] ?? 0),
        maxLength: 3,
        selector: (item) => JSON.stringify(item),
      });
    case 'object': {
      const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonObject>);
      return fc.record(Object.fromEntries(properties.map(([key, inner]) => [key, fitting(inner, key)])), {
        noNullPrototype: true,
        requiredKeys: [...((schema['required'] ?? []) as readonly string[])],
      });
    }
    default:
      if (name === 'timeZone') return fc.constantFrom('Europe/Lisbon', 'America/Sao_Paulo');
      if (name === 'name') return fc.constantFrom('Sea View', 'Zimmer 7 / Süd');
      if (name === 'redirectUris') return fc.constantFrom('https://app.example/back', 'com.example.app:/back');
      if (format === 'email') return fc.constant('ana+desk@example.com');
      if (format === 'date-time') {
        const range = { min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true };
        return fc.date(range).map((date) => date.toISOString());
      }
      if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
      return fc.string({ minLength: Number(schema['minLength'] ?? 0), maxLength: Number(schema['maxLength'] ?? 20) });
  }
}

interface Exchange {
  readonly input: Record<string, unknown>;
  readonly reply: unknown;
}

function exchangeOf(id: OperationId): fc.Arbitrary<Exchange> {
  const called: Route = routes[id];
  const described =
    openApiDocument(routes).paths[called.path.replace(/:(\w+)/g, '{$1}')]?.[called.method.toLowerCase()];
  const parameters = (described?.['parameters'] ?? []) as readonly {
    name: string;
    in: string;
    schema: JsonObject;
    required: boolean;
  }[];
  const flat = parameters.filter((parameter) => parameter.in !== 'header');
  const inputName = `${id.charAt(0).toUpperCase()}${id.slice(1)}Input`;
  const content = Object.values(described?.['responses'] ?? {})[0]?.content?.['application/json'];
  return fc.record({
    input: fc
      .tuple(
        fc.record(Object.fromEntries(flat.map(({ name, schema }) => [name, fitting(schema, name)])), {
          requiredKeys: flat.filter(({ required }) => required).map(({ name }) => name),
        }),
        called.body ? fitting(schemas[inputName] as JsonObject) : fc.constant({}),
        called.precondition === 'version' ? fc.record({ version: fc.nat(999_999_999) }) : fc.constant({}),
      )
      .map(([params, body, seen]) => ({ ...params, ...(body as object), ...seen }))
      // A Key that ends before it starts fits the JSON schema, which cannot say so.
      .filter(({ startsAt, endsAt }: Record<string, unknown>) => !endsAt || String(startsAt) < String(endsAt)),
    reply: called.reply ? fitting(content.schema) : fc.constant(undefined),
  });
}

const methods = [
  ...Object.entries(resourceCalls).flatMap(([resource, calls]) =>
    Object.entries(calls).map(([method, id]) => [`${resource}.${method}`, id] as const),
  ),
  ['me', 'getMe'] as const,
  ['unlock', 'unlockEntrance'] as const,
];

describe('the client and the route table', () => {
  it('C3: no call of the API is missing, and none has two names', () => {
    const ids = [...methods.map(([, id]) => id), 'streamEvents'];
    expect([...ids].sort()).toStrictEqual(Object.keys(routes).sort());
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
