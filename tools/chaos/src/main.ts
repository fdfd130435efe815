// `npm run chaos -- --runs 100000 --seed 1`: random histories of directories under faults, judged against the truth.
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.js';

const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
const runs = Number(values.runs ?? 1000);
const seed = Number(values.seed ?? Date.now() & 0x7fffffff);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('latchwork: --runs and --seed are whole numbers (npm run chaos -- --runs 1000 --seed 1).');
  process.exit(2);
}
console.log(`seed ${seed}, ${runs} runs`);
const started = Date.now();
const { outcomes, failure } = await runChaos({
  runs,
  seed,
  onProgress: (done) => console.log(`  ${done} runs, ${Math.round((Date.now() - started) / 1000)} s`),
});
for (const [what, times] of Object.entries(outcomes).sort()) console.log(`${String(times).padStart(9)}  ${what}`);
if (failure)
  console.error(`\nFALSE after ${failure.runs} runs (seed ${seed}, path ${failure.path}):\n${failure.report}`);
const falseRows = failure ? 1 : 0;
console.log(`\n${JSON.stringify({ chaos: 'directories', seed, runs: outcomes['runs'] ?? 0, falseRows, outcomes })}`);
process.exit(failure ? 1 : 0);
