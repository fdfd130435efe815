import { randomBytes } from 'node:crypto';
import {
  createProblem,
  type OperationId,
  openApiDocument,
  parseRouteReply,
  parseRouteRequest,
  problemCodesOf,
  type RequestIssue,
  type Route,
  type RouteRequest,
  type Routes,
  routes,
} from '@latchwork/contract';
import type { ApiKeyId, AttemptId, Instant } from '@latchwork/core';
import { type Context, Hono } from 'hono';
import type { Authenticate, MemberPrincipal, Principal } from '../access/principal.js';
import type { Clock } from '../clock.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { MemberUse } from '../people/member-use.js';
import { PortalError } from '../portal-error.js';
import type { PortalMetrics } from '../portal-metrics.js';
import type { Projection } from '../store/projection.js';
import { checkCaller, notFound } from './authorize.js';
import type { Call, Handler, Handlers, ProblemAnswer } from './call.js';
import { type StreamSources, streamEventsTo } from './event-stream.js';
import { type AnyAnswer, type Idempotency, type Repeatable, repeatableOf } from './idempotency.js';
import { checkCursor } from './paging.js';
import { findPlace, type Place, type PlaceIds } from './place.js';
import { problemResponse } from './problem-answer.js';
import { readBody } from './request-body.js';
import { authorizeCall, refuseAnywhere } from './workplace-access.js';

/** What the HTTP side stands on. */
export interface AppParts {
  readonly handlers: Handlers;
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly authenticate: Authenticate;
  readonly idempotency: Idempotency;
  readonly streams: StreamSources;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: PortalMetrics;
  /** The address a request comes from; tests that call `fetch` have none. */
  readonly addressOf: (context: Context) => string;
  readonly isReady: () => boolean;
  readonly onApiKeyUse: (apiKeyId: ApiKeyId, at: Instant) => void;
  readonly onMemberUse: MemberUse['note'];
  /** Also checks each reply against its route, as tests want it. */
  readonly checkReplies: boolean;
}

/** Creates the HTTP application: every route of the contract's table, mounted by one function, and the daemon's own pages. */
export function createApp(parts: AppParts): Hono {
  const app = new Hono();
  const methodsByPath = new Map<string, string[]>();
  for (const [operation, route] of Object.entries(routes) as [OperationId, Route][]) {
    app.on(route.method, route.path, (context) => answerTimed(parts, { operation, route, context }));
    methodsByPath.set(route.path, [...(methodsByPath.get(route.path) ?? []), route.method]);
  }
  for (const [path, methods] of methodsByPath) {
    const headers = { allow: methods.join(', ') };
    app.all(path, () => problemResponse({ problem: createProblem('method-not-allowed', {}), headers }));
  }
  const document = JSON.stringify(openApiDocument());
  app.get('/openapi.json', (context) => context.body(document, 200, { 'content-type': 'application/json' }));
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) =>
    parts.isReady() ? context.json({ status: 'ready' }) : context.json({ status: 'starting' }, 503),
  );
  app.get('/metrics', async (context) =>
    context.body(await parts.metrics.registry.metrics(), 200, { 'content-type': parts.metrics.registry.contentType }),
  );
  app.notFound(() => problemResponse(notFound));
  app.onError((error) => {
    parts.log.error({ err: error }, 'request failed outside any route');
    return problemResponse({ problem: createProblem('internal', {}) });
  });
  return app;
}

const unavailable: ProblemAnswer = {
  problem: createProblem('unavailable', {}),
  headers: { 'retry-after': '1' },
};

interface Mounted {
  readonly operation: OperationId;
  readonly route: Route;
  readonly context: Context;
}

async function answerTimed(parts: AppParts, mounted: Mounted): Promise<Response> {
  const { operation, context } = mounted;
  const began = performance.now();
  const requestId = randomBytes(8).toString('hex');
  let response: Response;
  try {
    response = await answer(parts, mounted);
  } catch (error) {
    const isAway = error instanceof PortalError && error.info.code === 'store-unavailable';
    if (isAway)
      parts.log.warn({ err: error, requestId, operation }, 'request not served: the database does not answer');
    else parts.log.error({ err: error, requestId, operation }, 'request failed');
    response = problemResponse(isAway ? unavailable : { problem: createProblem('internal', {}) });
  }
  response.headers.set('request-id', requestId);
  const ms = performance.now() - began;
  parts.metrics.requests.observe({ operation, status: response.status }, ms / 1000);
  parts.log.debug(
    { requestId, operation, method: context.req.method, status: response.status, ms },
    'request answered',
  );
  return response;
}

