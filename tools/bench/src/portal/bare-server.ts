// The least a server of the same contract can do: node:http, the same checks of the input by zod/mini, the same work.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { entranceId, entranceInput, propertyId } from '@latchwork/contract';
import * as z from 'zod/mini';
import { serveSeeded } from './seeded.js';
import { openWork } from './work.js';

const largestBodyBytes = 65_536;

await serveSeeded(async (seed) => {
  const work = await openWork(seed);

  function answer(response: ServerResponse, status: number, body: unknown): void {
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  }

  function fail(response: ServerResponse, status: number, code: string): void {
    answer(response, status, { type: `urn:latchwork:problem:${code}`, code, status });
  }

  function readBody(request: IncomingMessage): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let sizeBytes = 0;
      request.on('data', (piece: Buffer) => {
        sizeBytes += piece.length;
        if (sizeBytes > largestBodyBytes) resolve(undefined);
        else pieces.push(piece);
      });
      request.on('end', () => resolve(Buffer.concat(pieces).toString()));
      request.on('error', reject);
    });
  }

  function parseJson(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, version, place, id = '', last, more] = (request.url ?? '').split('/');
    const caller = work.authenticate(request.headers.authorization);
    if (caller === undefined) return fail(response, 401, 'unauthenticated');
    if (request.method === 'GET' && version === 'v1' && place === 'entrances' && last === undefined) {
      const parsed = z.safeParse(entranceId, decodeURIComponent(id));
      if (!parsed.success) return fail(response, 400, 'invalid-request');
      const entrance = work.readEntrance(caller, parsed.data);
      return entrance === 'not-found' ? fail(response, 404, entrance) : answer(response, 200, entrance);
    }
    const isEntrances = version === 'v1' && place === 'properties' && last === 'entrances' && more === undefined;
    if (request.method === 'POST' && isEntrances) {
      const text = await readBody(request);
      if (text === undefined) return fail(response, 413, 'payload-too-large');
      if (request.headers['content-type'] !== 'application/json') return fail(response, 415, 'unsupported-media-type');
      const parsedId = z.safeParse(propertyId, decodeURIComponent(id));
      const parsed = z.safeParse(entranceInput, parseJson(text));
      if (!parsed.success || !parsedId.success) return fail(response, 400, 'invalid-request');
      const entrance = await work.createEntrance(caller, parsedId.data, parsed.data.name);
      if (entrance === 'not-found') return fail(response, 404, entrance);
      return entrance === 'forbidden' ? fail(response, 403, entrance) : answer(response, 201, entrance);
    }
    return fail(response, 404, 'not-found');
  }

  const server = createServer({ noDelay: true }, (request, response) => {
    handle(request, response).catch(() => fail(response, 500, 'internal'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
});
