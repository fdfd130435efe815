import type { MemberId, PropertyId } from '../identifiers.js';
import { type MemberPlace, type PeopleStep, standingOn } from './member-place.js';
import type { AccessEnd, MemberChange, PeopleChange } from './people-decision.js';
import type { PeopleState } from './people-state.js';

/** What ends for somebody whose membership ends or rests: everything that gives access, everywhere (G41). */
function endings(memberId: MemberId, because: AccessEnd): readonly PeopleChange[] {
  return [
    { type: 'sessions-ended', memberId, because },
    { type: 'app-grants-revoked', memberId, propertyId: null },
    { type: 'api-keys-revoked', memberId },
    { type: 'setup-links-voided', memberId },
    { type: 'keys-revoked', memberId, propertyId: null },
    { type: 'unlocks-cancelled', memberId, propertyId: null },
  ];
}

/** What ends on one property that somebody loses (G23). */
export function propertyEndings(memberId: MemberId, propertyId: PropertyId): readonly PeopleChange[] {
  return [
    { type: 'app-grants-revoked', memberId, propertyId },
    { type: 'keys-revoked', memberId, propertyId },
    { type: 'unlocks-cancelled', memberId, propertyId },
  ];
}

function methodEndings(memberId: MemberId, before: MemberPlace, after: MemberPlace): readonly PeopleChange[] {
  if (before.signInMethod === after.signInMethod) return [];
  const ends: PeopleChange[] = [
    { type: 'sessions-ended', memberId, because: 'method_switched' },
    { type: 'app-grants-revoked', memberId, propertyId: null },
  ];
  if (before.signInMethod === 'email_password') ends.push({ type: 'password-erased', memberId });
  // Links of the former way open nothing any more; nobody signs in the new way before a link has bound it.
  return [...ends, { type: 'setup-links-voided', memberId }, { type: 'sign-in-link-mailed', memberId }];
}

function lostProperties(state: PeopleState, before: MemberPlace, after: MemberPlace): readonly PropertyId[] {
  const had = before.organizationOwner ? [...state.properties()] : before.assignments.map((one) => one.propertyId);
  return had.filter((propertyId) => standingOn(after, propertyId) === null);
}

/** Everything that follows from one member's change of place, the change itself first. */
export function effectsOf(
  state: PeopleState,
  {
    memberId,
    before,
    after,
    person = {},
  }: Pick<PeopleStep, 'before' | 'after' | 'person'> & { readonly memberId: MemberId },
  because: AccessEnd,
): readonly PeopleChange[] {
  const change = { ...changeOf(before, after), ...person };
  if (Object.keys(change).length === 0) return [];
  const changed: PeopleChange = { type: 'member-changed', memberId, change };
  if (after.state !== before.state && after.state !== 'active') return [changed, ...endings(memberId, because)];
  return [
    changed,
    // A link that was mailed to the former address opens nothing any more.
    ...(person.emailKey === undefined ? [] : [{ type: 'setup-links-voided', memberId } as const]),
    // Whoever has not accepted yet has no sign-in that could end; Keys there may be already (G23).
    ...(before.state === 'active' ? methodEndings(memberId, before, after) : []),
    ...lostProperties(state, before, after).flatMap((propertyId) => propertyEndings(memberId, propertyId)),
  ];
}

function changeOf(before: MemberPlace, after: MemberPlace): MemberChange {
  return {
    ...(before.state === after.state ? {} : { state: after.state }),
    ...(before.organizationOwner === after.organizationOwner ? {} : { organizationOwner: after.organizationOwner }),
    ...(sameAssignments(before, after) ? {} : { assignments: after.assignments }),
    ...(sameWorkplace(before, after) ? {} : { workplace: after.workplace }),
    ...(before.deskId === after.deskId ? {} : { deskId: after.deskId }),
    ...(before.signInMethod === after.signInMethod ? {} : { signInMethod: after.signInMethod }),
  };
}

function sameAssignments(before: MemberPlace, after: MemberPlace): boolean {
  return (
    before.assignments.length === after.assignments.length &&
    before.assignments.every(({ propertyId, role }) =>
      after.assignments.some((other) => other.propertyId === propertyId && other.role === role),
    )
  );
}

function sameWorkplace({ workplace: before }: MemberPlace, { workplace: after }: MemberPlace): boolean {
  return before?.role === after?.role && before?.licensed === after?.licensed;
}
