import type { OperationId, Route, RouteInput, RouteReply, Routes } from '@latchwork/contract';

/** One part of a route's input, or nothing that could be missing when the route has no such part. */
export type PartOf<Input, Name extends string> = Input extends { readonly [Key in Name]: infer Part } ? Part : unknown;
/** The same data with its members written out. */
export type Flat<Data> = { readonly [Name in keyof Data]: Data[Name] };

/** The `version` that an edit takes, or nothing for other calls. */
export type VersionOf<Called extends Route> = Called['precondition'] extends 'version'
  ? { readonly version: number }
  : unknown;

/**
 * What a call takes, in one flat object: the path's parameters together with the query or the body, and for an edit the
 * `version` that the caller saw; another one there now makes it fail with `version-stale`.
 */
export type CallInput<Called extends Route> = Flat<
  PartOf<RouteInput<Called>, 'params'> &
    PartOf<RouteInput<Called>, 'query'> &
    PartOf<RouteInput<Called>, 'body'> &
    VersionOf<Called>
>;

/** What every call takes besides its input. */
export interface CallOptions {
  /** Ends the call; it then fails with `aborted`. */
  readonly signal?: AbortSignal;
  /** The most the whole call may take, repeats and reading the reply included; the client's own `timeoutMs` when absent. */
  readonly timeoutMs?: number;
  /** Makes repeats of this intention safe, also from another process; one is made for each call when absent. */
  readonly idempotencyKey?: string;
  /** W3C trace context to carry on. */
  readonly traceparent?: string;
}

/** The arguments of a call: no input for a route that takes none, an optional one when every field is optional. */
export type CallArguments<Called extends Route> = keyof CallInput<Called> extends never
  ? [options?: CallOptions]
  : Record<never, never> extends CallInput<Called>
    ? [input?: CallInput<Called>, options?: CallOptions]
    : [input: CallInput<Called>, options?: CallOptions];

/** One call of the API as a function. */
export type CallFunction<Called extends Route> = (...args: CallArguments<Called>) => Promise<RouteReply<Called>>;

/** Every call of the API whose reply is JSON or empty; the live stream is `events.follow`. */
export type CallableId = { [Id in OperationId]: Routes[Id]['media'] extends 'event-stream' ? never : Id }[OperationId];
