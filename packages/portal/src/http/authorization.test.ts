import { type OperationId, type Route, routes } from '@latchwork/contract';
import {
  type Action,
  createPermissionModel,
  decidePermission,
  type HospitalityAction,
  type HospitalityStanding,
  hospitalityMatrix,
  hospitalityStandings,
  type Membership,
  type PermissionDecision,
} from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetRequest } from '../harness/route-targets.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { ownActions } from './authorize.js';
import { checkConditions, conditionEnforcers } from './conditions.js';
import { firstSettings } from './property-handlers.js';

let test: TestPortal;
let hotel: SampleHotel;
let stranger: SampleHotel;
let apiKeyId: string;
let apiKeyToken: string;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  stranger = await buildSampleHotel(test, 'Hotel Borealis');
  const { client } = hotel.people.organization_owner;
  const made = await client.apiKeys.create({ organizationId: hotel.organization.id, name: 'PMS', scopes: ['read'] });
  apiKeyId = made.apiKey.id;
  apiKeyToken = made.token;
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** What core's matrix says of a standing, asked apart from the portal. */
function decide(standing: HospitalityStanding, action: Action): PermissionDecision {
  const { organization, property } = hotel;
  const organizationOwner = standing === 'organization_owner';
  const membership: Membership = {
    memberId: hotel.people[standing].id as Membership['memberId'],
    organizationId: organization.id,
    state: 'active',
    organizationOwner,
    assignments: organizationOwner ? [] : [{ propertyId: property.id, role: standing }],
  };
  const model = createPermissionModel({
    properties: [{ propertyId: property.id, organizationId: organization.id }],
    memberships: [membership],
  });
  return decidePermission(model, { memberId: membership.memberId, action, propertyId: property.id });
}

/** Whether the sample request passes: core allows it, and no condition that is checked before the handler speaks against it. */
function permits(standing: HospitalityStanding, { action, operation }: (typeof byRole)[number]): boolean {
  const decision = decide(standing, action);
  if (decision.allow && decision.scope === 'own' && ofOthersKey.has(operation)) return false;
  // The sample Key is without end, which is what this condition is there to refuse.
  return decision.allow && !(operation === 'createKey' && decision.conditions.includes('within-door-range'));
}

/** Sends a complete request and gives status and problem code; an endless reply is left at once. */
async function send(operation: OperationId, token: string | undefined, standing: HospitalityStanding) {
  // Team's own twin of the Key routes is another action; the sample is about somebody else's Key.
  const holder =
    standing === 'team' && operation === 'createKey' ? 'owner' : standing === 'housekeeping' ? standing : 'team';
  const { method, path, options } = await targetRequest(test, hotel, operation, { holderId: hotel.people[holder].id });
  const response = await test.send(method, path, { ...options, ...(token === undefined ? {} : { token }) });
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel();
  const problem =
    response.headers.get('content-type') === 'application/problem+json' ? await response.json() : undefined;
  return { status: response.status, code: problem?.code };
}

const entries = Object.entries(routes) as [OperationId, Route][];
const isHospitality = (action: Action): action is HospitalityAction => action in hospitalityMatrix;
const byRole = entries.flatMap(([operation, { action }]) =>
  action === null || !isHospitality(action) ? [] : [{ operation, action }],
);

const hiddenFromHousekeeping: ReadonlySet<OperationId> = new Set([
  'getEntrance',
  'getEntranceAccess',
  'getGuest',
  'getRevocation',
  'getCredential',
  'revealCredential',
  'reportKeyCardLost',
]);

/** The sample is of a Key that somebody else gave to somebody else. */
const ofOthersKey: ReadonlySet<OperationId> = new Set([
  'createCredential',
  'revealCredential',
  'removeCredential',
  'createPhoneCode',
]);

/** What a permitted request comes to that confirms no removal, or names nothing that could be sent again. */
const comesTo: Partial<Record<OperationId, string>> = {
  removeProperty: 'confirmation-required',
  removeMemberFromProperty: 'confirmation-required',
  redriveWebhookDelivery: 'not-found',
  // No gateway is there.
  enrollKeyCardAtLock: 'gateway-offline',
  beginCardEncoding: 'key-card-unknown',
  answerCardEncoding: 'card-encoding-stale',
  // It is a door code.
  createPhoneCode: 'credential-ended',
  // A member's Key is put on no code.
  createCredential: 'credential-too-weak',
};

