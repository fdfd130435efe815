import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError, type DirectoryErrorInfo } from '../directory-error.js';
import { isObject, overlong, parseJsonObject, readBodyBytes } from './body-bytes.js';
import type { Reading } from './reading.js';
import { decidePauseMs, maxTries, readRetryAfterMs } from './retry-policy.js';

/** What reaches a directory. */
export interface HttpOptions {
  /** The platform's when absent. */
  readonly fetch?: typeof fetch;
  readonly clock: DirectoryClock;
  /** From 0 up to 1, for the pauses between tries. */
  readonly random?: () => number;
  /** After this long without the whole answer a try counts as failed. Default a minute. */
  readonly requestTimeoutMs?: number;
}

/** An answer other than 2xx. The body is the directory's own account of it and stays here. */
export interface Refusal {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** What a refusal means, and whether it may be another a moment later. */
export interface Meaning {
  readonly info: DirectoryErrorInfo;
  readonly again: boolean;
}

/** One question to a directory, and how its answer is read. */
export interface Question<Answer> {
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Which media types an answer has; JSON when absent. */
  readonly mediaTypes?: readonly string[];
  /** `undefined`: not what the API answers; then the question is asked again. */
  readonly read: (bytes: Uint8Array) => Answer | undefined;
  /** What a refusal means where it is not what its status says. */
  readonly explain?: (refusal: Refusal) => Meaning | undefined;
}

/** Asks until there is an answer, or until it is clear that there is none. */
export type DirectoryHttp = <Answer>(question: Question<Answer>, reading: Reading) => Promise<Answer>;

interface Failure extends Meaning {
  readonly cause?: Error;
  readonly retryAfterMs?: number | undefined;
}

type Attempt<Answer> = { readonly answer: Answer } | { readonly failure: Failure };

/**
 * Wires the one policy by which every directory is asked. Throttling, server faults, cut and foreign bodies are asked
 * again, up to eight times and as the server wishes; redirects are not followed, so that nothing that was meant for one
 * host reaches another.
 */
export function createDirectoryHttp(options: HttpOptions): DirectoryHttp {
  const { clock, random = Math.random } = options;
  return async (question, reading) => {
    for (let tries = 1; ; tries += 1) {
      reading.check();
      const attempt = await ask(question, reading, options);
      if ('answer' in attempt) return attempt.answer;
      const { info, again, retryAfterMs, cause } = attempt.failure;
      reading.check();
      const pauseMs = decidePauseMs({ tries, retryAfterMs, random: random() });
      if (!again || tries === maxTries || pauseMs >= reading.remainingMs()) {
        throw new DirectoryError(info, cause ? { cause } : undefined);
      }
      await clock.wait(pauseMs, reading.signal).catch(() => undefined);
    }
  };
}

async function ask<Answer>(
  question: Question<Answer>,
  reading: Reading,
  { fetch = globalThis.fetch, clock, requestTimeoutMs = 60_000 }: HttpOptions,
): Promise<Attempt<Answer>> {
  const { url, method = 'GET', headers = {}, body, mediaTypes = ['application/json'] } = question;
  // A socket that hangs is outside anybody's clock.
  const stalled = AbortSignal.timeout(Math.max(1, Math.min(requestTimeoutMs, reading.remainingMs())));
  const signal = reading.signal ? AbortSignal.any([reading.signal, stalled]) : stalled;
  let status: number | null = null;
  try {
    const response = await fetch(url.href, {
      method,
      headers: { accept: mediaTypes.join(', '), ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      signal,
    });
    status = response.status;
    const bytes = await readBodyBytes(response, reading.limits.maxPageBytes);
    if (bytes === overlong) return { failure: { info: { code: 'too-large' }, again: false } };
    const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'), clock.now());
    if (!response.ok) {
      const meaning = question.explain?.({ status, body: parseJsonObject(bytes) }) ?? describeStatus(status);
      return { failure: { ...meaning, retryAfterMs } };
    }
    const answer = isMediaType(response.headers.get('content-type'), mediaTypes) ? question.read(bytes) : undefined;
    if (answer !== undefined) return { answer };
    return { failure: { info: { code: 'answer-malformed', status }, again: true, retryAfterMs } };
  } catch (error) {
    if (error instanceof DirectoryError) return { failure: { info: error.info, again: false } };
    if (reading.signal?.aborted) return { failure: { info: { code: 'aborted' }, again: false } };
    const info: DirectoryErrorInfo =
      status === null || stalled.aborted ? { code: 'unreachable', status } : { code: 'answer-malformed', status };
    return { failure: { info, again: true, cause: describeCause(error) } };
  }
}

/** What a status means by itself, and whether it may mean something else a moment later. */
function describeStatus(status: number): Meaning {
  if (status === 429) return { info: { code: 'throttled', status }, again: true };
  if (status === 401) return { info: { code: 'unauthorized', status }, again: false };
  if (status === 403) return { info: { code: 'forbidden', status }, again: false };
  if (status === 404) return { info: { code: 'not-found', status }, again: false };
  // 501 is Microsoft's word for a property that cannot be had in a list: it stays so.
  if (status >= 500 && status !== 501) return { info: { code: 'unreachable', status }, again: true };
  return { info: { code: 'answer-malformed', status }, again: status === 408 };
}

function isMediaType(header: string | null, wanted: readonly string[]): boolean {
  const given = header?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return wanted.includes(given);
}

/** Keeps the code of a network's fault (`ECONNREFUSED`) and nothing of its text, which may name anything. */
function describeCause(error: unknown): Error {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,39}$/.test(code)) return new Error(code);
  }
  return new Error(isObject(error) && error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : 'Error');
}
