import { type JsonObject, type OperationId, openApiDocument, type Route, routes } from '@latchwork/contract';
import fc from 'fast-check';

const document = openApiDocument(routes);

/** Real ids by the prefix they begin with, so that some requests reach something. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

/** A request as it is sent, of any form. */
export interface FuzzedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const oddTexts = fc.constantFrom(
  ...['', ' ', '\u0000', '\uD800', '‮', '🗝️'.repeat(40), '../..', '%00', '"', '\r\nx: y', 'null', '__proto__', '*'],
  ...['constructor', '-1', '1e309', '0x10', 'NaN', 'true', '[]', '{}', '9'.repeat(400), 'a'.repeat(5_000)],
);
const oddNumbers = fc.constantFrom(-1, 0, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, -0, 5e-324);
/** Values that fit next to nothing. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  oddTexts,
  oddNumbers,
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null]),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values of a JSON schema of the contract's own document. */
function fitting(schema: JsonObject, ids: KnownIds, name = ''): fc.Arbitrary<unknown> {
  const { $ref, const: constant, enum: values, type, pattern, format } = schema;
  const options = (schema['oneOf'] ?? schema['anyOf']) as readonly JsonObject[] | undefined;
  if (typeof $ref === 'string') {
    return fitting(document.components.schemas[$ref.split('/').at(-1) ?? ''] as JsonObject, ids, name);
  }
  if (options) return fc.oneof(...options.map((option) => fitting(option, ids, name)));
  if (constant !== undefined) return fc.constant(constant);
  if (Array.isArray(values)) return fc.constantFrom(...values);
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => fitting({ ...schema, type: one }, ids, name)));
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: Number(schema['minimum'] ?? 0), max: Number(schema['maximum'] ?? 1000) });
    case 'array':
      return fc.array(fitting(schema['items'] as JsonObject, ids, name), {
        minLength: Number(schema['minItems'] ?? 0),
        maxLength: 3,
      });
    case 'object':
      return fittingObject(schema, ids);
    default:
      return fittingText({ pattern, format, schema, ids, name });
  }
}

function fittingObject(schema: JsonObject, ids: KnownIds): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonObject>);
  return fc.record(Object.fromEntries(properties.map(([key, inner]) => [key, fitting(inner, ids, key)])), {
    noNullPrototype: true,
    requiredKeys: [...((schema['required'] ?? []) as readonly string[])],
  });
}

function fittingText(o: {
  readonly pattern: unknown;
  readonly format: unknown;
  readonly schema: JsonObject;
  readonly ids: KnownIds;
  readonly name: string;
}): fc.Arbitrary<unknown> {
  const { pattern, format, schema, ids, name } = o;
  const text = fc.string({ minLength: Number(schema['minLength'] ?? 0), maxLength: Number(schema['maxLength'] ?? 20) });
  if (name === 'timeZone') return fc.constantFrom('Europe/Lisbon', 'Etc/UTC', 'GMT+1', 'Mars/Olympus');
  if (name === 'url')
    return fc.constantFrom('https://127.0.0.1:9/x', 'http://[::1]/', 'https://a:b@c/', 'https://10.0.0.1/');
  if (name === 'redirectUris') return fc.constantFrom('https://app.example/back', 'com.example.app:/back', 'http://x');
  if (name === 'confirm') return fc.constantFrom('Remove', 'delete', '', 'removed');
  if (name === 'cursor' || name === 'since') {
    const places = Object.values(ids).flatMap((known) => known.map((id) => Buffer.from(id).toString('base64url')));
    return fc.oneof(fc.constantFrom('0', '1', '999999', '-1'), fc.constantFrom('0', ...places), fc.base64String());
  }
  if (name === 'email' || name === 'emails' || format === 'email') {
    return fc.oneof(fc.emailAddress(), fc.constantFrom('a@b', 'ana+x@example.com', 'Ä@exämple.com', ' a@b.example '));
  }
  if (format === 'date-time' || /At$|^from$|^to$|^free/.test(name)) {
    const range = { min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };
    return fc.oneof(
      fc.date(range).map((date) => date.toISOString()),
      fc.constantFrom('2026-03-01', '2026-03-29T02:30:00+14:00', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z'),
    );
  }
  if (typeof pattern !== 'string') return text;
  const known = ids[/^\^([a-z]+)_/.exec(pattern)?.[1] ?? ''] ?? [];
  const matching = fc.stringMatching(new RegExp(pattern));
  return known.length === 0 ? matching : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, matching);
}

