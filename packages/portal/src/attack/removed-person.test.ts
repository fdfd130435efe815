import { routes } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { tokenRequest, tokensFor } from '../harness/third-party-app.test-rig.js';
import { operationIds, sendAttack } from './attack-sender.test-rig.js';
import { type AttackTargets, createAttackTargets, targetsOf } from './attack-targets.test-rig.js';
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

/** Everything that gives access which one person can hold. */
interface Holdings {
  readonly memberId: string;
  readonly email: string;
  /** What goes into `Authorization`. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly refreshToken: string;
  /** Of a link that sets a new password. */
  readonly linkToken: string;
  readonly keyId: string;
}

/** A user of the office who is an Organization Owner too, with a token of every kind there is. */
async function holdEverything(name: string): Promise<Holdings> {
  const { arranger, tenants, things, app } = world;
  const { organizationId } = tenants.own;
  const email = `${name}@aurora.example`;
  await arranger.client.users.invite({ organizationId, rows: [{ email, name, role: 'coordinator' }] });
  const user = await acceptInvitation(test, email);
  const { version } = await arranger.client.members.get({ memberId: user.id });
  await arranger.client.members.update({ memberId: user.id, version, organizationOwner: true });
  const channels = ['portal_app', 'dashboard', 'mobile_app', 'web_reservation_portal'] as const;
  const tokens: Record<string, string> = {};
  for (const channel of channels) {
    tokens[channel] = (await test.client().sessions.create({ email, password: samplePassword, channel })).token;
  }
  const client = test.client(tokens['dashboard']);
  const made = await client.apiKeys.create({ organizationId, name: 'Server', scopes: ['read', 'people'] });
  const rotated = await client.apiKeys.rotate({ apiKeyId: made.apiKey.id, overlapSeconds: 3_600 });
  const { propertyId, entranceId } = things.harbor;
  const person = { id: user.id, email, token: '', client };
  const hotel = { property: { id: propertyId } } as Parameters<typeof tokensFor>[1];
  const { accessToken, refreshToken } = await tokensFor(test, hotel, app, person);
  const startsAt = new Date(test.clock.now()).toISOString();
  const period = { entranceIds: [entranceId], startsAt, endsAt: null };
  const { id: keyId } = await arranger.client.keys.create({ propertyId, holderId: user.id, ...period });
  await test.client().passwords.requestReset({ email });
  const { token: linkToken } = await test.mails.lastTo(email);
  Object.assign(tokens, { 'rotated API key': made.token, 'API key': rotated.token, app: accessToken });
  return { memberId: user.id, email, tokens, refreshToken, linkToken, keyId };
}

type Ending = readonly [by: string, end: (of: Holdings) => Promise<unknown>];
const endings: readonly Ending[] = [
  ['removal', async ({ memberId }) => await world.arranger.client.members.remove({ memberId, confirm: 'remove' })],
  [
    'removal as a user',
    async ({ memberId }) => {
      const client = world.arranger.client;
      const { version } = await client.members.get({ memberId });
      const { propertyId } = world.things.harbor;
      const assignments = [{ propertyId, role: 'team' as const }];
      await client.members.update({ memberId, version, organizationOwner: false, assignments });
      await client.users.remove({ memberId, confirm: 'remove' });
    },
  ],
  ['leaving', async ({ tokens }) => await test.client(tokens['portal_app']).members.leave({})],
  ['deactivation', async ({ memberId }) => await world.arranger.client.users.deactivate({ memberId })],
];

describe.each(endings)('G41, P-19, invariant 3: from the commit of %s on', (by, end) => {
  let held: Holdings;
  let ended: Promise<boolean>;

  beforeAll(async () => {
    held = await holdEverything(`holder-${by.replaceAll(' ', '-')}`);
    for (const token of Object.values(held.tokens)) {
      expect((await test.send('GET', '/v1/me', { token })).status).toBe(200);
    }
    const path = `/v1/properties/${world.things.harbor.propertyId}/events/stream`;
    const stream = await test.send('GET', path, { token: held.tokens['dashboard'] ?? '' });
    expect(stream.status).toBe(200);
    ended = (async () => {
      for await (const _ of stream.body ?? []);
      return true;
    })();
    await end(held);
  }, 60_000);

  it('no token opens any route', async () => {
    const open: string[] = [];
    for (const operation of operationIds) {
      const { auth, path } = routes[operation];
      if (auth === 'none') continue;
      const [target = {}] = targetsOf(path);
      const params = await targets.shared(path, target, held.memberId);
      for (const [kind, token] of Object.entries(held.tokens)) {
        const { status } = await sendAttack(world, { token }, { operation, params, target });
        if (status !== 401) open.push(`${kind} on ${operation}: ${status}`);
      }
    }
    expect(open).toEqual([]);
  });

  it('the refresh token gives no other, and the mailed link sets no password', async () => {
    const asked = { grant_type: 'refresh_token', refresh_token: held.refreshToken };
    expect(await tokenRequest(test, world.app, asked)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const { linkToken: token } = held;
    const code = 'setup-token-invalid';
    await expect(test.client().accountSetups.preview({ token })).rejects.toMatchObject({ info: { code } });
    const another = { token, password: 'another long password' };
    await expect(test.client().accountSetups.complete(another)).rejects.toMatchObject({ info: { code } });
  });

  it('the password opens nothing, the stream ends, the Key is revoked', async () => {
    const { email, keyId } = held;
    for (const channel of ['portal_app', 'dashboard', 'mobile_app'] as const) {
      const call = test.client().sessions.create({ email, password: samplePassword, channel });
      await expect(call).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    }
    expect(await ended).toBe(true);
    expect((await world.arranger.client.keys.get({ keyId })).revokedAt).not.toBeNull();
  });

  it('G42: whoever comes back gets none of it back', async () => {
    const { client } = world.arranger;
    const { memberId, email, keyId } = held;
    if (by === 'deactivation') await client.users.reactivate({ memberId });
    else {
      const { organizationId } = world.tenants.own;
      await client.invitations.create({ organizationId, emails: [email], organizationOwner: true });
      await acceptInvitation(test, email);
    }
    for (const token of Object.values(held.tokens)) {
      expect((await test.send('GET', '/v1/me', { token })).status).toBe(401);
    }
    const asked = { grant_type: 'refresh_token', refresh_token: held.refreshToken };
    expect((await tokenRequest(test, world.app, asked)).status).toBe(400);
    expect((await client.keys.get({ keyId })).revokedAt).not.toBeNull();
  });
});
