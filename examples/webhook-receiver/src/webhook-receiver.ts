import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Event, verifyWebhook, WebhookError } from '@latchwork/client/webhooks';

/** What a receiver is made from. */
export interface ReceiverOptions {
  /** The endpoint's secret; the new and the former one while it is replaced. */
  readonly secrets: readonly string[];
  /** Keeps the event for good; called once per event. When it throws, the portal sends the event again later. */
  readonly onEvent: (event: Event) => Promise<void>;
  /** The ids of events taken before; a real receiver keeps them where it keeps what it makes of the events. */
  readonly taken: Set<string>;
}

const longestBodyBytes = 1_000_000;

/** Creates a server that takes webhooks on any path. */
export function createReceiver(options: ReceiverOptions): Server {
  return createServer((request, response) => {
    take(request, options).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    );
  });
}

async function take(request: IncomingMessage, { secrets, onEvent, taken }: ReceiverOptions): Promise<number> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > longestBodyBytes) return 413;
    pieces.push(piece);
  }
  // #region verify
  try {
    const event = await verifyWebhook({ secrets, headers: request.headers, body: Buffer.concat(pieces) });
    // At least once: a repeat has the same id, and is taken as done.
    if (taken.has(event.id)) return 204;
    await onEvent(event);
    taken.add(event.id);
    return 204;
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    // From the portal, and newer than this program: nothing that sending it again would change.
    return error.info.code === 'event-unknown' ? 204 : 401;
  }
  // #endregion
}
