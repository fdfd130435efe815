import { createProblem, type DirectoryIntegration, type RouteRequest, type Routes } from '@latchwork/contract';
import type { Plan, SignInMethod } from '@latchwork/core';
import { featurePlans, planAllowsMethod } from '@latchwork/core/people';
import { DirectoryError } from '@latchwork/directory';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import type { Sealer } from '../access/sealer.js';
import {
  type CredentialsFault,
  type DirectoryCredentials,
  faultOf,
  kindOf,
  scimPath,
  sealCredentials,
  shownOf,
} from '../directory/credentials.js';
import { directoryIntegrationOf } from '../directory/directory-wire.js';
import { healthy, isLockedOut } from '../directory/health.js';
import { noteLockOut, recordHealth, recordIntegration } from '../directory/integration-record.js';
import type { ReviewDesk } from '../directory/review-desk.js';
import type { SourceFactory } from '../directory/source-factory.js';
import type { Identifiers } from '../identifiers.js';
import { forgetPushed } from '../scim/forget-pushed.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { AddressGuard } from '../webhooks/address-guard.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { organizationNow } from './people-request.js';
import { checkVersion } from './versions.js';

type IntegrationOperation =
  | 'createDirectoryIntegration'
  | 'listDirectoryIntegrations'
  | 'getDirectoryIntegration'
  | 'updateDirectoryIntegration'
  | 'removeDirectoryIntegration'
  | 'authorizeDirectoryIntegration'
  | 'rotateScimToken';

/** Creates the handlers of directory integrations (S19–S21). */
export function createDirectoryIntegrationHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly guard: AddressGuard;
  readonly sources: SourceFactory;
  readonly reviews: Pick<ReviewDesk, 'endAll'>;
  readonly publicUrl: () => string;
}): Pick<Handlers, IntegrationOperation> {
  const { projection, identifiers, sealer, guard, sources, reviews, publicUrl } = parts;

  /** The integration as it is within a command, where it may have changed since the path was read. */
  const current = (integration: Row<'directoryIntegration'> | undefined) =>
    integration && projection.directoryIntegrations.get(integration.id);
  const show = (integration: Row<'directoryIntegration'>): DirectoryIntegration =>
    directoryIntegrationOf(projection, integration);

  return {
    createDirectoryIntegration: async ({ request: { body }, place, caller: { actor }, write }) =>
      await write((draft) => {
        if (place.organization === undefined) return notFound;
        const { id: organizationId, plan, schemes } = organizationNow(projection, place.organization.id);
        if (!schemes.includes('workplace')) {
          return { problem: createProblem('scheme-not-in-use', { scheme: 'workplace' }) };
        }
        const { credentials, guests, groupIds, ownDomains, signInMethod } = body;
        const fault = problemOf(faultOf(credentials, guard)) ?? checkMethod(plan, signInMethod);
        if (fault !== undefined) return fault;
        const kind = kindOf(credentials);
        const other = projection.directoryIntegrations.group(organizationId).find((one) => one.kind === kind);
        if (other !== undefined) return { problem: createProblem('integration-exists', { integrationId: other.id }) };
        const id = identifiers.next('integration', draft.now);
        const integration: Row<'directoryIntegration'> = {
          ...{ id, organizationId, kind, guests, signInMethod },
          groupIds: distinct(groupIds),
          ownDomains: distinct(ownDomains.map(domainKey)),
          state: 'pending',
          connectedAs: shownOf(credentials),
          credentialsSealed: sealCredentials(sealer, id, credentials),
          scimTokenHash: null,
          tenantId: null,
          bound: null,
          automaticSync: false,
          nextRunAt: null,
          ...healthy,
          readAllAt: null,
          deltaTokenSealed: null,
          lastRun: null,
          version: 1,
          createdAt: draft.now,
        };
        draft.insert('directoryIntegration', integration);
        recordIntegration(draft, integration, { type: 'created', actor });
        return { status: 201, body: show(integration) };
      }),

    listDirectoryIntegrations: async ({ request: { query }, place: { organization } }) =>
      organization === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.directoryIntegrations.group(organization.id), {
              query,
              idOf: (row) => row.id,
              toWire: show,
            }),
          },

    getDirectoryIntegration: async ({ place: { directoryIntegration } }) =>
      directoryIntegration === undefined ? notFound : { status: 200, body: show(directoryIntegration) },

    updateDirectoryIntegration: async ({ request: { body, headers }, place, caller: { actor }, write }) =>
      await write((draft) => {
        const integration = current(place.directoryIntegration);
        if (integration === undefined) return notFound;
        const { plan } = organizationNow(projection, integration.organizationId);
        const { credentials } = body;
        const fault =
          checkVersion(headers, integration.version) ??
          (credentials && checkKind(integration, credentials)) ??
          problemOf(credentials && faultOf(credentials, guard)) ??
          checkMethod(plan, body.signInMethod ?? null);
        if (fault !== undefined) return fault;
        const edited = { ...integration, ...changesOf(sealer, integration, body) };
        const changed = changedFields(integration, edited);
        if (changed.length === 0) return { status: 200, body: show(integration) };
        const next = { ...edited, version: integration.version + 1 };
        draft.update('directoryIntegration', next);
        // What was read with other settings, or of another tenant, is no basis for a choice any more.
        reviews.endAll(draft, next, { because: 'asked', actor });
        recordIntegration(draft, next, { type: 'updated', actor, subject: { changed } });
        return { status: 200, body: show(next) };
      }),

    removeDirectoryIntegration: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const integration = current(place.directoryIntegration);
        if (integration === undefined) return notFound;
        reviews.endAll(draft, integration, { because: 'integration_removed', actor });
        const links = projection.directoryLinks.group(integration.id);
        for (const link of links) draft.delete('directoryLink', link);
        forgetPushed(draft, projection, integration.id);
        draft.delete('directoryIntegration', integration);
        recordIntegration(draft, integration, { type: 'removed', actor, subject: { linked: links.length } });
        return { status: 204, body: undefined };
      }),

    authorizeDirectoryIntegration: async ({ place, caller: { actor }, signal, write }) => {
      const asked = place.directoryIntegration;
      if (asked === undefined) return notFound;
      const source = sources.open(asked);
      if (source === undefined) {
        return { problem: createProblem('integration-kind-not-fitting', { kind: asked.kind }) };
      }
      const probed = await source.probe({ signal }).catch((error: unknown) => {
        if (error instanceof DirectoryError) return error;
        throw error;
      });
      return await write((draft) => {
        const integration = current(asked);
        // Other credentials came in meanwhile: what was seen says nothing about them.
        if (integration === undefined || integration.credentialsSealed !== asked.credentialsSealed) return notFound;
        if (probed instanceof DirectoryError) {
          const { code } = probed.info;
          if (isLockedOut(code)) noteLockOut(draft, integration, actor);
          return { problem: createProblem('directory-unreadable', { fault: code }) };
        }
        const { tenantId } = probed;
        const authorized: Row<'directoryIntegration'> = {
          ...integration,
          ...healthy,
          tenantId,
          state: 'authorized',
          // What could not be done meanwhile is done at once.
          nextRunAt: integration.automaticSync && integration.health !== 'healthy' ? null : integration.nextRunAt,
          version: integration.version + 1,
        };
        draft.update('directoryIntegration', authorized);
        recordIntegration(draft, authorized, { type: 'authorized', actor });
        if (integration.health !== authorized.health) recordHealth(draft, authorized, actor);
        return { status: 200, body: show(authorized) };
      });
    },

    rotateScimToken: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const integration = current(place.directoryIntegration);
        if (integration === undefined) return notFound;
        if (integration.kind !== 'scim_push') {
          return { problem: createProblem('integration-kind-not-fitting', { kind: integration.kind }) };
        }
        const token = makeToken('scim');
        const next: Row<'directoryIntegration'> = {
          ...integration,
          scimTokenHash: tokenHash(token),
          state: 'authorized',
          version: integration.version + 1,
        };
        draft.update('directoryIntegration', next);
        recordIntegration(draft, next, { type: 'authorized', actor, subject: { changed: ['token'] } });
        const baseUrl = `${publicUrl()}${scimPath}`;
        return { status: 201, body: { directoryIntegration: show(next), baseUrl, token } };
      }),
  };
}

