import { createProblem } from '@latchwork/contract';
import { type ApiRequest, headerOf } from './api-exchange.js';
import type { ProblemAnswer } from './call.js';

/** The most bytes a request body may have where its route allows no more; the largest of those is a Key of 500 entrances, some 17 kB. */
export const largestBodyBytes = 65_536;

/** A parsed JSON body, `undefined` when there was none, or the problem. */
export type BodyResult = { readonly body: unknown } | ProblemAnswer;

/** Reads a JSON body of at most so many bytes; of a longer one nothing is kept. */
export async function readBody(
  request: Pick<ApiRequest, 'headers' | 'readText'>,
  mostBytes = largestBodyBytes,
): Promise<BodyResult> {
  if (Number(headerOf(request.headers, 'content-length') ?? 0) > mostBytes) return tooLarge;
  const text = await request.readText(mostBytes);
  if (text === undefined) return tooLarge;
  if (text.length === 0) return { body: undefined };
  if (!isJson(headerOf(request.headers, 'content-type'))) {
    return { problem: createProblem('unsupported-media-type', {}) };
  }
  try {
    return { body: JSON.parse(text) };
  } catch {
    const issues = [{ in: 'body' as const, pointer: '', code: 'not-json', message: 'The body is not valid JSON.' }];
    return { problem: createProblem('invalid-request', { issues }) };
  }
}

// The connection stays: closed under somebody who is still sending, it would be reset, and they might never read why.
const tooLarge: ProblemAnswer = { problem: createProblem('payload-too-large', {}) };

function isJson(contentType = ''): boolean {
  if (contentType === 'application/json') return true;
  return contentType.split(';')[0]?.trim().toLowerCase() === 'application/json';
}
