import { type Event, eventStreamHeartbeatMs, operationPath } from '@latchwork/contract';
import { LatchworkError } from './latchwork-error.js';
import { pause } from './pause.js';
import { createReader, describeFault, type ReplyShape, type ShapeFault } from './reply-shape.js';
import type { RetryOptions } from './retry-policy.js';
import { parseStreamChunk, type StreamBlock, startOfStream, streamBlockMaxChars } from './sse-parser.js';
import type { Transport } from './transport.js';
import { findWireCall } from './wire-call.js';
import { wireTable } from './wire-table.js';

const called = findWireCall(wireTable, 'streamEvents');
const readShape = createReader(called.reply as ReplyShape);

/** Which feed to follow, from where, and until when. */
export interface FollowInput {
  /** The property whose events are followed. */
  readonly propertyId: string;
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
  let cursor = input.cursor;
  let cuts = 0;
  while (!signal?.aborted) {
    try {
      for await (const block of connect(transport, { ...input, cursor }, timing.silenceMs, retry)) {
        cuts = 0;
        cursor = block.id ?? cursor;
        const event = block.data === undefined ? undefined : readEvent(block.data);
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

/** One connection: ends when the stream does, when it falls silent, or when the caller's signal fires. */
async function* connect(
  transport: Transport,
  input: { readonly propertyId: string; readonly cursor: string | undefined; readonly signal?: AbortSignal },
  silenceMs: number,
  retry: RetryOptions,
): AsyncGenerator<StreamBlock, void, undefined> {
  const { propertyId, cursor, signal } = input;
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
        path: operationPath(called, { propertyId }),
        headers: { accept: 'text/event-stream', ...(cursor === undefined ? {} : { 'last-event-id': cursor }) },
        body: undefined,
        retry,
        timeoutMs: undefined,
        signal: ending.signal,
      },
      async (response) => openStream(response),
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
      if (!parsed) throw invalidStream(`block longer than ${streamBlockMaxChars} characters`);
      state = parsed.state;
      yield* parsed.blocks;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    void reader?.cancel().catch(() => undefined);
  }
}

function openStream(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  const contentType = response.headers.get('content-type') ?? '';
  if (!response.body || !contentType.startsWith('text/event-stream')) {
    throw invalidStream('not an event stream', response.status);
  }
  return response.body.getReader();
}

function readEvent(data: string): Event | undefined {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    throw invalidStream('event is not JSON');
  }
  const faults: ShapeFault[] = [];
  const event = readShape(body, faults);
  // The contract's tests see that what has this shape is an event.
  if (faults.length === 0) return event as Event;
  if (faults.every(({ at, expected }) => at === '/type' && expected === 'known')) return undefined;
  throw invalidStream(faults.map(describeFault).join(', '));
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

function invalidStream(issue: string, status = 200): LatchworkError {
  return new LatchworkError({ operation: 'streamEvents', code: 'invalid-response', status, issues: [issue] });
}
