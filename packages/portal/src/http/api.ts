import {
  createProblem,
  type OperationId,
  parseRouteRequest,
  type RequestIssue,
  type Route,
  routes,
} from '@latchwork/contract';
import type { ApiKeyId, AttemptId, Instant } from '@latchwork/core';
import type { Authenticate, MemberPrincipal, Principal } from '../access/principal.js';
import type { Clock } from '../clock.js';
import type { CommitDraft, Draft, Ledger, LongCommand } from '../ledger.js';
import type { Log } from '../log.js';
import type { MemberUse } from '../people/member-use.js';
import { PortalError } from '../portal-error.js';
import type { PortalMetrics } from '../portal-metrics.js';
import type { Projection } from '../store/projection.js';
import { type AnsweredCall, type ApiAnswering, type ApiRequest, type ApiResponse, headerOf } from './api-exchange.js';
import { checkCaller, notFound } from './authorize.js';
import type { Call, Handler, Handlers, Permission, ProblemAnswer } from './call.js';
import { type StreamCall, type StreamSources, streamEventsTo } from './event-stream.js';
import type { AnyAnswer, Idempotency, Repeatable } from './idempotency.js';
import { checkCursor } from './paging.js';
import { findPlace, type Place, type PlaceIds } from './place.js';
import { problemToSend } from './problem-answer.js';
import { readBody } from './request-body.js';
import { createRequestIds } from './request-id.js';
import { createRouteFinder } from './route-finder.js';
import { type EventFilter, eventFilter, organizationEventFilter } from './visibility.js';
import { authorizeCall, refuseAnywhere } from './workplace-access.js';

/** What the API stands on. */
export interface ApiParts {
  readonly handlers: Handlers;
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly authenticate: Authenticate;
  readonly idempotency: Idempotency;
  readonly streams: StreamSources;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: PortalMetrics;
  readonly isReady: () => boolean;
  readonly onApiKeyUse: (apiKeyId: ApiKeyId, at: Instant) => void;
  readonly onMemberUse: MemberUse['note'];
  /** Hears of every answer of a route, as tests want it. */
  readonly onAnswered: ((answered: AnsweredCall) => void) | undefined;
}

const unavailable: ProblemAnswer = {
  problem: createProblem('unavailable', {}),
  headers: { 'retry-after': '1' },
};

/** A route as it is mounted. */
interface Mounted {
  readonly operation: OperationId;
  readonly route: Route;
}

/** One request with the route it found. */
interface Exchange extends Mounted {
  readonly request: ApiRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly now: Instant;
}

/** Creates the API: every route of the contract's table, mounted by one function. */
export function createApi(parts: ApiParts): ApiAnswering {
  const { clock, log, metrics, onAnswered } = parts;
  const table = (Object.entries(routes) as [OperationId, Route][]).map(([operation, route]) => ({ operation, route }));
  const find = createRouteFinder<Mounted>(table);
  const nextRequestId = createRequestIds();

  return async (request) => {
    const { target, method } = request;
    const queryAt = target.indexOf('?');
    const found = find(method, queryAt < 0 ? target : target.slice(0, queryAt));
    if (found === undefined) return problemToSend(notFound);
    if ('allow' in found) {
      return problemToSend({ problem: createProblem('method-not-allowed', {}), headers: { allow: found.allow } });
    }
    const { operation, route } = found.mounted;
    const began = performance.now();
    const requestId = nextRequestId();
    const exchange: Exchange = { operation, route, request, params: found.params, now: clock.now() };
    let response: ApiResponse;
    try {
      response = await answer(parts, exchange);
    } catch (error) {
      response = failure(log, error, { requestId, operation });
    }
    const { status } = response;
    const ms = performance.now() - began;
    metrics.request(operation, status, ms);
    if (log.isLevelEnabled('debug')) log.debug({ requestId, operation, method, status, ms }, 'request answered');
    response.headers['request-id'] = requestId;
    onAnswered?.({ operation, route, response });
    return response;
  };
}

