import { createProblem } from '@latchwork/contract';
import { decideGrant, type Grantor, type Instant, type MemberId, type OrganizationId } from '@latchwork/core';
import { explain } from '@latchwork/core/explain';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import type { PropertySigners } from '../access/property-signers.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { memberName, type Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { standingOf } from '../unlock/unlock-state.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { pageOf } from './paging.js';
import { seesProperty } from './visibility.js';
import { memberOf, organizationOf, propertyOf } from './wire.js';

type TenancyOperation =
  | 'createOrganization'
  | 'listOrganizations'
  | 'getOrganization'
  | 'createProperty'
  | 'listProperties'
  | 'getProperty'
  | 'createMember'
  | 'listMembers';

// The set-up link's life (G52).
const setupLifetimeMs = 7 * 24 * 60 * 60 * 1000;

/** Creates the handlers of organizations, properties and members. */
export function createTenancyHandlers(parts: {
  readonly projection: Projection;
  readonly signers: PropertySigners;
  readonly identifiers: Identifiers;
  readonly outbox: MailOutbox;
}): Pick<Handlers, TenancyOperation> {
  const { projection, signers, identifiers, outbox } = parts;

  const invite = (draft: Draft, member: Row<'member'>, grantor: Grantor): string => {
    const setupToken = makeToken('account-setup');
    draft.insert('member', member);
    const invitationId = identifiers.next('invitation', draft.now);
    const expiresAt = (draft.now + setupLifetimeMs) as Instant;
    draft.insert('invitation', {
      id: invitationId,
      organizationId: member.organizationId,
      memberId: member.id,
      grantor,
      expiresAt,
      createdAt: draft.now,
      endedAt: null,
      endedAs: null,
    });
    draft.insert('setupLink', {
      tokenHash: tokenHash(setupToken),
      memberId: member.id,
      purpose: 'accept_invitation',
      invitationId,
      expiresAt,
      endedAt: null,
      endedAs: null,
    });
    outbox.queue(draft, { kind: 'account_setup', member, invitationId, token: setupToken });
    return setupToken;
  };

  return {
    createOrganization: async ({ request: { body }, write }) =>
      await write((draft) => {
        const id = identifiers.next('organization', draft.now);
        const organization: Row<'organization'> = {
          id,
          kind: 'organization',
          name: body.name,
          schemes: ['hospitality'],
          plan: 'basic',
          licenses: 0,
          subscriptionEndsAt: null,
          peerManagement: true,
          ...signers.makeRoot(id),
          version: 1,
          createdAt: draft.now,
        };
        const owner = newMember(identifiers.next('member', draft.now), id, {
          ...body.owner,
          organizationOwner: true,
          now: draft.now,
        });
        draft.insert('organization', organization);
        const setupToken = invite(draft, owner, { kind: 'operator' });
        draft.audit(id, {
          action: 'organization.created',
          actor: { kind: 'operator' },
          subject: { ownerId: owner.id },
        });
        return {
          status: 201,
          body: {
            organization: organizationOf(organization),
            owner: memberOf(projection, owner, () => true),
            setupToken,
          },
        };
      }),

    listOrganizations: async ({ request: { query } }) => ({
      status: 200,
      body: pageOf(projection.organizations.all(), { query, idOf: (row) => row.id, toWire: organizationOf }),
    }),

    getOrganization: async ({ place: { organization } }) =>
      organization === undefined ? notFound : { status: 200, body: organizationOf(organization) },

    createProperty: async ({ request: { body }, place: { organization }, caller, write }) =>
      await write((draft) => {
        if (organization === undefined) return notFound;
        const id = identifiers.next('property', draft.now);
        const { tag, epoch, signers: made } = signers.makeProperty({ propertyId: id, organization, now: draft.now });
        const property: Row<'property'> = {
          id,
          organizationId: organization.id,
          name: body.name,
          timeZone: body.timeZone,
          tag,
          epoch,
          settings: { remoteUnlock: true, doorRange: null, longestStayMs: 2_678_400_000, auditHiddenFromTeam: false },
          integratedApps: [],
          version: 1,
          createdAt: draft.now,
          removedAt: null,
        };
        draft.insert('property', property);
        for (const signer of made) draft.insert('propertySigner', signer);
        draft.audit(organization.id, {
          action: 'property.created',
          actor: caller.actor,
          propertyId: id,
          subject: { signers: made.map((signer) => signer.publicKey) },
        });
        return { status: 201, body: propertyOf(property, organization) };
      }),

    listProperties: async ({ request: { query }, place: { organization }, caller }) => {
      if (organization === undefined) return notFound;
      const body = pageOf(projection.properties.group(organization.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => seesProperty(projection, caller, row.id),
        toWire: (row) => propertyOf(row, organization),
      });
      return { status: 200, body };
    },

    getProperty: async ({ place: { property, organization } }) =>
      property === undefined || organization === undefined
        ? notFound
        : { status: 200, body: propertyOf(property, organization) },

    createMember: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const actor = standingOf(projection, caller.member.id, property.id);
        if (actor === null) return notFound;
        const grant = decideGrant({ actor, oldRole: null, newRole: body.role });
        if (!grant.allow) {
          return { problem: createProblem('forbidden', { because: grant.because, explanation: explain(grant) }) };
        }
        const emailKey = emailKeyOf(body.email);
        if (
          projection.members.byUnique(memberName({ organizationId: property.organizationId, emailKey })) !== undefined
        )
          return emailInUse('email');
        const memberId: MemberId = identifiers.next('member', draft.now);
        const member = newMember(memberId, property.organizationId, {
          ...body,
          organizationOwner: false,
          now: draft.now,
        });
        const setupToken = invite(draft, member, { kind: 'member', memberId: caller.member.id });
        const { role } = body;
        draft.insert('assignment', { memberId, propertyId: property.id, role, createdAt: draft.now });
        draft.event({
          type: 'member.invited',
          occurredAt: timestampOf(draft.now),
          propertyId: property.id,
          actor: caller.actor,
          memberId,
          role,
        });
        draft.audit(property.organizationId, {
          action: 'member.invited',
          actor: caller.actor,
          propertyId: property.id,
          subject: { memberId, role },
        });
        const shown = memberOf(projection, member, () => true);
        return {
          status: 201,
          body: { member: { ...shown, assignments: [{ propertyId: property.id, role }] }, setupToken },
        };
      }),

    listMembers: async ({ request: { query }, place: { property }, caller }) => {
      if (property === undefined) return notFound;
      const body = pageOf(projection.assignments.group(property.id), {
        query,
        idOf: (row) => row.memberId,
        isVisible: (row) => projection.members.get(row.memberId)?.state !== 'removed',
        toWire: (row) => {
          const member = projection.members.get(row.memberId);
          if (member === undefined) throw new Error(`Member ${row.memberId} is assigned and does not exist.`);
          return memberOf(projection, member, (propertyId) => seesProperty(projection, caller, propertyId));
        },
      });
      return { status: 200, body };
    },
  };
}

function newMember(
  id: MemberId,
  organizationId: OrganizationId,
  person: { readonly name: string; readonly email: string; readonly organizationOwner: boolean; readonly now: Instant },
): Row<'member'> {
  return {
    id,
    organizationId,
    accountId: null,
    name: person.name,
    email: person.email,
    emailKey: emailKeyOf(person.email),
    state: 'inactive',
    organizationOwner: person.organizationOwner,
    workplaceRole: null,
    licensed: false,
    deskId: null,
    signInMethod: 'email_password',
    version: 1,
    createdAt: person.now,
    activatedAt: null,
    lastSeenAt: null,
    endedAt: null,
  };
}

/** The form in which e-mail addresses are compared (G14). */
export function emailKeyOf(email: string): string {
  return email.trim().toLowerCase();
}

function emailInUse(field: string) {
  return { problem: createProblem('conflict', { field, detail: 'This e-mail address belongs to a member already.' }) };
}