describe.each(byRole)('G24–G35: $operation asks core for $action', ({ operation, action }) => {
  it.each(hospitalityStandings)('%s', async (standing) => {
    const answered = await send(operation, hotel.people[standing].token, standing);
    // The door of a device is all an Installer, and a door or Key of her own all Housekeeping may see.
    const hidden = hiddenFromHousekeeping.has(operation) && standing === 'housekeeping';
    if (hidden) expect(answered).toEqual({ status: 404, code: 'not-found' });
    else if (!permits(standing, { action, operation })) expect(answered).toEqual({ status: 403, code: 'forbidden' });
    else if (comesTo[operation] !== undefined) expect(answered.code).toBe(comesTo[operation]);
    else expect(routes[operation].statuses).toContain(answered.status);
  });

  it.each(hospitalityStandings)('every condition of the permission has an enforcer: %s', (standing) => {
    const twin = Object.entries(ownActions).find(([of]) => of === action)?.[1];
    for (const asked of twin === undefined ? [action] : [action, twin]) {
      const decision = decide(standing, asked);
      const conditions = decision.allow ? decision.conditions : [];
      expect(conditions.filter((condition) => conditionEnforcers[condition] === undefined)).toEqual([]);
    }
  });

  it('G10: is not found by the owner of another organization', async () => {
    const { token } = stranger.people.organization_owner;
    expect(await send(operation, token, 'organization_owner')).toEqual({ status: 404, code: 'not-found' });
  });

  it('G12: is for nobody without a token', async () => {
    expect(await send(operation, undefined, 'team')).toEqual({ status: 401, code: 'unauthenticated' });
    expect(await send(operation, 'lws_unknown', 'team')).toEqual({ status: 401, code: 'unauthenticated' });
  });
});

describe('who may call a route', () => {
  it.each(entries.filter(([, { auth }]) => auth === 'session'))('%s is not for an API key', async (operation) => {
    expect(await send(operation, apiKeyToken, 'organization_owner')).toEqual({ status: 403, code: 'forbidden' });
  });

  it.each(entries.filter(([, { auth }]) => auth === 'operator'))('%s is for the operator only', async (operation) => {
    const { token } = hotel.people.organization_owner;
    expect(await send(operation, token, 'organization_owner')).toEqual({ status: 403, code: 'forbidden' });
  });

  it('the operator key opens nothing of a tenant', async () => {
    const operatorKey = test.portal.operatorKey.reveal();
    expect(await send('getProperty', operatorKey, 'owner')).toEqual({ status: 403, code: 'forbidden' });
  });
});

