import type { Invitation, Member, TeamInvitation, PeopleWarning as WireWarning } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { PeopleWarning } from '@latchwork/core/people';
import type { MemberView } from '../people/member-view.js';
import type { Projection } from '../store/projection.js';
import type { MailState } from '../store/schema/delivery.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import type { Sight } from './member-sight.js';

/** A member as the API shows it to one reader: only what the reader may know of (G10). */
export function memberSeenBy(
  { row, assignments, invitation }: MemberView,
  { knowsProperty, knowsWorkplace }: Pick<Sight, 'knowsProperty' | 'knowsWorkplace'>,
  now: Instant,
): Member {
  const { id, organizationId, name, email, state, organizationOwner, workplaceRole, licensed, deskId } = row;
  return {
    id,
    organizationId,
    name,
    email,
    state,
    organizationOwner,
    assignments: assignments
      .filter(({ propertyId }) => knowsProperty(propertyId))
      .map(({ propertyId, role }) => ({ propertyId, role })),
    workplace: workplaceRole === null || !knowsWorkplace ? null : { role: workplaceRole, licensed, deskId },
    signInMethod: row.signInMethod,
    invitation: openInvitationOf(invitation, now),
    version: row.version,
    createdAt: timestampOf(row.createdAt),
    activatedAt: timestampOrNull(row.activatedAt),
    lastSeenAt: timestampOrNull(row.lastSeenAt),
  };
}

/** The open invitation of a member as the API shows it. */
export function openInvitationOf(invitation: MemberView['invitation'], now: Instant): Invitation | null {
  return invitation === null ? null : invitationOf(invitation.row, invitation.mail, now);
}

/** A warning about invitations as the API shows it. */
export function warningOf(warning: PeopleWarning): WireWarning {
  return warning.code === 'subscription-lapsed' ? { ...warning, endedAt: timestampOf(warning.endedAt) } : warning;
}

/** An invitation as the API shows it; that its link has expired ends nothing by itself (G52). */
export function invitationOf(row: Row<'invitation'>, mail: MailState, now: Instant): Invitation {
  const { id, organizationId, memberId, createdAt, expiresAt, endedAs } = row;
  return {
    id,
    organizationId,
    memberId,
    state: endedAs ?? (now >= expiresAt ? 'link_expired' : 'open'),
    createdAt: timestampOf(createdAt),
    expiresAt: timestampOf(expiresAt),
    mail,
  };
}

/** An invitation with its member, as it is now. */
export function teamInvitationOf(
  projection: Projection,
  row: Row<'invitation'>,
  o: { readonly view: MemberView; readonly sight: Sight; readonly now: Instant },
): TeamInvitation {
  const mail = projection.mails.group(row.id).at(-1)?.state ?? 'queued';
  return { invitation: invitationOf(row, mail, o.now), member: memberSeenBy(o.view, o.sight, o.now) };
}
