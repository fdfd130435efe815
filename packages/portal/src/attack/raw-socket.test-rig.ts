import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** A request as it is written to a socket: `fetch` would refuse what a hostile client does not. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as they stand. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. */
export interface RawReply {
  readonly status: number;
  readonly contentType: string;
  /** Empty for an endless reply, which is left at once. */
  readonly text: string;
}

/** Sends a request over a socket of its own; `undefined` when it cannot be written as one. */
export async function sendRaw(url: string, { method, path, headers, body }: RawRequest): Promise<RawReply | undefined> {
  let sent: ClientRequest;
  try {
    sent = request(url, { method, path, headers });
  } catch {
    return undefined;
  }
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [response] = await answered;
  const status = response.statusCode ?? 0;
  const contentType = response.headers['content-type'] ?? '';
  if (contentType === 'text/event-stream') {
    response.destroy();
    return { status, contentType, text: '' };
  }
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status, contentType, text: Buffer.concat(pieces).toString() };
}
