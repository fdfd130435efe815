import * as z from 'zod/mini';
import { invitationId, memberId, organizationId, propertyId } from '../identifiers.js';
import { editHeaders, idempotencyHeaders } from '../inputs/headers.js';
import { removalInput } from '../inputs/removal.js';
import {
  assignmentInput,
  leaveInput,
  memberEditInput,
  propertyInvitationsInput,
  replacementInput,
  reviewQuery,
  suggestionInput,
  teamImportInput,
  teamInvitationsInput,
} from '../inputs/team.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const inProperty = z.strictObject({ propertyId });
const ofMember = z.strictObject({ memberId });
const ofMemberThere = z.strictObject({ propertyId, memberId });
const ofInvitation = z.strictObject({ invitationId });

/** What core's decision about somebody can come to, wherever no role alone decides. */
const decided = ['forbidden', 'not-found', 'role-level-not-manageable'] as const;
const invited = [
  'batch-refused',
  'nobody-invited',
  'email-repeated',
  'scheme-not-in-use',
  'plan-required',
  'role-level-not-manageable',
] as const;

/**
 * Lists everybody who is a member or invited, as far as the caller may see: Organization Owners all, others who stands
 * on their properties, with the roles there (G10, G21).
 */
export const listOrganizationMembers = route(operations.listOrganizationMembers, {
  summary: 'List the team of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'member.list',
});

/** Lists who stands on a property: those assigned to it, and Organization Owners, who stand on every one. */
export const listMembers = route(operations.listMembers, {
  summary: 'List the team of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'member.list',
});

