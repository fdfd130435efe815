import type { RouteRequest, Routes } from '@latchwork/contract';
import type { PropertySigners } from '../access/property-signers.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { PeopleDesk, PeopleRequest } from '../people/people-desk.js';
import { recordOrganization } from '../people/people-record.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { instantOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { ownSight } from './member-sight.js';
import { memberSeenBy } from './member-wire.js';
import { pageOf } from './paging.js';
import { answerOfRefusal, problemOf } from './people-problem.js';
import { organizationNow, requestBy } from './people-request.js';
import { draftProperty } from './property-handlers.js';
import { checkVersion } from './versions.js';
import { organizationOf, propertyOf } from './wire.js';

type OrganizationOperation =
  | 'createOrganization'
  | 'listOrganizations'
  | 'getOrganization'
  | 'updateOrganization'
  | 'setUpOrganization';

type OrganizationBody = RouteRequest<Routes['createOrganization']>['body'];

const operator = { by: { kind: 'operator' }, actor: { kind: 'operator' } } as const;

/** Creates the handlers of organizations themselves. */
export function createOrganizationHandlers(parts: {
  readonly projection: Projection;
  readonly signers: PropertySigners;
  readonly identifiers: Identifiers;
  readonly people: PeopleDesk;
}): Pick<Handlers, OrganizationOperation> {
  const { projection, signers, identifiers, people } = parts;

  const newOrganization = (draft: Draft, body: OrganizationBody): Row<'organization'> => {
    const id = identifiers.next('organization', draft.now);
    const { name, kind, schemes, plan, licenses, subscriptionEndsAt } = body;
    return {
      id,
      kind,
      name,
      schemes,
      plan,
      licenses,
      subscriptionEndsAt: subscriptionEndsAt === null ? null : instantOf(subscriptionEndsAt),
      peerManagement: true,
      ...signers.makeRoot(id),
      version: 1,
      createdAt: draft.now,
    };
  };

  return {
    createOrganization: async ({ request: { body }, write }) =>
      await write((draft) => {
        const organization = newOrganization(draft, body);
        const property =
          body.property === undefined
            ? undefined
            : { ...body.property, id: identifiers.next('property', draft.now), organization };
        const made = { propertyIds: property === undefined ? [] : [property.id] };
        const request: PeopleRequest = { organization, ...operator, made };
        const founding = { type: 'found-organization', owner: body.owner, propertyId: property?.id ?? null } as const;
        const decision = people.preview(founding, request, draft.now);
        // One address was given, so there is one row to speak of.
        if (!decision.allow) return { problem: problemOf(decision.refusal) };
        draft.insert('organization', organization);
        draft.audit(organization.id, { action: 'organization.created', actor: operator.actor, subject: {} });
        const row = property && draftProperty({ draft, signers, actor: operator.actor }, property);
        const [invited] = people.apply(draft, decision.changes, request).invited;
        if (invited === undefined) throw new Error('An organization was made without its first person.');
        return {
          status: 201,
          body: {
            organization: organizationOf(organization),
            property: row === undefined ? null : propertyOf(row, organization),
            owner: memberSeenBy(invited.view, ownSight, draft.now),
          },
        };
      }),

    listOrganizations: async ({ request: { query } }) => ({
      status: 200,
      body: pageOf(projection.organizations.all(), { query, idOf: (row) => row.id, toWire: organizationOf }),
    }),

    getOrganization: async ({ place: { organization } }) =>
      organization === undefined ? notFound : { status: 200, body: organizationOf(organization) },

    updateOrganization: async ({ request: { body, headers }, caller, write }) =>
      await write((draft) => {
        const request = requestBy(projection, caller);
        const { organization: before, actor } = request;
        const { name = before.name, ...change } = body;
        const named = { ...request, organization: { ...before, name } };
        const decision = people.preview({ type: 'change-organization', ...change }, named, draft.now);
        // Who may not change it does not learn which version it has.
        if (!decision.allow && decision.refusal.because !== 'scheme-in-use') return answerOfRefusal(decision);
        const stale = checkVersion(headers, before.version);
        if (stale !== undefined) return stale;
        if (!decision.allow) return answerOfRefusal(decision);
        const { organization: after } = people.apply(draft, decision.changes, named);
        if (after.version !== before.version) return { status: 200, body: organizationOf(after) };
        const renamed = { ...after, version: before.version + 1 };
        if (name !== before.name) recordOrganization(draft, { before, after: renamed, actor });
        return { status: 200, body: organizationOf(name === before.name ? before : renamed) };
      }),

    setUpOrganization: async ({ place, write }) =>
      await write((draft) => {
        if (place.organization === undefined) return notFound;
        const organization = organizationNow(projection, place.organization.id);
        const outcome = people.run(draft, { type: 'set-up-organization' }, { organization, ...operator });
        if (!outcome.allow) return answerOfRefusal(outcome);
        return { status: 200, body: organizationOf(outcome.organization) };
      }),
  };
}
