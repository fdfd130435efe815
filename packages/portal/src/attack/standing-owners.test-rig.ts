import type { TestPortal } from '../harness/test-portal.test-rig.js';

/** Everybody who is, or is offered to be, an Owner or Organization Owner: `member organization_owner` or `member property`. */
export function ownersOf({ portal }: TestPortal): ReadonlySet<string> {
  const { members, assignments } = portal.projection;
  return new Set(
    members.all().flatMap(({ id, state, organizationOwner }) => {
      if (state === 'removed') return [];
      const places = assignments.group(id).flatMap(({ propertyId, role }) => (role === 'owner' ? [propertyId] : []));
      return [...(organizationOwner ? [`${id} organization_owner`] : []), ...places.map((place) => `${id} ${place}`)];
    }),
  );
}
