import type { DirectoryRequest, SentAnswer } from '../directory-http.js';
import { type BareAnswer, graphBadRequest } from './graph-error.js';

interface BatchedRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const parseBatch = (body: string): readonly BatchedRequest[] | undefined => {
  try {
    const { requests } = JSON.parse(body) as { readonly requests?: unknown };
    return Array.isArray(requests) ? (requests as readonly BatchedRequest[]) : undefined;
  } catch {
    return undefined;
  }
};

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
};

/** `POST /$batch`: at most 20 requests, each answered by itself, throttling too; the whole is 200 nevertheless. */
export async function answerGraphBatch(
  request: DirectoryRequest,
  answerOne: (inner: DirectoryRequest) => Promise<SentAnswer>,
): Promise<BareAnswer> {
  const batch = parseBatch(request.body);
  if (batch === undefined) return graphBadRequest('Invalid batch payload format.', 'BadRequest');
  if (batch.length > 20) {
    return graphBadRequest('Number of batch request steps exceeds the maximum value of 20.', 'BadRequest');
  }
  const responses: Record<string, unknown>[] = [];
  for (const { id, method, url, headers = {} } of batch) {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const inner: DirectoryRequest = {
      method,
      url: new URL(`${request.url.origin}/v1.0/${url.replace(/^\//, '')}`),
      headers: { authorization: request.headers['authorization'] ?? '', ...lower },
      body: '',
    };
    const answer = await answerOne(inner);
    responses.push({ id, status: answer.status, headers: answer.headers, body: parsed(answer.body) });
  }
  return { status: 200, body: { responses } };
}
