import type { Action } from '@latchwork/core';
import type * as z from 'zod/mini';
import type { Operation } from './operation.js';
import type { ProblemCode } from './problem.js';
import type { ReadonlyData } from './readonly-data.js';

/** Who may call a route: anybody, the operator's key, a signed-in member, or also a program: an API key or an app whose scopes cover it. */
export type RouteAuth = 'none' | 'operator' | 'session' | 'session-or-api-key';

/** The half of a route that judges a request: what it must satisfy and who may make it. */
export interface RouteRules {
  /** One sentence for the docs. */
  readonly summary: string;
  /** Schema of the path's parameters; present exactly when the path has some. */
  readonly params?: z.ZodMiniType;
  /** Schema of the query, from strings; present exactly when the operation sends one. */
  readonly query?: z.ZodMiniType;
  /** Schema of the request headers that carry meaning, by lowercase name; others are not looked at. */
  readonly headers?: z.ZodMiniType;
  /** Schema of the JSON body, present exactly when the operation sends one; an absent body counts as `{}`. */
  readonly body?: z.ZodMiniType;
  /** The statuses of success; the reply has the same schema for each. */
  readonly statuses: readonly [number, ...number[]];
  /** The problems of this route besides those every route of its kind has; see `problemCodesOf`. */
  readonly problems: readonly ProblemCode[];
  /** The most bytes of the body, where it may be longer than others. */
  readonly largestBodyBytes?: number;
  /** Who may call it. */
  readonly auth: RouteAuth;
  /**
   * What a role has to permit, on the property of the path or in the workplace; `null` where no role decides, or where
   * core decides about the people it concerns. For Keys it names the right over other people's: for the caller's own,
   * its twin (`key.create_for_self`, `key.edit_own`) decides.
   */
  readonly action: Action | null;
}

/** Everything client, portal and OpenAPI document need to know about one call of the API. */
export type Route = Operation & RouteRules;

/** Joins the two halves of a route, keeping the exact type of each part for {@link RouteInput}, {@link RouteRequest} and {@link RouteReply}. */
export function route<const Travels extends Operation, const Rules extends RouteRules>(
  travels: Travels,
  rules: Rules,
): Travels & Rules {
  return { ...travels, ...rules };
}

/** The parts of a request that a route has schemas for. */
export type RoutePart = 'params' | 'query' | 'headers' | 'body';

/** What a caller gives: each part the route has, with plain strings for ids and defaults left out. */
export type RouteInput<Called extends Route> = {
  readonly [Name in Extract<keyof Called, RoutePart>]: Called[Name] extends z.ZodMiniType
    ? ReadonlyData<z.input<Called[Name]>>
    : never;
};

/** What a handler gets: each part the route has, checked, with branded ids and defaults filled in. */
export type RouteRequest<Called extends Route> = {
  readonly [Name in Extract<keyof Called, RoutePart>]: Called[Name] extends z.ZodMiniType
    ? ReadonlyData<z.output<Called[Name]>>
    : never;
};

/** What a caller gets; `undefined` for a reply without a body. */
export type RouteReply<Called extends Operation> = Called['reply'] extends z.ZodMiniType
  ? ReadonlyData<z.output<Called['reply']>>
  : undefined;

/** What a handler gives; ids may be plain strings. */
export type RouteReplyInput<Called extends Operation> = Called['reply'] extends z.ZodMiniType
  ? ReadonlyData<z.input<Called['reply']>>
  : undefined;

/** Every problem a route can answer with: its own and those that follow from its auth, body, idempotency and parameters. */
export function problemCodesOf(called: Route): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(called.problems);
  if (called.auth !== 'none') codes.add('unauthenticated').add('forbidden');
  // A session of a booking channel reaches little else, and without a license nothing (S39).
  if (called.auth.startsWith('session')) codes.add('channel-not-allowed').add('license-required');
  if (called.auth === 'session-or-api-key') codes.add('scope-missing');
  if (called.action !== null) codes.add('not-found');
  if (called.params || called.query || called.headers || called.body) codes.add('invalid-request');
  if (called.body) codes.add('payload-too-large').add('unsupported-media-type');
  if (called.idempotency !== 'none') codes.add('idempotency-key-reused').add('idempotency-key-in-use');
  if (called.idempotency === 'required') codes.add('idempotency-key-required');
  if (called.precondition === 'version') codes.add('version-required').add('version-stale');
  return [...codes.add('method-not-allowed').add('rate-limited').add('internal').add('unavailable')];
}
