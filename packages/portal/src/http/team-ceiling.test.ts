import {
  type HospitalityRole,
  type HospitalityStanding,
  hospitalityRoles,
  hospitalityStandings,
} from '@latchwork/core';
import { decideGrant } from '@latchwork/core/people';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type Offer, type SampleGroup } from '../harness/sample-group.test-rig.js';
import type { Person } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let group: SampleGroup;
const actors = new Map<HospitalityStanding, Person>();
let made = 0;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
  actors.set('organization_owner', group.owner);
  // Somebody else who can sign in with the flag and the role, so that no last one stands in the way.
  await group.join('spare-owner', { organizationOwner: true });
  for (const role of hospitalityRoles) actors.set(role, await group.join(role, { harbor: role }));
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const offerOf = (standing: HospitalityStanding): Offer =>
  standing === 'organization_owner' ? { organizationOwner: true } : { harbor: standing };

/** Somebody new, invited by the Organization Owner. */
async function target(standing: HospitalityStanding) {
  made += 1;
  return await group.invite(`target-${made}`, offerOf(standing));
}

function actorOf(standing: HospitalityStanding): Person {
  const person = actors.get(standing);
  if (person === undefined) throw new Error(`There is no ${standing}.`);
  return person;
}

interface Attempt {
  readonly name: string;
  /** The standing it would give; `null` takes the old one away. */
  readonly newRole: HospitalityStanding | null;
  readonly act: (by: Person, invited: Awaited<ReturnType<typeof target>>) => Promise<unknown>;
}

const viaAssignment = (role: HospitalityRole): Attempt => ({
  name: `sets the role ${role}`,
  newRole: role,
  act: async (by, { member }) =>
    await by.client.members.setAssignment({
      propertyId: group.harbor.id,
      memberId: member.id,
      version: member.version,
      role,
    }),
});
const viaEdit = (standing: HospitalityStanding): Attempt => ({
  name: `edits to ${standing}`,
  newRole: standing,
  act: async (by, { member }) =>
    await by.client.members.update({
      memberId: member.id,
      version: member.version,
      organizationOwner: standing === 'organization_owner',
      ...group.offer(offerOf(standing)),
    }),
});
const takings: readonly Attempt[] = [
  {
    name: 'removes the member',
    newRole: null,
    act: async (by, { member }) => await by.client.members.remove({ memberId: member.id, confirm: 'remove' }),
  },
  {
    name: 'removes the invitation',
    newRole: null,
    act: async (by, { invitation }) => await by.client.invitations.remove({ invitationId: invitation.id }),
  },
];
const attempts: readonly Attempt[] = [
  ...hospitalityRoles.map(viaAssignment),
  ...hospitalityStandings.map(viaEdit),
  ...takings,
];

/** What the ceiling says, asked apart from the portal. */
function covers(actor: HospitalityStanding, oldRole: HospitalityStanding, { newRole }: Attempt): boolean {
  return decideGrant({ actor, oldRole, newRole }).allow;
}

describe.each(hospitalityStandings)('G22, G25, G27, G31, G54: the grant ceiling at the API, %s', (actor) => {
  it.each(attempts.map((attempt) => [attempt.name, attempt] as const))('%s, of every standing', async (_, attempt) => {
    for (const standing of hospitalityStandings) {
      const invited = await target(standing);
      const before = await group.owner.client.members.get({ memberId: invited.member.id });
      const outcome = await attempt.act(actorOf(actor), invited).then(
        () => 'done',
        (error) => error.info.code,
      );
      const after = await group.owner.client.members.get({ memberId: invited.member.id });
      const about = `${standing}: ${outcome}`;
      // A role on a property beside the flag is nobody's to give (G15).
      const contradicts = standing === 'organization_owner' && attempt.name.startsWith('sets');
      if (covers(actor, standing, attempt) && !contradicts) expect(outcome, about).toBe('done');
      else {
        // To ask for what is there already changes nothing and is no grant.
        const refusals = ['forbidden', 'role-level-not-manageable', 'not-found', 'owner-with-assignments'];
        expect(attempt.newRole === standing ? [...refusals, 'done'] : refusals, about).toContain(outcome);
        expect(after, about).toEqual(before);
      }
    }
  });

  it.each(hospitalityStandings)('G15, G16: invites as %s', async (standing) => {
    made += 1;
    const emails = [group.address(`invited-${made}`)];
    const { organizationId } = group;
    const outcome = await actorOf(actor)
      .client.invitations.create({ organizationId, emails, ...group.offer(offerOf(standing)) })
      .then(
        () => 'done',
        (error) => error.info.code,
      );
    const allowed = decideGrant({ actor, oldRole: null, newRole: standing }).allow;
    if (allowed) expect(outcome).toBe('done');
    else expect(['forbidden', 'role-level-not-manageable']).toContain(outcome);
  });
});

describe('nobody rises', () => {
  it.each(hospitalityRoles)('G27, G31: %s raises the own role on no path', async (role) => {
    const person = actorOf(role);
    const { version } = await group.owner.client.members.get({ memberId: person.id });
    const tries = [viaAssignment('owner'), viaEdit('owner'), viaEdit('organization_owner')];
    const self = { member: { id: person.id, version } } as Awaited<ReturnType<typeof target>>;
    for (const attempt of tries) {
      if (covers(role, role, attempt)) continue;
      await expect(attempt.act(person, self), attempt.name).rejects.toMatchObject({ info: { status: 403 } });
    }
    const now = await group.owner.client.members.get({ memberId: person.id });
    expect(now).toMatchObject({ organizationOwner: false, assignments: [{ propertyId: group.harbor.id, role }] });
  });
});
