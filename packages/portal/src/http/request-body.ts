import { createProblem } from '@latchwork/contract';
import type { HonoRequest } from 'hono';
import type { ProblemAnswer } from './call.js';

/** The most bytes a request body may have; the largest of the contract is a Key of 500 entrances, some 17 kB. */
export const largestBodyBytes = 65_536;

/** A parsed JSON body, `undefined` when there was none, or the problem. */
export type BodyResult = { readonly body: unknown } | ProblemAnswer;

/** Reads a JSON body of at most {@link largestBodyBytes}; a longer one is not read to its end. */
export async function readBody(request: HonoRequest): Promise<BodyResult> {
  const declared = Number(request.header('content-length') ?? Number.NaN);
  if (declared > largestBodyBytes) return tooLarge;
  const text = Number.isNaN(declared) ? await readLimited(request.raw) : await request.text();
  if (text === undefined || text.length > largestBodyBytes) return tooLarge;
  if (text.length === 0) return { body: undefined };
  const mediaType = (request.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') return { problem: createProblem('unsupported-media-type', {}) };
  try {
    return { body: JSON.parse(text) };
  } catch {
    const issues = [{ in: 'body' as const, pointer: '', code: 'not-json', message: 'The body is not valid JSON.' }];
    return { problem: createProblem('invalid-request', { issues }) };
  }
}

const tooLarge: ProblemAnswer = {
  problem: createProblem('payload-too-large', {}),
  headers: { connection: 'close' },
};

async function readLimited(request: Request): Promise<string | undefined> {
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
