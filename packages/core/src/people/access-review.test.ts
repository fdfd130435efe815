import { describe, expect, it } from 'vitest';
import type { MemberId } from '../identifiers.js';
import { type Instant, toInstant } from '../instant.js';
import type { Action } from '../permission-decision.js';
import { type AccessReviewRequest, type AccessUse, reviewAccess } from './access-review.js';
import { createSamplePeople, north, now, openForMs, operator, south } from './sample-people.test-rig.js';

const dayMs = 86_400_000;
const unused: AccessUse = { lastSeenAt: null, activatedAt: null, keys: 0, actions: [] };
const used = (lastSeenAt: Instant, ...actions: Action[]): AccessUse => ({
  ...{ lastSeenAt, activatedAt: lastSeenAt, keys: 2 },
  actions: actions.map((action) => ({ action, propertyId: north })),
});

function ask(uses: ReadonlyMap<MemberId, AccessUse>): AccessReviewRequest {
  const useOf = (memberId: MemberId) => uses.get(memberId) ?? unused;
  return { actor: operator, at: now, propertyId: null, unseenForMs: 30 * dayMs, useOf };
}

describe('the access review', () => {
  it('G49: shows members, roles, properties, keys, and last use, and counts the owners', () => {
    const people = createSamplePeople();
    const owner = people.add({ organizationOwner: true });
    people.add({ organizationOwner: true, state: 'inactive' });
    const ada = people.add({ roles: [[north, 'team']], user: 'member' });
    const review = reviewAccess(people.state, ask(new Map([[ada, used(now, 'key.create_for_others')]])));
    expect(review.owners).toBe(1);
    expect(review.members.map(({ memberId }) => memberId)).toContain(owner);
    expect(review.members.find(({ memberId }) => memberId === ada)).toEqual({
      ...{ memberId: ada, state: 'active', organizationOwner: false, workplaceRole: 'member' },
      ...{ assignments: [{ propertyId: north, role: 'team' }], lastSeenAt: now, keys: 2, findings: [] },
    });
  });

  it('G50, G52: tells both meanings of inactive: never accepted, and not seen', () => {
    const people = createSamplePeople();
    const invited = people.add({ state: 'inactive', roles: [[north, 'team']] });
    const never = people.add({ roles: [[north, 'team']] });
    const rarely = people.add({ roles: [[north, 'team']] });
    const lately = people.add({ roles: [[north, 'team']] });
    const resting = people.add({ state: 'deactivated', user: 'member' });
    const uses = new Map([
      [rarely, used(toInstant(now - 30 * dayMs), 'key.view')],
      [lately, used(toInstant(now - 30 * dayMs + 1), 'key.create_for_others')],
    ]);
    const findings = (at: Instant) =>
      new Map(
        reviewAccess(people.state, { ...ask(uses), at }).members.map((member) => [
          member.memberId,
          member.findings.filter(({ code }) => code !== 'could-be-lower'),
        ]),
      );
    const today = findings(now);
    expect(today.get(invited)).toEqual([{ code: 'never-accepted', expired: false }]);
    expect(today.get(never)).toEqual([{ code: 'not-seen', since: null }]);
    expect(today.get(rarely)).toEqual([{ code: 'not-seen', since: now - 30 * dayMs }]);
    expect(today.get(lately)).toEqual([]);
    expect(today.get(resting)).toEqual([]);
    expect(findings(toInstant(now + openForMs)).get(invited)).toEqual([{ code: 'never-accepted', expired: true }]);
  });

  it('G50: who accepted a moment ago and has not come back yet is not missing', () => {
    const people = createSamplePeople();
    const fresh = people.add({ roles: [[north, 'team']] });
    const uses = new Map([[fresh, { ...unused, activatedAt: now }]]);
    expect(reviewAccess(people.state, ask(uses)).members[0]?.findings).toEqual([]);
  });

  it('G48: says which smaller role would have done for what was done, in each scheme', () => {
    const people = createSamplePeople();
    const owner = people.add({ organizationOwner: true });
    const manager = people.add({
      roles: [
        [north, 'general_manager'],
        [south, 'owner'],
      ],
    });
    const admin = people.add({ user: 'admin' });
    const idle = people.add({ roles: [[north, 'owner']] });
    const uses = new Map([
      [owner, used(now, 'space.edit', 'member.invite')],
      [manager, used(now, 'lock.manage', 'device.view')],
      [admin, used(now, 'reservation.create_own')],
      [idle, used(now)],
    ]);
    const findings = new Map(reviewAccess(people.state, ask(uses)).members.map((one) => [one.memberId, one.findings]));
    const code = 'could-be-lower';
    expect(findings.get(owner)).toEqual([
      { code, propertyId: null, role: 'organization_owner', suggested: 'general_manager' },
    ]);
    expect(findings.get(manager)).toEqual([
      { code, propertyId: north, role: 'general_manager', suggested: 'installer' },
    ]);
    expect(findings.get(admin)).toEqual([{ code, propertyId: null, role: 'admin', suggested: 'member' }]);
    expect(findings.get(idle)).toEqual([]);
  });

  it('G10: a reviewer sees members and roles of his properties only', () => {
    const people = createSamplePeople();
    const owner = people.add({ organizationOwner: true });
    const manager = people.add({ roles: [[north, 'general_manager']] });
    const both = people.add({
      roles: [
        [north, 'team'],
        [south, 'owner'],
      ],
      user: 'admin',
    });
    people.add({ roles: [[south, 'team']] });
    const own = reviewAccess(people.state, { ...ask(new Map()), actor: people.by(manager) });
    expect(own.members.map(({ memberId }) => memberId)).toEqual([owner, manager, both]);
    expect(own.members[2]).toMatchObject({ assignments: [{ propertyId: north }], workplaceRole: null });
    expect(JSON.stringify(own)).not.toContain(south);
    const one = reviewAccess(people.state, { ...ask(new Map()), propertyId: south });
    expect(one.members).toHaveLength(3);
    expect(JSON.stringify(one)).not.toContain(north);
  });

  it('G49: in a single property its Owners are counted', () => {
    const people = createSamplePeople({ kind: 'single_property' });
    people.add({ roles: [[north, 'owner']] });
    people.add({ roles: [[north, 'team']] });
    expect(reviewAccess(people.state, ask(new Map())).owners).toBe(1);
  });
});
