import type { Operation, OperationId, Problem } from '@latchwork/contract';
import ky, { HTTPError, type KyInstance } from 'ky';
import { LatchworkError } from './latchwork-error.js';
import { isProblem } from './problem-body.js';
import { decideRetry, type FailedTry, type RetryOptions, readRetryAfterMs } from './retry-policy.js';

/**
 * Gives the bearer token before each try. When the portal has just refused one as `unauthenticated` it is asked once
 * more, with `rejected`: another token makes the call go on, the same one lets it fail.
 */
export type TokenSource = (ask: { readonly rejected: string | undefined }) => string | Promise<string>;

/** How the client reaches the portal. */
export interface TransportOptions {
  /** The portal's origin, with a path if it lives below one. */
  readonly baseUrl: string;
  /** The bearer token of a session, an API key or an app, or a source of tokens that change. */
  readonly token?: string | TokenSource | undefined;
  /** The `fetch` to use; the platform's when absent. A server's handler does as well: `app.fetch`. */
  readonly fetch?: ((request: Request) => Response | Promise<Response>) | undefined;
}

/** One request, ready to send. */
export interface TransportRequest {
  /** The call it belongs to, for errors. */
  readonly operation: OperationId;
  /** HTTP method. */
  readonly method: Operation['method'];
  /** Path and query, beginning with a slash. */
  readonly path: string;
  /** Headers besides `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body; `undefined` sends none. */
  readonly body: unknown;
  /** How to repeat it, or `undefined` when a repeat could do harm. */
  readonly retry: RetryOptions | undefined;
  /** After this time from the first try no repeat is started; absent without a deadline. */
  readonly deadlineMs?: number | undefined;
  /** Bounds the whole exchange up to the reply's last byte; `undefined` for a stream, which has no end. */
  readonly timeoutMs: number | undefined;
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
}

/** Sends requests and gives what `read` makes of a successful reply; every failure is a {@link LatchworkError}. */
export type Transport = <Read>(request: TransportRequest, read: (response: Response) => Promise<Read>) => Promise<Read>;

/** Wires a transport over ky; nothing is sent yet. */
export function createTransport(options: TransportOptions): Transport {
  const origin = options.baseUrl.replace(/\/+$/, '');
  const { token, fetch } = options;
  const base = ky.create({
    ...(fetch ? { fetch: async (input) => fetch(input as Request) } : {}),
    ...(typeof token === 'string' ? { headers: { authorization: `Bearer ${token}` } } : {}),
    timeout: false,
  });
  const tokenSource = typeof token === 'function' ? token : undefined;
  return (request, read) => send({ base, origin, tokenSource }, request, read);
}

interface Wiring {
  readonly base: KyInstance;
  readonly origin: string;
  readonly tokenSource: TokenSource | undefined;
}

