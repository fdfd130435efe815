import type { AccessBook } from './directory-access.js';
import type { FaultWords } from './directory-faults.js';
import type { DirectoryAnswer, DirectoryOperation, DirectoryRequest, SentAnswer } from './directory-http.js';
import { inventUuid } from './directory-ids.js';
import type { FakeDirectoryKind } from './fake-person.js';
import type { FakeTenant } from './fake-tenant.js';
import { answerGoogle, googleOperationOf, googleScope } from './google/google-directory.js';
import { googleWords } from './google/google-error.js';
import { type GoogleCredentials, signInToGoogle } from './google/google-sign-in.js';
import { answerGraph, graphOperationOf } from './microsoft/graph-api.js';
import { answerGraphBatch } from './microsoft/graph-batch.js';
import type { DeltaMemory } from './microsoft/graph-delta.js';
import { graphWords } from './microsoft/graph-error.js';
import { type MicrosoftCredentials, microsoftDiscovery, signInToMicrosoft } from './microsoft/microsoft-sign-in.js';
import { scimWords } from './scim/scim-error.js';
import { answerScim, scimOperationOf } from './scim/scim-server.js';
import { selfSignedCertificate } from './self-signed-certificate.js';

/** What signs a reader in at each make. */
export interface FakeDirectoryCredentials {
  readonly microsoft_365: MicrosoftCredentials;
  readonly google_workspace: GoogleCredentials;
  readonly scim: { readonly baseUrl: string; readonly token: string };
}

/** Where a fake directory is reached. */
export interface FakeDirectoryUrls {
  /** Origin of the sign-in. */
  readonly login: string;
  /** Origin of the API. */
  readonly api: string;
  /** The address that gives tokens; for SCIM it answers nothing. */
  readonly token: string;
  /** What paths of the API begin with: `…/v1.0`, `…/admin/directory/v1`, `…/scim/v2`. */
  readonly base: string;
  /** An origin that belongs to somebody else: whoever asks there is on record, too. */
  readonly foreign: string;
}

/** The differences among tenants of one make. */
export interface MakeOptions {
  /** Records of a page of Graph changes; default 200, as seen. */
  readonly deltaPageSize?: number;
  /** Whether Graph tells of soft-deleted people in a first round of changes (case 13); default not. */
  readonly tombstonesInFirstRound?: boolean;
  /** Whether SCIM offers cursors (RFC 9865); default not. */
  readonly cursors?: boolean;
  /** The most resources of a SCIM page; default 200. */
  readonly maxResults?: number;
}

/** One make's side of a fake directory. */
export interface DirectoryMake<K extends FakeDirectoryKind = FakeDirectoryKind> {
  readonly credentials: FakeDirectoryCredentials[K];
  readonly words: FaultWords;
  operationOf(request: DirectoryRequest): DirectoryOperation;
  answer(
    request: DirectoryRequest,
    again: (inner: DirectoryRequest) => Promise<SentAnswer>,
  ): DirectoryAnswer | Promise<DirectoryAnswer>;
}

interface MakeParts {
  readonly tenant: FakeTenant;
  readonly access: AccessBook;
  readonly urls: FakeDirectoryUrls;
  readonly memory: DeltaMemory;
  readonly options: MakeOptions;
}

/** The addresses of a make, given its origins. */
export function urlsOf(
  kind: FakeDirectoryKind,
  tenantId: string,
  origins: Pick<FakeDirectoryUrls, 'login' | 'api' | 'foreign'>,
): FakeDirectoryUrls {
  const { login, api } = origins;
  switch (kind) {
    case 'microsoft_365':
      return { ...origins, token: `${login}/${tenantId}/oauth2/v2.0/token`, base: `${api}/v1.0` };
    case 'google_workspace':
      return { ...origins, token: `${login}/token`, base: `${api}/admin/directory/v1` };
    case 'scim':
      return { ...origins, token: `${login}/token`, base: `${api}/scim/v2` };
  }
}