describe('roles beyond the matrix', () => {
  it('G30: Team edits Keys of her own making only; G31: not those of others', async () => {
    const { team, housekeeping } = hotel.people;
    const own = await stayKey(team, firstSettings.longestStayMs);
    expect((await team.client.keys.revoke({ keyId: own.id })).revokedAt).not.toBeNull();
    const others = await giveKey(test, hotel, housekeeping.id);
    const call = team.client.keys.revoke({ keyId: others.id });
    await expect(call).rejects.toMatchObject({ info: { code: 'forbidden', because: 'role-lacks-action' } });
  });

  it('G30 ★10: Team makes no Key for herself', async () => {
    const { team } = hotel.people;
    const call = giveKeyAs(team, team.id);
    await expect(call).rejects.toMatchObject({ info: { code: 'forbidden', because: 'needs-approval' } });
  });

  it.each([
    ['without end', null],
    ['longer than the longest stay', firstSettings.longestStayMs + 1],
  ])('G30 ★10: Team gives no Key %s', async (_, lengthMs) => {
    const call = stayKey(hotel.people.team, lengthMs);
    const info = { code: 'forbidden', because: 'within-door-range', explanation: expect.stringContaining('31 days') };
    await expect(call).rejects.toMatchObject({ info });
  });

  it.each([
    ['a stay passes', firstSettings.longestStayMs, undefined],
    ['a longer stay does not', firstSettings.longestStayMs + 1, 403],
    ['a Key without end does not', null, 403],
  ])('★10: within the door range %s', (_, lengthMs, status) => {
    const permission = decide('team', 'key.create_for_others');
    if (!permission.allow) throw new Error('Team may give no Key.');
    const { projection } = test.portal;
    const property = projection.properties.get(hotel.property.id);
    if (property === undefined) throw new Error('There is no property.');
    const startsAt = '2026-01-01T00:00:00.000Z';
    const endsAt = lengthMs === null ? null : new Date(Date.parse(startsAt) + lengthMs).toISOString();
    const body = { entranceIds: [], startsAt, endsAt };
    expect(checkConditions({ projection, permission, place: { property }, body })?.problem.status).toBe(status);
  });

  it('a condition that nobody enforces is refused', () => {
    const permission = decide('team', 'key.create_for_others');
    if (!permission.allow) throw new Error('Team may give no Key.');
    const unknown = { ...permission, conditions: ['with-key'] as const };
    const { projection } = test.portal;
    const refused = checkConditions({ projection, permission: unknown, place: {}, body: undefined });
    expect(refused?.problem).toMatchObject({ code: 'forbidden', because: 'with-key' });
  });

  it('G27: a General Manager makes no Owner', async () => {
    const { client } = hotel.people.general_manager;
    const eve = { propertyId: hotel.property.id, emails: ['eve@example.com'], role: 'owner' } as const;
    await expect(client.invitations.createForProperty(eve)).rejects.toMatchObject({
      info: { code: 'role-level-not-manageable', target: 'owner' },
    });
  });

  it('G33: Housekeeping sees her own Keys and doors and nobody else’s', async () => {
    const { housekeeping, owner } = hotel.people;
    const mine = await giveKey(test, hotel, housekeeping.id);
    const theirs = await giveKey(test, hotel, owner.id);
    const { data } = await housekeeping.client.keys.list({ propertyId: hotel.property.id, limit: 200 });
    expect(data.map(({ id }) => id)).toContain(mine.id);
    expect(data.every(({ holderId }) => holderId === housekeeping.id)).toBe(true);
    await expect(housekeeping.client.keys.get({ keyId: theirs.id })).rejects.toMatchObject({
      info: { code: 'not-found' },
    });
    const doors = await housekeeping.client.entrances.list({ propertyId: hotel.property.id, limit: 200 });
    expect(doors.data).toEqual([hotel.entrance]);
  });

  it.each([
    ['housekeeping', 'G32'],
    ['installer', '★5'],
  ] as const)('%s does not sign in to the dashboard (%s)', async (role, _source) => {
    const { email } = hotel.people[role];
    const call = test.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
    await expect(call).rejects.toMatchObject({ info: { code: 'channel-not-allowed' } });
  });

  it('G33: on the dashboard’s channel Housekeeping opens nothing', async () => {
    await giveKey(test, hotel, hotel.people.housekeeping.id);
    const { projection } = test.portal;
    const row = projection.sessions.group(hotel.people.housekeeping.id)[0];
    if (row === undefined) throw new Error('There is no session.');
    projection.apply([{ op: 'update', table: 'session', row: { ...row, channel: 'dashboard' } }]);
    const call = hotel.people.housekeeping.client.unlock({ entranceId: hotel.entrance.id });
    await expect(call).rejects.toMatchObject({ info: { code: 'unlock-refused', because: 'channel-not-allowed' } });
    projection.apply([{ op: 'update', table: 'session', row }]);
  });

  it('P-19: revoking an API key ends it at once', async () => {
    const { client } = hotel.people.organization_owner;
    expect((await test.send('GET', '/v1/me', { token: apiKeyToken })).status).toBe(200);
    await client.apiKeys.revoke({ apiKeyId });
    expect((await test.send('GET', '/v1/me', { token: apiKeyToken })).status).toBe(401);
  });
});

async function giveKeyAs(person: SampleHotel['people']['team'], holderId: string) {
  return await person.client.keys.create({
    propertyId: hotel.property.id,
    holderId,
    entranceIds: [hotel.entrance.id],
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
  });
}

/** A Key for the housekeeper, from now. */
async function stayKey(by: SampleHotel['people']['team'], lengthMs: number | null) {
  const startsAt = test.clock.now();
  return await by.client.keys.create({
    propertyId: hotel.property.id,
    holderId: hotel.people.housekeeping.id,
    entranceIds: [hotel.entrance.id],
    startsAt: new Date(startsAt).toISOString(),
    endsAt: lengthMs === null ? null : new Date(startsAt + lengthMs).toISOString(),
  });
}
