import { readFileSync } from 'node:fs';
import { hospitalityMatrix, type KeyId, workplaceMatrix } from '@latchwork/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod/mini';
import { operationPath } from './operation.js';
import { operations } from './operations.js';
import { problemExtras } from './problem.js';
import { problemCodesOf, type Route, type RouteInput, type RouteReply, type RouteRequest } from './route.js';
import { routes } from './routes.js';

const table = Object.entries<Route>(routes);
const fieldsOf = (schema: z.ZodMiniType | undefined): readonly string[] =>
  schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];

describe('the route table', () => {
  it('has a rule for every operation and an operation for every rule', () => {
    expect(Object.keys(routes).sort()).toStrictEqual(Object.keys(operations).sort());
    for (const [id, called] of table) expect(called, id).toMatchObject(operations[id as keyof typeof operations]);
  });

  it('serves no path twice by the same method', () => {
    const places = table.map(([, called]) => `${called.method} ${called.path.replace(/:\w+/g, ':')}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it.each(table)('%s: its parts agree with one another', (_, called) => {
    const inPath = [...called.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(fieldsOf(called.params)).toStrictEqual(inPath);
    expect(called.body !== undefined).toBe(called.sends === 'body');
    expect(called.query !== undefined).toBe(called.sends === 'query');
    // A caller gives one flat object, so no name may stand for two things.
    const rest = [...fieldsOf(called.body), ...fieldsOf(called.query)];
    expect(rest.filter((name) => inPath.includes(name))).toStrictEqual([]);
    expect(fieldsOf(called.headers).includes('idempotency-key')).toBe(called.idempotency !== 'none');
    expect(fieldsOf(called.headers).includes('if-match')).toBe(called.precondition === 'version');
    expect(called.reply === null).toBe(called.media === 'none');
    const withoutBody = (status: number) => status === 204 || status === 202;
    if (called.media === 'none') expect(called.statuses.filter(withoutBody)).toStrictEqual(called.statuses);
    else expect(called.statuses).not.toContain(204);
  });

  it.each(table)(
    '%s: no mass assignment: an unknown field is refused in the path, the query and the body',
    (_, called) => {
      for (const schema of [called.params, called.query, called.body]) {
        if (!schema) continue;
        // Of several forms each.
        const { options = [schema] } = schema._zod.def as { readonly options?: readonly (typeof schema)[] };
        for (const form of options) {
          const result = z.safeParse(form, { isAdmin: true });
          expect(result.error?.issues).toContainEqual(
            expect.objectContaining({ code: 'unrecognized_keys', keys: ['isAdmin'] }),
          );
        }
      }
    },
  );

  it.each(table)('%s: its rights and problems exist', (_, called) => {
    if (called.action !== null) expect({ ...hospitalityMatrix, ...workplaceMatrix }).toHaveProperty([called.action]);
    for (const code of problemCodesOf(called)) expect(problemExtras).toHaveProperty([code]);
    if (called.params && called.auth !== 'none') expect(problemCodesOf(called)).toContain('not-found');
  });

  it('G12: only signing in, setting up an account and what a gateway or a phone proves itself for go without a token', () => {
    const open = table.filter(([, called]) => called.auth === 'none').map(([id]) => id);
    expect(open.sort()).toStrictEqual([
      'activatePhone',
      'bringPhoneReceipts',
      'completeAccountSetup',
      'completeSso',
      'createSession',
      'enrollGateway',
      'previewAccountSetup',
      'renewGatewayCertificate',
      'renewPhoneGrants',
      'requestPasswordReset',
      'startSso',
      'takePhoneParcels',
    ]);
  });

  it('P-18: a door is not moved without an idempotency key', () => {
    expect(routes.unlockEntrance.idempotency).toBe('required');
    expect(z.safeParse(routes.unlockEntrance.headers, {}).success).toBe(false);
    expect(z.parse(routes.unlockEntrance.body, {})).toStrictEqual({ deadlineMs: 10_000 });
    for (const deadlineMs of [1999, 30_001, 2000.5, '5000']) {
      expect(z.safeParse(routes.unlockEntrance.body, { deadlineMs }).success, String(deadlineMs)).toBe(false);
    }
    for (const deadlineMs of [2000, 30_000]) {
      expect(z.safeParse(routes.unlockEntrance.body, { deadlineMs }).success, String(deadlineMs)).toBe(true);
    }
  });

  it('the time a repeat took lies within the farthest deadline, so that no deadline leaves the calendar', () => {
    const takes = (elapsed: string) =>
      z.safeParse(routes.unlockEntrance.headers, { 'idempotency-key': 'k', 'latchwork-elapsed-ms': elapsed }).success;
    expect(['0', '12.5', '30000'].filter(takes)).toHaveLength(3);
    expect(['-1', '30001', '1e300', 'Infinity', 'soon'].filter(takes)).toEqual([]);
  });

  it('G48: nobody is invited without a role', () => {
    const emails = ['ana@example.com'];
    const assignments = [{ propertyId: 'prop_01jd0000000000000000000000' }];
    expect(z.safeParse(routes.inviteToProperty.body, { emails }).success).toBe(false);
    expect(z.safeParse(routes.inviteTeam.body, { emails, assignments }).success).toBe(false);
    expect(z.safeParse(routes.importTeam.body, { rows: [{ email: 'ana@example.com', assignments }] }).success).toBe(
      false,
    );
  });

  it('a Key has to say whether it ends, and cannot end before it starts', () => {
    const body = {
      holderId: 'mem_01jd0000000000000000000000',
      entranceIds: ['ent_01jd0000000000000000000000'],
      startsAt: '2026-03-01T10:00:00+01:00',
    };
    const fits = (rest: object) => z.safeParse(routes.createKey.body, { ...body, ...rest }).success;
    expect(fits({})).toBe(false);
    expect(fits({ endsAt: null })).toBe(true);
    expect(fits({ endsAt: '2026-03-01T09:00:01Z' })).toBe(true);
    expect(fits({ endsAt: '2026-03-01T09:00:00Z' })).toBe(false);
    expect(fits({ endsAt: null, schedule: { windows: [] } })).toBe(false);
  });

  it('a property has an IANA time zone, not an offset', () => {
    const fits = (timeZone: string) => z.safeParse(routes.createProperty.body, { name: 'Sea View', timeZone }).success;
    expect(['Europe/Lisbon', 'UTC'].every(fits)).toBe(true);
    expect(['+02:00', 'Europe/Atlantis', ''].some(fits)).toBe(false);
  });

  it('parameters are percent-encoded into the path', () => {
    expect(operationPath(operations.getKey, { keyId: 'a/b?c' })).toBe('/v1/keys/a%2Fb%3Fc');
  });

  it('gives callers plain strings and handlers branded ids', () => {
    expectTypeOf<RouteInput<typeof routes.getKey>['params']['keyId']>().toEqualTypeOf<string>();
    expectTypeOf<RouteRequest<typeof routes.getKey>['params']['keyId']>().toEqualTypeOf<KeyId>();
    expectTypeOf<RouteReply<typeof routes.getKey>['id']>().toEqualTypeOf<KeyId>();
    expectTypeOf<RouteReply<typeof routes.revokeApiKey>>().toEqualTypeOf<undefined>();
  });

  it('no module of the operations half reaches an input schema, so that a bundle of a client holds none', () => {
    const seen = new Set<string>();
    const visit = (file: URL): void => {
      if (seen.has(file.href)) return;
      seen.add(file.href);
      for (const [, path] of readFileSync(file, 'utf8').matchAll(
        /^(?:import|export) (?!type)[^;]*?'(\.[^']+)\.js'/gm,
      )) {
        visit(new URL(`${path}.ts`, file));
      }
    };
    visit(new URL('./operations.ts', import.meta.url));
    expect([...seen].some((href) => href.endsWith('/resources/key.ts'))).toBe(true);
    expect([...seen].filter((href) => href.includes('/inputs/'))).toStrictEqual([]);
  });
});
