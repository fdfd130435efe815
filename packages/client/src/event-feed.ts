import { type Event, eventStreamHeartbeatMs, operationPath } from '@latchwork/contract';
import { LatchworkError } from './latchwork-error.js';
import { pause } from './pause.js';
import { createReader, describeFault, type ReplyShape, type ShapeFault } from './reply-shape.js';
import type { RetryOptions } from './retry-policy.js';
import { parseStreamChunk, type StreamBlock, startOfStream, streamBlockMaxChars } from './sse-parser.js';
import type { Transport } from './transport.js';
import { findWireCall, type WireCall } from './wire-call.js';
import { wireTable } from './wire-table.js';

// The same events are in both feeds, so that one shape reads them.
const readShape = createReader(findWireCall(wireTable, 'streamEvents').reply as ReplyShape);

/** Which feed to follow: a property's, or an organization's own, which tells what concerns no property. */
export type FollowedFeed =
  | { readonly propertyId: string; readonly organizationId?: undefined }
  | { readonly organizationId: string; readonly propertyId?: undefined };

/** Which feed to follow, from where, and until when. */
export type FollowInput = FollowedFeed & FollowBounds;

/** From where to follow a feed, and until when. */
export interface FollowBounds {
  /** The `cursor` of the last event already handled; absent follows from now on. */
  readonly cursor?: string;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
}

/** How the feed keeps its connection alive. */
export interface FollowTiming {
  /** After this silence the connection counts as dead; three missed heartbeats of the portal. */
  readonly silenceMs: number;
  /** The first pause before connecting again, and the longest. */
  readonly reconnect: Pick<RetryOptions, 'baseDelayMs' | 'maxDelayMs'>;
}

/** Three heartbeats of silence; pauses from half a second to half a minute. */
export const defaultFollowTiming: FollowTiming = {
  silenceMs: 3 * eventStreamHeartbeatMs,
  reconnect: { baseDelayMs: 500, maxDelayMs: 30_000 },
};

/**
 * Follows a feed for as long as it is iterated: connects, gives each event once and in order, and after a cut or a
 * silence connects again from the last event seen. Event types this version does not know are passed over.
 *
 * @throws {@link LatchworkError} for what another connection would not cure, such as `unauthenticated` or `not-found`.
 */
export async function* followEvents(
  transport: Transport,
  input: FollowInput,
  timing: FollowTiming,
  retry: RetryOptions,
): AsyncGenerator<Event, void, undefined> {
  const { signal } = input;
  const called = callOf(input);
  let cursor = input.cursor;
  let cuts = 0;
  while (!signal?.aborted) {
    try {
      for await (const block of connect(transport, { called, cursor, signal }, timing.silenceMs, retry)) {
        cuts = 0;
        cursor = block.id ?? cursor;
        const event = block.data === undefined ? undefined : readEvent(called, block.data);
        if (event) yield event;
      }
    } catch (error) {
      if (!signal?.aborted && !isCurable(error)) throw error;
    }
    const ceilingMs = Math.min(timing.reconnect.baseDelayMs * 2 ** cuts, timing.reconnect.maxDelayMs);
    cuts += 1;
    if (!signal?.aborted) await pause(ceilingMs * (0.5 + Math.random() / 2), signal);
  }
}

/** The call that opens a feed's stream, with its path filled in. */
type FeedCall = Pick<WireCall, 'operation' | 'method'> & { readonly path: string };

function callOf({ propertyId, organizationId }: FollowedFeed): FeedCall {
  const isOfProperty = propertyId !== undefined;
  const called = findWireCall(wireTable, isOfProperty ? 'streamEvents' : 'streamOrganizationEvents');
  return { ...called, path: operationPath(called, isOfProperty ? { propertyId } : { organizationId }) };
}

/** One connection: ends when the stream does, when it falls silent, or when the caller's signal fires. */
async function* connect(
  transport: Transport,
  input: { readonly called: FeedCall; readonly cursor: string | undefined; readonly signal: AbortSignal | undefined },
  silenceMs: number,
  retry: RetryOptions,
): AsyncGenerator<StreamBlock, void, undefined> {
  const { called, cursor, signal } = input;
  const ending = new AbortController();
  let timer = setTimeout(() => ending.abort(), silenceMs);
  const end = (): void => ending.abort();
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const opened = await transport(
      {
        operation: called.operation,
        method: called.method,
        path: called.path,
        headers: { accept: 'text/event-stream', ...(cursor === undefined ? {} : { 'last-event-id': cursor }) },
        body: undefined,
        retry,
        timeoutMs: undefined,
        signal: ending.signal,
      },
      async (response) => openStream(called, response),
    );
    reader = opened;
    // The transport lets go of the signal once the reply has begun; from here on the stream itself is ended.
    ending.signal.addEventListener('abort', () => void opened.cancel().catch(() => undefined));
    const decoder = new TextDecoder();
    let state = startOfStream;
    for (;;) {
      const { done, value } = await opened.read();
      if (done || ending.signal.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(() => ending.abort(), silenceMs);
      const parsed = parseStreamChunk(state, decoder.decode(value, { stream: true }));
      if (!parsed) throw invalidStream(called, `block longer than ${streamBlockMaxChars} characters`);
      state = parsed.state;
      yield* parsed.blocks;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    void reader?.cancel().catch(() => undefined);
  }
}

function openStream(called: FeedCall, response: Response): ReadableStreamDefaultReader<Uint8Array> {
  const contentType = response.headers.get('content-type') ?? '';
  if (!response.body || !contentType.startsWith('text/event-stream')) {
    throw invalidStream(called, 'not an event stream', response.status);
  }
  return response.body.getReader();
}

function readEvent(called: FeedCall, data: string): Event | undefined {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    throw invalidStream(called, 'event is not JSON');
  }
  const faults: ShapeFault[] = [];
  const event = readShape(body, faults);
  // The contract's tests see that what has this shape is an event.
  if (faults.length === 0) return event as Event;
  if (faults.every(({ at, expected }) => at === '/type' && expected === 'known')) return undefined;
  throw invalidStream(called, faults.map(describeFault).join(', '));
}

function isCurable(error: unknown): boolean {
  if (!(error instanceof LatchworkError)) return error instanceof TypeError;
  switch (error.info.code) {
    case 'network':
    case 'timeout':
    case 'aborted':
    case 'rate-limited':
    case 'unavailable':
    case 'internal':
      return true;
    case 'invalid-response':
      return error.info.status >= 500;
    default:
      return false;
  }
}

function invalidStream({ operation }: FeedCall, issue: string, status = 200): LatchworkError {
  return new LatchworkError({ operation, code: 'invalid-response', status, issues: [issue] });
}
