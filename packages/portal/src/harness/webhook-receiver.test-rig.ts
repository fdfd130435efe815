import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One message as it came in. */
export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that webhooks are sent to, over real HTTP. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  /** Every message so far, oldest first, whatever it was answered. */
  readonly received: readonly ReceivedWebhook[];
  /** Answers each message; 204 when absent. A response may also be left without an end, or destroyed. */
  answer: ((message: ReceivedWebhook, response: ServerResponse) => void) | undefined;
  /** Resolves when there are so many messages. */
  atLeast(count: number): Promise<void>;
}

/** Starts a receiver on a loopback port. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const waiting = new Set<() => void>();
  let answer: WebhookReceiver['answer'];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const message = { headers: request.headers, body: Buffer.concat(pieces).toString() };
      received.push(message);
      for (const notice of waiting) notice();
      if (answer === undefined) response.writeHead(204).end();
      else answer(message, response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    get answer() {
      return answer;
    },
    set answer(next) {
      answer = next;
    },
    atLeast: (count) =>
      new Promise((resolve) => {
        const notice = (): void => {
          if (received.length < count) return;
          waiting.delete(notice);
          resolve();
        };
        waiting.add(notice);
        notice();
      }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