/** Reads a member, oneself or one the caller may see. */
export const getMember = route(operations.getMember, {
  summary: 'Read a member',
  params: ofMember,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/**
 * Changes a member's roles and properties, the Organization Owner flag, or the name; also while the invitation is open
 * (G20). The caller needs the right over the old and the new role and every property touched (G22). Losing a property
 * revokes the Keys held there (G23).
 */
export const updateMember = route(operations.updateMember, {
  summary: "Change a member's roles, properties or name",
  params: ofMember,
  headers: editHeaders,
  body: memberEditInput,
  statuses: [200],
  problems: [
    ...decided,
    'email-immutable',
    'organization-required',
    'scheme-not-in-use',
    'property-missing',
    'property-not-found',
    'assignment-repeated',
    'owner-with-assignments',
    'last-of-role',
    'state-not-fitting',
  ],
  auth: 'session-or-api-key',
  action: null,
});

/** Gives a member another role on one property, or a first one there. */
export const setAssignment = route(operations.setAssignment, {
  summary: "Set a member's role on a property",
  params: ofMemberThere,
  headers: editHeaders,
  body: assignmentInput,
  statuses: [200],
  problems: [
    'role-level-not-manageable',
    'email-immutable',
    'owner-with-assignments',
    'scheme-not-in-use',
    'last-of-role',
    'state-not-fitting',
  ],
  auth: 'session-or-api-key',
  action: 'member.edit_role',
});

/**
 * Removes a member from the organization, at once: sessions, tokens, API keys, invitations and links are void, Keys are
 * revoked, waiting unlocks taken back (G36–G42). Who does not manage all of the member's properties removes the member
 * from his own. Repeating it changes nothing and answers the same (G40).
 */
export const removeMember = route(operations.removeMember, {
  summary: 'Remove a member',
  params: ofMember,
  headers: idempotencyHeaders,
  body: removalInput,
  statuses: [200],
  problems: [...decided, 'confirmation-required', 'last-of-role', 'scheme-not-in-use'],
  auth: 'session-or-api-key',
  action: null,
});

/** Takes a member's role on one property away, with the Keys held there; repeating it changes nothing. */
export const removeMemberFromProperty = route(operations.removeMemberFromProperty, {
  summary: 'Remove a member from a property',
  params: ofMemberThere,
  headers: idempotencyHeaders,
  body: removalInput,
  statuses: [200],
  problems: [
    'role-level-not-manageable',
    'confirmation-required',
    'owner-with-assignments',
    'last-of-role',
    'scheme-not-in-use',
  ],
  auth: 'session-or-api-key',
  action: 'member.remove',
});

/** Leaves the organization, or one property, by oneself; open to every role but the last Owner or Admin (★3). */
export const leave = route(operations.leave, {
  summary: 'Leave the organization or a property',
  headers: idempotencyHeaders,
  body: leaveInput,
  statuses: [200],
  problems: ['property-not-found', 'owner-with-assignments', 'last-of-role'],
  auth: 'session',
  action: null,
});

/**
 * Invites people to the organization by e-mail address: with roles on its properties, or as Organization Owners (G2,
 * G11, G14–G17). All are invited or none, and no mail leaves for a batch that is refused. Answers 200 to a dry run,
 * which did nothing.
 */
export const inviteTeam = route(operations.inviteTeam, {
  summary: 'Invite people to the team',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: teamInvitationsInput,
  statuses: [201, 200],
  problems: [...invited, 'forbidden', 'not-found', 'organization-required'],
  auth: 'session-or-api-key',
  action: null,
});

/** Invites people each with an offer of their own, as from a list; all or none. */
export const importTeam = route(operations.importTeam, {
  summary: 'Invite people to the team from a list',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: teamImportInput,
  statuses: [201, 200],
  problems: [...invited, 'forbidden', 'not-found', 'organization-required'],
  auth: 'session-or-api-key',
  action: null,
});

/** Invites people to one property with one role (G4). */
export const inviteToProperty = route(operations.inviteToProperty, {
  summary: 'Invite people to a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: propertyInvitationsInput,
  statuses: [201, 200],
  problems: invited,
  auth: 'session-or-api-key',
  action: 'member.invite',
});

/** Lists the open invitations to the team that the caller may see, with the members they make. */
export const listInvitations = route(operations.listInvitations, {
  summary: 'List the open invitations of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'member.list',
});

/** Reads an invitation, ended ones too. */
export const getInvitation = route(operations.getInvitation, {
  summary: 'Read an invitation',
  params: ofInvitation,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/** Removes an invitation, expired ones too: the link is dead and the address free again (G52). Repeating it changes nothing. */
export const removeInvitation = route(operations.removeInvitation, {
  summary: 'Remove an invitation',
  params: ofInvitation,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [...decided, 'invitation-not-open', 'last-of-role'],
  auth: 'session-or-api-key',
  action: null,
});

/** Removes an invitation and invites again in one step, to the right address if the first was wrong (G52, G53). */
export const replaceInvitation = route(operations.replaceInvitation, {
  summary: 'Replace an invitation by a new one',
  params: ofInvitation,
  headers: idempotencyHeaders,
  body: replacementInput,
  statuses: [201],
  problems: [
    ...decided,
    'invitation-not-open',
    'email-invalid',
    'email-in-use',
    'plan-required',
    'license-shortfall',
    'last-of-role',
  ],
  auth: 'session-or-api-key',
  action: null,
});

/**
 * Reviews who has access to the organization, whether it is used and whether less would do (G48–G50): of everybody for
 * Organization Owners, for others of who stands on the properties that they may review.
 */
export const listAccessReview = route(operations.listAccessReview, {
  summary: 'Review who has access to an organization',
  params: inOrganization,
  query: reviewQuery,
  statuses: [200],
  problems: ['forbidden', 'not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/** Reviews who has access to a property, whether it is used and whether less would do (G48–G50). */
export const listPropertyAccessReview = route(operations.listPropertyAccessReview, {
  summary: 'Review who has access to a property',
  params: inProperty,
  query: reviewQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'access_review.view',
});

/**
 * Says which is the smallest role that permits all of some actions of the matrices (G48). `not-found`: the session is of a
 * booking channel, and its person has no place in the workplace any more (S39).
 */
export const suggestRole = route(operations.suggestRole, {
  summary: 'Suggest the smallest role for what somebody is to do',
  body: suggestionInput,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});
