import type { MemberId } from '../identifiers.js';
import { stepsEndingRole } from '../people/last-of-role.js';
import { endedPlace, type PeopleStep, placeOf } from '../people/member-place.js';
import type { MemberFacts } from '../people/people-state.js';
import { leaveToPerson, type PlanDraft } from './plan-draft.js';
import type { RemovedRow } from './sync-plan.js';
import type { MatchRequest } from './user-match.js';

/**
 * Leaves to a person all removals that together would leave nobody who can sign in as Admin, Organization Owner or Owner of
 * a property, and that of the Admin who asks (P-20, requirement 4.5).
 */
export function keepLastOfRole(
  { state: { people }, acting }: MatchRequest & { readonly acting?: MemberId | undefined },
  draft: PlanDraft,
): void {
  const removed = new Map<MemberId, RemovedRow>();
  let steps: PeopleStep[] = [];
  const keep = (memberId: MemberId) => {
    const row = removed.get(memberId);
    if (row !== undefined) leaveToPerson(draft, row.rowId, { because: 'last-admin', memberId });
  };
  for (const row of draft.rows.values()) {
    if (row.status !== 'removed') continue;
    const member = people.member(row.memberId);
    removed.set(row.memberId, row);
    if (row.memberId === acting) keep(acting);
    else if (member !== undefined) steps.push(removalStep(member));
  }
  for (;;) {
    const last = stepsEndingRole(people, steps);
    if (last.length === 0) return;
    for (const { memberId } of last) if (memberId !== null) keep(memberId);
    steps = steps.filter((step) => !last.includes(step));
  }
}

function removalStep(member: MemberFacts): PeopleStep {
  const before = placeOf(member);
  return { row: 0, memberId: member.memberId, before, after: endedPlace(before), grant: null, objection: null };
}
