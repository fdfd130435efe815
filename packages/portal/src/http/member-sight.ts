import { decidePermission, type PropertyId } from '@latchwork/core';
import { sawMember, seesMember } from '@latchwork/core/people';
import type { MemberPrincipal } from '../access/principal.js';
import { memberFactsOf, peopleStateOf } from '../people/people-view.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { seesProperty } from './visibility.js';

/** What one caller may know about the people of his organization. */
export interface Sight {
  /** G21: core's one rule. */
  seesMember(row: Row<'member'>): boolean;
  /** G40: core's one rule. */
  sawMember(row: Row<'member'>, propertyId?: PropertyId | null): boolean;
  knowsProperty(propertyId: PropertyId): boolean;
  readonly knowsWorkplace: boolean;
}

/** What a caller may know. Its answers follow the projection as it changes. */
export function sightOf(projection: Projection, caller: MemberPrincipal, organization: Row<'organization'>): Sight {
  const { id: memberId } = caller.member;
  const state = peopleStateOf(projection, organization);
  const actor = { kind: 'member', memberId } as const;
  const knowsProperty = (propertyId: PropertyId) => seesProperty(projection, caller, propertyId);
  // A token of an app knows one property, and so nobody who does not stand there.
  const { appGrant } = caller;
  const isWithin = ({ id, organizationOwner }: Row<'member'>) =>
    appGrant === undefined ||
    organizationOwner ||
    projection.assignments.get(`${id}/${appGrant.propertyId}`) !== undefined;
  return {
    seesMember: (row) => isWithin(row) && seesMember(state, actor, memberFactsOf(projection, row)),
    sawMember: (row, propertyId = null) =>
      sawMember(state, actor, {
        member: memberFactsOf(projection, row),
        former: row.formerPropertyIds,
        propertyId,
      }),
    knowsProperty,
    knowsWorkplace: decidePermission(projection.permissions, { memberId, action: 'user.list' }).allow,
  };
}

/** What everybody may know of themselves. */
export const ownSight: Pick<Sight, 'knowsProperty' | 'knowsWorkplace'> = {
  knowsProperty: () => true,
  knowsWorkplace: true,
};
