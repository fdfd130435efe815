import { decidePermission } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { type StreamSources, streamEventsTo } from './event-stream.js';
import { eventFilter } from './visibility.js';
import { webResponse } from './web-exchange.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** Reads a stream's blocks one by one, as text. */
function blocksOf(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    next: async (): Promise<string | undefined> => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end !== -1) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return block;
        }
        const read = await reader?.read();
        if (read === undefined || read.done) return undefined;
        text += read.value;
      }
    },
    leave: async () => await reader?.cancel(),
  };
}

async function open(options: { readonly token?: string; readonly lastEventId?: string; readonly query?: string } = {}) {
  const response = await test.send('GET', `/v1/properties/${hotel.property.id}/events/stream${options.query ?? ''}`, {
    token: options.token ?? hotel.people.owner.token,
    headers: options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  return blocksOf(response);
}

const makeEntrance = async (name: string) =>
  await hotel.people.owner.client.entrances.create({ propertyId: hotel.property.id, name });
const idOf = (block: string | undefined) => /^id: (\d+)$/m.exec(block ?? '')?.[1];

describe('the live feed', () => {
  it('begins now, names its place first, and tells what is committed afterwards', async () => {
    const blocks = await open();
    const place = await blocks.next();
    expect(place).toMatch(/^id: \d+$/);
    const made = await makeEntrance('Live');
    const told = await blocks.next();
    expect(told).toContain('event: entrance.created');
    expect(told).toContain(made.id);
    expect(Number(idOf(told))).toBe(Number(idOf(place)) + 1);
    await blocks.leave();
  });

  it('P-15: goes on after Last-Event-ID without a gap or a repeat, from the store into the present', async () => {
    const first = await open({ lastEventId: '0' });
    expect(idOf(await first.next())).toBe('0');
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) seen.push(idOf(await first.next()) ?? '');
    await first.leave();
    await makeEntrance('While away');
    const again = await open({ lastEventId: seen.at(-1) ?? '', query: '?cursor=0' });
    expect(idOf(await again.next())).toBe('3');
    const last = test.portal.projection.lastPosition(hotel.property.id);
    for (let position = 4; position <= last; position++) expect(idOf(await again.next())).toBe(String(position));
    await makeEntrance('Present');
    expect(idOf(await again.next())).toBe(String(last + 1));
    await again.leave();
  });

  it.each(['stream', 'list'])(
    'P-15: refuses a cursor that is ahead of the feed instead of skipping in silence (%s)',
    async (way) => {
      const path = `/v1/properties/${hotel.property.id}/events${way === 'stream' ? '/stream' : ''}?cursor=99999`;
      const response = await test.send('GET', path, { token: hotel.people.owner.token });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid-request', issues: [{ pointer: '/cursor' }] });
    },
  );

  it('G20: a follower who is given a smaller role sees less from the next event on', async () => {
    const { people, property } = hotel;
    const { projection } = test.portal;
    const blocks = await open({ token: people.general_manager.token });
    await blocks.next();
    await makeEntrance('For a General Manager');
    expect(await blocks.next()).toContain('entrance.created');
    const assignment = projection.assignments
      .group(people.general_manager.id)
      .find(({ propertyId }) => propertyId === property.id);
    if (assignment === undefined) throw new Error('There is no assignment.');
    projection.apply([{ op: 'update', table: 'assignment', row: { ...assignment, role: 'installer' } }]);
    await makeEntrance('No longer for her');
    const made = await people.owner.client.gateways.create({ propertyId: property.id, name: 'Still for her' });
    expect(await blocks.next()).toContain(made.gateway.id);
    projection.apply([{ op: 'update', table: 'assignment', row: assignment }]);
    await blocks.leave();
  });

  it('G34: tells an Installer of devices only', async () => {
    const blocks = await open({ token: hotel.people.installer.token });
    await blocks.next();
    await makeEntrance('Not for installers');
    const made = await hotel.people.owner.client.gateways.create({
      propertyId: hotel.property.id,
      name: 'For installers',
    });
    expect(await blocks.next()).toContain(made.gateway.id);
    await blocks.leave();
  });

  it('G41: ends with the session it was opened with', async () => {
    const { email } = hotel.people.team;
    const { token } = await test
      .client()
      .sessions.create({ email, password: 'correct horse battery staple', channel: 'dashboard' });
    const blocks = await open({ token });
    await blocks.next();
    await test.client(token).sessions.deleteCurrent();
    await makeEntrance('After sign-out');
    const told = await blocks.next();
    // The event that shows the stream that it is over may be the one written before the end, never one after it.
    await makeEntrance('Long after sign-out');
    expect(told === undefined ? undefined : await blocks.next()).toBeUndefined();
  });

  /** A stream over sources that the test plays itself. */
  function openPlayed(sources: Partial<StreamSources>, lastPosition = () => 7) {
    const property = test.portal.projection.properties.get(hotel.property.id);
    const member = [...test.portal.projection.members.all()].find(({ id }) => id === hotel.people.owner.id);
    if (property === undefined || member === undefined) throw new Error('The hotel is not known.');
    const query = { memberId: member.id, action: 'audit.view', propertyId: property.id } as const;
    const decision = decidePermission(test.portal.projection.permissions, query);
    const answered = streamEventsTo(
      {
        request: { query: {}, headers: {} },
        feedId: property.id,
        signal: new AbortController().signal,
        lastPosition,
        filterNow: () => (decision.allow ? eventFilter(decision, member.id) : undefined),
      },
      {
        store: { events: async () => [] },
        feed: { publish: () => undefined, subscribe: () => () => undefined },
        stopping: new AbortController().signal,
        heartbeatMs: 1,
        ...sources,
      },
    );
    if ('problem' in answered) throw new Error('There is no stream.');
    return blocksOf(webResponse(answered));
  }

  it('P-15: tells an event once that comes both from the store and live', async () => {
    const { store } = test.portal;
    const [first, second] = await store.events(hotel.property.id, { after: 0, limit: 2 });
    if (first === undefined || second === undefined) throw new Error('There are no events.');
    const rows = [
      { ...first, position: 8 },
      { ...second, position: 9 },
    ];
    const blocks = openPlayed({
      store: { events: async (_, { after }) => rows.filter(({ position }) => position > (after ?? 0)) },
      feed: {
        publish: () => undefined,
        subscribe: (_, listener) => {
          for (const row of rows) listener(row);
          return () => undefined;
        },
      },
    });
    const seen: (string | undefined)[] = [];
    for (let block = await blocks.next(); !block?.startsWith(':'); block = await blocks.next()) seen.push(idOf(block));
    expect(seen).toEqual(['7', '8', '9']);
    await blocks.leave();
  });

  it('P-15: tells what nobody told of live, when it is known to be there', async () => {
    const { store } = test.portal;
    const [event] = await store.events(hotel.property.id, { after: 0, limit: 1 });
    if (event === undefined) throw new Error('There are no events.');
    let last = 7;
    const rows = () => (last === 7 ? [] : [{ ...event, position: 8 }]);
    const events = async (_: unknown, { after }: { readonly after: number | undefined }) =>
      rows().filter(({ position }) => position > (after ?? 0));
    const blocks = openPlayed({ store: { events } }, () => last);
    expect(idOf(await blocks.next())).toBe('7');
    expect(await blocks.next()).toMatch(/^:/);
    last = 8;
    let block = await blocks.next();
    while (block?.startsWith(':')) block = await blocks.next();
    expect(idOf(block)).toBe('8');
    await blocks.leave();
  });

  it('speaks at least at every heartbeat, and ends when the portal stops', async () => {
    const stopping = new AbortController();
    const blocks = openPlayed({ stopping: stopping.signal });
    expect(await blocks.next()).toBe('id: 7');
    expect(await blocks.next()).toBe(': still here');
    expect(await blocks.next()).toBe(': still here');
    stopping.abort();
    while ((await blocks.next()) !== undefined);
  });
});
