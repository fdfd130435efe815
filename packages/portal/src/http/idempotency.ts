import { createProblem, type OperationId, type Route } from '@latchwork/contract';
import type { AttemptId, Instant } from '@latchwork/core';
import type { Principal } from '../access/principal.js';
import type { Sealer } from '../access/sealer.js';
import type { Draft } from '../ledger.js';
import { PortalError } from '../portal-error.js';
import type { Projection } from '../store/projection.js';
import { idempotencyWindowMs } from '../store/projection-content.js';
import type { Reader } from '../store/store.js';
import { answerOfAttempt } from './attempt-answer.js';
import type { ProblemAnswer } from './call.js';

/** What a handler answered, as the mounting sees it: of any operation. */
export type AnyAnswer = { readonly status: number; readonly body: unknown } | ProblemAnswer;

/** One request with an idempotency key. */
export interface Repeatable {
  /** Whose key it is: another caller's equal key is another key. */
  readonly scope: string;
  readonly key: string;
  /** What was asked, operation, path and body, as a fingerprint: a body may have the digits of a door code in it. */
  readonly requestHash: string;
}

/** A request that may have an idempotency key. */
export interface KeyedRequest {
  readonly operation: OperationId;
  readonly route: Route;
  readonly params: unknown;
  readonly body: unknown;
  readonly key: string | undefined;
}

/** Makes repeats safe: the same key with the same request gives the same answer, and acts once. */
export interface Idempotency {
  /** Reads a request's idempotency key together with what it stands for; `undefined` without a key. */
  repeatableOf(principal: Principal, request: KeyedRequest): Repeatable | undefined;
  /** Marks a request as running until `end` is called; `undefined` when one with this key runs already. */
  begin(repeatable: Repeatable): { end(): void } | undefined;
  /** Answers from the first time, or refuses a key that was used for something else; `undefined`: go on. */
  recall(repeatable: Repeatable): Promise<AnyAnswer | undefined>;
  /**
   * Keeps a reply in the transaction that it tells of, sealed, for some carry a secret that is shown once.
   *
   * @throws PortalError `request-repeated` when another process did the same request meanwhile; `recall` has its answer.
   */
  keepReply(draft: Draft, repeatable: Repeatable, reply: { readonly status: number; readonly body: unknown }): void;
  /** Keeps an attempt; a repeat is answered with what became of it. Throws like `keepReply`. */
  keepAttempt(draft: Draft, repeatable: Repeatable, attemptId: AttemptId): void;
}

/** Creates the record over the projection's hashes and the store's replies. */
export function createIdempotency(parts: {
  readonly projection: Projection;
  readonly store: Pick<Reader, 'idempotentReply' | 'attempt'>;
  readonly sealer: Sealer;
}): Idempotency {
  const { projection, store, sealer } = parts;
  const running = new Set<string>();
  const nameOf = ({ scope, key }: Repeatable) => `${scope} ${key}`;
  /** This process runs no two of them at once, but another may have been first. */
  const refuseRepeated = ({ scope, key }: Repeatable) => {
    if (projection.requestHash(scope, key) !== undefined) throw new PortalError({ code: 'request-repeated' });
  };

  return {
    repeatableOf: (principal, { operation, route, params, body, key }) => {
      if (key === undefined || route.idempotency === 'none') return undefined;
      const asked = Buffer.from(JSON.stringify([operation, params ?? null, body ?? null]));
      return { scope: scopeOf(principal), key, requestHash: sealer.fingerprint(asked, 'idempotent_reply') };
    },

    recall: async (repeatable) => {
      const { scope, key, requestHash } = repeatable;
      const known = projection.requestHash(scope, key);
      if (known === undefined) return undefined;
      if (known !== requestHash) return { problem: createProblem('idempotency-key-reused', {}) };
      const kept = await store.idempotentReply(scope, key);
      if (kept === undefined) {
        projection.forgetRequest(scope, key);
        return undefined;
      }
      if (kept.attemptId !== null) {
        const attempt = projection.openAttempts.get(kept.attemptId) ?? (await store.attempt(kept.attemptId));
        return attempt === undefined ? undefined : answerOfAttempt(attempt);
      }
      if (kept.replySealed === null) return { status: kept.status, body: undefined };
      const body = Buffer.from(sealer.open(kept.replySealed, contextOf(repeatable))).toString();
      return { status: kept.status, body: JSON.parse(body) };
    },

    keepReply: (draft, repeatable, { status, body }) => {
      const { scope, key, requestHash } = repeatable;
      refuseRepeated(repeatable);
      const text = body === undefined ? undefined : JSON.stringify(body);
      const replySealed = text === undefined ? null : sealer.seal(Buffer.from(text), contextOf(repeatable));
      draft.insert('idempotentReply', {
        scope,
        key,
        requestHash,
        status,
        replySealed,
        attemptId: null,
        createdAt: draft.now,
      });
    },

    keepAttempt: (draft, repeatable, attemptId) => {
      refuseRepeated(repeatable);
      const { scope, key, requestHash } = repeatable;
      const row = { scope, key, requestHash, status: 0, replySealed: null, attemptId, createdAt: draft.now };
      draft.insert('idempotentReply', row);
    },

    begin: (repeatable) => {
      const name = nameOf(repeatable);
      if (running.has(name)) return undefined;
      running.add(name);
      return { end: () => running.delete(name) };
    },
  };
}

/** Before which instant kept replies may be forgotten. */
export function forgettableBefore(now: Instant): Instant {
  return (now - idempotencyWindowMs) as Instant;
}

function scopeOf(principal: Principal): string {
  if (principal.kind === 'operator') return 'operator';
  return principal.apiKey?.id ?? principal.appGrant?.id ?? principal.member.id;
}

function contextOf({ scope, key }: Repeatable): string {
  return `idempotent_reply/${scope}/${key}`;
}
