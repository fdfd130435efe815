import type { MemberPrincipal } from '../access/principal.js';
import type { PeopleRequest } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** A command about people by whoever calls, in the caller's own organization as it now is. */
export function requestBy(projection: Projection, { member, actor }: MemberPrincipal): PeopleRequest {
  const organization = organizationNow(projection, member.organizationId);
  return { organization, by: { kind: 'member', memberId: member.id }, actor };
}

/** An organization as it now is; inside a command, so that no edit is lost. */
export function organizationNow(projection: Projection, id: Row<'organization'>['id']): Row<'organization'> {
  const organization = projection.organizations.get(id);
  if (organization === undefined) throw new Error(`Organization ${id} is named and does not exist.`);
  return organization;
}
