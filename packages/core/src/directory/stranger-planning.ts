import { toAsciiDomain } from '../people/domain-name.js';
import { domainOf } from '../people/email-address.js';
import { isInvitationOver } from '../people/inviting.js';
import type { MemberFacts } from '../people/people-state.js';
import { planAllowsMethod } from '../people/plan-gate.js';
import { nameOf, profileWith } from './directory-profile.js';
import type { DirectoryLink } from './directory-state.js';
import { isOpen, leaveToPerson, type PlanDraft, type Stranger } from './plan-draft.js';
import { isRemovedBySync, lives, type MatchRequest, removalOf, updateOf } from './user-match.js';

/** Finds for everybody whom no link names whether somebody here has the address, and what that makes of it (S25, S26). */
export function planStrangers(request: MatchRequest, draft: PlanDraft): void {
  const ownDomains = new Set(request.policy.ownDomains.map((domain) => toAsciiDomain(domain)));
  for (const [rowId, stranger] of draft.strangers) {
    const { state } = request;
    const holder = state.people.memberByEmail(stranger.address.emailKey);
    if (holder === undefined) {
      planNew(request, draft, stranger);
      continue;
    }
    const { memberId } = holder;
    const link = state.linkOf(memberId);
    if (link !== undefined) planSuccessor(request, draft, { stranger, holder, link });
    else if (state.isLinkedElsewhere(memberId)) {
      leaveToPerson(draft, rowId, { because: 'other-directory', memberId });
    } else if (isInvitationOver(state.people, request, holder)) planNew(request, draft, stranger);
    else if (ownDomains.has(domainOf(stranger.address.emailKey)) && isAdoptable(holder)) {
      draft.rows.set(rowId, updateOf(stranger.user, null, { member: holder, because: 'adopt' }).row);
    } else leaveToPerson(draft, rowId, { because: 'adoption-not-allowed', memberId });
  }
}

/** Whoever a directory may take over: users of the workplace, and nobody who decides over others' access. */
function isAdoptable(member: MemberFacts): boolean {
  const { workplace, organizationOwner, assignments } = member;
  if (!lives(member) || workplace === undefined || workplace.role === 'admin' || organizationOwner) return false;
  return assignments.every(({ role }) => role !== 'owner');
}

/** Somebody who is not a user yet. Whoever was removed here by hand comes back only by hand (G42). */
function planNew({ state, policy }: MatchRequest, draft: PlanDraft, { user, address, wasRemovedHere }: Stranger): void {
  const { directoryId: rowId } = user;
  if (wasRemovedHere && policy.decisions.get(rowId) !== 'same_person') {
    leaveToPerson(draft, rowId, { because: 'removed-here', memberId: state.link(rowId)?.memberId ?? null });
    return;
  }
  const name = nameOf(profileWith(user, null, address));
  draft.rows.set(rowId, { status: 'new', rowId, needs: [], takes: 1, frees: 0, user, email: address.email, name });
  draft.wishes.set(rowId, address.emailKey);
}

interface Succession {
  readonly stranger: Stranger;
  /** Who has the stranger's address here. */
  readonly holder: MemberFacts;
  readonly link: DirectoryLink;
}

/**
 * The address of a linked user under another id. While that user is in the directory it is the user's to give up. When it is
 * not, only a person can tell whether the account was made anew or the address went to somebody else, who must not get
 * anything of the former (S26, P-24).
 */
function planSuccessor(request: MatchRequest, draft: PlanDraft, { stranger, holder, link }: Succession): void {
  const { directoryId: rowId } = stranger.user;
  if (!isGone(request, draft, link, holder)) {
    planNew(request, draft, stranger);
    return;
  }
  const { memberId } = holder;
  const former = draft.rows.delete(link.directoryId);
  switch (request.policy.decisions.get(rowId)) {
    case undefined:
      leaveToPerson(draft, rowId, { because: 'recreated', memberId });
      // Whom the address had belonged to stays as well, until it is decided.
      if (former) leaveToPerson(draft, link.directoryId, { because: 'recreated', memberId });
      return;
    case 'other_person':
      draft.settled.delete(link.directoryId);
      draft.rows.set(link.directoryId, removalOf(link, holder, 'replaced'));
      planNew(request, draft, stranger);
      return;
    case 'same_person': {
      const { row } = updateOf(stranger.user, link, { member: holder, because: 'relink' });
      draft.settled.delete(link.directoryId);
      if (row.act === 'reactivate' && !mayReturn(request, holder)) {
        leaveToPerson(draft, rowId, { because: 'plan-required', memberId });
      } else draft.rows.set(rowId, row);
    }
  }
}

/** Whether a linked user is in the directory no more, as far as that is proven. */
function isGone(request: MatchRequest, draft: PlanDraft, link: DirectoryLink, holder: MemberFacts): boolean {
  const { directoryId } = link;
  if (isRemovedBySync(link, holder)) return !isOpen(request, draft, link, holder);
  if (!draft.users.has(directoryId) && !draft.settled.has(directoryId)) return draft.provesAbsence;
  // Whoever was deactivated by hand keeps the address while there.
  return lives(holder) && !isOpen(request, draft, link, holder);
}

function mayReturn({ state }: MatchRequest, { signInMethod }: MemberFacts): boolean {
  return planAllowsMethod(state.people.organization.plan, signInMethod);
}
