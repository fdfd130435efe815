import { refuseGrant } from './grant-check.js';
import { noPlace, type PeopleStep, placeOf } from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { PeopleDecision } from './people-decision.js';
import type { PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';

/**
 * Decides on the acceptance of an invitation. The ceiling is asked again, of whoever answers for the offer as he now
 * stands (P-21); the license was reserved at the invitation, so there is always one (P-22); after its end the link is
 * refused in words, never silently (P-23).
 */
export function acceptInvitation(
  state: PeopleState,
  context: PeopleContext,
  { memberId }: Extract<PeopleCommand, { readonly type: 'accept-invitation' }>,
): PeopleDecision {
  const member = state.member(memberId);
  const invitation = state.invitationOf(memberId);
  if (member?.state !== 'inactive' || invitation === undefined) return refuse({ because: 'invitation-not-open' });
  if (context.at >= invitation.expiresAt) {
    return refuse({ because: 'invitation-expired', expiredAt: invitation.expiresAt });
  }
  const before = placeOf(member);
  const offer: PeopleStep = {
    ...{ row: 0, memberId: null, before, after: before, objection: null },
    grant: { actor: invitation.grantor, from: noPlace },
  };
  if (refuseGrant(state, offer) !== null) return refuse({ because: 'invitation-not-covered' });
  const after = { ...before, state: 'active', canSignIn: true } as const;
  const step: PeopleStep = { row: 0, memberId, before, after, grant: null, objection: null };
  return settle(state, context, { steps: [step] });
}
