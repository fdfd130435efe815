// P3: a directory of a million users compared with a million users here, beside JSON.parse of the same bytes, a Map with
// microdiff, and a FULL OUTER JOIN, each in a process of its own, in turn. `npm run bench -- sync [--users 100000]`
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { truthOf } from './sync/graph-pages.js';
import type { Task, TaskResult } from './sync/task.js';

const { values } = parseArgs({ options: { users: { type: 'string' } }, strict: false });
const users = Number(values['users'] ?? (process.env['CI'] ? 100_000 : 1_000_000));
if (!Number.isInteger(users) || users < 1000) throw new RangeError('--users is a whole number from 1000 on');
const rounds = 3;
// These two keep everybody in memory, or take minutes; they run on fewer users and are told per user.
const usersOfOthers = Math.min(users, 100_000);

const outfile = fileURLToPath(new URL('../dist/sync/contender.js', import.meta.url));
await build({
  entryPoints: [fileURLToPath(new URL('sync/contender.ts', import.meta.url))],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  external: ['@electric-sql/pglite', '@electric-sql/pglite/*'],
});

const folder = mkdtempSync(join(tmpdir(), 'latchwork-bench-'));
const file = join(folder, 'fingerprints');
let falseCounts = 0;

async function run(contender: Task['contender'], size: number): Promise<TaskResult> {
  const child = fork(outfile, [], { execArgv: [] });
  const task: Task = { contender, users: size, file };
  child.send(task);
  const [result] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => ended(code)),
  ])) as [TaskResult];
  await once(child, 'exit');
  if (result.counts !== null && !matches(result.counts, size)) {
    falseCounts += 1;
    console.error(`${contender} counts ${JSON.stringify(result.counts)}, and it is ${JSON.stringify(truthOf(size))}`);
  }
  return result;

  function ended(code: unknown): never {
    throw new Error(`${contender} ended with ${String(code)}`);
  }
}

function matches(counts: NonNullable<TaskResult['counts']>, size: number): boolean {
  const truth = truthOf(size);
  return (Object.keys(truth) as (keyof typeof truth)[]).every((name) => counts[name] === truth[name]);
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const contenders = [
  { name: 'ours', size: users },
  { name: 'JSON.parse', size: users },
  { name: 'Map + microdiff', size: usersOfOthers },
  { name: 'FULL OUTER JOIN', size: usersOfOthers },
] as const;
const results = new Map(contenders.map(({ name }) => [name, [] as TaskResult[]]));
try {
  await run('prepare', users);
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, size } of contenders) results.get(name)?.push(await run(name, size));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const of = (name: (typeof contenders)[number]['name']) => results.get(name) ?? [];
const secondsPerMillion = (name: (typeof contenders)[number]['name'], size: number) =>
  (median(of(name).map(({ cpuMs }) => cpuMs)) * 1000) / size;
const rss = (name: (typeof contenders)[number]['name']) => Math.max(...of(name).map(({ peakRssMb }) => peakRssMb));
const ratioTo = (name: (typeof contenders)[number]['name'], size: number) =>
  median(of('ours').map(({ cpuMs }, round) => cpuMs / users / ((of(name)[round]?.cpuMs ?? Number.NaN) / size)));
const vsJsonParse = ratioTo('JSON.parse', users);

const truth = truthOf(users);
console.log(
  `A directory of ${users} users against ${users} here: ${truth.new} new, ${truth.updated} changed, ${truth.removed} gone; ` +
    `Graph pages, ${rounds} interleaved rounds, CPU time without making the pages.\n`,
);
const notes = {
  ours: 'fingerprints opened, all pages read by the source, planned, fingerprints written',
  'JSON.parse': `the bytes decoded and parsed, nothing compared: ours takes ${vsJsonParse.toFixed(2)} x this (goal: at most 0.7)`,
  'Map + microdiff': 'the new side read and compared; the old side is in memory already',
  'FULL OUTER JOIN': 'PGlite: the new side loaded and joined; the old side is in its table already',
};
for (const { name, size } of contenders) {
  const scaled = size === users ? '' : ` (measured on ${size})`;
  console.log(
    `${name.padEnd(17)}${secondsPerMillion(name, size).toFixed(2).padStart(7)} s per million  ` +
      `peak ${rss(name).toFixed(0).padStart(4)} MB   ${notes[name]}${scaled}`,
  );
}
console.log(
  `\n${JSON.stringify({
    bench: 'sync',
    users,
    vsJsonParse: Number(vsJsonParse.toFixed(3)),
    vsMicrodiff: Number(ratioTo('Map + microdiff', usersOfOthers).toFixed(3)),
    vsJoin: Number(ratioTo('FULL OUTER JOIN', usersOfOthers).toFixed(3)),
    peakRssMb: Math.round(rss('ours')),
    falseCounts,
  })}`,
);
