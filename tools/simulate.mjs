// `npm run simulate -- --runs 10000 --seed 1` runs that many histories of a property under every fault at once, on all
// cores, and prints what happened; the last line is one JSON object. `-- --replay file` runs one history again and prints
// its events. `-- --rules` leaves one rule of the lock out after another and prints which seed finds out.
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bundleSimulator } from './simulate/bundle.mjs';
import { rules } from './simulate/rules.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    replay: { type: 'string' },
    rules: { type: 'boolean', default: false },
    only: { type: 'string' },
    table: { type: 'string' },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const workers = Number(values.workers);

/** Runs the bundle and resolves to the last object it says. */
function start(bundle, args, running = new Set()) {
  const child = spawn(process.execPath, [bundle, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last;
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = JSON.parse(line);
  });
  running.add(child);
  return new Promise((resolve, reject) => {
    child.on('close', (status, signal) => {
      running.delete(child);
      if (status === 0 || signal !== null) resolve(signal === null ? last : undefined);
      else reject(new Error(`The simulator ended with status ${status}.`));
    });
  });
}

/** Runs ranges of seeds side by side until all are done or one fails; then the others are stopped. */
async function runAll(bundle, { from, count, chunk, shrink = 400, onDone = () => {} }) {
  const counts = {};
  let next = 0;
  let done = 0;
  let failure;
  const running = new Set();
  async function work() {
    while (next < count && failure === undefined) {
      const at = next;
      next += chunk;
      const report = await start(bundle, [from + at, Math.min(chunk, count - at), shrink], running);
      if (report === undefined) return;
      done += report.runs;
      for (const [what, times] of Object.entries(report.counts)) counts[what] = (counts[what] ?? 0) + times;
      onDone(done);
      if (report.failure === undefined || failure !== undefined) continue;
      failure = report.failure;
      for (const child of running) child.kill();
    }
  }
  await Promise.all(Array.from({ length: workers }, work));
  return { counts, done, failure };
}

function printFailure({ seed: failed, violations, drawnActions, history }) {
  const file = `simulate-${failed}.json`;
  writeFileSync(file, `${JSON.stringify(history, null, 1)}\n`);
  console.log(`\nSeed ${failed}: of ${drawnActions} actions these ${history.actions.length} are enough.`);
  for (const { at, do: what, ...rest } of history.actions) console.log(`  ${at} ms  ${what} ${JSON.stringify(rest)}`);
  for (const { kind, at, lock, because } of violations) console.log(`  ${at} ms  lock ${lock}: ${kind}, ${because}`);
  console.log(`npm run simulate -- --replay ${file}`);
}

async function simulate() {
  const began = performance.now();
  const bundle = await bundleSimulator('whole', []);
  const onDone = (done) => process.stderr.write(`\r${done} of ${runs}`);
  const { counts, done, failure } = await runAll(bundle, { from: seed, count: runs, chunk: 100, onDone });
  const seconds = (performance.now() - began) / 1000;
  process.stderr.write('\r');
  for (const [what, times] of Object.entries(counts).sort()) console.log(`${String(times).padStart(9)}  ${what}`);
  if (failure) printFailure(failure);
  const sum = (prefix) =>
    Object.entries(counts).reduce((all, [what, times]) => (what.startsWith(prefix) ? all + times : all), 0);
  console.log(
    JSON.stringify({
      ...{ runs: done, seed, failed: failure ? failure.seed : null, seconds: Math.round(seconds) },
      ...{ perSecond: Math.round(done / seconds), moves: sum('bolt: '), powerCuts: sum('power cut') },
      ...{ replays: sum('replay'), abuses: sum('abuse: ') + (counts['abuse'] ?? 0), visits: sum('visit: done') },
      ...{ logEntries: sum('log entry proven'), revocationsProven: sum('revocation proven'), counts },
    }),
  );
  return failure ? 1 : 0;
}

async function replay(file) {
  const bundle = await bundleSimulator('whole', []);
  const { events, violations, digest } = await start(bundle, ['replay', file]);
  for (const event of events) console.log(event);
  console.log(JSON.stringify({ digest, violations }));
  return violations.length === 0 ? 0 : 1;
}

/** Leaves out one rule after another; each must be missed within `--runs` seeds. */
async function tryRules() {
  const rows = [];
  const whole = await bundleSimulator('whole', []);
  const chosen = rules.filter(({ name }) => values.only === undefined || name.includes(values.only));
  for (const { name, says, patches } of chosen) {
    const bundle = await bundleSimulator('rule', patches);
    const { failure, done } = await runAll(bundle, { from: seed, count: runs, chunk: 25, shrink: 60 });
    const [violation] = failure?.violations ?? [];
    if (failure) await requireSound(whole, failure);
    rows.push({ name, says, failure, done, violation });
    console.log(
      failure
        ? `caught  ${name}: seed ${failure.seed}, ${violation?.kind} (${violation?.because}), ${history(failure)}`
        : `MISSED  ${name}: not in ${done} histories`,
    );
  }
  if (values.table) writeFileSync(values.table, tableOf(rows));
  const missed = rows.filter(({ failure }) => !failure).map(({ name }) => name);
  console.log(JSON.stringify({ rules: rows.length, caught: rows.length - missed.length, missed }));
  return missed.length === 0 ? 0 : 1;
}

/** What is found in a lock without a rule must not be found in one that has them all. */
async function requireSound(whole, { seed: failed, history: shortest }) {
  const file = join(tmpdir(), `latchwork-simulate-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(shortest));
  const { violations } = await start(whole, ['replay', file]);
  rmSync(file);
  if (violations.length > 0) throw new Error(`Seed ${failed} fails with every rule: ${violations[0].because}`);
}

function history(failure) {
  const { length } = failure.history.actions;
  return `${length} ${length === 1 ? 'action' : 'actions'}`;
}

function tableOf(rows) {
  const lines = rows.map(({ name, says, failure, violation, done }) =>
    failure
      ? `| ${name} | ${says} | ${failure.seed} | ${violation?.kind} | ${history(failure)} |`
      : `| ${name} | ${says} | – | **not noticed in ${done} histories** | |`,
  );
  const caught = rows.filter(({ failure }) => failure).length;
  return [
    '# Rules left out of the lock, and the history that finds out',
    '',
    'Each rule is taken out of a copy of the sources (`tools/simulate/rules.mjs` says what), and histories are run from seed 1 on',
    'until the oracle of `packages/testing/src/property` objects. The history that did is then made as short as it can be, and a',
    'lock with every rule must have nothing said against it in that one.',
    '`npm run simulate -- --rules --table docs/contributor/rules.md` makes this table anew, `--only name` tries one rule.',
    '',
    `Of ${rows.length} rules ${caught} are noticed.`,
    '',
    '| rule left out | what it is for | seed | what is found | shortest history |',
    '| --- | --- | ---: | --- | ---: |',
    ...lines,
    '',
  ].join('\n');
}

process.exitCode = values.replay ? await replay(values.replay) : values.rules ? await tryRules() : await simulate();
