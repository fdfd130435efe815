import type { PropertyAssignment } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { MailState } from '../store/schema/delivery.js';
import type { Row } from '../store/store.js';
import { openInvitationOf } from './people-view.js';

/** A member with all that stands in other rows, as it is, or as a command leaves it before its commit. */
export interface MemberView {
  readonly row: Row<'member'>;
  readonly assignments: readonly PropertyAssignment[];
  /** The open invitation, and what became of its mail. */
  readonly invitation: { readonly row: Row<'invitation'>; readonly mail: MailState } | null;
}

/** A member as it is. */
export function memberViewOf(projection: Projection, row: Row<'member'>): MemberView {
  const invitation = openInvitationOf(projection, row.id);
  return {
    row,
    assignments: projection.assignments.group(row.id),
    invitation:
      invitation === undefined
        ? null
        : {
            row: invitation,
            get mail() {
              return projection.mails.group(invitation.id).at(-1)?.state ?? 'queued';
            },
          },
  };
}