/** A value with one thing changed somewhere within: gone, of another kind, once more, or beside something unasked for. */
function nearly(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) {
    const more = fc.constantFrom([...value, ...value], [], [...value, null], Array(1200).fill(value[0] ?? 0));
    if (value.length === 0) return fc.oneof(more, junk);
    const inner = fc.nat(value.length - 1).chain((at) => nearly(value[at]).map((one) => value.with(at, one)));
    return fc.oneof(more, junk, inner);
  }
  if (typeof value !== 'object' || value === null) return junk;
  const keys = Object.keys(value);
  const extra = fc.tuple(fc.oneof(oddTexts, fc.constantFrom('id', 'version', 'state')), junk).map(([key, odd]) =>
    // As an own key even where it is a name of the prototype, as JSON.parse makes it.
    Object.fromEntries([...Object.entries(value), [key, odd]]),
  );
  if (keys.length === 0) return fc.oneof(extra, junk);
  const at = fc.constantFrom(...keys);
  const gone = at.map((key) => Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)));
  const changed = at.chain((key) =>
    nearly((value as Record<string, unknown>)[key]).map((one) => ({ ...value, [key]: one })),
  );
  return fc.oneof(extra, gone, { weight: 3, arbitrary: changed });
}

/** Mostly fitting, sometimes nearly, now and then junk. */
function fuzzed(fits: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: fits },
    { weight: 6, arbitrary: fits.chain(nearly) },
    { weight: 1, arbitrary: junk },
  );
}

const headerTexts = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const oddHeaders = fc.record(
  {
    'if-match': fc.oneof(headerTexts, fc.constantFrom('*', '"0"', '"1"', 'W/"1"', '"1","2"', '1', '"999999999"')),
    'idempotency-key': fc.oneof(headerTexts, fc.constantFrom('', 'k', 'k'.repeat(255), 'k'.repeat(256))),
    prefer: fc.oneof(headerTexts, fc.constantFrom('wait=0', 'wait=-1', 'wait="0"', 'respond-async, wait=0')),
    'last-event-id': fc.oneof(headerTexts, fc.constantFrom('0', '-1', '1e9', 'x')),
    'latchwork-elapsed-ms': fc.oneof(headerTexts, fc.constantFrom('0', '30000', '30001', '-1', 'NaN', '1e3', '2.5')),
    traceparent: headerTexts,
    'content-type': fc.constantFrom(
      'text/plain',
      'application/json; charset=utf-16',
      'application/x-www-form-urlencoded',
      '',
    ),
    'x-forwarded-for': headerTexts,
    cookie: headerTexts,
  },
  { requiredKeys: [] },
);

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Requests to one route: valid, nearly valid, and garbage. */
export function fuzzedRequests(operation: OperationId, ids: KnownIds): fc.Arbitrary<FuzzedRequest> {
  const route: Route = routes[operation];
  const described = document.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
  const parameters = (described?.['parameters'] ?? []) as readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: JsonObject;
  }[];
  const within = (place: string, of: (fits: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>) =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === place)
        .map(({ name, schema }) => [name, of(fitting(schema, ids, name)).map(asText)]),
    );
  const content = (described?.['requestBody'] as { content: Record<string, { schema: JsonObject }> } | undefined)
    ?.content['application/json'];
  const precondition = { 'if-match': fc.constantFrom('*', '"1"', '"2"') };
  const key = { 'idempotency-key': fc.uuid() };
  const usual = fc.record({
    ...(route.precondition === 'version' ? precondition : {}),
    ...(route.idempotency === 'required' ? key : {}),
  });
  return fc.record({
    params: fc.record(within('path', (fits) => fc.oneof({ weight: 12, arbitrary: fits }, oddTexts))) as fc.Arbitrary<
      FuzzedRequest['params']
    >,
    query: fc
      .tuple(
        fc.oneof(
          { weight: 3, arbitrary: fc.record(within('query', (fits) => fits)) },
          {
            weight: 2,
            arbitrary: fc.record(
              within('query', (fits) => fits),
              { requiredKeys: [] },
            ),
          },
          fc.constant({}),
          fc.record(within('query', fuzzed), { requiredKeys: [] }),
        ),
        fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.array(fc.tuple(oddTexts, oddTexts), { maxLength: 2 })),
      )
      .map(([usual, odd]) => {
        const pairs = Object.entries(usual) as [string, string][];
        // A parameter that comes twice now and then.
        return odd.length === 2 ? [...pairs, ...pairs, ...odd] : [...pairs, ...odd];
      }),
    headers: fc
      .tuple(usual, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, oddHeaders))
      .map(([usual, odd]) => ({ ...usual, ...odd }) as Readonly<Record<string, string>>),
    body:
      content === undefined
        ? fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, junk)
        : fuzzed(fitting(content.schema, ids)),
  });
}