async function answer(parts: AppParts, mounted: Mounted): Promise<Response> {
  const { operation, route, context } = mounted;
  const now = parts.clock.now();
  if (!parts.isReady()) return problemResponse(unavailable);
  // Whatever another process committed before this request came, such as the caller's removal (G41), is known from here on.
  await parts.ledger.fresh();
  // Whoever asks to sign in may still send the token of before: it counts for nothing there, so it hinders nothing.
  const principal = route.auth === 'none' ? undefined : principalOf(parts, context, now);
  const stranger = checkCaller(parts.projection, { operation, route }, principal);
  if (stranger !== undefined) return problemResponse(stranger);

  const read = route.sends === 'body' ? await readBody(context.req) : { body: undefined };
  if ('problem' in read) return problemResponse(read);
  const headers = context.req.header();
  if (route.idempotency === 'required' && headers['idempotency-key'] === undefined) {
    return problemResponse({ problem: createProblem('idempotency-key-required', {}) });
  }
  if (route.precondition === 'version' && headers['if-match'] === undefined) {
    return problemResponse({ problem: createProblem('version-required', {}) });
  }
  const raw = { params: context.req.param(), query: queryOf(context), headers, body: read.body };
  const parsed = parseRouteRequest(route, raw);
  if (!parsed.success) {
    // An address is no field of anything that can be edited; whoever tries is told what to do instead (G19).
    const isEmail = (issue: RequestIssue) => issue.code === 'unknown-field' && issue.pointer === '/email';
    if (route.problems.includes('email-immutable') && parsed.issues.some(isEmail)) {
      return problemResponse({ problem: createProblem('email-immutable', {}) });
    }
    const isVersion = (issue: RequestIssue) => issue.in === 'header' && /if-match/i.test(issue.pointer);
    const hint = parsed.issues.some(isVersion)
      ? { detail: 'If-Match takes the version in quotes, such as "2", or *.' }
      : {};
    return problemResponse({ problem: createProblem('invalid-request', { issues: parsed.issues, ...hint }) });
  }
  const request = parsed.request as RequestParts;
  const noCursor = checkCursor(operation, request.query);
  if (noCursor !== undefined) return problemResponse(noCursor);

  const caller = principal === undefined || principal.kind === 'operator' ? undefined : principal;
  const closed = caller && refuseAnywhere(parts.projection, { operation, route, caller, at: now });
  if (closed !== undefined) return problemResponse(closed);
  const place = findPlace(parts.projection, request.params ?? {});
  if (place === undefined) return problemResponse(notFound);
  const authorization =
    caller === undefined
      ? { permission: undefined }
      : authorizeCall(parts.projection, { operation, route, caller, place, body: request.body, at: now });
  if ('problem' in authorization) return problemResponse(authorization);
  const { permission } = authorization;
  if (caller !== undefined && permission !== undefined) {
    parts.onMemberUse(caller.member.id, now, { action: permission.action, propertyId: place.property?.id ?? null });
  }

  if (operation === 'streamEvents') {
    return stream(parts, { request: parsed.request as never, caller, place, context });
  }
  const key = headers['idempotency-key'];
  const repeatable =
    principal && repeatableOf(principal, { operation, route, params: request.params, body: request.body, key });
  // Taken before anything is awaited: of two at once only one goes on.
  const running = repeatable && parts.idempotency.begin(repeatable);
  if (repeatable !== undefined && running === undefined) {
    return problemResponse({ problem: createProblem('idempotency-key-in-use', {}) });
  }
  try {
    const known = repeatable && (await parts.idempotency.recall(repeatable));
    if (known !== undefined) return replyResponse(known);
    const facts = { request: parsed.request, caller, place, permission, now };
    const stands = (): ProblemAnswer | undefined => {
      if (caller === undefined) return undefined;
      const sameCaller = authenticated(parts, context, now);
      const stranger = checkCaller(parts.projection, { operation, route }, sameCaller);
      if (stranger !== undefined || sameCaller === undefined || sameCaller.kind === 'operator') return stranger;
      const samePlace = findPlace(parts.projection, request.params ?? {});
      if (samePlace === undefined) return notFound;
      const question = { operation, route, caller: sameCaller, place: samePlace, body: request.body, at: now };
      const decided = authorizeCall(parts.projection, question);
      return 'problem' in decided ? decided : undefined;
    };
    const call = Object.assign(callTools(parts, mounted, { repeatable, stands }), facts);
    // Each operation's handler takes exactly that operation's call; the table walk loses the link.
    const handler = parts.handlers[operation] as unknown as Handler<'getMe'>;
    const answered = (await handler(call as unknown as Call<'getMe'>)) as AnyAnswer;
    if (parts.checkReplies) checkReply(route, operation, answered);
    return replyResponse(answered);
  } catch (error) {
    // Another process did the same request first: its answer is the answer.
    const isRepeat = error instanceof PortalError && error.info.code === 'request-repeated';
    const first = isRepeat && repeatable && (await parts.idempotency.recall(repeatable));
    if (first) return replyResponse(first);
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

function callTools(
  parts: AppParts,
  { context }: Mounted,
  of: { readonly repeatable: Repeatable | undefined; readonly stands: () => ProblemAnswer | undefined },
) {
  const { ledger, idempotency } = parts;
  const { repeatable, stands } = of;
  return {
    address: parts.addressOf(context),
    // Made only for who asks: it costs more than a small request.
    get signal() {
      return context.req.raw.signal;
    },
    write: async (command: (draft: Draft) => AnyAnswer) =>
      await ledger.write((draft) => {
        // The command waits its turn, and what comes before it may have ended the caller's rights.
        const answered = stands() ?? command(draft);
        if (repeatable !== undefined && 'body' in answered) idempotency.keepReply(draft, repeatable, answered);
        return answered;
      }),
    keepAttempt: (draft: Draft, attemptId: AttemptId) => {
      if (repeatable !== undefined) idempotency.keepAttempt(draft, repeatable, attemptId);
    },
  };
}

function stream(
  parts: AppParts,
  call: {
    readonly request: RouteRequest<Routes['streamEvents']>;
    readonly caller: MemberPrincipal | undefined;
    readonly place: Place;
    readonly context: Context;
  },
): Response {
  const { request, caller, place, context } = call;
  const { property } = place;
  if (caller === undefined || property === undefined) return problemResponse(notFound);
  const answered = streamEventsTo(
    {
      request,
      caller,
      property,
      signal: context.req.raw.signal,
      lastPosition: () => parts.projection.lastPosition(property.id),
      permissionNow: () => {
        const principal = principalOf(parts, context, parts.clock.now());
        const asked = { operation: 'streamEvents', route: routes.streamEvents } as const;
        if (principal === undefined || principal.kind === 'operator') return undefined;
        if (checkCaller(parts.projection, asked, principal) !== undefined) return undefined;
        const now = findPlace(parts.projection, { propertyId: property.id });
        const at = parts.clock.now();
        const question = { ...asked, caller: principal, body: undefined, at };
        const answered = now && authorizeCall(parts.projection, { ...question, place: now });
        return answered === undefined || 'problem' in answered ? undefined : answered.permission;
      },
    },
    parts.streams,
  );
  return answered instanceof Response ? answered : problemResponse(answered);
}

function authenticated(parts: AppParts, context: Context, now: Instant): Principal | undefined {
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
  return token === undefined ? undefined : parts.authenticate(token, now);
}

function principalOf(parts: AppParts, context: Context, now: Instant): Principal | undefined {
  const principal = authenticated(parts, context, now);
  if (principal !== undefined && principal.kind !== 'operator') parts.onMemberUse(principal.member.id, now);
  if (principal?.kind === 'api-key' && principal.apiKey !== undefined) parts.onApiKeyUse(principal.apiKey.id, now);
  return principal;
}

function queryOf(context: Context): Readonly<Record<string, unknown>> {
  const entries = Object.entries(context.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return Object.fromEntries(entries);
}

function replyResponse(answered: AnyAnswer): Response {
  if ('problem' in answered) return problemResponse(answered);
  const { status, body } = answered;
  if (body === undefined) return new Response(null, { status });
  const { version } = body as { readonly version?: unknown };
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return new Response(JSON.stringify(body), {
    status,
    headers: typeof version === 'number' ? { ...headers, etag: `"${version}"` } : headers,
  });
}

function checkReply(route: Route, operation: OperationId, answered: AnyAnswer): void {
  if ('problem' in answered) {
    const { code } = answered.problem;
    if (problemCodesOf(route).includes(code)) return;
    throw new Error(`The contract does not name ${code} among the problems of ${operation}.`);
  }
  const fits = parseRouteReply(route, answered.body);
  if (fits.success && route.statuses.includes(answered.status)) return;
  const issues = fits.success ? [`status ${answered.status}`] : fits.issues.map((issue) => issue.path.join('.'));
  throw new Error(`The reply of ${operation} does not fit the contract: ${issues.join(', ')}.`);
}
