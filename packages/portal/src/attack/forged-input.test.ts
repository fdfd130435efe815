import { randomUUID } from 'node:crypto';
import { type OperationId, operationPath, type Route, routes } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { largestBodyBytes } from '../http/request-body.js';
import { payloads } from './attack-requests.test-rig.js';
import { operationIds } from './attack-sender.test-rig.js';
import { type AttackTargets, createAttackTargets, type Target, targetsOf } from './attack-targets.test-rig.js';
import { type AttackWorld, buildAttackWorld } from './attack-world.test-rig.js';

let test: TestPortal;
let world: AttackWorld;
let targets: AttackTargets;

beforeAll(async () => {
  test = await startTestPortal();
  world = await buildAttackWorld(test);
  targets = createAttackTargets(world);
}, 120_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const routeOf = (operation: OperationId): Route => routes[operation];
const withBody = operationIds.filter((operation) => routeOf(operation).body !== undefined);
const versioned = operationIds.filter((operation) => routeOf(operation).precondition === 'version');
const repeatable = operationIds.filter((operation) => routeOf(operation).idempotency !== 'none');

/** The first target of a route that there is. */
const firstTarget = (operation: OperationId): Target =>
  targetsOf(routes[operation].path).find(
    ({ victim }) => victim === undefined || victim === 'team' || victim === 'user',
  ) ?? {};

/** A user of the workplace where the route is about users. */
const targetOf = (operation: OperationId): Target =>
  routes[operation].path.startsWith('/v1/users/') ? { victim: 'user' } : firstTarget(operation);

/** Whoever may do it: so that nothing but the form of a request stands in its way. */
const tokenFor = (operation: OperationId): string =>
  routes[operation].auth === 'operator' ? test.portal.operatorKey.reveal() : world.arranger.token;

async function send(
  operation: OperationId,
  request: {
    readonly params?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly text?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly token?: string;
  },
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const route = routeOf(operation);
  const params = request.params ?? (await targets.shared(route.path, targetOf(operation), world.arranger.id));
  const usual = {
    ...(route.precondition === 'version' ? { 'if-match': '*' } : {}),
    ...(route.idempotency === 'required' ? { 'idempotency-key': randomUUID() } : {}),
  };
  const headers = Object.fromEntries(
    Object.entries({ ...usual, ...request.headers }).filter(([, value]) => value !== ''),
  );
  const token = request.token ?? tokenFor(operation);
  const content =
    request.text !== undefined ? { text: request.text } : request.body === undefined ? {} : { body: request.body };
  const response = await test.send(route.method, operationPath(route, params), { token, headers, ...content });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

/** Everything that is in the store, of people and of what else requests change. */
function contents(): string {
  const { projection } = test.portal;
  const rows = [
    ...[projection.members, projection.organizations, projection.properties, projection.invitations],
    ...[projection.apiKeys, projection.apps, projection.webhookEndpoints, projection.accessKeys, projection.desks],
    ...[projection.accounts, projection.reservations, projection.entrances, projection.devices, projection.gateways],
    ...[projection.guests, projection.keyCards, projection.credentials],
  ].map((index) => index.all());
  return JSON.stringify(rows, (key, value) =>
    key === 'lastSeenAt' || key === 'usedActions' || key === 'uses' ? undefined : value,
  );
}

/** What the rows of the store have, and requests do not. */
const smuggled: Readonly<Record<string, unknown>> = {
  id: 'mem_01jd0000000000000000000000',
  state: 'active',
  organizationOwner: true,
  role: 'owner',
  workplaceRole: 'admin',
  workplace: { role: 'admin', licensed: true },
  organizationId: 'org_01jd0000000000000000000000',
  version: 1,
  accountId: 'acc_01jd0000000000000000000000',
  passwordHash: 'scrypt$',
  email: 'eve@evil.example',
  emailKey: 'eve@evil.example',
  plan: 'pro',
  licenses: 1_000_000,
  licensed: true,
  scopes: ['settings'],
  creatorId: 'mem_01jd0000000000000000000000',
  grantor: { kind: 'operator' },
  secretHash: 'x',
  tokenHash: 'x',
  createdAt: 0,
  revokedAt: null,
  removedAt: null,
  integratedApps: [],
  assignments: [{ propertyId: 'prop_01jd0000000000000000000000', role: 'owner' }],
  constructor: { prototype: { isAdmin: true } },
  prototype: {},
};

describe('mass assignment', () => {
  it.each(withBody)('%s takes no field that the contract does not have', async (operation) => {
    const payload = payloads[operation](world, targetOf(operation));
    await targets.shared(routes[operation].path, targetOf(operation), world.arranger.id);
    const before = contents();
    const taken: string[] = [];
    const shape = Object.keys(
      ((routeOf(operation).body as unknown as { _zod: { def: { shape?: object } } })._zod.def.shape ?? {}) as object,
    );
    for (const [name, value] of Object.entries(smuggled)) {
      if (shape.includes(name)) continue;
      const body = { ...payload, [name]: value };
      const answered = await send(operation, { body });
      const { issues = [] } = answered.body as { issues?: readonly { pointer: string; code: string }[] };
      const isNamed = issues.some(({ pointer, code }) => pointer === `/${name}` && code === 'unknown-field');
      if (!isNamed && answered.body['code'] !== 'email-immutable') taken.push(`${name}: ${JSON.stringify(answered)}`);
    }
    // JSON.parse makes it an own property, which an object literal does not.
    const text = `${JSON.stringify(payload).replace(/\}$/, '')}${Object.keys(payload).length > 0 ? ',' : ''}"__proto__":{"isAdmin":true}}`;
    const polluted = await send(operation, { text });
    if (polluted.status < 400) taken.push(`__proto__: ${JSON.stringify(polluted)}`);
    expect(taken).toEqual([]);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    expect(contents()).toBe(before);
  });

  it('nor within what it has', async () => {
    const { propertyId } = world.things.harbor;
    const { organizationId } = world.tenants.own;
    const before = contents();
    const extra = { propertyId, role: 'team', organizationOwner: true };
    const rows = [
      await send('inviteTeam', { body: { emails: ['x@aurora.example'], assignments: [extra] } }),
      await send('importTeam', { body: { rows: [{ email: 'x@aurora.example', assignments: [extra] }] } }),
      await send('importTeam', { body: { rows: [{ email: 'x@aurora.example', state: 'active', assignments: [] }] } }),
      await send('inviteUsers', { body: { rows: [{ email: 'x@aurora.example', organizationOwner: true }] } }),
      await send('updateProperty', { body: { settings: { integratedApps: [world.app.id] } } }),
      await send('createOrganization', { body: { name: 'X', owner: { email: 'x@x.example', role: 'admin' } } }),
    ];
    for (const row of rows) expect(row).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(contents()).toBe(before);
    expect(organizationId).toBe(world.tenants.own.organizationId);
  });
});

describe('a body is one JSON object, said to be one', () => {
  const forms: readonly (readonly [string, string, string, string])[] = [
    ['text', '{}', 'text/plain', 'unsupported-media-type'],
    ['a form', 'confirm=remove', 'application/x-www-form-urlencoded', 'unsupported-media-type'],
    ['nothing that says what it is', '{}', '', 'unsupported-media-type'],
    ['what merely looks like JSON', '{}', 'application/jsonp', 'unsupported-media-type'],
    ['half of one', '{"confirm":', 'application/json', 'invalid-request'],
    ['two', '{}{}', 'application/json', 'invalid-request'],
    ['a list', '[]', 'application/json', 'invalid-request'],
    ['null', 'null', 'application/json', 'invalid-request'],
    ['a word', '"remove"', 'application/json', 'invalid-request'],
    ['one that is far too deep', '['.repeat(20_000) + ']'.repeat(20_000), 'application/json', 'invalid-request'],
    ['one that is too long', '', 'application/json', 'payload-too-large'],
  ];
  it.each(forms)('not %s', async (_, text, type, code) => {
    const wrong: string[] = [];
    for (const operation of withBody) {
      const route = routeOf(operation);
      const params = await targets.shared(route.path, targetOf(operation), world.arranger.id);
      // A body of bytes has no content type of its own, as text has.
      const overlong = () => `{"name":"${'x'.repeat(route.largestBodyBytes ?? largestBodyBytes)}"}`;
      const bytes = new TextEncoder().encode(code === 'payload-too-large' ? overlong() : text);
      const response = await test.portal.fetch(
        new Request(`http://portal.test${operationPath(route, params)}`, {
          method: route.method,
          body: bytes,
          headers: {
            authorization: `Bearer ${tokenFor(operation)}`,
            'idempotency-key': randomUUID(),
            'if-match': '*',
            ...(type === '' ? {} : { 'content-type': type }),
          },
        }),
      );
      const problem = (await response.json()) as { readonly code?: string };
      if (problem.code !== code) wrong.push(`${operation}: ${problem.code}`);
    }
    expect(wrong).toEqual([]);
  });

  it('a name that comes twice counts once, and the ceiling judges what counts', async () => {
    const manager = world.attackers.general_manager.person.token;
    const { propertyId } = world.things.harbor;
    const params = {
      propertyId,
      memberId: (await targets.shared('/:memberId', { victim: 'team' }, ''))['memberId'] ?? '',
    };
    const text = '{"role":"installer","role":"owner"}';
    const answered = await send('setAssignment', { params, text, token: manager });
    expect(answered).toMatchObject({ status: 403, body: { code: 'role-level-not-manageable' } });
    const invited = `{"emails":["twice@aurora.example"],"role":"team","emails":["other@aurora.example"],"role":"owner"}`;
    const refused = await send('inviteToProperty', { params: { propertyId }, text: invited, token: manager });
    expect(refused).toMatchObject({ status: 403, body: { code: 'role-level-not-manageable' } });
  });
});

describe('G23: nobody overwrites what they have not seen', () => {
  it.each(versioned)('%s demands the version, and refuses another', async (operation) => {
    const body = payloads[operation](world, targetOf(operation));
    await targets.shared(routes[operation].path, targetOf(operation), world.arranger.id);
    const before = contents();
    expect(await send(operation, { body, headers: { 'if-match': '' } })).toMatchObject({ status: 428 });
    for (const odd of ['1', 'W/"1"', '"1","2"', '"-1"', '"1e3"', '"x"', '"1234567890"', '" 1"']) {
      expect(await send(operation, { body, headers: { 'if-match': odd } })).toMatchObject({ status: 400 });
    }
    const stale = await send(operation, { body, headers: { 'if-match': '"999999999"' } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'version-stale', currentVersion: expect.any(Number) } });
    expect(contents()).toBe(before);
  });

  it.each(versioned)('%s tells no version to whoever may not edit it', async (operation) => {
    const body = payloads[operation](world, targetOf(operation));
    for (const standing of ['team', 'housekeeping', 'installer'] as const) {
      const { token } = world.attackers[standing].person;
      const stale = await send(operation, { body, token, headers: { 'if-match': '"999999999"' } });
      // Team reads members, guests and Keys with their versions; of the rest a stranger learns none.
      if (standing === 'team' && ['updateMember', 'updateGuest'].includes(operation)) continue;
      expect(stale.body).not.toHaveProperty('currentVersion');
      expect([403, 404]).toContain(stale.status);
    }
  });
});

describe('an idempotency key stands for one request of one caller', () => {
  const done = new Set<OperationId>();
  /** Another payload that differs from the first. */
  const other = (operation: OperationId) => {
    const payload: object = payloads[operation](world, targetOf(operation));
    return { ...payload, ...('name' in payload ? { name: 'Another name' } : {}), ...differing[operation] };
  };
  const differing: Partial<Record<OperationId, object>> = {
    createKey: { endsAt: '2199-01-01T00:00:00Z', startsAt: '2198-12-31T00:00:00Z' },
    rotateApiKey: { overlapSeconds: 60 },
    rotateWebhookSecret: { overlapSeconds: 60 },
    updateProperty: { settings: { longestStayMs: 90_000_000 } },
    updateOrganization: { peerManagement: false },
    setAssignment: { role: 'team' },
    updateMember: { name: 'Another' },
    updateUser: { licensed: false },
    updateSubscription: { licenses: 9_999 },
    createWebhookEndpoint: { eventTypes: null },
    updateWebhookEndpoint: { eventTypes: null },
    inviteToProperty: { role: 'installer' },
    replaceInvitation: { email: 'another@aurora.example' },
    reactivateUser: { licensed: false },
  };

  it.each(repeatable)('%s', async (operation) => {
    const route = routeOf(operation);
    const target = targetOf(operation);
    const params = await targets.fresh(route.path, target, world.arranger.id);
    const key = `key-${randomUUID()}`;
    const headers = { 'idempotency-key': key };
    const body = route.sends === 'body' ? payloads[operation](world, target) : undefined;
    const content = body === undefined ? {} : { body };
    const first = await send(operation, { params, headers, ...content });
    const before = contents();
    const again = await send(operation, { params, headers, ...content });
    expect(again).toEqual(first);
    expect(contents()).toBe(before);
    // What was refused was not kept: the key stands for nothing yet.
    if (first.status >= 400) return;
    done.add(operation);
    if (route.sends === 'body' && JSON.stringify(other(operation)) !== JSON.stringify(body)) {
      const changed = await send(operation, { params, headers, body: other(operation) });
      expect(changed).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    }
    const elsewhere = await send('createEntrance', { body: { name: 'Elsewhere' }, headers, ...place() });
    expect(elsewhere.body['code']).toBe(route.auth === 'operator' ? undefined : 'idempotency-key-reused');
    // Another caller's equal key is another key, and the first one's reply is not for others.
    const stranger = await send(operation, { params, headers, ...content, token: world.otherOwner.token });
    expect(stranger.status).toBeGreaterThanOrEqual(400);
    expect(stranger.body['code']).not.toBe('idempotency-key-reused');
  });

  const place = () => ({ params: { propertyId: world.things.harbor.propertyId } });

  it('was shown on what succeeds', () => {
    expect(done.size).toBeGreaterThan(20);
  });

  it.each(['', 'k'.repeat(256), 'two words', 'kéy'])('%j is no key', async (key) => {
    const path = operationPath(routes.createEntrance, place().params);
    const { token } = world.arranger;
    const options = { token, body: { name: 'X' }, headers: { 'idempotency-key': key } };
    expect((await test.send('POST', path, options)).status).toBe(400);
  });

  it('of ten at once only one acts', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const before = test.portal.projection.entrances.all().length;
    const ten = Array.from(
      { length: 10 },
      async () => await send('createEntrance', { body: { name: 'Ten' }, headers, ...place() }),
    );
    const answered = await Promise.all(ten);
    expect(test.portal.projection.entrances.all().length).toBe(before + 1);
    const made = answered.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ body }) => body['id'])).size).toBe(1);
    const rest = answered.filter(({ status }) => status !== 201);
    expect(rest.every(({ body }) => body['code'] === 'idempotency-key-in-use')).toBe(true);
  });
});
