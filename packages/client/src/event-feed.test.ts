import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProblem, type ProblemCode, type ProblemDetails } from '@latchwork/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { type FollowBounds, type FollowedFeed, followEvents } from './event-feed.js';
import { LatchworkError } from './latchwork-error.js';
import { createTransport } from './transport.js';

const propertyId = 'prop_01jd0000000000000000000000';
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function eventOf(cursor: string, type = 'gateway.online'): object {
  return {
    id: 'evt_01jd0000000000000000000000',
    type,
    cursor,
    occurredAt: '2026-03-01T08:30:00.000Z',
    recordedAt: '2026-03-01T08:30:00.100Z',
    propertyId,
    actor: { kind: 'system' },
    gatewayId: 'gw_01jd0000000000000000000000',
  };
}

const block = (cursor: string, type?: string) => `id: ${cursor}\ndata: ${JSON.stringify(eventOf(cursor, type))}\n\n`;

type Answer = (reply: ServerResponse, request: IncomingMessage) => void;

/** A real HTTP server that answers each connection to the feed as the test says; the last answer goes on for ever. */
async function portal(answers: readonly Answer[]) {
  const requests: IncomingMessage[] = [];
  const closed: Promise<void>[] = [];
  const server = createServer((request, reply) => {
    requests.push(request);
    closed.push(new Promise((resolve) => reply.on('close', resolve)));
    answers[Math.min(requests.length, answers.length) - 1]?.(reply, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const follow = (input: FollowBounds & { readonly feed?: FollowedFeed } = {}, silenceMs = 30_000) =>
    followEvents(
      createTransport({ baseUrl, token: 'lws_1' }),
      { ...input, ...(input.feed ?? { propertyId }) },
      { silenceMs, reconnect: { baseDelayMs: 1, maxDelayMs: 5 } },
      { limit: 0, baseDelayMs: 1, maxDelayMs: 1 },
    );
  return { requests, closed, follow };
}

const stream =
  (...pieces: readonly string[]): Answer =>
  (reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.flushHeaders();
    for (const piece of pieces) reply.write(piece);
  };
const streamThenCut =
  (...pieces: readonly string[]): Answer =>
  (reply, request) => {
    stream(...pieces)(reply, request);
    reply.write('', () => request.socket.destroy());
  };
const problem =
  <Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): Answer =>
  (reply) => {
    const body = createProblem(code, details);
    reply.writeHead(body.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
  };

/** Takes cursors from a feed until there are `count`. */
async function take(feed: AsyncGenerator<{ readonly cursor: string }>, count: number): Promise<string[]> {
  const cursors: string[] = [];
  for await (const { cursor } of feed) if (cursors.push(cursor) >= count) break;
  return cursors;
}

describe('the live feed', () => {
  it('gives events as they come, over cuts, each once and in order', async () => {
    const { follow, requests } = await portal([
      streamThenCut('id: 0\n\n', block('1'), block('2'), block('3').slice(0, 40)),
      streamThenCut(),
      stream(block('3'), ': heartbeat\n\n', block('4')),
    ]);
    expect(await take(follow(), 4)).toStrictEqual(['1', '2', '3', '4']);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toStrictEqual([undefined, '2', '2']);
    expect(requests[0]?.url).toBe(`/v1/properties/${propertyId}/events/stream`);
    expect(requests[0]?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer lws_1' });
  });

  it('follows an organization’s own feed in the same way, and names its call where it fails', async () => {
    const organizationId = 'org_01jd0000000000000000000000';
    const started = JSON.stringify({
      ...{ id: 'evt_01jd0000000000000000000000', type: 'sync_run.started', cursor: '5', organizationId },
      ...{ occurredAt: '2026-03-01T08:30:00.000Z', recordedAt: '2026-03-01T08:30:00.100Z' },
      actor: { kind: 'system' },
      ...{ integrationId: 'int_01jd0000000000000000000000', syncRunId: 'syn_01jd0000000000000000000000' },
    });
    const { follow, requests } = await portal([
      streamThenCut('id: 4\n\n'),
      streamThenCut(`id: 5\ndata: ${started}\n\n`),
      problem('forbidden', {}),
    ]);
    const feed = follow({ feed: { organizationId } });
    expect((await feed.next()).value).toMatchObject({ type: 'sync_run.started', organizationId });
    await expect(feed.next()).rejects.toMatchObject({
      info: { code: 'forbidden', operation: 'streamOrganizationEvents' },
    });
    const path = `/v1/organizations/${organizationId}/events/stream`;
    expect(requests.map(({ url, headers }) => [url, headers['last-event-id']])).toStrictEqual([
      [path, undefined],
      [path, '4'],
      [path, '5'],
    ]);
  });

  it('P-15: a cut before the first event loses nothing, for the stream began with its place', async () => {
    const { follow, requests } = await portal([streamThenCut('id: 41\n\n'), stream(block('42'))]);
    expect(await take(follow(), 1)).toStrictEqual(['42']);
    expect(requests[1]?.headers['last-event-id']).toBe('41');
  });

  it('goes on after a given cursor', async () => {
    const { follow, requests } = await portal([stream(block('8'))]);
    await take(follow({ cursor: '7' }), 1);
    expect(requests[0]?.headers['last-event-id']).toBe('7');
  });

  it('P-4: connects again when the connection falls silent, before its head and after', async () => {
    const { follow, requests } = await portal([() => undefined, stream(block('1')), stream(block('2'))]);
    expect(await take(follow({}, 60), 2)).toStrictEqual(['1', '2']);
    expect(requests).toHaveLength(3);
  });

  it('outlives a portal that restarts', async () => {
    const { follow, requests } = await portal([
      problem('unavailable', {}),
      problem('internal', {}),
      (reply) => reply.writeHead(502).end('<html>'),
      (_, request) => request.socket.destroy(),
      stream(block('1')),
    ]);
    expect(await take(follow(), 1)).toStrictEqual(['1']);
    expect(requests).toHaveLength(5);
  });

  it.each<[ProblemCode, Answer]>([
    ['unauthenticated', problem('unauthenticated', {})],
    ['not-found', problem('not-found', {})],
    ['forbidden', problem('forbidden', {})],
  ])('fails with %s, which no other connection would cure', async (code, answer) => {
    const { follow, requests } = await portal([answer]);
    await expect(take(follow(), 1)).rejects.toMatchObject({ info: { code, operation: 'streamEvents' } });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['another content type', (reply) => reply.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['an event that is no JSON', stream('data: {\n\n')],
    ['an event that lacks its cursor', stream(`data: ${JSON.stringify({ ...eventOf('1'), cursor: undefined })}\n\n`)],
  ])('fails with invalid-response for %s', async (_, answer) => {
    const { follow } = await portal([answer]);
    const failure = await take(follow(), 1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LatchworkError);
    expect(failure).toMatchObject({ info: { code: 'invalid-response' } });
  });

  it('passes over an event type of a later version and keeps its place', async () => {
    const { follow, requests } = await portal([streamThenCut(block('1', 'elevator.called')), stream(block('2'))]);
    expect(await take(follow(), 1)).toStrictEqual(['2']);
    expect(requests[1]?.headers['last-event-id']).toBe('1');
  });

  it('ends without an error when the signal fires, also before the start and during a pause', async () => {
    const { follow, closed } = await portal([stream(block('1'))]);
    const ending = new AbortController();
    const seen: string[] = [];
    for await (const { cursor } of follow({ signal: ending.signal })) {
      seen.push(cursor);
      ending.abort();
    }
    expect(seen).toStrictEqual(['1']);
    await closed[0];
    expect(await take(follow({ signal: AbortSignal.abort() }), 1)).toStrictEqual([]);
  });

  it('closes its connection when the loop is left', async () => {
    const { follow, closed } = await portal([stream(block('1'))]);
    await take(follow(), 1);
    await closed[0];
  });

  it('characters cut between two pieces of the network stay whole', async () => {
    const bytes = Buffer.from(block('größe-東京'));
    const { follow } = await portal([
      (reply, request) => {
        stream()(reply, request);
        const next = (index: number): void => {
          if (index < bytes.length) reply.write(bytes.subarray(index, index + 1), () => setImmediate(next, index + 1));
        };
        next(0);
      },
    ]);
    expect(await take(follow(), 1)).toStrictEqual(['größe-東京']);
  });
});
