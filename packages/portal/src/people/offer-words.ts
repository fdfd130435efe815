import { roleNames } from '@latchwork/core/explain';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** What a member is, or would be once the invitation is accepted, one line per role: "Team at Hotel Aurora". */
export function offerWords(projection: Projection, member: Row<'member'>): readonly string[] {
  const { id, organizationOwner, workplaceRole } = member;
  const places = projection.assignments.group(id).flatMap(({ propertyId, role }) => {
    const property = projection.properties.get(propertyId);
    return property === undefined ? [] : [`${roleNames[role]} at ${property.name}`];
  });
  return [
    ...(organizationOwner ? [roleNames.organization_owner] : []),
    ...places,
    ...(workplaceRole === null ? [] : [`${roleNames[workplaceRole]} in the workplace`]),
  ];
}
