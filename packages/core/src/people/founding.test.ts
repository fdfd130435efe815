import { expect, it } from 'vitest';
import type { OrganizationFacts } from './people-state.js';
import { createSamplePeople, directorySync, north, operator, outcome } from './sample-people.test-rig.js';

const found = { type: 'found-organization', owner: { email: 'First@hotel.example' }, propertyId: north } as const;
const onNorth = [{ propertyId: north, role: 'owner' }] as const;
const admin = (licensed: boolean) => ({ workplace: { role: 'admin', licensed } }) as const;

it.each<readonly [Partial<OrganizationFacts>, object, string]>([
  [{ schemes: ['hospitality'] }, { organizationOwner: true, assignments: [], workplace: null }, 'account_setup'],
  [{ schemes: ['workplace'] }, { organizationOwner: false, assignments: [], ...admin(true) }, 'onboarding'],
  [{ schemes: ['workplace'], licenses: 0 }, { organizationOwner: false, ...admin(false) }, 'onboarding'],
  [{}, { organizationOwner: true, assignments: [], ...admin(false) }, 'account_setup'],
  [
    { kind: 'single_property', schemes: ['hospitality'] },
    { organizationOwner: false, assignments: onNorth, workplace: null },
    'account_setup',
  ],
  [{ kind: 'single_property' }, { organizationOwner: false, assignments: onNorth, ...admin(false) }, 'account_setup'],
])('4.1: whoever an organization of %o begins with can invite everybody else', (facts, place, mail) => {
  const people = createSamplePeople(facts);
  const emailKey = 'first@hotel.example';
  expect(people.must(operator, found)).toEqual([
    { type: 'member-created', member: expect.objectContaining({ ...place, mail, emailKey, grantor: operator }) },
  ]);
});

it('is for the operator alone, and for an address and a place that there can be', () => {
  const people = createSamplePeople();
  const owner = people.add({ organizationOwner: true, user: 'admin' });
  for (const actor of [owner, directorySync]) expect(outcome(people.decide(actor, found))).toBe('role-lacks-action');
  expect(outcome(people.decide(operator, { ...found, owner: { email: 'nobody' } }))).toBe('email-invalid');
  const single = createSamplePeople({ kind: 'single_property' });
  expect(outcome(single.decide(operator, { ...found, propertyId: null }))).toBe('property-missing');
  const office = createSamplePeople({ kind: 'single_property', schemes: ['workplace'] });
  expect(outcome(office.decide(operator, found))).toBe('scheme-not-in-use');
});
