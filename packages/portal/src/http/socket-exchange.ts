import type { IncomingMessage, ServerResponse } from 'node:http';
import { PortalError } from '../portal-error.js';
import type { ApiAnswering, ApiRequest, HeaderFields } from './api-exchange.js';

/**
 * Answers requests of a `node:http` server. Requests and responses of the web platform would cost more than all the rest of a
 * small request (docs/decisions/0012-http-without-a-framework.md).
 */
export function createSocketListener(
  answering: ApiAnswering,
  addressOf: (request: IncomingMessage) => string,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const { status, headers, body } = await answering(new SocketRequest(incoming, outgoing, addressOf));
    if (typeof body === 'string') headers['content-length'] = String(Buffer.byteLength(body));
    outgoing.writeHead(status, headers);
    if (body === undefined || incoming.method === 'HEAD') outgoing.end();
    else if (typeof body === 'string') outgoing.end(body);
    else await pour(body, outgoing);
  };
}

class SocketRequest implements ApiRequest {
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #addressOf: (request: IncomingMessage) => string;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, addressOf: (request: IncomingMessage) => string) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#addressOf = addressOf;
  }

  get method(): string {
    return this.#incoming.method ?? 'GET';
  }

  get target(): string {
    return this.#incoming.url ?? '/';
  }

  get headers(): HeaderFields {
    return this.#incoming.headers;
  }

  get address(): string {
    return this.#addressOf(this.#incoming);
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const ending = new AbortController();
      this.#outgoing.once('close', () => ending.abort());
      if (this.#outgoing.closed) ending.abort();
      this.#signal = ending.signal;
    }
    return this.#signal;
  }

  readText(mostBytes: number): Promise<string | undefined> {
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let sizeBytes = 0;
      incoming.on('data', (piece: Buffer) => {
        sizeBytes += piece.length;
        if (sizeBytes <= mostBytes) pieces.push(piece);
        else resolve(undefined);
      });
      incoming.once('end', () => resolve((pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))?.toString()));
      incoming.once('close', () => {
        if (!incoming.complete) reject(new PortalError({ code: 'caller-gone' }));
      });
    });
  }
}

/** Writes a stream out as its reader takes it; a reader who has gone ends the stream. */
async function pour(stream: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = stream.getReader();
  outgoing.once('close', () => void reader.cancel().catch(() => undefined));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (outgoing.write(value) || outgoing.closed) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        outgoing.off('drain', go).off('close', go);
        resolve();
      };
      outgoing.once('drain', go).once('close', go);
    });
  }
  outgoing.end();
}