type IntegrationEdit = RouteRequest<Routes['updateDirectoryIntegration']>['body'];

function changesOf(
  sealer: Sealer,
  integration: Row<'directoryIntegration'>,
  { credentials, guests, groupIds, ownDomains, signInMethod }: IntegrationEdit,
): Partial<Row<'directoryIntegration'>> {
  return {
    ...(guests === undefined ? {} : { guests }),
    ...(groupIds === undefined ? {} : { groupIds: distinct(groupIds) }),
    ...(ownDomains === undefined ? {} : { ownDomains: distinct(ownDomains.map(domainKey)) }),
    ...(signInMethod === undefined ? {} : { signInMethod }),
    ...(credentials === undefined || credentials.kind === 'scim_push'
      ? {}
      : {
          connectedAs: shownOf(credentials),
          credentialsSealed: sealCredentials(sealer, integration.id, credentials),
          state: 'pending' as const,
          tenantId: null,
          deltaTokenSealed: null,
        }),
  };
}

function changedFields(before: Row<'directoryIntegration'>, after: Row<'directoryIntegration'>): readonly string[] {
  const fields = ['credentialsSealed', 'guests', 'groupIds', 'ownDomains', 'signInMethod'] as const;
  return fields
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => (field === 'credentialsSealed' ? 'credentials' : field));
}

function checkKind(
  { kind }: Row<'directoryIntegration'>,
  credentials: DirectoryCredentials,
): ProblemAnswer | undefined {
  return kindOf(credentials) === kind ? undefined : { problem: createProblem('credentials-of-other-kind', { kind }) };
}

/** S32: a sign-in method that the plan does not contain is refused where it is chosen. */
function checkMethod(plan: Plan, method: SignInMethod | null): ProblemAnswer | undefined {
  if (method === null || planAllowsMethod(plan, method)) return undefined;
  return { problem: createProblem('plan-required', { required: featurePlans.sso, plan }) };
}

function problemOf(fault: CredentialsFault | undefined): ProblemAnswer | undefined {
  if (fault === undefined) return undefined;
  if (fault.code === 'credentials-unreadable') return { problem: createProblem('credentials-unreadable', {}) };
  return { problem: createProblem('address-not-allowed', { because: fault.because }) };
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function domainKey(domain: string): string {
  return domain.trim().toLowerCase();
}
