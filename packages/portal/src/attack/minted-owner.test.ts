import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import type { Caller } from './attack-case.test-rig.js';
import { callersOf, sendAttack } from './attack-sender.test-rig.js';
import { type AttackTargets, createAttackTargets, type VictimName } from './attack-targets.test-rig.js';
import { type AttackWorld, buildAttackWorld } from './attack-world.test-rig.js';
import { ownersOf } from './standing-owners.test-rig.js';

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

const standings = ['general_manager', 'team', 'housekeeping', 'installer'] as const;
type Attempt = readonly [path: string, tries: (caller: Caller) => Promise<number>];

const victim = async (name: VictimName) => await targets.shared('/:memberId/:invitationId', { victim: name }, '');
const post =
  (operation: Parameters<typeof sendAttack>[2]['operation'], params: object, payload: object) =>
  async (caller: Caller): Promise<number> => {
    const request = { operation, params: params as Readonly<Record<string, string>>, payload };
    return (await sendAttack(world, caller, request)).status;
  };

const inOrganization = () => ({ organizationId: world.tenants.own.organizationId });
const harbor = () => world.things.harbor.propertyId;
const owner = () => ({ propertyId: harbor(), role: 'owner' });

/** Every way to an Owner that somebody could try; each is tried by everybody who is none. */
const attempts: readonly Attempt[] = [
  [
    'an invitation to the organization',
    async (by) =>
      await post('inviteTeam', inOrganization(), { emails: [world.newAddress()], assignments: [owner()] })(by),
  ],
  [
    'an invitation with the flag',
    async (by) =>
      await post('inviteTeam', inOrganization(), { emails: [world.newAddress()], organizationOwner: true })(by),
  ],
  [
    'an invitation with the flag and a lesser role beside it',
    async (by) =>
      await post('inviteTeam', inOrganization(), {
        ...{ emails: [world.newAddress()], organizationOwner: true },
        assignments: [{ propertyId: harbor(), role: 'installer' }],
      })(by),
  ],
  [
    'an invitation to the property',
    async (by) =>
      await post('inviteToProperty', { propertyId: harbor() }, { emails: [world.newAddress()], role: 'owner' })(by),
  ],
  [
    'one row of an import',
    async (by) =>
      await post('importTeam', inOrganization(), {
        rows: [
          { email: world.newAddress(), assignments: [{ propertyId: harbor(), role: 'installer' }] },
          { email: world.newAddress(), assignments: [owner()] },
        ],
      })(by),
  ],
  [
    'one row of an import with the flag',
    async (by) =>
      await post('importTeam', inOrganization(), { rows: [{ email: world.newAddress(), organizationOwner: true }] })(
        by,
      ),
  ],
  [
    'one property of several',
    async (by) =>
      await post('inviteTeam', inOrganization(), {
        emails: [world.newAddress()],
        assignments: [
          { propertyId: world.things.hill.propertyId, role: 'owner' },
          { propertyId: harbor(), role: 'installer' },
        ],
      })(by),
  ],
  [
    'a role twice, the second one higher',
    async (by) =>
      await post('inviteTeam', inOrganization(), {
        emails: [world.newAddress()],
        assignments: [{ propertyId: harbor(), role: 'installer' }, owner()],
      })(by),
  ],
  [
    'an edit of an open invitation',
    async (by) => await post('updateMember', await victim('housekeeping'), { assignments: [owner()] })(by),
  ],
  [
    'the flag on an open invitation',
    async (by) => await post('updateMember', await victim('housekeeping'), { organizationOwner: true })(by),
  ],
  [
    'the role of somebody else',
    async (by) =>
      await post('setAssignment', { propertyId: harbor(), ...(await victim('team')) }, { role: 'owner' })(by),
  ],
  [
    'one’s own role',
    async (by) => await post('setAssignment', { propertyId: harbor(), memberId: by.memberId }, { role: 'owner' })(by),
  ],
  [
    'one’s own role in a list',
    async (by) => await post('updateMember', { memberId: by.memberId }, { assignments: [owner()] })(by),
  ],
  [
    'one’s own flag',
    async (by) => await post('updateMember', { memberId: by.memberId }, { organizationOwner: true })(by),
  ],
  [
    'one’s own role on a property out of sight',
    async (by) =>
      await post(
        'setAssignment',
        { propertyId: world.things.cove.propertyId, memberId: by.memberId },
        { role: 'owner' },
      )(by),
  ],
  [
    'the invitation of an Owner, sent to another address',
    async (by) => await post('replaceInvitation', await victim('owner'), { email: world.newAddress() })(by),
  ],
  [
    'the invitation of an Organization Owner, sent to another address',
    async (by) =>
      await post('replaceInvitation', await victim('organization_owner'), { email: world.newAddress() })(by),
  ],
  [
    'the invitation of an Owner elsewhere, sent to another address',
    async (by) => {
      // Of which a General Manager sees, and so replaces, only the lesser part: the Owner’s stays with the first address.
      const invited = await targets.fresh('/:invitationId', { victim: 'ofHarborAndCove' }, '');
      await post('replaceInvitation', invited, { email: world.newAddress() })(by);
      return 400;
    },
  ],
  [
    'an organization of one’s own',
    async (by) => await post('createOrganization', {}, { name: 'Mine', owner: { email: world.newAddress() } })(by),
  ],
  [
    'an API key of others’ rights',
    async (by) => await post('createApiKey', inOrganization(), { name: 'Mine', scopes: ['people'] })(by),
  ],
  [
    'another’s API key, rotated',
    async (by) => await post('rotateApiKey', { apiKeyId: world.tenants.own.apiKeyId }, { overlapSeconds: 0 })(by),
  ],
  [
    'an app of one’s own',
    async (by) =>
      await post('createApp', inOrganization(), {
        ...{ name: 'Mine', kind: 'public', scopes: ['people'] },
        redirectUris: ['https://mine.example.com/cb'],
      })(by),
  ],
  [
    'a workplace role',
    async (by) =>
      await post('inviteUsers', inOrganization(), { rows: [{ email: world.newAddress(), role: 'admin' }] })(by),
  ],
  ['setting the organization up', async (by) => await post('setUpOrganization', inOrganization(), {})(by)],
];

