import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let head: string;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  head = `host: portal.test\r\nauthorization: Bearer ${hotel.people.organization_owner.token}\r\n`;
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function open(): Promise<Socket> {
  const socket = connect({ port: Number(new URL(test.portal.httpUrl).port), host: '127.0.0.1' });
  await once(socket, 'connect');
  return socket;
}

/** Writes bytes to a socket of its own and gives everything that comes back until the portal closes it. */
async function converse(...pieces: readonly string[]): Promise<string> {
  const socket = await open();
  let heard = '';
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
  });
  for (const piece of pieces) socket.write(piece);
  await once(socket, 'close');
  return heard;
}

const last = 'connection: close\r\n';
const json = 'content-type: application/json\r\n';

async function countEntrances(): Promise<number> {
  let count = 0;
  const { client } = hotel.people.organization_owner;
  for await (const _ of client.entrances.listAll({ propertyId: hotel.property.id })) count += 1;
  return count;
}

describe('the API over sockets', () => {
  it('answers with its length, its id and no cache', async () => {
    const heard = await converse(`GET /v1/entrances/${hotel.entrance.id} HTTP/1.1\r\n${head}${last}\r\n`);
    const [fields = '', body = ''] = heard.split('\r\n\r\n');
    expect(JSON.parse(body)).toEqual(hotel.entrance);
    expect(fields).toContain('HTTP/1.1 200 OK');
    expect(fields).toContain('content-type: application/json');
    expect(fields).toContain('cache-control: no-store');
    expect(fields).toContain(`content-length: ${body.length}`);
    expect(fields).toMatch(/request-id: [0-9a-f]{16}\r\n/);
  });

  it('gives each request another id', async () => {
    const ask = `GET /v1/me HTTP/1.1\r\n${head}`;
    const heard = await converse(`${ask}\r\n${ask}\r\n`, `${ask}${last}\r\n`);
    const ids = [...heard.matchAll(/request-id: (\w+)/g)].map(([, id]) => id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  it('keeps the order of requests that were sent at once', async () => {
    const ask = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${head}${more}\r\n`;
    const heard = await converse(ask('/v1/me') + ask('/v1/rooms') + ask(`/v1/entrances/${hotel.entrance.id}`, last));
    expect([...heard.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
    expect(heard.endsWith(JSON.stringify(hotel.entrance))).toBe(true);
  });

  it('HEAD has the head of GET and no body', async () => {
    const heard = await converse(`HEAD /v1/entrances/${hotel.entrance.id} HTTP/1.1\r\n${head}${last}\r\n`);
    expect(heard).toContain(`content-length: ${JSON.stringify(hotel.entrance).length}`);
    expect(heard.endsWith('\r\n\r\n')).toBe(true);
    const response = await test.send('HEAD', `/v1/entrances/${hotel.entrance.id}`, {
      token: hotel.people.organization_owner.token,
    });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('a request may name the whole address (RFC 9112 §3.2.2)', async () => {
    const heard = await converse(
      `GET http://portal.test/v1/entrances/${hotel.entrance.id} HTTP/1.1\r\n${head}${last}\r\n`,
    );
    expect(heard).toContain(hotel.entrance.id);
  });

  it('a body may come in pieces, and a reply without a body has none', async () => {
    const body = JSON.stringify({ name: 'Zimmer 7 / Süd' });
    const bytes = Buffer.from(body);
    const chunk = (part: Buffer) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
    const socket = await open();
    let heard = '';
    socket.on('data', (piece: Buffer) => {
      heard += piece.toString();
    });
    socket.write(
      `POST /v1/properties/${hotel.property.id}/entrances HTTP/1.1\r\n${head}${json}${last}transfer-encoding: chunked\r\n\r\n`,
    );
    // Cut in the middle of a character.
    socket.write(chunk(bytes.subarray(0, 19)));
    socket.write(Buffer.concat([chunk(bytes.subarray(19)), Buffer.from('0\r\n\r\n')]));
    await once(socket, 'close');
    expect(heard).toContain('HTTP/1.1 201 Created');
    expect(heard).toContain('Zimmer 7 / Süd');
    const signOut = await test.client().sessions.create({
      email: hotel.people.team.email,
      password: 'correct horse battery staple',
      channel: 'portal_app',
    });
    const ended = await converse(
      `DELETE /v1/sessions/current HTTP/1.1\r\nhost: portal.test\r\nauthorization: Bearer ${signOut.token}\r\n${last}\r\n`,
    );
    expect(ended).toContain('HTTP/1.1 204 No Content');
    expect(ended.endsWith('\r\n\r\n')).toBe(true);
  });

  const hugeBytes = 30_000_000;
  it.each([
    ['that says so', `content-length: ${hugeBytes}\r\n\r\n${'x'.repeat(hugeBytes)}`],
    ['that does not', `transfer-encoding: chunked\r\n\r\n${`4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(1800)}0\r\n\r\n`],
  ])('a body %s is too large is refused, also to somebody who sends it all before they read', async (_, rest) => {
    const heard = await converse(
      `POST /v1/properties/${hotel.property.id}/entrances HTTP/1.1\r\n${head}${json}${rest}`,
      `GET /v1/me HTTP/1.1\r\n${head}${last}\r\n`,
    );
    expect(heard).toContain('HTTP/1.1 413 ');
    expect(heard).toContain('"code":"payload-too-large"');
    expect(heard).toContain('HTTP/1.1 200 OK');
  });

  it('who leaves in the middle of a body has asked for nothing, and is no fault of ours', async () => {
    const before = await countEntrances();
    const logged = test.log.length;
    for (const part of ['{"name":"Half"', '', '{}']) {
      const socket = await open();
      socket.write(
        `POST /v1/entrances/${hotel.entrance.id}/unlock HTTP/1.1\r\n${head}${json}idempotency-key: k\r\ncontent-length: 99\r\n\r\n${part}`,
      );
      socket.write('', () => socket.destroy());
      await once(socket, 'close');
    }
    // Their ends are heard before a request that comes after them is answered.
    await expect.poll(() => test.log.slice(logged).filter((line) => line.includes('unlockEntrance')).length).toBe(3);
    expect(test.log.slice(logged).filter((line) => /"level":"(error|warn)"/.test(line))).toEqual([]);
    expect(await countEntrances()).toBe(before);
    const attempts = await hotel.people.organization_owner.client.attempts.list({ entranceId: hotel.entrance.id });
    expect(attempts.data).toEqual([]);
  });

  it('a live feed flows through a socket, and ends when its reader leaves', async () => {
    const socket = await open();
    socket.write(`GET /v1/properties/${hotel.property.id}/events/stream HTTP/1.1\r\n${head}\r\n`);
    let heard = '';
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString();
    });
    await expect.poll(() => heard).toContain('text/event-stream');
    const { client } = hotel.people.organization_owner;
    const { id } = await client.entrances.create({ propertyId: hotel.property.id, name: 'Told live' });
    await expect.poll(() => heard).toContain(id);
    socket.destroy();
    await once(socket, 'close');
    await client.entrances.create({ propertyId: hotel.property.id, name: 'Told to nobody' });
    expect(heard).not.toContain('Told to nobody');
  });
});
