import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { type JsonObject, openApiDocument } from './openapi.js';
import { problemCodesOf, type Route } from './route.js';
import { routes } from './routes.js';

const document = openApiDocument(routes);
const table = Object.entries<Route>(routes);

function operationOf(called: Route): JsonObject {
  const found = document.paths[called.path.replace(/:(\w+)/g, '{$1}')]?.[called.method.toLowerCase()];
  if (!found) throw new Error(`${called.method} ${called.path} is not in the document`);
  return found;
}

function* refsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '$ref') yield String(inner);
    else yield* refsIn(inner);
  }
}

/** Everything that is said of a value, also where it refers to. */
function* saidOf(value: unknown, told = new Set<string>()): Generator<JsonObject> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as JsonObject;
  for (const inner of Object.values(value)) yield* saidOf(inner, told);
  for (const ref of refsIn(value)) {
    if (told.has(ref)) continue;
    told.add(ref);
    yield* saidOf(document.components.schemas[ref.split('/').at(-1) ?? ''], told);
  }
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1 and survives JSON', async () => {
    const text = JSON.parse(JSON.stringify(document));
    expect(text).toStrictEqual(document);
    expect(await new Validator().validate(text)).toStrictEqual({ valid: true });
  });

  it('would be found invalid with a broken operation', async () => {
    const { openapi, ...broken } = JSON.parse(JSON.stringify(document));
    expect(
      await new Validator().validate({ openapi, ...broken, paths: { '/x': { get: { responses: 7 } } } }),
    ).toMatchObject({
      valid: false,
    });
  });

  it('resolves every reference, and has no component that nothing refers to', () => {
    const refs = new Set(refsIn(document));
    const components = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...refs].sort()).toStrictEqual(components.sort());
  });

  // The client checks replies by shapes, which have no word for it (packages/client/src/wire-description.ts).
  it.each(table)('%s promises no list in its reply that is never empty', (_, called) => {
    const { responses } = operationOf(called);
    expect([...saidOf(responses)].filter((said) => 'minItems' in said)).toStrictEqual([]);
  });

  it.each(table)('%s stands in it with its statuses, problems, parameters and rights', (id, called) => {
    const described = operationOf(called);
    expect(described['operationId']).toBe(id);
    const responses = described['responses'] as JsonObject;
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(called.statuses.map(String)));
    const problemText = JSON.stringify(responses);
    for (const code of problemCodesOf(called)) {
      expect(problemText).toContain(
        `/Problem${code.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase())}"`,
      );
    }
    const parameters = (described['parameters'] ?? []) as readonly JsonObject[];
    for (const [, name] of called.path.matchAll(/:(\w+)/g)) {
      expect(parameters).toContainEqual(expect.objectContaining({ name, in: 'path', required: true }));
    }
    expect(parameters.some(({ name }) => name === 'Idempotency-Key')).toBe(called.idempotency !== 'none');
    expect('requestBody' in described).toBe(called.body !== undefined);
    expect(described['security']).toHaveLength(
      { none: 0, operator: 1, session: 1, 'session-or-api-key': 2 }[called.auth],
    );
  });

  it('says that an unlock needs a key, may wait, and may come without a body', () => {
    const { parameters, requestBody } = operationOf(routes.unlockEntrance);
    expect(parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
    );
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'Prefer', in: 'header', required: false }));
    expect(requestBody).toMatchObject({ required: false });
  });

  it('says that the live feed is an event stream', () => {
    expect(operationOf(routes.streamEvents)['responses']).toMatchObject({
      200: { content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/Event' } } } },
    });
  });

  it('is strict about inputs and tolerant about replies', () => {
    const { schemas } = document.components;
    expect(schemas['CreateKeyInput']).toHaveProperty('additionalProperties', false);
    expect(schemas['Key']).not.toHaveProperty('additionalProperties');
    expect(schemas['Timestamp']).toHaveProperty('format', 'date-time');
  });
});
