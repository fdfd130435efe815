import type { ApiAnswering, ApiRequest, ApiResponse } from './api-exchange.js';

/** A request of the web platform as the API takes it. */
export function webRequest(request: Request, address: string): ApiRequest {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    target: pathname + search,
    headers: Object.fromEntries(request.headers),
    address,
    signal: request.signal,
    readText: async (mostBytes) => await readText(request.body, mostBytes),
  };
}

/** An answer of the API as a response of the web platform. */
export function webResponse({ status, headers, body }: ApiResponse): Response {
  return new Response(body ?? null, { status, headers });
}

/** Answers requests without a network, as `createClient({ fetch })` takes it. */
export function createWebAnswering(answering: ApiAnswering): (request: Request) => Promise<Response> {
  return async (request) => {
    const response = await answering(webRequest(request, 'local'));
    return webResponse(request.method === 'HEAD' ? { ...response, body: undefined } : response);
  };
}

async function readText(body: ReadableStream<Uint8Array> | null, mostBytes: number): Promise<string | undefined> {
  if (body === null) return '';
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.length;
    if (sizeBytes > mostBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
