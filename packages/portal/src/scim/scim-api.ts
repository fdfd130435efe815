import { tokenHash } from '../access/bearer-token.js';
import type { Clock } from '../clock.js';
import { scimPath } from '../directory/credentials.js';
import { type ApiAnswering, type ApiRequest, type ApiResponse, headerOf } from '../http/api-exchange.js';
import { createRequestIds } from '../http/request-id.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import { PortalError } from '../portal-error.js';
import type { PortalMetrics } from '../portal-metrics.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { GroupDesk } from './group-desk.js';
import { createGroupExchange } from './group-exchange.js';
import { resourceTypes, schemas, serviceProviderConfig, wholeList } from './scim-discovery.js';
import { ScimError } from './scim-error.js';
import { errorResponse, scimResponse } from './scim-exchange.js';
import type { ScimObject } from './scim-value.js';
import type { UserDesk } from './user-desk.js';
import { createUserExchange } from './user-exchange.js';

/** What the SCIM server stands on. */
export interface ScimParts {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly users: UserDesk;
  readonly groups: GroupDesk;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: PortalMetrics;
  readonly isReady: () => boolean;
  readonly publicUrl: () => string;
}

/** One request of a directory that pushes, from its token on. */
export interface ScimCall {
  readonly request: ApiRequest;
  readonly integration: Row<'directoryIntegration'>;
  /** The part of the path behind the kind of resource. */
  readonly id: string | undefined;
  readonly baseUrl: string;
  /** Runs a command for the integration as it then is; whoever has lost the token meanwhile writes nothing. */
  write<Result>(command: (draft: Draft, integration: Row<'directoryIntegration'>) => Result): Promise<Result>;
}

/** Answers the methods of one kind of resource. */
export type ScimExchange = Readonly<Record<string, (call: ScimCall) => Promise<ApiResponse> | ApiResponse>>;

const unknownResource = new ScimError({ status: 404, detail: 'There is no such resource.' });

/**
 * Creates the SCIM 2.0 server (RFC 7643, RFC 7644) that directories push to: each token reaches the users and groups of its
 * own organization's integration, and nothing else.
 */
export function createScimApi(parts: ScimParts): ApiAnswering {
  const { log, metrics, ledger, isReady } = parts;
  const nextRequestId = createRequestIds();
  const places: Readonly<Record<string, { readonly all: ScimExchange; readonly one: ScimExchange }>> = {
    users: createUserExchange(parts),
    groups: createGroupExchange(parts),
    serviceproviderconfig: {
      all: { GET: ({ baseUrl }) => scimResponse(200, serviceProviderConfig(baseUrl)) },
      one: {},
    },
    resourcetypes: discovery(resourceTypes),
    schemas: discovery(schemas),
  };

  const answer = async (request: ApiRequest): Promise<ApiResponse> => {
    if (!isReady()) return unavailable;
    await ledger.fresh();
    const hash = bearerHash(request);
    const integration = hash === undefined ? undefined : integrationOf(parts.projection, hash);
    if (hash === undefined || integration === undefined) return stranger;
    const [, , name = '', id, ...rest] = pathOf(request.target);
    const place = Object.hasOwn(places, name.toLowerCase()) ? places[name.toLowerCase()] : undefined;
    if (place === undefined || rest.length > 0) throw unknownResource;
    const methods = id === undefined ? place.all : place.one;
    const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (method === undefined) return notAllowed(Object.keys(methods));
    return await method({
      ...{ request, integration, id },
      baseUrl: `${parts.publicUrl()}${scimPath}`,
      write: async (command) =>
        await ledger.write((draft) => {
          const now = integrationOf(parts.projection, hash);
          if (now === undefined) throw new ScimError(strangerError);
          return command(draft, now);
        }),
    });
  };

  return async (request) => {
    const began = performance.now();
    const requestId = nextRequestId();
    const operation = operationOf(request.target);
    let response: ApiResponse;
    try {
      response = await answer(request);
    } catch (error) {
      response = failure(log, error, { requestId, operation });
    }
    const ms = performance.now() - began;
    metrics.request(operation, response.status, ms);
    if (log.isLevelEnabled('debug')) {
      log.debug({ requestId, operation, method: request.method, status: response.status, ms }, 'request answered');
    }
    return { ...response, headers: { ...response.headers, 'request-id': requestId } };
  };
}

const strangerError = { status: 401, detail: 'Authorization takes the token of a SCIM integration.' } as const;
const stranger = errorResponse(strangerError, { 'www-authenticate': 'Bearer' });
const unavailable = errorResponse({ status: 503, detail: 'Try again in a moment.' }, { 'retry-after': '1' });
const callerGone = 499;

function failure(
  log: Log,
  error: unknown,
  of: { readonly requestId: string; readonly operation: string },
): ApiResponse {
  if (error instanceof ScimError) return error.info.status === 401 ? stranger : errorResponse(error.info);
  const code = error instanceof PortalError ? error.info.code : undefined;
  if (code === 'caller-gone') return { status: callerGone, headers: {}, body: undefined };
  if (code === 'store-unavailable') {
    log.warn({ err: error, ...of }, 'request not served: the database does not answer');
    return unavailable;
  }
  log.error({ err: error, ...of }, 'request failed');
  return errorResponse({ status: 500, detail: 'A fault on our side.' });
}

function notAllowed(methods: readonly string[]): ApiResponse {
  if (methods.length === 0) throw unknownResource;
  return errorResponse({ status: 405, detail: 'Not with this method.' }, { allow: methods.join(', ') });
}

function bearerHash({ headers }: ApiRequest): string | undefined {
  const token = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(headerOf(headers, 'authorization')?.trim() ?? '')?.[1];
  return token === undefined ? undefined : tokenHash(token);
}

function integrationOf({ directoryIntegrations }: Projection, hash: string): Row<'directoryIntegration'> | undefined {
  const integration = directoryIntegrations.byUnique(hash);
  return integration?.kind === 'scim_push' && integration.state === 'authorized' ? integration : undefined;
}

/** The parts of the path behind the first slash: `scim`, `v2`, kind, id. A slash at the end is none. */
function pathOf(target: string): readonly string[] {
  const path = (target.split('?')[0] ?? '').replace(/\/+$/, '');
  return path.split('/').slice(1).map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unknownResource;
  }
}

/** For the metrics: a kind that is known, and no more. */
function operationOf(target: string): string {
  const name = /^\/scim\/v2\/([A-Za-z]+)/.exec(target)?.[1]?.toLowerCase() ?? '';
  return ['users', 'groups', 'schemas', 'resourcetypes', 'serviceproviderconfig'].includes(name)
    ? `scim.${name}`
    : 'scim';
}

function discovery(read: (baseUrl: string) => ReadonlyMap<string, ScimObject>): {
  readonly all: ScimExchange;
  readonly one: ScimExchange;
} {
  return {
    all: { GET: ({ baseUrl }) => scimResponse(200, wholeList(read(baseUrl))) },
    one: {
      GET: ({ baseUrl, id = '' }) => {
        const wanted = [...read(baseUrl)].find(([name]) => name.toLowerCase() === id.toLowerCase())?.[1];
        if (wanted === undefined) throw unknownResource;
        return scimResponse(200, wanted);
      },
    },
  };
}
