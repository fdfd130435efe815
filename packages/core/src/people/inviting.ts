import type { MemberId } from '../identifiers.js';
import { isEmailKey, suggestEmail, toEmailKey } from './email-address.js';
import { endedPlace, type MemberPlace, noPlace, type PeopleStep, placeOf } from './member-place.js';
import type { PeopleCommand, PeopleContext, TeamInvitee } from './people-command.js';
import type { NewMember, PeopleDecision, PeopleRefusal, PeopleWarning, RowRefusal } from './people-decision.js';
import { refuseProperty, seesMember } from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';

type CommandOf<Type extends PeopleCommand['type']> = Extract<PeopleCommand, { readonly type: Type }>;

/** One row as it was read: what the person would be. */
interface Offer {
  readonly row: number;
  readonly email: string;
  readonly emailKey: string;
  readonly name: string | null;
  readonly place: MemberPlace;
  readonly refusal: PeopleRefusal | null;
}

/** What is checked of an assignment list wherever one is given: each property once, known and in sight (G16). */
export function refuseAssignments(
  state: PeopleState,
  { actor }: PeopleContext,
  assignments: MemberPlace['assignments'],
): PeopleRefusal | null {
  const seen = new Set<string>();
  for (const { propertyId } of assignments) {
    const unseen = refuseProperty(state, actor, propertyId);
    if (unseen !== null) return unseen;
    if (seen.has(propertyId)) return { because: 'assignment-repeated', propertyId };
    seen.add(propertyId);
  }
  return null;
}

function refuseTeamOffer(state: PeopleState, context: PeopleContext, invitee: TeamInvitee): PeopleRefusal | null {
  const { organizationOwner = false, assignments = [] } = invitee;
  if (!organizationOwner) {
    return assignments.length === 0 ? { because: 'property-missing' } : refuseAssignments(state, context, assignments);
  }
  if (state.organization.kind !== 'organization') return { because: 'organization-required' };
  return assignments.length > 0 ? { because: 'owner-with-assignments' } : null;
}

/** Decides on invitations to the team of the organization or of one of its properties (G2–G7, G11, G14–G17). */
export function inviteTeam(
  state: PeopleState,
  context: PeopleContext,
  command: CommandOf<'invite-team'>,
): PeopleDecision {
  const { level, rows } = command;
  if (!state.organization.schemes.includes('hospitality')) {
    return refuse({ because: 'scheme-not-in-use', scheme: 'hospitality' });
  }
  if (level === 'organization') {
    if (state.organization.kind !== 'organization') return refuse({ because: 'organization-required' });
  } else {
    const unseen = refuseProperty(state, context.actor, level.propertyId);
    if (unseen !== null) return refuse(unseen);
  }
  const offers = rows.map((invitee, row): Offer => {
    const place: MemberPlace = {
      ...noPlace,
      state: 'inactive',
      organizationOwner: invitee.organizationOwner ?? false,
      assignments: invitee.assignments ?? [],
      signInMethod: invitee.signInMethod ?? 'email_password',
    };
    return { ...addressOf(invitee, row), place, refusal: refuseTeamOffer(state, context, invitee) };
  });
  return inviteOffers(state, context, offers, 'account_setup');
}

/** Decides on invitations of workplace users; each reserves a license (S2, S5, S9–S13, S18, S31). */
export function inviteUsers(
  state: PeopleState,
  context: PeopleContext,
  { rows }: CommandOf<'invite-users'>,
): PeopleDecision {
  if (!state.organization.schemes.includes('workplace')) {
    return refuse({ because: 'scheme-not-in-use', scheme: 'workplace' });
  }
  const offers = rows.map((invitee, row): Offer => {
    const { role = 'member', licensed = true, deskId = null, signInMethod = 'email_password' } = invitee;
    const place: MemberPlace = { ...noPlace, state: 'inactive', workplace: { role, licensed }, deskId, signInMethod };
    const unknownDesk = deskId !== null && !state.hasDesk(deskId);
    return { ...addressOf(invitee, row), place, refusal: unknownDesk ? { because: 'desk-not-found', deskId } : null };
  });
  return inviteOffers(state, context, offers, 'onboarding');
}

