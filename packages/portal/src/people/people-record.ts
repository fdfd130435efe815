import type { Actor } from '@latchwork/contract';
import type { MemberId, PropertyAssignment } from '@latchwork/core';
import type { AuditDraft, Draft, EventDraft } from '../ledger.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import type { MemberStep } from './member-draft.js';
import type { MemberView } from './member-view.js';

/** Where and by whom something about people was done. */
export interface RecordPlace {
  readonly organization: Row<'organization'>;
  readonly actor: Actor;
}

type PlaceEnd = Extract<EventDraft, { readonly type: 'member.removed' }>['because'];
type MembershipField = Extract<EventDraft, { readonly type: 'membership.updated' }>['changed'][number];

/** Tells of a new member: the audit once, the organization's feed once, each property's feed once. Ids only. */
export function recordInvited(draft: Draft, { organization, actor }: RecordPlace, view: MemberView): void {
  const { row, assignments, invitation } = view;
  if (invitation === null) throw new Error(`Member ${row.id} was invited without an invitation.`);
  const { id: memberId, organizationOwner, workplaceRole, signInMethod } = row;
  const invitationId = invitation.row.id;
  const told = { occurredAt: timestampOf(draft.now), actor, memberId, invitationId };
  const organizationId = organization.id;
  draft.event({ type: 'membership.invited', organizationId, ...told, organizationOwner, workplaceRole });
  for (const { propertyId, role } of assignments) draft.event({ type: 'member.invited', propertyId, ...told, role });
  draft.audit(organizationId, {
    action: 'member.invited',
    actor,
    subject: { memberId, invitationId, organizationOwner, roles: rolesOf(assignments), workplaceRole, signInMethod },
  });
}

/** Tells of a member who changed: what of the membership, and on each property what of the role there. */
export function recordMemberChange(draft: Draft, { organization, actor }: RecordPlace, step: MemberStep): void {
  const { before, after, invitationEnd } = step;
  const memberId = before.row.id;
  const told = { occurredAt: timestampOf(draft.now), actor, memberId };
  const ofMembership = { organizationId: organization.id, ...told };
  const because = endOf(step);
  const change = stateChangeOf(step);
  const changed = changedFields(before.row, after.row);
  if (invitationEnd !== null && invitationEnd !== 'accepted' && before.invitation !== null) {
    draft.event({ type: 'invitation.removed', ...ofMembership, invitationId: before.invitation.row.id });
  }
  if (change === 'removed') draft.event({ type: 'membership.removed', ...ofMembership, because });
  else if (change !== undefined) draft.event({ type: `membership.${change}`, ...ofMembership });
  if (change !== 'removed' && changed.length > 0) {
    draft.event({ type: 'membership.updated', ...ofMembership, changed });
  }
  for (const { propertyId, role: formerRole } of before.assignments) {
    if (after.assignments.some((kept) => kept.propertyId === propertyId)) continue;
    draft.event({ type: 'member.removed', propertyId, ...told, formerRole, because });
  }
  for (const { propertyId, role } of after.assignments) {
    const formerRole = before.assignments.find((former) => former.propertyId === propertyId)?.role ?? null;
    if (formerRole !== role) draft.event({ type: 'member.updated', propertyId, ...told, role, formerRole });
    if (change !== undefined && change !== 'removed') {
      draft.event({ type: `member.${change}`, propertyId, ...told });
    }
  }
  draft.audit(organization.id, auditOf({ actor, memberId, step, changed, change, because }));
}

type StateChange = 'activated' | 'deactivated' | 'reactivated' | 'removed';

function stateChangeOf({ before, after }: MemberStep): StateChange | undefined {
  if (before.row.state === after.row.state) return undefined;
  if (after.row.state === 'removed' || after.row.state === 'deactivated') {
    return after.row.state;
  }
  return before.row.state === 'deactivated' ? 'reactivated' : 'activated';
}

function endOf({ because, invitationEnd }: MemberStep): PlaceEnd {
  if (invitationEnd === 'removed' || invitationEnd === 'replaced') return `invitation_${invitationEnd}`;
  switch (because) {
    case 'removed':
    case 'left':
    case 'deactivated':
      return because;
    default:
      return 'role_taken';
  }
}

function changedFields(before: Row<'member'>, after: Row<'member'>): MembershipField[] {
  const differs = {
    name: before.name !== after.name,
    email: before.email !== after.email,
    organization_owner: before.organizationOwner !== after.organizationOwner,
    workplace_role: before.workplaceRole !== after.workplaceRole,
    license: before.licensed !== after.licensed,
    desk: before.deskId !== after.deskId,
    sign_in_method: before.signInMethod !== after.signInMethod,
  } satisfies Record<MembershipField, boolean>;
  return (Object.keys(differs) as MembershipField[]).filter((field) => differs[field]);
}

function auditOf(o: {
  readonly actor: Actor;
  readonly memberId: MemberId;
  readonly step: MemberStep;
  readonly changed: readonly MembershipField[];
  readonly change: StateChange | undefined;
  readonly because: PlaceEnd;
}): AuditDraft {
  const { actor, memberId, step, changed, change, because } = o;
  const { before, after } = step;
  const { organizationOwner, workplaceRole, licensed, signInMethod } = after.row;
  const roles = { formerRoles: rolesOf(before.assignments), roles: rolesOf(after.assignments) };
  if (change === 'removed' || change === 'deactivated') {
    return { action: `member.${change}`, actor, subject: { memberId, because, ...roles } };
  }
  const subject = { memberId, changed, ...roles, organizationOwner, workplaceRole, licensed, signInMethod };
  return { action: `member.${change ?? 'updated'}`, actor, subject };
}

/** Roles as the audit keeps them: `prop_…:team`. */
function rolesOf(assignments: readonly PropertyAssignment[]): readonly string[] {
  return assignments.map(({ propertyId, role }) => `${propertyId}:${role}`);
}

/** Writes an organization that has changed, and tells of it. */
export function recordOrganization(
  draft: Draft,
  change: { readonly before: Row<'organization'>; readonly after: Row<'organization'>; readonly actor: Actor },
): void {
  const { before, after, actor } = change;
  const organizationId = after.id;
  const fields = ['name', 'kind', 'schemes', 'plan', 'licenses', 'subscriptionEndsAt', 'peerManagement'] as const;
  const changed = fields.filter((field) => before[field] !== after[field]);
  const { kind, schemes, plan, licenses, subscriptionEndsAt, peerManagement } = after;
  draft.update('organization', after);
  draft.event({ type: 'organization.updated', occurredAt: timestampOf(draft.now), organizationId, actor });
  draft.audit(organizationId, {
    action: 'organization.updated',
    actor,
    subject: { changed, kind, schemes, plan, licenses, subscriptionEndsAt, peerManagement },
  });
}
