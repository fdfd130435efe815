import { createProblem, type ProblemCode, type ProblemDetails } from '@latchwork/contract';
import { expect } from 'vitest';
import { type ClientOptions, createClient } from './client.js';
import { LatchworkError, type LatchworkErrorInfo } from './latchwork-error.js';

/** The reply of a portal that refuses. */
export function problem<Code extends ProblemCode>(
  code: Code,
  details: ProblemDetails<Code>,
  headers: Record<string, string> = {},
): Response {
  const body = createProblem(code, details);
  return Response.json(body, {
    status: body.status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}

/** A client against answers given one after another; the last one goes on for ever. Keeps every request. */
export function against(
  answers: readonly ((request: Request) => Response | Promise<Response>)[],
  options: Partial<ClientOptions> = {},
) {
  const requests: Request[] = [];
  const client = createClient({
    baseUrl: 'http://portal.test',
    token: 'lws_secret',
    retry: { limit: 3, baseDelayMs: 1 },
    ...options,
    fetch: (request) => {
      requests.push(request.clone());
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      if (!answer) throw new TypeError('fetch failed');
      return answer(request);
    },
  });
  return { client, requests };
}

/** What the error of a failing call tells; it never tells the token. */
export async function infoOf(call: Promise<unknown>): Promise<LatchworkErrorInfo> {
  const error = await call.then(
    () => expect.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LatchworkError)) throw error;
  expect(error.message).not.toContain('lws_secret');
  return error.info;
}