/** What stands in the metrics for a caller who did not wait for its answer, as web servers have it. */
const callerGone = 499;

function failure(
  log: Log,
  error: unknown,
  of: { readonly requestId: string; readonly operation: OperationId },
): ApiResponse {
  const code = error instanceof PortalError ? error.info.code : undefined;
  if (code === 'caller-gone') return { status: callerGone, headers: {}, body: undefined };
  if (code === 'store-unavailable') {
    log.warn({ err: error, ...of }, 'request not served: the database does not answer');
    return problemToSend(unavailable);
  }
  log.error({ err: error, ...of }, 'request failed');
  return problemToSend({ problem: createProblem('internal', {}) });
}

async function answer(parts: ApiParts, exchange: Exchange): Promise<ApiResponse> {
  const { operation, route, request: asked } = exchange;
  const { now } = exchange;
  const { headers } = asked;
  if (!parts.isReady()) return problemToSend(unavailable);
  // Whatever another process committed before this request came, such as the caller's removal (G41), is known from here on.
  await parts.ledger.fresh();
  // Whoever asks to sign in may still send the token of before: it counts for nothing there, so it hinders nothing.
  const principal = route.auth === 'none' ? undefined : principalOf(parts, asked, now);
  const stranger = checkCaller(parts.projection, { operation, route }, principal);
  if (stranger !== undefined) return problemToSend(stranger);

  const read = route.sends === 'body' ? await readBody(asked, route.largestBodyBytes) : { body: undefined };
  if ('problem' in read) return problemToSend(read);
  if (route.idempotency === 'required' && headers['idempotency-key'] === undefined) {
    return problemToSend({ problem: createProblem('idempotency-key-required', {}) });
  }
  if (route.precondition === 'version' && headers['if-match'] === undefined) {
    return problemToSend({ problem: createProblem('version-required', {}) });
  }
  const query = route.sends === 'query' ? queryOf(asked.target) : {};
  const raw = { params: exchange.params, query, headers, body: read.body };
  const parsed = parseRouteRequest(route, raw);
  if (!parsed.success) {
    // An address is no field of anything that can be edited; whoever tries is told what to do instead (G19).
    const isEmail = (issue: RequestIssue) => issue.code === 'unknown-field' && issue.pointer === '/email';
    if (route.problems.includes('email-immutable') && parsed.issues.some(isEmail)) {
      return problemToSend({ problem: createProblem('email-immutable', {}) });
    }
    const isVersion = (issue: RequestIssue) => issue.in === 'header' && /if-match/i.test(issue.pointer);
    const hint = parsed.issues.some(isVersion)
      ? { detail: 'If-Match takes the version in quotes, such as "2", or *.' }
      : {};
    return problemToSend({ problem: createProblem('invalid-request', { issues: parsed.issues, ...hint }) });
  }
  const request = parsed.request as RequestParts;
  const noCursor = checkCursor(operation, request.query);
  if (noCursor !== undefined) return problemToSend(noCursor);

  const caller = principal === undefined || principal.kind === 'operator' ? undefined : principal;
  const closed = caller && refuseAnywhere(parts.projection, { operation, route, caller, at: now });
  if (closed !== undefined) return problemToSend(closed);
  const key = headerOf(headers, 'idempotency-key');
  const keyed = { operation, route, params: request.params, body: request.body, key };
  const repeatable = principal && parts.idempotency.repeatableOf(principal, keyed);
  const place = findPlace(parts.projection, request.params ?? {});
  if (place === undefined) {
    // What is gone may be gone by this very request: its repeat gets the reply that was lost, and all others nothing.
    const done = repeatable && (await parts.idempotency.recall(repeatable));
    return done === undefined || 'problem' in done ? problemToSend(notFound) : replyToSend(done);
  }
  const authorization =
    caller === undefined
      ? { permission: undefined }
      : authorizeCall(parts.projection, { operation, route, caller, place, body: request.body, at: now });
  if ('problem' in authorization) return problemToSend(authorization);
  const { permission } = authorization;
  if (caller !== undefined && permission !== undefined) {
    parts.onMemberUse(caller.member.id, now, { action: permission.action, propertyId: place.property?.id ?? null });
  }

  if (route.media === 'event-stream') {
    return stream(parts, { operation, route, request: parsed.request as never, caller, place, asked });
  }
  // Taken before anything is awaited: of two at once only one goes on.
  const running = repeatable && parts.idempotency.begin(repeatable);
  if (repeatable !== undefined && running === undefined) {
    return problemToSend({ problem: createProblem('idempotency-key-in-use', {}) });
  }
  try {
    const known = repeatable && (await parts.idempotency.recall(repeatable));
    if (known !== undefined) return replyToSend(known);
    const stands = (): ProblemAnswer | undefined => {
      if (caller === undefined) return undefined;
      const sameCaller = authenticated(parts, asked, now);
      const stranger = checkCaller(parts.projection, { operation, route }, sameCaller);
      if (stranger !== undefined || sameCaller === undefined || sameCaller.kind === 'operator') return stranger;
      const samePlace = findPlace(parts.projection, request.params ?? {});
      if (samePlace === undefined) return notFound;
      const question = { operation, route, caller: sameCaller, place: samePlace, body: request.body, at: now };
      const decided = authorizeCall(parts.projection, question);
      return 'problem' in decided ? decided : undefined;
    };
    const facts = { request: parsed.request, caller, place, permission, now };
    const call = new ApiCall(asked, facts, writing(parts, { repeatable, stands }));
    // Each operation's handler takes exactly that operation's call; the table walk loses the link.
    const handler = parts.handlers[operation as keyof Handlers] as unknown as Handler<'getMe'>;
    return replyToSend((await handler(call as unknown as Call<'getMe'>)) as AnyAnswer);
  } catch (error) {
    // Another process did the same request first: its answer is the answer.
    const isRepeat = error instanceof PortalError && error.info.code === 'request-repeated';
    const first = isRepeat && repeatable && (await parts.idempotency.recall(repeatable));
    if (first) return replyToSend(first);
    throw error;
  } finally {
    running?.end();
  }
}