/** The address and name of one row. */
export function addressOf({ email, name }: Pick<TeamInvitee, 'email' | 'name'>, row: number) {
  return { row, email: email.trim(), emailKey: toEmailKey(email), name: name ?? null };
}

/** Decides on invitations, all or none, however their offers came about. */
export function inviteOffers(
  state: PeopleState,
  context: PeopleContext,
  offers: readonly Offer[],
  mail: NewMember['mail'],
): PeopleDecision {
  if (offers.length === 0) return refuse({ because: 'nobody-invited' });
  const { kept, rows, warnings } = collapse(offers);
  const steps: PeopleStep[] = [];
  const made: NewMember[] = [];
  for (const offer of kept) {
    const existing = state.memberByEmail(offer.emailKey);
    const lapsed = existing !== undefined && isInvitationOver(state, context, existing);
    const inUse = existing !== undefined && !lapsed;
    if (lapsed) steps.push(endOfInvitation(offer.row, existing));
    steps.push({
      row: offer.row,
      memberId: null,
      before: noPlace,
      after: offer.place,
      grant: { actor: context.actor, from: noPlace },
      objection: inUse ? emailInUse(state, context, existing) : null,
    });
    made.push(newMember(offer, context, mail, lapsed ? existing.memberId : null));
  }
  return settle(state, context, { batch: true, steps, rows, warnings, made, invitationsEndAs: 'replaced' });
}

/** What a repeated address, or one that cannot be mailed to, makes of the rows (G14, G51). */
function collapse(offers: readonly Offer[]) {
  const firsts = new Map<string, Offer>();
  const kept: Offer[] = [];
  const rows: RowRefusal[] = [];
  const warnings: PeopleWarning[] = [];
  for (const offer of offers) {
    const { row, emailKey } = offer;
    const first = firsts.get(emailKey);
    if (!isEmailKey(emailKey)) rows.push({ row, refusal: { because: 'email-invalid' } });
    else if (first !== undefined && sameOffer(first, offer)) {
      warnings.push({ code: 'address-repeated', row, firstRow: first.row });
    } else if (first !== undefined) {
      rows.push({ row, refusal: { because: 'email-repeated', firstRow: first.row } });
    } else {
      firsts.set(emailKey, offer);
      const suggestion = suggestEmail(emailKey);
      if (suggestion !== null) warnings.push({ code: 'address-looks-mistyped', row, suggestion });
      if (offer.refusal !== null) rows.push({ row, refusal: offer.refusal });
      else kept.push(offer);
    }
  }
  return { kept, rows, warnings };
}

function sameOffer(first: Offer, second: Offer): boolean {
  return JSON.stringify(first.place) === JSON.stringify(second.place);
}

/** An invitation that has ended or expired holds nobody's address (P-23). */
export function isInvitationOver(state: PeopleState, { at }: Pick<PeopleContext, 'at'>, member: MemberFacts): boolean {
  if (member.state !== 'inactive') return false;
  const invitation = state.invitationOf(member.memberId);
  return invitation === undefined || at >= invitation.expiresAt;
}

/** The end of an invitation nobody can accept any more; it gives nothing, so ending it takes no grant. */
export function endOfInvitation(row: number, member: MemberFacts): PeopleStep {
  const before = placeOf(member);
  return { row, memberId: member.memberId, before, after: endedPlace(before), grant: null, objection: null };
}

/** Says that an address is in use, and by whom if the actor may see that. */
export function emailInUse(state: PeopleState, { actor }: PeopleContext, member: MemberFacts): PeopleRefusal {
  const seen = seesMember(state, actor, member);
  return {
    because: 'email-in-use',
    memberId: seen ? member.memberId : null,
    state: seen ? member.state : null,
  };
}

function newMember(
  { row, email, emailKey, name, place }: Offer,
  { actor }: PeopleContext,
  mail: NewMember['mail'],
  replaces: MemberId | null,
): NewMember {
  const { organizationOwner, assignments, workplace, deskId, signInMethod } = place;
  return {
    ...{ row, email, emailKey, name, organizationOwner, assignments, workplace, deskId, signInMethod },
    ...{ mail, replaces, grantor: actor },
  };
}
