import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReadProgress } from './directory-source.js';
import { createLeapingClock, readFakeTenant, refusalOf } from './fake-source.test-rig.js';
import { createScimSource } from './scim/scim-source.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

describe.each(kinds)('a reading of %s', (kind) => {
  it('tells in numbers alone how far it has come', async () => {
    const { source } = readFakeTenant({ kind, people: 1_500 });
    const told: ReadProgress[] = [];
    const { evidence } = await source.readAll({ onProgress: (progress) => told.push(progress) });
    expect(told.map(({ pages }) => pages)).toEqual(told.map((_, at) => at + 1));
    expect(told.at(-1)?.users).toBe(1_500);
    expect(told).toHaveLength(evidence.pages);
    if (kind !== 'google_workspace') expect(told.at(-1)?.counted).toBe(1_500);
    for (const progress of told) expect(Object.keys(progress).sort()).toEqual(['counted', 'pages', 'users']);
  });

  it.each([
    ['pages', { maxPages: 2 }],
    ['users', { maxUsers: 1_099 }],
    ['bytes of a page', { maxPageBytes: 10_000 }],
  ])('case 45: ends at so many %s', async (_, limits) => {
    const { source, clock } = readFakeTenant({ kind, people: 1_100 });
    expect(await refusalOf(source.readAll({ limits }))).toEqual({ code: 'too-large' });
    expect(clock.waits).toEqual([]);
  });

  it('ends after its time, and does not wait beyond it', async () => {
    const { source, directory, clock } = readFakeTenant({ kind, people: 1_100 });
    directory.faults.script({ fault: 'slow', delayMs: 20_000 }, { on: 'users', times: 1_000 });
    expect(await refusalOf(source.readAll({ limits: { timeoutMs: 30_000 } }))).toEqual({ code: 'too-large' });
    directory.faults.clear();
    directory.faults.script(
      { fault: 'throttle', as: 'too-many-requests', retryAfter: 60 },
      { on: 'users', times: 100 },
    );
    expect((await refusalOf(source.readAll({ limits: { timeoutMs: 30_000 } }))).code).toBe('throttled');
    expect(clock.waits).toEqual([]);
  });

  it('is aborted before it begins, between pages, and while it waits', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    expect(await refusalOf(source.readAll({ signal: AbortSignal.abort() }))).toEqual({ code: 'aborted' });
    expect(directory.requests).toEqual([]);

    const between = new AbortController();
    const onProgress = (): void => between.abort();
    expect(await refusalOf(source.readAll({ signal: between.signal, onProgress }))).toEqual({ code: 'aborted' });

    const during = new AbortController();
    directory.faults.script({ fault: 'meanwhile', run: () => during.abort() }, { on: 'users' });
    directory.faults.script({ fault: 'throttle', retryAfter: 60 }, { on: 'users', times: 100 });
    expect(await refusalOf(source.readAll({ signal: during.signal }))).toEqual({ code: 'aborted' });
  });

  it('case 45: takes a name of a megabyte and a hundred thousand fields for what they are', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    const fields = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`field${at}`, at]));
    const [first, second] = directory.people.all();
    const name = 'x'.repeat(1_048_576);
    directory.people.change(first?.id ?? '', {
      raw: { displayName: name, name: { fullName: name }, jobTitle: name, title: name },
    });
    directory.people.change(second?.id ?? '', { raw: { ...fields, ['__proto__']: { x: 1 } } });
    const { users } = await source.readAll();
    expect(users).toHaveLength(3);
    for (const user of users) {
      expect(JSON.stringify(user).length).toBeLessThan(2_000);
      expect(Object.getPrototypeOf(user)).toBe(Object.prototype);
    }
  });
});

describe('a server that takes its time', () => {
  it('with the head of an answer, or in the middle of it, is asked again and then unreachable', async () => {
    for (const answer of [
      () => undefined,
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"totalResults":');
      },
    ] satisfies RequestListener[]) {
      const clock = createLeapingClock();
      await using server = await listen(answer);
      const source = createScimSource({ clock, baseUrl: server.url, token: 'token', requestTimeoutMs: 30 });
      expect((await refusalOf(source.probe())).code).toBe('unreachable');
      // On a busy machine a try may be over before the server has heard of it.
      expect(clock.waits).toHaveLength(7);
    }
  });

  it('is left at once when nobody wants the answer any more', async () => {
    const controller = new AbortController();
    await using server = await listen(() => controller.abort());
    const source = createScimSource({ clock: createLeapingClock(), baseUrl: server.url, token: 'token' });
    expect(await refusalOf(source.probe({ signal: controller.signal }))).toEqual({ code: 'aborted' });
  });

  it('case 45: sends a page without end, or one that grows when it is unpacked, in vain', async () => {
    for (const answer of [
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void => {
          while (response.write(' '.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      (_, response) => {
        const packed = gzipSync(Buffer.alloc(20_000_000, 0x20));
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(packed);
      },
    ] satisfies RequestListener[]) {
      await using server = await listen(answer);
      const source = createScimSource({ clock: createLeapingClock(), baseUrl: server.url, token: 'token' });
      const limits = { maxPageBytes: 1_000_000 };
      expect(await refusalOf(source.probe({ limits }))).toEqual({ code: 'too-large' });
      expect(server.asked()).toBe(1);
    }
  });

  it('is not there: the network’s code is all that is said of it', async () => {
    const server = await listen(() => undefined);
    await server[Symbol.asyncDispose]();
    const source = createScimSource({ clock: createLeapingClock(), baseUrl: server.url, token: 'token' });
    const error: unknown = await source.probe().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ info: { code: 'unreachable', status: null }, cause: { message: 'ECONNREFUSED' } });
  });
});

async function listen(answer: RequestListener) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
