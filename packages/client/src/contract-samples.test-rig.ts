import {
  type JsonObject,
  type OperationId,
  openApiDocument,
  parseRouteRequest,
  type Route,
  routes,
} from '@latchwork/contract';
import fc from 'fast-check';

const {
  paths,
  components: { schemas },
} = openApiDocument(routes);

/** What is made for a schema of its own and for a pattern is made once: a pattern alone takes milliseconds. */
const referred = new Map<string, fc.Arbitrary<unknown>>();
const matching = new Map<string, fc.Arbitrary<string>>();

function madeOnce<Made>(made: Map<string, Made>, key: string, make: () => Made): Made {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}

/** Values that fit a JSON schema of the contract's own document. */
function fitting(schema: JsonObject, name = ''): fc.Arbitrary<unknown> {
  const { $ref, const: constant, enum: values, type, pattern, format } = schema;
  const options = (schema['oneOf'] ?? schema['anyOf']) as readonly JsonObject[] | undefined;
  if (typeof $ref === 'string') {
    const referredTo = schemas[$ref.split('/').at(-1) ?? ''] as JsonObject;
    return madeOnce(referred, `${$ref} ${name}`, () => fitting(referredTo, name));
  }
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
      if (name === 'url') return fc.constantFrom('https://hooks.example/latchwork', 'https://hooks.example:8443/a?b=c');
      if (name === 'redirectUris') return fc.constantFrom('https://app.example/back', 'com.example.app:/back');
      if (format === 'email') return fc.constant('ana+desk@example.com');
      if (format === 'date-time') {
        const range = { min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true };
        return fc.date(range).map((date) => date.toISOString());
      }
      if (typeof pattern === 'string') return madeOnce(matching, pattern, () => fc.stringMatching(new RegExp(pattern)));
      return fc.string({ minLength: Number(schema['minLength'] ?? 0), maxLength: Number(schema['maxLength'] ?? 20) });
  }
}

/** What goes out and what comes back. */
export interface Exchange {
  readonly input: Record<string, unknown>;
  readonly reply: unknown;
}

/** An input of one call and a reply to it, as the contract allows them. */
export function exchangeOf(id: OperationId): fc.Arbitrary<Exchange> {
  const called: Route = routes[id];
  const described = paths[called.path.replace(/:(\w+)/g, '{$1}')]?.[called.method.toLowerCase()];
  const parameters = (described?.['parameters'] ?? []) as readonly {
    name: string;
    in: string;
    schema: JsonObject;
    required: boolean;
  }[];
  const flat = parameters.filter((parameter) => parameter.in !== 'header');
  const body = described?.['requestBody'] as { readonly content: JsonContent } | undefined;
  const { content = {} } = Object.values(described?.['responses'] ?? {})[0] ?? {};
  const json = content['application/json'] ?? content['text/event-stream'];
  return fc.record({
    input: fc
      .tuple(
        fc.record(Object.fromEntries(flat.map(({ name, schema }) => [name, fitting(schema, name)])), {
          requiredKeys: flat.filter(({ required }) => required).map(({ name }) => name),
        }),
        body ? fitting(body.content['application/json'].schema) : fc.constant({}),
        called.precondition === 'version' ? fc.record({ version: fc.nat(999_999_999) }) : fc.constant({}),
      )
      .map(([params, body, seen]) => ({ ...params, ...(body as object), ...seen }))
      // A JSON schema cannot say all that the contract does, such as a Key that ends after it starts.
      .filter((input) => fits(called, input)),
    reply: called.reply ? fitting(json.schema) : fc.constant(undefined),
  });
}

interface JsonContent {
  readonly 'application/json': { readonly schema: JsonObject };
}

function fits(called: Route, input: Readonly<Record<string, unknown>>): boolean {
  const { version, ...rest } = input;
  const isParam = (name: string) => `${called.path}/`.includes(`/:${name}/`);
  const among = (wanted: boolean) =>
    Object.fromEntries(Object.entries(rest).filter(([name]) => isParam(name) === wanted));
  const headers = { 'idempotency-key': 'k', 'if-match': `"${version}"` };
  const others = called.sends === 'body' ? { body: among(false), query: {} } : { body: undefined, query: among(false) };
  return parseRouteRequest(called, { params: among(true), headers, ...others }).success;
}
