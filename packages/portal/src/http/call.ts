import type { OperationId, Problem, RouteAuth, RouteReplyInput, RouteRequest, Routes } from '@latchwork/contract';
import type { AttemptId, Instant, PermissionDecision } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Steps } from '../in-steps.js';
import type { CommitDraft, Draft } from '../ledger.js';
import type { Place } from './place.js';

/** Who calls a route, by what the route asks for. */
type CallerOf<Auth extends RouteAuth> = Auth extends 'session' | 'session-or-api-key' ? MemberPrincipal : undefined;

/** A permission that was given, with its scope and conditions. */
export type Permission = Extract<PermissionDecision, { readonly allow: true }>;

/** One call of a route as its handler gets it: checked, authenticated and authorized. */
export interface Call<Operation extends OperationId> {
  readonly request: RouteRequest<Routes[Operation]>;
  readonly caller: CallerOf<Routes[Operation]['auth']>;
  /** What the path's ids name; everything in it exists and belongs to the caller's organization. */
  readonly place: Place;
  /** Absent for routes on which no role decides. */
  readonly permission: Permission | undefined;
  readonly now: Instant;
  /** Where the call comes from, as far as the connection tells. */
  readonly address: string;
  readonly signal: AbortSignal;
  /** Runs a command in the ledger; its reply is kept for a repeat with the same idempotency key. */
  write(command: (draft: CommitDraft) => Answer<Operation>): Promise<Answer<Operation>>;
  /** As `write`, for a command that would hold everybody up; it is decided ahead, and must yield often. */
  writeLong(decide: (draft: Draft) => Steps<Answer<Operation>>): Promise<Answer<Operation>>;
  /** Keeps an attempt for a repeat with the same idempotency key; for a handler that runs its own command. */
  keepAttempt(draft: Draft, attemptId: AttemptId): void;
}

/** What a handler answers: a reply of its route, or a problem. A command that answers a problem writes nothing. */
export type Answer<Operation extends OperationId> = Reply<Operation> | ProblemAnswer;

/** A reply with its status. */
export interface Reply<Operation extends OperationId> {
  readonly status: Routes[Operation]['statuses'][number];
  readonly body: RouteReplyInput<Routes[Operation]>;
}

/** A problem with the headers that belong to it. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The operations that answer with a stream of events. */
export type StreamOperation = {
  [Operation in OperationId]: Routes[Operation]['media'] extends 'event-stream' ? Operation : never;
}[OperationId];

/** Answers one operation. */
export type Handler<Operation extends OperationId> = (call: Call<Operation>) => Promise<Answer<Operation>>;

/** Answers every operation but the streams. */
export type Handlers = { readonly [Operation in Exclude<OperationId, StreamOperation>]: Handler<Operation> };
