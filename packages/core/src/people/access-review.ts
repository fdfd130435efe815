import type { MemberId, PropertyId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { MembershipState, PropertyAssignment } from '../membership.js';
import type { Action } from '../permission-decision.js';
import { type HospitalityStanding, hospitalityStandings, type WorkplaceRole, workplaceRoles } from '../role.js';
import { placeOf, standingOn } from './member-place.js';
import type { PeopleActor } from './people-command.js';
import { isTop, managesUsers, seesMember, seesProperty } from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { suggestRole } from './role-suggestion.js';

/** What the caller knows of how a member uses the access given. */
export interface AccessUse {
  /** The last request with any session or token of the member; `null`: none ever. */
  readonly lastSeenAt: Instant | null;
  /** When the membership became active; counts as seen. */
  readonly activatedAt: Instant | null;
  /** Keys held that still open something, within what is reviewed. */
  readonly keys: number;
  /** Every action that was allowed to the member in the time looked at; the property where it has one. */
  readonly actions: readonly { readonly action: Action; readonly propertyId: PropertyId | null }[];
}

/** Something about a member's access that somebody should look at; nothing of it is forbidden. */
export type AccessFinding =
  /** G50, G52: invited, and has not come. */
  | { readonly code: 'never-accepted'; readonly expired: boolean }
  /** G50: in the other meaning of inactive. */
  | { readonly code: 'not-seen'; readonly since: Instant | null }
  /** G48: everything that was done would have been permitted to less. */
  | {
      readonly code: 'could-be-lower';
      readonly propertyId: PropertyId | null;
      readonly role: HospitalityStanding | WorkplaceRole;
      readonly suggested: HospitalityStanding | WorkplaceRole;
    };

/** One member as a review shows them: only what the reviewer may see. */
export interface ReviewedMember {
  readonly memberId: MemberId;
  readonly state: MembershipState;
  readonly organizationOwner: boolean;
  readonly assignments: readonly PropertyAssignment[];
  readonly workplaceRole: WorkplaceRole | null;
  readonly lastSeenAt: Instant | null;
  readonly keys: number;
  readonly findings: readonly AccessFinding[];
}

/** Who has access, and what of it to look at twice (G49). */
export interface AccessReview {
  readonly members: readonly ReviewedMember[];
  /** Active members that a removal of others must leave: Organization Owners, or Owners of the single property. */
  readonly owners: number;
}

/** What is reviewed, for whom, and from when on somebody counts as not using it. */
export interface AccessReviewRequest {
  readonly actor: PeopleActor;
  readonly at: Instant;
  /** `null`: the whole organization. */
  readonly propertyId: PropertyId | null;
  readonly unseenForMs: number;
  readonly useOf: (memberId: MemberId) => AccessUse;
}

/**
 * Reviews who has access (G49, G50). The caller has made sure that the actor may view reviews; the report holds only
 * members, and of them only properties, that he may see (G10).
 */
export function reviewAccess(state: PeopleState, request: AccessReviewRequest): AccessReview {
  const { actor, propertyId } = request;
  const everybody = [...state.members()];
  const members = everybody
    .filter((member) => seesMember(state, actor, member))
    .filter((member) => propertyId === null || standingOn(placeOf(member), propertyId) !== null)
    .map((member) => reviewMember(state, request, member));
  return {
    members,
    owners: everybody.filter((member) => member.state === 'active' && isTop(state.organization.kind, member)).length,
  };
}

function reviewMember(state: PeopleState, request: AccessReviewRequest, member: MemberFacts): ReviewedMember {
  const { actor, at, propertyId, unseenForMs, useOf } = request;
  const { memberId, organizationOwner } = member;
  const use = useOf(memberId);
  const assignments = member.assignments.filter(
    (one) => seesProperty(state, actor, one.propertyId) && (propertyId === null || propertyId === one.propertyId),
  );
  const workplaceRole = propertyId === null && managesUsers(state, actor) ? (member.workplace?.role ?? null) : null;
  const shown = { memberId, state: member.state, organizationOwner, assignments, workplaceRole };
  const findings: AccessFinding[] = [];
  if (member.state === 'inactive') {
    const invitation = state.invitationOf(memberId);
    findings.push({ code: 'never-accepted', expired: invitation === undefined || at >= invitation.expiresAt });
  }
  if (member.state === 'active') {
    const since = use.lastSeenAt ?? use.activatedAt;
    if (since === null || at - since >= unseenForMs) findings.push({ code: 'not-seen', since: use.lastSeenAt });
    findings.push(...couldBeLower(shown, use));
  }
  return { ...shown, lastSeenAt: use.lastSeenAt, keys: use.keys, findings };
}

/** Nothing done at all is told as not seen; a smaller role does not follow from it. */
function couldBeLower(
  shown: Pick<ReviewedMember, 'organizationOwner' | 'assignments' | 'workplaceRole'>,
  { actions }: AccessUse,
): readonly AccessFinding[] {
  const standings: { readonly propertyId: PropertyId | null; readonly role: HospitalityStanding }[] =
    shown.organizationOwner ? [{ propertyId: null, role: 'organization_owner' }] : [...shown.assignments];
  const findings = standings.flatMap(({ propertyId, role }): AccessFinding[] => {
    const used = actions.filter((one) => propertyId === null || one.propertyId === propertyId);
    const suggested = suggestRole(used.map(({ action }) => action)).hospitality;
    const lower = suggested !== null && hospitalityStandings.indexOf(suggested) > hospitalityStandings.indexOf(role);
    return lower ? [{ code: 'could-be-lower', propertyId, role, suggested }] : [];
  });
  const { workplaceRole: role } = shown;
  const suggested = role === null ? null : suggestRole(actions.map(({ action }) => action)).workplace;
  if (role === null || suggested === null || workplaceRoles.indexOf(suggested) <= workplaceRoles.indexOf(role)) {
    return findings;
  }
  return [...findings, { code: 'could-be-lower', propertyId: null, role, suggested }];
}
