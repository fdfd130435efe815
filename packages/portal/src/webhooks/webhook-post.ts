import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressGuard } from './address-guard.js';
import type { DeliveryOutcome } from './delivery-life.js';

/** Posts messages to webhook endpoints. */
export interface WebhookPost extends Disposable {
  /** Sends one message; the outcome is the status of the answer, whose body is not looked at. Never throws. */
  send(message: WebhookMessage): Promise<DeliveryOutcome>;
}

/** One message to one address. */
export interface WebhookMessage {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const longestBodyBytes = 64 * 1024;

/** Creates the poster. It follows no redirect, sends no cookie and connects only where the guard allows. */
export function createWebhookPost({
  guard,
  answerWithinMs = 15_000,
}: {
  readonly guard: AddressGuard;
  readonly answerWithinMs?: number;
}): WebhookPost {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 8, lookup: guard.lookup }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 8, lookup: guard.lookup }),
  };
  return {
    send: async ({ url: text, body, headers, signal }) => {
      const url = new URL(text);
      const refusal = guard.refusalOf(url);
      if (refusal !== undefined) return { kind: 'unanswered', fault: `${refusal}-not-allowed` };
      const within = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
      const [protocol, module] = url.protocol === 'https:' ? (['https:', https] as const) : (['http:', http] as const);
      return await new Promise((resolve) => {
        const request = module.request(
          url,
          {
            method: 'POST',
            agent: agents[protocol],
            signal: within,
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              'user-agent': 'Latchwork-Webhooks',
              ...headers,
            },
          },
          (response) => {
            resolve({
              kind: 'answered',
              status: response.statusCode ?? 0,
              retryAfter: response.headers['retry-after'],
            });
            drain(response);
          },
        );
        request.on('error', (error) => resolve({ kind: 'unanswered', fault: faultOf(error, signal) }));
        request.end(body);
      });
    },
    [Symbol.dispose]: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Reads a short body away, so that the connection can be used again; a long one is cut with it. */
function drain(response: http.IncomingMessage): void {
  let sizeBytes = 0;
  response.on('data', (piece: Buffer) => {
    sizeBytes += piece.length;
    if (sizeBytes > longestBodyBytes) response.destroy();
  });
  // The status is known; what happens to the rest of the answer changes nothing.
  response.on('error', () => undefined);
}

function faultOf(error: Error, stopped: AbortSignal): string {
  if (stopped.aborted) return 'stopped';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code.toLowerCase() : 'connection';
}
