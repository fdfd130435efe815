import type { Action, MemberId, PropertyAssignment, PropertyId } from '@latchwork/core';
import type { PeopleCommand } from '@latchwork/core/people';
import type { UsedAction } from './member-use.js';

/** By which permissions an allowed command was given, so that an access review knows what of a role is used (G48). */
export function actionsOf(
  command: PeopleCommand,
  assignmentsOf: (memberId: MemberId) => readonly PropertyAssignment[],
): readonly UsedAction[] {
  switch (command.type) {
    case 'invite-team':
      return command.rows.flatMap(({ organizationOwner, assignments = [] }) =>
        organizationOwner === true ? [ownerSet] : on(assignments, 'member.invite'),
      );
    case 'edit-member':
      return command.organizationOwner === undefined
        ? on([...assignmentsOf(command.memberId), ...(command.assignments ?? [])], 'member.edit_role')
        : [ownerSet];
    case 'remove-member':
      return command.propertyId === null
        ? on(assignmentsOf(command.memberId), 'member.remove')
        : [{ action: 'member.remove', propertyId: command.propertyId }];
    case 'remove-invitation':
    case 'replace-invitation':
      return on(assignmentsOf(command.memberId), 'invitation.remove');
    case 'change-organization':
      return [{ action: 'organization.manage', propertyId: null }];
    // The routes of all others name their action themselves, or no role decides about them.
    default:
      return [];
  }
}

const ownerSet: UsedAction = { action: 'organization_owner.set', propertyId: null };

function on(assignments: readonly { readonly propertyId: PropertyId }[], action: Action): readonly UsedAction[] {
  return assignments.map(({ propertyId }) => ({ action, propertyId }));
}