/** The parts of a checked request that the mounting itself looks at. */
interface RequestParts {
  readonly params?: PlaceIds;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** The facts of a call; what only some handlers ask for is made for them alone. */
class ApiCall {
  readonly request: unknown;
  readonly caller: MemberPrincipal | undefined;
  readonly place: Place;
  readonly permission: Permission | undefined;
  readonly now: Instant;
  readonly write: Writing['write'];
  readonly writeLong: Writing['writeLong'];
  readonly keepAttempt: Writing['keepAttempt'];
  readonly #asked: ApiRequest;

  constructor(
    asked: ApiRequest,
    facts: Pick<ApiCall, 'request' | 'caller' | 'place' | 'permission' | 'now'>,
    { write, writeLong, keepAttempt }: Writing,
  ) {
    this.request = facts.request;
    this.caller = facts.caller;
    this.place = facts.place;
    this.permission = facts.permission;
    this.now = facts.now;
    this.write = write;
    this.writeLong = writeLong;
    this.keepAttempt = keepAttempt;
    this.#asked = asked;
  }

  get address(): string {
    return this.#asked.address;
  }

  get signal(): AbortSignal {
    return this.#asked.signal;
  }
}

interface Writing {
  readonly write: (command: (draft: CommitDraft) => AnyAnswer) => Promise<AnyAnswer>;
  readonly writeLong: (decide: LongCommand<AnyAnswer>['decide']) => Promise<AnyAnswer>;
  readonly keepAttempt: (draft: Draft, attemptId: AttemptId) => void;
}

function writing(
  { ledger, idempotency }: ApiParts,
  of: { readonly repeatable: Repeatable | undefined; readonly stands: () => ProblemAnswer | undefined },
): Writing {
  // A command waits its turn, and what comes before it may have ended the caller's rights.
  const { repeatable, stands } = of;
  const keepReply = (draft: Draft, answered: AnyAnswer): void => {
    if (repeatable !== undefined && 'body' in answered) idempotency.keepReply(draft, repeatable, answered);
  };
  return {
    write: async (command) =>
      await ledger.write((draft) => {
        const answered = stands() ?? command(draft);
        keepReply(draft, answered);
        return answered;
      }),
    writeLong: async (decide) => await ledger.writeLong({ decide, instead: stands, addition: keepReply }),
    keepAttempt: (draft, attemptId) => {
      if (repeatable !== undefined) idempotency.keepAttempt(draft, repeatable, attemptId);
    },
  };
}

/** A property's feed shows what a permission reaches there; an organization's, what its list shows. */
function stream(
  parts: ApiParts,
  call: Mounted & {
    readonly request: StreamCall['request'];
    readonly caller: MemberPrincipal | undefined;
    readonly place: Place;
    readonly asked: ApiRequest;
  },
): ApiResponse {
  const { operation, route, request, caller, place, asked } = call;
  const { projection, clock } = parts;
  const { organization, property } = place;
  if (caller === undefined || organization === undefined) return problemToSend(notFound);
  const ids: PlaceIds = property === undefined ? { organizationId: organization.id } : { propertyId: property.id };
  const filterFor = (principal: MemberPrincipal): EventFilter | ProblemAnswer => {
    const now = findPlace(projection, ids);
    if (now?.organization === undefined) return notFound;
    const question = { operation, route, caller: principal, place: now, body: undefined, at: clock.now() };
    const authorization = authorizeCall(projection, question);
    if ('problem' in authorization) return authorization;
    return now.property === undefined
      ? organizationEventFilter(projection, principal, now.organization)
      : eventFilter(authorization.permission, principal.member.id);
  };
  const first = filterFor(caller);
  if (typeof first !== 'function') return problemToSend(first);
  const feedId = property?.id ?? organization.id;
  const answered = streamEventsTo(
    {
      request,
      feedId,
      signal: asked.signal,
      lastPosition: () => projection.lastPosition(feedId),
      filterNow: () => {
        const principal = principalOf(parts, asked, clock.now());
        if (principal === undefined || principal.kind === 'operator') return undefined;
        if (checkCaller(projection, { operation, route }, principal) !== undefined) return undefined;
        const filter = filterFor(principal);
        return typeof filter === 'function' ? filter : undefined;
      },
    },
    parts.streams,
  );
  return 'problem' in answered ? problemToSend(answered) : answered;
}

function authenticated(parts: ApiParts, { headers }: ApiRequest, now: Instant): Principal | undefined {
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(headerOf(headers, 'authorization') ?? '')?.[1];
  return token === undefined ? undefined : parts.authenticate(token, now);
}

function principalOf(parts: ApiParts, asked: ApiRequest, now: Instant): Principal | undefined {
  const principal = authenticated(parts, asked, now);
  if (principal !== undefined && principal.kind !== 'operator') parts.onMemberUse(principal.member.id, now);
  if (principal?.kind === 'api-key' && principal.apiKey !== undefined) parts.onApiKeyUse(principal.apiKey.id, now);
  return principal;
}

/** The query by name; a name that came twice has its values in an array. */
function queryOf(target: string): Readonly<Record<string, unknown>> {
  const at = target.indexOf('?');
  if (at < 0) return {};
  const query = new URLSearchParams(target.slice(at));
  const oneOrAll = (values: readonly string[]) => (values.length === 1 ? values[0] : values);
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, oneOrAll(query.getAll(name))]));
}

function replyToSend(answered: AnyAnswer): ApiResponse {
  if ('problem' in answered) return problemToSend(answered);
  const { status, body } = answered;
  if (body === undefined) return { status, headers: {}, body };
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  const { version } = body as { readonly version?: unknown };
  if (typeof version === 'number') headers['etag'] = `"${version}"`;
  return { status, headers, body: JSON.stringify(body) };
}
