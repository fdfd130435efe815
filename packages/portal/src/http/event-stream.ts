import { createProblem, eventStreamHeartbeatMs, type RouteRequest, type streamEvents } from '@latchwork/contract';
import type { MemberPrincipal } from '../access/principal.js';
import type { EventFeed } from '../event-feed.js';
import type { Reader, Row } from '../store/store.js';
import type { ApiResponse } from './api-exchange.js';
import type { Permission, ProblemAnswer } from './call.js';
import { readPosition } from './paging.js';
import { eventFilter } from './visibility.js';
import { eventOf } from './wire.js';

/** A follower of a property's feed, checked and authorized. */
export interface StreamCall {
  readonly request: RouteRequest<typeof streamEvents>;
  readonly caller: MemberPrincipal;
  readonly property: Row<'property'>;
  readonly signal: AbortSignal;
  /** Position of the property's last event now. */
  readonly lastPosition: () => number;
  /** What the caller may see as of now; `undefined` ends the stream. Asked before each event and heartbeat (G20, G41). */
  readonly permissionNow: () => Permission | undefined;
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
  const { property, caller, after, write, hasRoom, permissionNow, lastPosition } = following;
  let position = after;
  let live = false;
  let wake: () => void = () => undefined;
  const waiting: Row<'event'>[] = [];
  const tell = (event: Row<'event'>) => {
    const permission = permissionNow();
    if (event.position <= position || permission === undefined) return;
    position = event.position;
    if (eventFilter(permission, caller.member.id)(event.body))
      write(`id: ${position}\nevent: ${event.body.type}\ndata: ${JSON.stringify(eventOf(event))}\n\n`);
  };
  // Subscribed before the store is read, so that nothing falls between the two.
  const unsubscribe = feed.subscribe(property.id, (event) => {
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
    while (!isOver() && permissionNow() !== undefined) {
      if (!live) {
        const page = await store.events(property.id, { after: position, limit: readAtOnce });
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
