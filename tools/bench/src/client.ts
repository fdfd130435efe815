// P6: the CPU of one call of the client, beside ky and zod/mini by hand, against one server in a process of its own.
// `npm run bench -- client`
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  type CallKind,
  type Contender,
  callKinds,
  createByHand,
  createFetch,
  createOurs,
} from './client/contenders.js';
import { entrances, propertyId } from './client/sample-replies.js';

const rounds = 41;
const callsPerTurn = 60;

const server = fork(fileURLToPath(new URL('client/replies-server.ts', import.meta.url)));
const [port] = await once(server, 'message');
const target = {
  baseUrl: `http://127.0.0.1:${port}`,
  token: 'lws_bench',
  propertyId,
  entranceId: entrances[0]?.id ?? '',
};
const ours = createOurs(target);
const byHand = createByHand(target);
const bare = createFetch(target);
const contenders = [ours, byHand, bare];

/** CPU of this process alone, in microseconds per call: waiting costs none, and the server's work is not in it. */
async function turn({ calls, name }: Contender, kind: CallKind): Promise<number> {
  const before = process.cpuUsage();
  let things = 0;
  for (let call = 0; call < callsPerTurn; call += 1) things += await calls[kind]();
  const { user, system } = process.cpuUsage(before);
  if (things !== callsPerTurn * (kind === 'list' ? entrances.length : 1))
    throw new Error(`${name} read ${things} things`);
  return (user + system) / callsPerTurn;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (let warmUp = 0; warmUp < 5; warmUp += 1) {
  for (const kind of callKinds) for (const contender of contenders) await turn(contender, kind);
}
const times: { readonly kind: CallKind; readonly round: number; readonly name: string; readonly us: number }[] = [];
for (let round = 0; round < rounds; round += 1) {
  for (const kind of callKinds) {
    // Each takes every turn about equally often.
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(place + round) % contenders.length] ?? ours;
      times.push({ kind, round, name: contender.name, us: await turn(contender, kind) });
    }
  }
}
server.disconnect();

const of = (kind: CallKind, { name }: Contender) =>
  times.filter((time) => time.kind === kind && time.name === name).map(({ us }) => us);
const ratio = (kind: CallKind, one: Contender, other: Contender) => {
  const others = of(kind, other);
  return median(of(kind, one).map((us, round) => us / (others[round] ?? Number.NaN)));
};
const ratios = Object.fromEntries(callKinds.map((kind) => [kind, ratio(kind, ours, byHand)]));
const vsKy = Math.max(...Object.values(ratios));

console.log(
  `CPU of one call in microseconds: ${rounds} interleaved rounds of ${callsPerTurn} calls, one after another, medians.\n`,
);
const cells = (values: readonly (string | number)[]) => values.map((value) => String(value).padStart(9)).join('');
console.log(`${' '.repeat(26)}${cells(callKinds)}`);
for (const contender of contenders) {
  console.log(`${contender.name.padEnd(26)}${cells(callKinds.map((kind) => median(of(kind, contender)).toFixed(0)))}`);
}
console.log(`${'ours / by hand'.padEnd(26)}${cells(callKinds.map((kind) => (ratios[kind] ?? Number.NaN).toFixed(2)))}`);
console.log('\nlist reads a page of twenty. vsKy is the largest of the three ratios (goal: at most 1.25).');
const round3 = (value: number) => Number(value.toFixed(3));
console.log(
  JSON.stringify({
    bench: 'client',
    vsKy: round3(vsKy),
    getVsKy: round3(ratios['get'] ?? Number.NaN),
    listVsKy: round3(ratios['list'] ?? Number.NaN),
    postVsKy: round3(ratios['post'] ?? Number.NaN),
  }),
);
