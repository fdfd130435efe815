import {
  type ActionAttempt,
  type Event,
  isEndState,
  type RouteReply,
  type Routes,
  type unlockEntrance,
} from '@latchwork/contract';
import { createCallFunction, createSend, type Send } from './call.js';
import type { CallOptions } from './call-types.js';
import { defaultFollowTiming, type FollowInput, followEvents } from './event-feed.js';
import { LatchworkError } from './latchwork-error.js';
import { pause } from './pause.js';
import { createResources, type Resources } from './resources.js';
import { defaultRetry, type RetryOptions } from './retry-policy.js';
import { createTransport, type TransportOptions } from './transport.js';

/** What a client is made from. */
export interface ClientOptions extends TransportOptions {
  /** The most one call may take, repeats included; 30 seconds when absent. */
  readonly timeoutMs?: number;
  /** How calls that are safe to repeat are repeated; `{ limit: 0 }` never. */
  readonly retry?: Partial<RetryOptions>;
}

/** What {@link Client.unlock} takes. */
export interface UnlockRequest {
  /** The entrance to unlock. */
  readonly entranceId: string;
  /** How long from now the command may still reach the lock, 2000 to 30000; 10000 when absent. */
  readonly deadlineMs?: number;
  /** How long to wait for the end of the attempt, 0 to 30; 0 answers as soon as it is accepted. */
  readonly waitSeconds?: number;
  /** Names this intention; one is made when absent and used for every repeat, so a door opens once. */
  readonly idempotencyKey?: string;
}

/** What `attempts.waitFor` takes besides the attempt's id. */
export interface WaitOptions {
  /** Fails with `timeout` after this; 30 seconds when absent. */
  readonly timeoutMs?: number;
  /** Fails with `aborted` when it fires. */
  readonly signal?: AbortSignal;
}

/** The methods of attempts. */
export type AttemptMethods = Resources['attempts'] & {
  /** Gives the attempt once it has ended: confirmed, refused, expired or unknown. The portal is asked to hold its reply back, so this is no polling. */
  readonly waitFor: (attemptId: string, options?: WaitOptions) => Promise<ActionAttempt>;
};

/** The methods of the event feeds. */
export type EventMethods = Resources['events'] & {
  /** Follows the events of a property or an organization live, across cuts, each once and in order; ends when the signal fires or the loop is left. */
  readonly follow: (input: FollowInput) => AsyncGenerator<Event, void, undefined>;
};

/** Every call of the API, typed; all calls fail with a {@link LatchworkError}. */
export interface Client extends Omit<Resources, 'attempts' | 'events'> {
  /** Action attempts. */
  readonly attempts: AttemptMethods;
  /** The event feeds. */
  readonly events: EventMethods;
  /** Tells who the token stands for. */
  readonly me: (options?: CallOptions) => Promise<RouteReply<Routes['getMe']>>;
  /**
   * Unlocks an entrance with the caller's own Key. Gives the attempt as it is when the portal answers: look at `state`,
   * accepted is not opened (P-1). A refusal by decision fails with `unlock-refused` and says why.
   */
  readonly unlock: (
    request: UnlockRequest,
    options?: Omit<CallOptions, 'idempotencyKey'>,
  ) => Promise<RouteReply<typeof unlockEntrance>>;
}

/** Wires a client of one portal; nothing is sent before the first call. */
export function createClient(options: ClientOptions): Client {
  const retry = { ...defaultRetry, ...options.retry };
  const transport = createTransport(options);
  const send = createSend(transport, { timeoutMs: options.timeoutMs ?? 30_000, retry });
  const resources = createResources(send);
  return {
    ...resources,
    attempts: { ...resources.attempts, waitFor: (attemptId, wait = {}) => waitForEnd(send, attemptId, wait) },
    events: { ...resources.events, follow: (input) => followEvents(transport, input, defaultFollowTiming, retry) },
    me: createCallFunction(send, 'getMe'),
    unlock: ({ waitSeconds, idempotencyKey, ...input }, call) =>
      send('unlockEntrance', input, {
        ...call,
        waitSeconds,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      }),
  };
}

const maxHeldBackSeconds = 25;
const shortestTurnMs = 500;

async function waitForEnd(
  send: Send,
  attemptId: string,
  { timeoutMs = 30_000, signal }: WaitOptions,
): Promise<ActionAttempt> {
  const startedAt = performance.now();
  const leftMs = (): number => timeoutMs - (performance.now() - startedAt);
  const bounds = signal ? { signal } : {};
  for (;;) {
    const turnStartedAt = performance.now();
    if (leftMs() <= 0) throw new LatchworkError({ operation: 'getAttempt', code: 'timeout', timeoutMs });
    const waitSeconds = Math.min(maxHeldBackSeconds, Math.floor(leftMs() / 1000));
    const attempt = await send('getAttempt', { attemptId }, { ...bounds, waitSeconds, timeoutMs: leftMs() });
    if (isEndState(attempt.state)) return attempt;
    // A portal that does not hold its reply back must not be asked in a tight loop.
    const turnMs = performance.now() - turnStartedAt;
    await pause(Math.min(shortestTurnMs - turnMs, leftMs()), signal);
  }
}
