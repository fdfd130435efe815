import { addressOf, inviteOffers } from './inviting.js';
import { type MemberPlace, noPlace } from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { PeopleDecision } from './people-decision.js';
import { isManagedByAdmins, refuseOthersThanOperator } from './people-rights.js';
import type { PeopleState } from './people-state.js';
import { refuse } from './people-wish.js';

/**
 * Decides on the first person of a new organization: invited to what can invite everybody else. In an organization of both
 * schemes that is Organization Owner, or Owner of the single property, and Admin: said here, implied nowhere (requirement
 * 4.1).
 */
export function foundOrganization(
  state: PeopleState,
  context: PeopleContext,
  { owner, propertyId }: Extract<PeopleCommand, { readonly type: 'found-organization' }>,
): PeopleDecision {
  const refusal = refuseOthersThanOperator(context.actor);
  if (refusal !== null) return refuse(refusal);
  const { kind, schemes, licenses } = state.organization;
  const onlyWorkplace = isManagedByAdmins(state.organization);
  const isOfProperty = kind === 'single_property';
  if (isOfProperty && onlyWorkplace) return refuse({ because: 'scheme-not-in-use', scheme: 'hospitality' });
  if (isOfProperty && propertyId === null) return refuse({ because: 'property-missing' });
  const place: MemberPlace = {
    ...noPlace,
    state: 'inactive',
    organizationOwner: !isOfProperty && !onlyWorkplace,
    assignments: isOfProperty && propertyId !== null ? [{ propertyId, role: 'owner' }] : [],
    workplace: schemes.includes('workplace') ? { role: 'admin', licensed: onlyWorkplace && licenses > 0 } : null,
  };
  const offer = { ...addressOf(owner, 0), place, refusal: null };
  return inviteOffers(state, context, [offer], onlyWorkplace ? 'onboarding' : 'account_setup');
}