async function send<Read>(
  { base, origin, tokenSource }: Wiring,
  request: TransportRequest,
  read: (response: Response) => Promise<Read>,
): Promise<Read> {
  const { operation, signal, timeoutMs, retry, deadlineMs } = request;
  if (signal?.aborted) throw new LatchworkError({ operation, code: 'aborted' }, signal.reason);
  const startedAt = performance.now();
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal?.addEventListener('abort', end);
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, timeoutMs);
  let bearer: string | undefined;
  let renewal: { token: string | undefined } | undefined;
  let tokenFault: { readonly error: unknown } | undefined;
  let seen: { readonly response: Response; readonly problem: Problem | undefined } | undefined;
  let delayMs = 0;
  // A fetch of the caller's own may not heed its signal, such as a server's handler; the call ends all the same.
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason));
  });
  try {
    return await Promise.race([exchange(), ended]);
  } catch (error) {
    if (tokenFault) throw tokenFault.error;
    throw await toLatchworkError(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }

  async function exchange(): Promise<Read> {
    const response = await base(origin + request.path, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { json: request.body }),
      signal: ending.signal,
      hooks: {
        beforeRequest: [...(tokenSource ? [authorize] : []), ...(deadlineMs === undefined ? [] : [tellElapsed])],
      },
      // ky asks, we decide: its own rule can neither see the problem's code nor stop short of a deadline.
      retry: {
        limit: (retry?.limit ?? 0) + (tokenSource ? 1 : 0),
        methods: ['get', 'post', 'put', 'patch', 'delete'],
        delay: () => delayMs,
        shouldRetry,
      },
    });
    return await read(response);
  }

  async function authorize(outgoing: Request): Promise<void> {
    bearer = renewal?.token ?? (await askToken(undefined));
    if (renewal) renewal.token = undefined;
    outgoing.headers.set('authorization', `Bearer ${bearer}`);
  }

  async function askToken(rejected: string | undefined): Promise<string | undefined> {
    try {
      return await tokenSource?.({ rejected });
    } catch (error) {
      tokenFault = { error };
      throw error;
    }
  }

  // After `authorize`, for getting a token takes its time as well.
  function tellElapsed(outgoing: Request, _: unknown, { retryCount }: { readonly retryCount: number }): void {
    if (retryCount === 0 || deadlineMs === undefined) return;
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= deadlineMs) throw new LatchworkError({ operation, code: 'timeout', timeoutMs: deadlineMs });
    outgoing.headers.set('latchwork-elapsed-ms', String(Math.ceil(elapsedMs)));
  }

  async function shouldRetry({ error, retryCount }: { error: Error; retryCount: number }): Promise<boolean> {
    if (tokenFault || ending.signal.aborted || error instanceof LatchworkError) return false;
    const failed = await describeTry(error);
    if (failed.code === 'unauthenticated') return await renewToken();
    if (!retry) return false;
    const elapsedMs = performance.now() - startedAt;
    const decision = decideRetry(failed, {
      retry,
      repeats: retryCount - (renewal ? 2 : 1),
      remainingMs: Math.min(timeoutMs ?? Infinity, deadlineMs ?? Infinity) - elapsedMs,
      random: Math.random(),
    });
    if (decision.retry) delayMs = decision.delayMs;
    return decision.retry;
  }

  // Nothing was done for a caller whom nobody knows, so this repeat is safe for every call.
  async function renewToken(): Promise<boolean> {
    if (!tokenSource || renewal) return false;
    renewal = { token: await askToken(bearer) };
    delayMs = 0;
    return renewal.token !== bearer;
  }

  async function describeTry(error: Error): Promise<FailedTry> {
    if (!(error instanceof HTTPError)) return {};
    const { response } = error;
    const code = (await problemOf(response))?.code;
    const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'), Date.now());
    return {
      status: response.status,
      ...(code === undefined ? {} : { code }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  async function toLatchworkError(error: unknown): Promise<LatchworkError> {
    if (error instanceof LatchworkError) return error;
    if (timedOut && timeoutMs !== undefined) {
      return new LatchworkError({ operation, code: 'timeout', timeoutMs }, error);
    }
    if (signal?.aborted) return new LatchworkError({ operation, code: 'aborted' }, error);
    if (!(error instanceof HTTPError)) return new LatchworkError({ operation, code: 'network' }, error);
    const { response } = error;
    const problem = await problemOf(response);
    return problem
      ? new LatchworkError(Object.assign({ operation }, problem), error)
      : new LatchworkError(
          { operation, code: 'invalid-response', status: response.status, issues: ['not a problem of the API'] },
          error,
        );
  }

  // A body is read once; the last try's problem is asked for twice, by the retry decision and by the error.
  async function problemOf(response: Response): Promise<Problem | undefined> {
    if (seen?.response !== response) seen = { response, problem: await readProblemBody(response) };
    return seen.problem;
  }
}

async function readProblemBody(response: Response): Promise<Problem | undefined> {
  try {
    const body: unknown = await response.json();
    return isProblem(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