function makeMicrosoft({ tenant, access, urls, memory, options }: MakeParts): DirectoryMake<'microsoft_365'> {
  const app = {
    tenantId: tenant.id,
    clientId: inventUuid(tenant.random),
    clientSecret: `fake~${inventUuid(tenant.random)}`,
  };
  const permissions = ['User.Read.All', 'GroupMember.Read.All'];
  const signIn = { credentials: app, access, loginOrigin: urls.login, now: tenant.now, permissions };
  const context = {
    tenant,
    base: urls.base,
    memory,
    deltaPageSize: options.deltaPageSize ?? 200,
    tombstonesInFirstRound: options.tombstonesInFirstRound ?? false,
  };
  const operationOf = (request: DirectoryRequest): DirectoryOperation => {
    if (request.url.origin !== urls.login) return graphOperationOf(request);
    if (/\/oauth2\/v2\.0\/token$/.test(request.url.pathname)) return 'token';
    return /\/\.well-known\/openid-configuration$/.test(request.url.pathname) ? 'discovery' : 'unknown';
  };
  return {
    // Keys cost more than a whole small tenant, so they are made when somebody asks.
    credentials: {
      ...app,
      get certificate() {
        return selfSignedCertificate().certificate;
      },
      get privateKey() {
        return selfSignedCertificate().privateKey;
      },
    },
    words: graphWords,
    operationOf,
    async answer(request, again) {
      const operation = operationOf(request);
      if (request.url.origin === urls.login) {
        if (operation === 'token' && request.method === 'POST')
          return { operation, ...signInToMicrosoft(request, signIn) };
        if (operation === 'discovery') return { operation, ...microsoftDiscovery(request, signIn) };
        return { operation, status: 404, body: '' };
      }
      if (operation === 'batch') return { operation, ...(await answerGraphBatch(request, again)) };
      return answerGraph(request, context, access);
    },
  };
}

function makeGoogle({ tenant, access, urls }: MakeParts): DirectoryMake<'google_workspace'> {
  const clientEmail = `reader@fake-${tenant.id.toLowerCase()}.iam.gserviceaccount.com`;
  const adminEmail = `directory-reader@${tenant.domain}`;
  const scopes = new Set(
    ['user.readonly', 'group.readonly', 'group.member.readonly', 'customer.readonly'].map((name) =>
      googleScope(`admin.directory.${name}`),
    ),
  );
  const signIn = { tenant, access, clientEmail, readerEmail: adminEmail, loginOrigin: urls.login, scopes };
  const operationOf = (request: DirectoryRequest): DirectoryOperation => {
    if (request.url.origin !== urls.login) return googleOperationOf(request);
    return request.url.pathname === '/token' ? 'token' : 'unknown';
  };
  return {
    credentials: {
      clientEmail,
      adminEmail,
      customerId: tenant.id,
      privateKeyId: 'fakekey1',
      get privateKey() {
        return selfSignedCertificate().privateKey;
      },
    },
    words: googleWords,
    operationOf,
    answer(request) {
      const operation = operationOf(request);
      if (request.url.origin !== urls.login) return answerGoogle(request, tenant, access);
      const asked = operation === 'token' && request.method === 'POST';
      return asked ? { operation, ...signInToGoogle(request, signIn) } : { operation, status: 404, body: '' };
    },
  };
}

function makeScim({ tenant, access, urls, options }: MakeParts): DirectoryMake<'scim'> {
  const token = `scim-${inventUuid(tenant.random)}`;
  const paging = { cursor: options.cursors ?? false, maxResults: options.maxResults ?? 200 };
  return {
    credentials: { baseUrl: urls.base, token },
    words: scimWords,
    operationOf: scimOperationOf,
    answer: (request) => answerScim(request, { tenant, base: urls.base, paging }, access, token),
  };
}

const makes: { readonly [K in FakeDirectoryKind]: (parts: MakeParts) => DirectoryMake<K> } = {
  microsoft_365: makeMicrosoft,
  google_workspace: makeGoogle,
  scim: makeScim,
};

/** Makes the side of a fake directory that speaks as the make does. */
export function makeDirectory<K extends FakeDirectoryKind>(kind: K, parts: MakeParts): DirectoryMake<K> {
  return makes[kind](parts);
}
