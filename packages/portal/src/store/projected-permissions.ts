import {
  applyMembership,
  applyProperty,
  createPermissionModel,
  type MemberId,
  type PermissionModel,
  type PropertyId,
  removeProperty,
} from '@latchwork/core';
import type { RowIndex } from './row-index.js';
import type { Write } from './store.js';

/** Core's model of who holds which role where, over the rows that a projection holds. */
export interface ProjectedPermissions {
  model(): PermissionModel;
  /** Takes over a write that the indexes hold already. */
  apply(write: Write): void;
  clear(): void;
}

/** Creates it, of nobody. */
export function createProjectedPermissions(indexes: {
  readonly property: RowIndex<'property', PropertyId>;
  readonly member: RowIndex<'member', MemberId>;
  readonly assignment: RowIndex<'assignment', string>;
}): ProjectedPermissions {
  const empty = () => createPermissionModel({ properties: [], memberships: [] });
  let model = empty();
  const refreshMembership = (memberId: MemberId): void => {
    const row = indexes.member.get(memberId);
    if (row === undefined) return;
    const { organizationId, state, organizationOwner, workplaceRole, licensed } = row;
    const assignments = indexes.assignment.group(memberId);
    const workplace = workplaceRole === null ? {} : { workplace: { role: workplaceRole, licensed } };
    applyMembership(model, { memberId, organizationId, state, organizationOwner, assignments, ...workplace });
  };
  return {
    model: () => {
      // Whoever decides by it has read all that it is made of.
      for (const index of [indexes.property, indexes.member, indexes.assignment]) index.all();
      return model;
    },
    apply: (write) => {
      if (write.table === 'property') {
        const { id: propertyId, organizationId, removedAt } = write.row;
        if (removedAt === null) applyProperty(model, { propertyId, organizationId });
        else removeProperty(model, propertyId);
      } else if (write.table === 'member') refreshMembership(write.row.id);
      else if (write.table === 'assignment') refreshMembership(write.row.memberId);
    },
    clear: () => {
      model = empty();
    },
  };
}
