import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import { operations } from '@latchwork/contract';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeOperations, printWireTable } from './wire-description.js';

/** All that the client may take from its surroundings: what every browser and every server runtime has. */
const webGlobals = {
  AbortController,
  AbortSignal,
  clearTimeout,
  crypto,
  Headers,
  performance,
  ReadableStream,
  Request,
  Response,
  setTimeout,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
};

let program: string;
let modules: readonly string[];

/** The client as a browser gets it: bundled from its sources, with the table that the build puts in its place. */
beforeAll(async () => {
  const contents = printWireTable(describeOperations(operations));
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'latchwork',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    plugins: [
      { name: 'wire-table', setup: ({ onLoad }) => onLoad({ filter: /wire-table\.ts$/ }, () => ({ contents })) },
    ],
  });
  program = outputFiles[0]?.text ?? '';
  const parts = Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {});
  modules = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
});

describe('C3: the client in a browser', () => {
  it('runs on nothing but the web platform', async () => {
    const seen: string[] = [];
    const entrance = { id: 'ent_1', propertyId: 'prop_1', name: 'Room 101', createdAt: '2026-03-01T08:30:00.000Z' };
    const fetch = async (request: Request) => {
      seen.push(`${request.method} ${request.url} ${request.headers.get('authorization')}`);
      if (request.url.includes('/stream')) return new Response(null, { status: 404 });
      return Response.json(request.method === 'GET' ? { data: [entrance], nextCursor: null } : entrance);
    };
    const context = createContext({ ...webGlobals, fetch });
    context['globalThis'] = context;
    const answer = await new Script(`${program};
      (async () => {
        const client = latchwork.createClient({ baseUrl: 'https://portal.example', token: () => 'lws_1' });
        const names = [];
        for await (const { name } of client.entrances.listAll({ propertyId: 'prop_1' })) names.push(name);
        const made = await client.entrances.create({ propertyId: 'prop_1', name: 'Room 101' });
        const events = client.events.follow({ propertyId: 'prop_1' });
        const fault = await events.next().catch((error) => error instanceof latchwork.LatchworkError && error.info.code);
        return { names, made, fault };
      })()`).runInContext(context);
    expect(answer).toEqual({ names: ['Room 101'], made: entrance, fault: 'invalid-response' });
    expect(seen).toStrictEqual([
      'GET https://portal.example/v1/properties/prop_1/entrances Bearer lws_1',
      'POST https://portal.example/v1/properties/prop_1/entrances Bearer lws_1',
      'GET https://portal.example/v1/properties/prop_1/events/stream Bearer lws_1',
    ]);
  });

  it("brings neither zod nor the contract's schemas along", () => {
    expect(modules.length).toBeGreaterThan(10);
    expect(modules.filter((path) => /node_modules.zod|resources.member|inputs/.test(path))).toStrictEqual([]);
  });
});
