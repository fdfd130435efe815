import { holdsLicense } from './member-place.js';
import type { PeopleState } from './people-state.js';

/** How the licenses bought are spoken for. `available` is negative when fewer are bought than are in use. */
export interface LicenseUsage {
  readonly bought: number;
  /** Held by active members. */
  readonly assigned: number;
  /** Held by open invitations (S31, P-22). */
  readonly reserved: number;
  readonly available: number;
}

/** Counts the licenses of an organization. Hospitality roles need none (requirement 4.4). */
export function licenseUsage(state: PeopleState): LicenseUsage {
  const bought = state.organization.licenses;
  const { assigned, reserved } = state.licensesHeld?.() ?? countHeld(state);
  return { bought, assigned, reserved, available: bought - assigned - reserved };
}

function countHeld(state: Pick<PeopleState, 'members'>): Pick<LicenseUsage, 'assigned' | 'reserved'> {
  let assigned = 0;
  let reserved = 0;
  for (const member of state.members()) {
    if (!holdsLicense(member)) continue;
    if (member.state === 'active') assigned += 1;
    else reserved += 1;
  }
  return { assigned, reserved };
}
