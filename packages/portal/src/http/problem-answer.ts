import { createProblem } from '@latchwork/contract';
import type { ProblemAnswer } from './call.js';

/** The problem of a well-formed field whose value does not fit what exists. */
export function invalidField(pointer: string, message: string): ProblemAnswer {
  return { problem: createProblem('invalid-request', { issues: [{ in: 'body', pointer, code: 'unknown', message }] }) };
}

/** A problem as it travels (RFC 9457). */
export function problemResponse({ problem, headers }: ProblemAnswer): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
