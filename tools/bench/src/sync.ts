// P3: a directory of a million users compared with a million users here, beside JSON.parse of the same bytes, a Map with
// microdiff, and a FULL OUTER JOIN, each in a process of its own, in turn. What has changed is what changes in a day: 1 of a
// thousand users came, 1 went, 3 are different; and once more with seven times that. `npm run bench -- sync [--users 100000]`
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type Tenant, truthOf } from './sync/graph-pages.js';
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
let falseCounts = 0;

async function run(contender: Task['contender'], tenant: Tenant): Promise<TaskResult> {
  // What was made before the clock starts is not collected within it.
  const child = fork(outfile, [], { execArgv: ['--expose-gc'] });
  const task: Task = { contender, tenant, folder };
  child.send(task);
  const [result] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => ended(code)),
  ])) as [TaskResult];
  await once(child, 'exit');
  if (result.counts !== null && !matches(result.counts, tenant)) {
    falseCounts += 1;
    console.error(`${contender} counts ${JSON.stringify(result.counts)}, and it is ${JSON.stringify(truthOf(tenant))}`);
  }
  return result;

  function ended(code: unknown): never {
    throw new Error(`${contender} ended with ${String(code)}`);
  }
}

function matches(counts: NonNullable<TaskResult['counts']>, tenant: Tenant): boolean {
  const truth = truthOf(tenant);
  return (Object.keys(truth) as (keyof typeof truth)[]).every((name) => counts[name] === truth[name]);
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const day: Tenant = { users, turnover: 'day' };
const upheaval: Tenant = { users, turnover: 'upheaval' };
const smaller: Tenant = { users: usersOfOthers, turnover: 'day' };
const rows = [
  { name: 'ours', contender: 'ours', tenant: day },
  { name: 'ours, upheaval', contender: 'ours', tenant: upheaval },
  { name: 'JSON.parse', contender: 'JSON.parse', tenant: day },
  { name: 'Map + microdiff', contender: 'Map + microdiff', tenant: smaller },
  { name: 'FULL OUTER JOIN', contender: 'FULL OUTER JOIN', tenant: smaller },
] as const;
type RowName = (typeof rows)[number]['name'];
const results = new Map<RowName, TaskResult[]>(rows.map(({ name }) => [name, []]));
try {
  for (const tenant of users === usersOfOthers ? [day, upheaval] : [day, upheaval, smaller])
    await run('prepare', tenant);
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, contender, tenant } of rows) results.get(name)?.push(await run(contender, tenant));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const usersOf = (name: RowName) => rows.find((row) => row.name === name)?.tenant.users ?? Number.NaN;
const secondsPerMillion = (name: RowName) =>
  (results.get(name) ?? []).map(({ cpuMs }) => (cpuMs * 1000) / usersOf(name));
const ratio = (one: RowName, other: RowName) => {
  const others = secondsPerMillion(other);
  return median(secondsPerMillion(one).map((seconds, round) => seconds / (others[round] ?? Number.NaN)));
};
const rss = (name: RowName) => Math.max(...(results.get(name) ?? []).map(({ peakRssMb }) => peakRssMb));

const vsJsonParse = ratio('ours', 'JSON.parse');
const vsJsonParseUpheaval = ratio('ours, upheaval', 'JSON.parse');
const told = (tenant: Tenant) => {
  const truth = truthOf(tenant);
  return `${truth.new} new, ${truth.updated} changed, ${truth.removed} gone`;
};
console.log(
  `A directory of ${users} users against ${users} here: ${told(day)}; in the upheaval ${told(upheaval)}. ` +
    `Graph pages from a file, ${rounds} interleaved rounds, CPU time without reading the file.\n`,
);
const notes: Readonly<Record<RowName, string>> = {
  ours: `fingerprints opened, all pages read by the source, planned, fingerprints written: ${vsJsonParse.toFixed(2)} x JSON.parse (goal: at most 0.7)`,
  'ours, upheaval': `the same: ${vsJsonParseUpheaval.toFixed(2)} x JSON.parse`,
  'JSON.parse': 'the bytes decoded and parsed, nothing compared',
  'Map + microdiff': 'the new side read and compared; the old side is in memory already',
  'FULL OUTER JOIN': 'PGlite: the new side loaded and joined; the old side is in its table already',
};
for (const { name, tenant } of rows) {
  const scaled = tenant.users === users ? '' : ` (measured on ${tenant.users})`;
  console.log(
    `${name.padEnd(17)}${median(secondsPerMillion(name)).toFixed(2).padStart(7)} s per million  ` +
      `peak ${rss(name).toFixed(0).padStart(4)} MB   ${notes[name]}${scaled}`,
  );
}
console.log(
  `\n${JSON.stringify({
    bench: 'sync',
    users,
    vsJsonParse: Number(vsJsonParse.toFixed(3)),
    vsJsonParseUpheaval: Number(vsJsonParseUpheaval.toFixed(3)),
    vsMicrodiff: Number(ratio('ours', 'Map + microdiff').toFixed(3)),
    vsJoin: Number(ratio('ours', 'FULL OUTER JOIN').toFixed(3)),
    peakRssMb: Math.round(rss('ours')),
    peakRssMbUpheaval: Math.round(rss('ours, upheaval')),
    falseCounts,
  })}`,
);
