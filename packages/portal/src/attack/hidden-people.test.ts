import { type OperationId, routes } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { callersOf, operationIds, sendAttack } from './attack-sender.test-rig.js';
import { type AttackTargets, createAttackTargets, targetsOf } from './attack-targets.test-rig.js';
import { type AttackWorld, buildAttackWorld } from './attack-world.test-rig.js';

let test: TestPortal;
let world: AttackWorld;
let targets: AttackTargets;

beforeAll(async () => {
  test = await startTestPortal();
  world = await buildAttackWorld(test);
  targets = createAttackTargets(world);
  const { client } = world.arranger;
  const { organizationId } = world.tenants.own;
  const { propertyId, entranceId } = world.things.harbor;
  // People with names, Keys and attempts, so that there is something to tell of them.
  const rows = (['owner', 'general_manager', 'team', 'housekeeping', 'installer'] as const).map((role) => ({
    email: `named-${role}@aurora.example`,
    name: `Quentin ${role} Harborside`,
    assignments: [{ propertyId, role }],
  }));
  const { invitations } = await client.invitations.import({ organizationId, rows });
  const startsAt = new Date(test.clock.now()).toISOString();
  for (const holderId of [...invitations.map(({ member }) => member.id), world.attackers.installer.person.id]) {
    await client.keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null });
  }
}, 120_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** Every name and address of everybody but one person. */
function identitiesBut(memberId: string): readonly string[] {
  const own = test.portal.projection.members.get(memberId as never);
  const { members, guests } = test.portal.projection;
  return [...members.all(), ...guests.all()]
    .flatMap(({ name, email }) => [name, email, email?.toLowerCase() ?? null])
    .filter((text): text is string => text !== null && text !== own?.name && text !== own?.email);
}

/** What would end the attacker's own tokens, or is about passwords alone. */
const skipped = new Set<OperationId>([
  'deleteCurrentSession',
  'createSession',
  'requestPasswordReset',
  'changePassword',
]);

describe.each([
  ['installer', 'G34, invariant 6'],
  ['housekeeping', 'G32, G46'],
] as const)('%s never learns a person’s name or address (%s)', (standing, _source) => {
  it.each(operationIds.filter((operation) => !skipped.has(operation)))('by %s', async (operation) => {
    const attacker = world.attackers[standing];
    const told: string[] = [];
    for (const caller of callersOf(standing, attacker)) {
      for (const target of targetsOf(routes[operation].path)) {
        const params = await targets.shared(routes[operation].path, target, caller.memberId);
        const reply = await sendAttack(world, caller, { operation, params, target });
        const whole = JSON.stringify(reply);
        const sent = JSON.stringify(params);
        for (const text of identitiesBut(caller.memberId)) {
          if (whole.includes(text) && !sent.includes(text)) told.push(`${caller.label}: ${text} in ${whole}`);
        }
      }
    }
    expect(told).toEqual([]);
  });
});

it('a General Manager does learn them, so there was something to hide', async () => {
  const [manager] = callersOf('general_manager', world.attackers.general_manager);
  const params = { propertyId: world.things.harbor.propertyId };
  const request = { operation: 'listMembers', params, payload: { limit: '200' } } as const;
  const { text } = await sendAttack(world, { token: manager?.token }, request);
  expect(text).toContain('Quentin team Harborside');
  expect(text).toContain('named-housekeeping@aurora.example');
});
