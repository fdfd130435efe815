import type { PropertyId } from '../identifiers.js';
import { type MemberPlace, type PeopleStep, placeOf, roleOn } from './member-place.js';
import type { PeopleRefusal } from './people-decision.js';
import type { OrganizationFacts, PeopleState, Plan } from './people-state.js';
import { planAllowsMethod } from './plan-gate.js';

/** One role that somebody must always be left with. */
interface Guarded {
  readonly role: 'organization_owner' | 'owner' | 'admin';
  readonly propertyId: PropertyId | null;
  readonly held: (place: MemberPlace) => boolean;
}

function guardedRoles({ organization, properties }: Pick<PeopleState, 'organization' | 'properties'>): Guarded[] {
  const admin: Guarded = { role: 'admin', propertyId: null, held: ({ workplace }) => workplace?.role === 'admin' };
  if (organization.kind === 'organization') {
    return [admin, { role: 'organization_owner', propertyId: null, held: (place) => place.organizationOwner }];
  }
  const owners = [...properties()].map(
    (propertyId): Guarded => ({ role: 'owner', propertyId, held: (place) => roleOn(place, propertyId) === 'owner' }),
  );
  return [admin, ...owners];
}

function canReallySignIn({ state, canSignIn, signInMethod }: MemberPlace, plan: Plan): boolean {
  return state === 'active' && canSignIn && planAllowsMethod(plan, signInMethod);
}

/**
 * The one guard of last owners and last Admins, for every command: a role that somebody active, and able to sign in, has
 * before must be left with such a person after (P-20, G15, G25).
 */
export function refuseLastOfRole(
  state: PeopleState,
  steps: readonly PeopleStep[],
  after: OrganizationFacts,
): PeopleRefusal | null {
  const lost = lostRole(state, steps, after);
  return lost === null ? null : { because: 'last-of-role', role: lost.role, propertyId: lost.propertyId };
}

/** The steps that together take a guarded role from the last who have it; none when somebody is left with every one. */
export function stepsEndingRole(state: PeopleState, steps: readonly PeopleStep[]): readonly PeopleStep[] {
  const { organization } = state;
  const held = lostRole(state, steps, organization)?.held ?? (() => false);
  return steps.filter(({ before }) => held(before) && canReallySignIn(before, organization.plan));
}

function lostRole(state: PeopleState, steps: readonly PeopleStep[], after: OrganizationFacts): Guarded | null {
  const changed = new Map(steps.map((step) => [step.memberId, step.after]));
  const plan = state.organization.plan;
  const loses = (held: Guarded['held']) =>
    steps.some((step) => held(step.before) && canReallySignIn(step.before, plan)) || after.plan !== plan;
  const properties = () => state.properties();
  for (const guarded of guardedRoles({ organization: after, properties })) {
    const { held } = guarded;
    if (!loses(held)) continue;
    let had = false;
    let left = steps.some(
      (step) => step.memberId === null && held(step.after) && canReallySignIn(step.after, after.plan),
    );
    for (const member of state.members()) {
      const before = placeOf(member);
      const now = changed.get(member.memberId) ?? before;
      had ||= held(before) && canReallySignIn(before, plan);
      left ||= held(now) && canReallySignIn(now, after.plan);
    }
    if (had && !left) return guarded;
  }
  return null;
}
