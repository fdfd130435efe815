import type { Action } from '../permission-decision.js';
import { acceptInvitation } from './accepting.js';
import { leave, removeInvitation, removeMember, replaceInvitation } from './ending.js';
import { foundOrganization } from './founding.js';
import { inviteTeam, inviteUsers } from './inviting.js';
import { changeOrganization, changeSubscription, removeProperty, setUpOrganization } from './organization-changing.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { PeopleDecision, PeopleRefusal } from './people-decision.js';
import { refuseActor, whoCouldIn } from './people-rights.js';
import type { PeopleState } from './people-state.js';
import { refuse } from './people-wish.js';
import { syncUsers } from './syncing.js';
import { editAssignment, editMember, rename } from './team-editing.js';
import { deactivate, editUser, reactivate } from './user-editing.js';

type CommandType = PeopleCommand['type'];

/** What a command is about, for those who may do nothing at all; `null` where no actor is asked. */
const actions: Readonly<Record<CommandType, Action | null>> = {
  'invite-team': 'member.invite',
  'invite-users': 'user.invite',
  'edit-member': 'member.edit_role',
  rename: 'member.edit_role',
  'edit-assignment': 'member.edit_role',
  'edit-user': 'user.manage',
  'remove-invitation': 'invitation.remove',
  'replace-invitation': 'invitation.remove',
  'accept-invitation': null,
  'remove-member': 'member.remove',
  leave: 'self.remove',
  deactivate: 'user.manage',
  reactivate: 'user.manage',
  'change-subscription': 'plan.manage',
  'change-organization': 'organization.manage',
  'found-organization': null,
  'set-up-organization': 'organization.manage',
  'remove-property': 'organization.manage',
  'sync-users': 'directory.sync',
};

const decisions: {
  readonly [Type in CommandType]: (
    state: PeopleState,
    context: PeopleContext,
    command: Extract<PeopleCommand, { readonly type: Type }>,
  ) => PeopleDecision;
} = {
  'invite-team': inviteTeam,
  'invite-users': inviteUsers,
  'edit-member': editMember,
  rename,
  'edit-assignment': editAssignment,
  'edit-user': editUser,
  'remove-invitation': removeInvitation,
  'replace-invitation': replaceInvitation,
  'accept-invitation': acceptInvitation,
  'remove-member': removeMember,
  leave,
  deactivate,
  reactivate,
  'change-subscription': changeSubscription,
  'change-organization': changeOrganization,
  'found-organization': foundOrganization,
  'set-up-organization': setUpOrganization,
  'remove-property': removeProperty,
  'sync-users': syncUsers,
};

/**
 * Decides every command about the people of an organization: whether it may be, and all that is to be done if so, in one
 * transaction. Reads the state only; the caller makes ids, tokens and mails, and applies the changes in their order.
 */
export function decidePeople(state: PeopleState, command: PeopleCommand, context: PeopleContext): PeopleDecision {
  const action = actions[command.type];
  const refusal = action === null ? null : refuseActor(state, context.actor, action);
  if (refusal !== null) return told(state, refuse(refusal));
  // Each entry takes exactly its own type's command; the index loses that link.
  const decide = decisions[command.type] as (
    state: PeopleState,
    context: PeopleContext,
    command: PeopleCommand,
  ) => PeopleDecision;
  return told(state, decide(state, context, command));
}

/** The decision as it is told in this organization: nobody is named who cannot exist there. */
function told({ organization: { kind } }: PeopleState, decision: PeopleDecision): PeopleDecision {
  if (decision.allow) return decision;
  const named = (refusal: PeopleRefusal): PeopleRefusal => {
    if (!('whoCould' in refusal)) return refusal;
    if (refusal.because === 'role-level-not-manageable') {
      return { ...refusal, whoCould: whoCouldIn(kind, null, refusal.whoCould) };
    }
    return { ...refusal, whoCould: whoCouldIn(kind, refusal.action, refusal.whoCould) };
  };
  const rows = decision.rows.map(({ row, refusal }) => ({ row, refusal: named(refusal) }));
  return { ...decision, refusal: named(decision.refusal), rows };
}
