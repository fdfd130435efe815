import { createProblem } from '@latchwork/contract';
import type { ApiResponse } from './api-exchange.js';
import type { ProblemAnswer } from './call.js';
import { webResponse } from './web-exchange.js';

/** The problem of a well-formed field whose value does not fit what exists. */
export function invalidField(pointer: string, message: string): ProblemAnswer {
  return { problem: createProblem('invalid-request', { issues: [{ in: 'body', pointer, code: 'unknown', message }] }) };
}

/** A problem as it travels (RFC 9457). */
export function problemToSend({ problem, headers }: ProblemAnswer): ApiResponse {
  const all = { 'content-type': 'application/problem+json', ...headers };
  return { status: problem.status, headers: all, body: JSON.stringify(problem) };
}

/** A problem as the answer of a page. */
export function problemResponse(answer: ProblemAnswer): Response {
  return webResponse(problemToSend(answer));
}
