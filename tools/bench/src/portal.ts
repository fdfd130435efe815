// P4: the portal beside the least that node:http could do of the same work, and beside fastify, each in a process of its own on
// a store of its own, under the same load from another process, in turn. `npm run bench -- portal`
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPortal } from './build-portal.js';
import type { Turn, TurnResult } from './portal/load.js';
import { type Contender, startOther, startPortal } from './portal/servers.js';

const rounds = 21;
const connections = 16;
const requestsPerTurn = { get: 1500, post: 250 };

type Kind = keyof typeof requestsPerTurn;
const kinds = ['get', 'post'] as const;

buildPortal();

const folder = mkdtempSync(join(tmpdir(), 'latchwork-bench-'));
const load = fork(fileURLToPath(new URL('portal/load.ts', import.meta.url)));
const { portal, seed } = await startPortal(folder);
const bare = await startOther('node:http', 'bare-server', seed);
const fastify = await startOther('fastify', 'fastify-server', seed);
const contenders = [portal, bare, fastify];

const authorization = `authorization: Bearer ${seed.token}\r\n`;
const body = JSON.stringify({ name: 'Room 102' });
const json = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
const head = `host: portal.example\r\naccept: application/json\r\n${authorization}`;
const requests: Readonly<Record<Kind, Pick<Turn, 'request' | 'status'>>> = {
  get: { request: `GET /v1/entrances/${seed.entrance.id} HTTP/1.1\r\n${head}\r\n`, status: 200 },
  post: {
    request: `POST /v1/properties/${seed.propertyId}/entrances HTTP/1.1\r\n${head}${json}\r\n${body}`,
    status: 201,
  },
};

interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
}

async function turn({ name, port, process: server }: Contender, kind: Kind): Promise<Sample> {
  const before = cpuMs(server.pid);
  const asked: Turn = { port, ...requests[kind], requests: requestsPerTurn[kind], connections };
  load.send(asked);
  const [result] = (await once(load, 'message')) as [TurnResult];
  if ('fault' in result) throw new Error(`${name}, ${kind}: ${result.fault}`);
  const cpuUs = ((cpuMs(server.pid) - before) * 1000) / asked.requests;
  return { perSecond: (asked.requests * 1000) / result.ms, cpuUs };
}

/** CPU of another process as Linux counts it, in hundredths of a second; NaN elsewhere. */
function cpuMs(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (let warmUp = 0; warmUp < 4; warmUp += 1) {
  for (const kind of kinds) for (const contender of contenders) await turn(contender, kind);
}
const samples = new Map<string, Sample[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const kind of kinds) {
    // Each takes every turn about equally often.
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(place + round) % contenders.length] ?? portal;
      const key = `${contender.name} ${kind}`;
      samples.set(key, [...(samples.get(key) ?? []), await turn(contender, kind)]);
    }
  }
}
load.disconnect();
bare.process.disconnect();
fastify.process.disconnect();
portal.process.kill('SIGTERM');
await once(portal.process, 'exit');
rmSync(folder, { recursive: true, force: true });

const of = (kind: Kind, { name }: Contender) => samples.get(`${name} ${kind}`) ?? [];
const ratio = (kind: Kind, other: Contender) => {
  const others = of(kind, other);
  const each = of(kind, portal).map(({ perSecond }, round) => perSecond / (others[round]?.perSecond ?? Number.NaN));
  return Number(median(each).toFixed(3));
};

console.log(
  `${rounds} interleaved rounds over ${connections} connections from another process: ${requestsPerTurn.get} GETs of an ` +
    `entrance,\n${requestsPerTurn.post} POSTs of one with its event and audit entry on an embedded database; medians.\n`,
);
console.log(`${' '.repeat(14)}GET: per s   CPU us   of it | POST: per s   CPU us   of it`);
for (const contender of contenders) {
  const cells = kinds.map((kind) => {
    const mine = of(kind, contender);
    const share = contender === portal ? '' : ratio(kind, contender).toFixed(2);
    const perSecond = median(mine.map((sample) => sample.perSecond)).toFixed(0);
    const cpuUs = median(mine.map((sample) => sample.cpuUs)).toFixed(0);
    return `${perSecond.padStart(10)}${cpuUs.padStart(9)}${share.padStart(8)}`;
  });
  console.log(`${contender.name.padEnd(14)}${cells.join(' |  ')}`);
}
console.log("\nof it: the portal's requests per second, of those of that line. Goals: 0.7 of node:http, 1 of fastify.");
const ratios = {
  getVsBare: ratio('get', bare),
  postVsBare: ratio('post', bare),
  getVsFastify: ratio('get', fastify),
  postVsFastify: ratio('post', fastify),
};
console.log(
  JSON.stringify({
    bench: 'portal',
    vsBare: Math.min(ratios.getVsBare, ratios.postVsBare),
    vsFastify: Math.min(ratios.getVsFastify, ratios.postVsFastify),
    ...ratios,
  }),
);
