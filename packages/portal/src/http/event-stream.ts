import { createProblem, eventStreamHeartbeatMs, type RouteRequest, type Routes } from '@latchwork/contract';
import type { EventFeed } from '../event-feed.js';
import type { FeedId } from '../store/schema/record.js';
import type { Reader, Row } from '../store/store.js';
import type { ApiResponse } from './api-exchange.js';
import type { ProblemAnswer, StreamOperation } from './call.js';
import { readPosition } from './paging.js';
import type { EventFilter } from './visibility.js';
import { eventOf } from './wire.js';

/** A follower of the feed of a property or an organization, checked and authorized. */
export interface StreamCall {
  readonly request: Pick<RouteRequest<Routes[StreamOperation]>, 'query' | 'headers'>;
  readonly feedId: FeedId;
  readonly signal: AbortSignal;
  /** Position of the feed's last event now. */
  readonly lastPosition: () => number;
  /** Which events the caller may see as of now; `undefined` ends the stream. Asked before each event and heartbeat (G20, G41). */
  readonly filterNow: () => EventFilter | undefined;
}

/** What a stream reads from; `signal` ends all streams when the portal stops. */
export interface StreamSources {
  readonly store: Pick<Reader, 'events'>;
  readonly feed: EventFeed;
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number;
}

// A follower who is this far behind is cut off; it goes on from the store with Last-Event-ID.
const mostWaiting = 1_000;
const readAtOnce = 200;

/** Answers with the live feed as server-sent events, beginning after the cursor, or from now. */
export function streamEventsTo(call: StreamCall, sources: StreamSources): ApiResponse | ProblemAnswer {
  const { request } = call;
  const { 'last-event-id': lastEventId } = request.headers;
  const { cursor } = request.query;
  const last = call.lastPosition();
  const after =
    lastEventId !== undefined && lastEventId !== ''
      ? readPosition(lastEventId, { place: 'header', last })
      : cursor === undefined
        ? last
        : readPosition(cursor, { place: 'query', last });
  if (typeof after !== 'number') return after;
  if (sources.stopping.aborted) return { problem: createProblem('unavailable', {}) };

  const encoder = new TextEncoder();
  const ended = new AbortController();
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const write = (text: string) => controller.enqueue(encoder.encode(text));
        const hasRoom = () => (controller.desiredSize ?? 0) > 0;
        follow({ ...call, after, write, hasRoom, ended: ended.signal }, sources)
          .catch(() => undefined)
          .finally(() => {
            ended.abort();
            // Already closed when the follower left first.
            if (!cancelled) controller.close();
          });
      },
      cancel: () => {
        cancelled = true;
        ended.abort();
      },
    },
    { highWaterMark: mostWaiting },
  );
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
  return { status: 200, headers, body: stream };
}

interface Following extends StreamCall {
  readonly after: number;
  readonly write: (text: string) => void;
  readonly hasRoom: () => boolean;
  readonly ended: AbortSignal;
}

async function follow(following: Following, { store, feed, stopping, heartbeatMs }: StreamSources): Promise<void> {
  const { feedId, after, write, hasRoom, filterNow, lastPosition } = following;
  let position = after;
  let live = false;
  let wake: () => void = () => undefined;
  const waiting: Row<'event'>[] = [];
  const tell = (event: Row<'event'>) => {
    const isVisible = filterNow();
    if (event.position <= position || isVisible === undefined) return;
    position = event.position;
    if (isVisible(event.body))
      write(`id: ${position}\nevent: ${event.body.type}\ndata: ${JSON.stringify(eventOf(event))}\n\n`);
  };
  // Subscribed before the store is read, so that nothing falls between the two.
  const unsubscribe = feed.subscribe(feedId, (event) => {
    waiting.push(event);
    wake();
  });
  const heartbeat = setInterval(() => wake(), heartbeatMs ?? eventStreamHeartbeatMs);
  const signals = [following.ended, following.signal, stopping];
  const isOver = () => signals.some((signal) => signal.aborted) || !hasRoom() || waiting.length > mostWaiting;
  const onAbort = () => wake();
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  try {
    write(`id: ${position}\n\n`);
    while (!isOver() && filterNow() !== undefined) {
      if (!live) {
        const page = await store.events(feedId, { after: position, limit: readAtOnce });
        for (const event of page) tell(event);
        live = page.length < readAtOnce;
        continue;
      }
      for (const event of waiting.splice(0)) tell(event);
      // Events that nobody told of one by one, because the portal had fallen behind the others and loaded everything anew.
      if (lastPosition() > position) {
        live = false;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (waiting.length > 0 || isOver()) resolve();
      });
      if (waiting.length === 0 && !isOver()) write(': still here\n\n');
    }
  } finally {
    clearInterval(heartbeat);
    unsubscribe();
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}
