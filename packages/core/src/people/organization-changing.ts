import type { RoleScheme } from '../role.js';
import { isConfirmed } from './ending.js';
import { endedPlace, isEmptyPlace, type MemberPlace, type PeopleStep, placeOf, roleOn } from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { PeopleDecision, PeopleRefusal } from './people-decision.js';
import {
  actingMember,
  isManagedByAdmins,
  refuseManaging,
  refuseOthersThanOperator,
  refuseProperty,
  refuseUserAction,
} from './people-rights.js';
import type { PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';
import { planActionIn } from './plan-gate.js';
import { propertyEndings } from './step-effects.js';
import { stepOf } from './team-editing.js';

type CommandOf<Type extends PeopleCommand['type']> = Extract<PeopleCommand, { readonly type: Type }>;

/** Whether the actor may change the subscription. */
function refusePlanChange(state: PeopleState, actor: PeopleContext['actor']): PeopleRefusal | null {
  if (actor.kind === 'operator') return null;
  const action = planActionIn(state.organization);
  if (action === 'organization.manage') return refuseManaging(state, actor);
  const self = actingMember(state, actor);
  return refuseUserAction(state, self && placeOf(self), action);
}

/** Decides on plan, licenses and end of the subscription. */
export function changeSubscription(
  state: PeopleState,
  context: PeopleContext,
  { plan, licenses, subscriptionEndsAt }: CommandOf<'change-subscription'>,
): PeopleDecision {
  const refusal = refusePlanChange(state, context.actor);
  if (refusal !== null) return refuse(refusal);
  const organization = {
    ...(plan === undefined ? {} : { plan }),
    ...(licenses === undefined ? {} : { licenses }),
    ...(subscriptionEndsAt === undefined ? {} : { subscriptionEndsAt }),
  };
  return settle(state, context, { steps: [], organization });
}

/** Decides on the organization's ways of managing people: role schemes and whether General Managers manage each other. */
export function changeOrganization(
  state: PeopleState,
  context: PeopleContext,
  { peerManagement, schemes }: CommandOf<'change-organization'>,
): PeopleDecision {
  const refusal =
    refuseManaging(state, context.actor) ?? (schemes === undefined ? null : refuseSchemes(state, context, schemes));
  if (refusal !== null) return refuse(refusal);
  const organization = {
    ...(peerManagement === undefined ? {} : { peerManagement }),
    ...(schemes === undefined ? {} : { schemes }),
  };
  return settle(state, context, {
    steps: schemes === undefined ? [] : firstAdmin(state, context, schemes),
    organization,
  });
}

/** Whoever begins the workplace of an organization is its first Admin where it has none: somebody has to invite the others. */
function firstAdmin(
  state: PeopleState,
  { actor }: PeopleContext,
  schemes: readonly RoleScheme[],
): readonly PeopleStep[] {
  const self = actingMember(state, actor);
  const begins = schemes.includes('workplace') && !state.organization.schemes.includes('workplace');
  if (self === undefined || !begins) return [];
  if ([...state.members()].some(({ workplace }) => workplace?.role === 'admin')) return [];
  const before = placeOf(self);
  // Nobody could grant it yet; that the actor manages the organization stands for it.
  const after: MemberPlace = { ...before, workplace: { role: 'admin', licensed: false } };
  return [{ row: 0, memberId: self.memberId, before, after, grant: null, objection: null }];
}

function refuseSchemes(
  state: PeopleState,
  { actor }: PeopleContext,
  schemes: readonly RoleScheme[],
): PeopleRefusal | null {
  // An Admin could make nobody the first Organization Owner, and nobody would manage the organization any more.
  const refusal =
    isManagedByAdmins(state.organization) && schemes.includes('hospitality') ? refuseOthersThanOperator(actor) : null;
  if (refusal !== null) return refusal;
  for (const scheme of state.organization.schemes) {
    if (schemes.includes(scheme)) continue;
    const members = [...state.members()].filter((member) =>
      scheme === 'workplace' ? member.workplace !== undefined : !isEmptyPlace({ ...placeOf(member), workplace: null }),
    ).length;
    if (members > 0) return { because: 'scheme-in-use', scheme, members };
  }
  return null;
}

/**
 * Decides on making an organization of a single property (G5): its Owners become Organization Owners, invited ones
 * too, so that nobody is left without the level that now decides.
 */
export function setUpOrganization(state: PeopleState, context: PeopleContext): PeopleDecision {
  const refusal = refuseOthersThanOperator(context.actor);
  if (refusal !== null) return refuse(refusal);
  if (state.organization.kind === 'organization') return { allow: true, changes: [], warnings: [] };
  const owners = [...state.members()].filter((member) => member.assignments.some(({ role }) => role === 'owner'));
  const steps = owners.map((member) => stepOf(context, member, { organizationOwner: true, assignments: [] }));
  return settle(state, context, { steps, organization: { kind: 'organization' } });
}

/** Decides on taking a property out of the organization, with every assignment to it and all that hangs on those (G8). */
export function removeProperty(
  state: PeopleState,
  context: PeopleContext,
  { propertyId, confirm }: CommandOf<'remove-property'>,
): PeopleDecision {
  const refusal = refuseProperty(state, context.actor, propertyId) ?? refuseManaging(state, context.actor);
  if (refusal !== null) return refuse(refusal);
  if (state.organization.kind !== 'organization') return refuse({ because: 'organization-required' });
  if (!isConfirmed(confirm)) return refuse({ because: 'confirmation-required' });
  const members = [...state.members()];
  const steps = members
    .filter((member) => roleOn(placeOf(member), propertyId) !== null)
    .map((member): PeopleStep => {
      const before = placeOf(member);
      const left = { ...before, assignments: before.assignments.filter((one) => one.propertyId !== propertyId) };
      const after = isEmptyPlace(left) ? endedPlace(before) : left;
      return { row: 0, memberId: member.memberId, before, after, grant: null, objection: null };
    });
  // Organization Owners stand on it without an assignment that could end.
  const endings = members
    .filter((member) => member.organizationOwner)
    .flatMap((member) => propertyEndings(member.memberId, propertyId));
  return settle(state, context, { steps, more: [...endings, { type: 'property-removed', propertyId }] });
}