describe('G27, P-21, invariant 1: nobody who is no Owner makes one', () => {
  it.each(attempts)('by %s', async (_, tries) => {
    await victim('owner');
    await victim('organization_owner');
    for (const standing of standings) {
      for (const caller of callersOf(standing, world.attackers[standing])) {
        const before = ownersOf(test);
        expect(await tries(caller)).toBeGreaterThanOrEqual(400);
        // What the arranger makes for an attempt is no attacker's doing.
        const made = [...ownersOf(test)].filter((one) => !before.has(one));
        expect(made.filter((one) => !one.includes(world.things.cove.propertyId))).toEqual([]);
      }
    }
  });

  it('by any role on the hill, where those of the harbor have less to say', async () => {
    const { hill } = world.things;
    for (const standing of [...standings, 'owner'] as const) {
      for (const caller of callersOf(standing, world.attackers[standing])) {
        const invite = post(
          'inviteToProperty',
          { propertyId: hill.propertyId },
          { emails: [world.newAddress()], role: 'owner' },
        );
        expect(await invite(caller)).toBeGreaterThanOrEqual(403);
      }
    }
  });

  it('G15: an Owner sets no Organization Owner flag', async () => {
    const before = ownersOf(test);
    for (const caller of callersOf('owner', world.attackers.owner)) {
      const flag = { emails: [world.newAddress()], organizationOwner: true };
      expect(await post('inviteTeam', inOrganization(), flag)(caller)).toBeGreaterThanOrEqual(400);
      const own = post('updateMember', { memberId: caller.memberId }, { organizationOwner: true });
      expect(await own(caller)).toBeGreaterThanOrEqual(400);
      const others = post('updateMember', await victim('general_manager'), { organizationOwner: true });
      expect(await others(caller)).toBeGreaterThanOrEqual(400);
    }
    expect(ownersOf(test)).toEqual(before);
  });
});

describe('P-21: what was offered before a demotion is not accepted after it', () => {
  const newOwner = async (name: string) => {
    const { client } = world.arranger;
    const email = `${name}@aurora.example`;
    const organizationId = world.tenants.own.organizationId;
    await client.invitations.create({
      organizationId,
      emails: [email],
      assignments: [{ propertyId: harbor(), role: 'owner' }],
    });
    const person = await acceptInvitation(test, email);
    const { token } = await test.client().sessions.create({ email, password: samplePassword, channel: 'portal_app' });
    return { id: person.id, client: test.client(token) };
  };

  it.each([
    [
      'demoted',
      async (memberId: string) => {
        const { version } = await world.arranger.client.members.get({ memberId });
        const to = { propertyId: harbor(), role: 'general_manager' } as const;
        await world.arranger.client.members.setAssignment({ ...to, memberId, version });
      },
    ],
    [
      'removed',
      async (memberId: string) => await world.arranger.client.members.remove({ memberId, confirm: 'remove' }),
    ],
  ] as const)('the inviter was %s', async (how, end) => {
    const inviter = await newOwner(`inviter-${how}`);
    const email = `offered-${how}@aurora.example`;
    await inviter.client.invitations.createForProperty({ propertyId: harbor(), emails: [email], role: 'owner' });
    await end(inviter.id);
    const before = ownersOf(test);
    await expect(acceptInvitation(test, email)).rejects.toMatchObject({ info: { code: 'invitation-not-covered' } });
    expect(ownersOf(test)).toEqual(before);
  });

  it('a General Manager who edits an Owner’s lesser offer answers for it, and a raise needs an Owner', async () => {
    const inviter = await newOwner('inviter-edited');
    const email = 'offered-edited@aurora.example';
    const lesser = { propertyId: harbor(), emails: [email], role: 'team' } as const;
    const { invitations } = await inviter.client.invitations.createForProperty(lesser);
    const memberId = invitations[0]?.member.id ?? '';
    const manager = world.attackers.general_manager.person.client;
    const edit = async (role: 'general_manager' | 'owner') => {
      const { version } = await manager.members.get({ memberId });
      return await manager.members.setAssignment({ propertyId: harbor(), memberId, role, version });
    };
    await edit('general_manager');
    await expect(edit('owner')).rejects.toMatchObject({ info: { code: 'role-level-not-manageable' } });
    expect((await acceptInvitation(test, email)).id).toBe(memberId);
    expect([...ownersOf(test)].filter((one) => one.startsWith(memberId))).toEqual([]);
  });
});
