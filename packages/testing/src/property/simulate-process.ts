// Runs a range of seeds, or one history from a file, and says on standard output what came of it, a JSON object a line.
import { readFileSync } from 'node:fs';
import type { History } from './history.js';
import { runHistory } from './run-history.js';
import { runSeeds } from './run-seeds.js';

const [what, ...rest] = process.argv.slice(2);
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

if (what === 'replay') {
  const history: History = JSON.parse(readFileSync(rest[0] ?? '', 'utf8'));
  say(await runHistory(history));
} else {
  const [from = 1, runs = 1, mostShrinkRuns = 400] = [what, ...rest].map(Number);
  say(await runSeeds({ from, runs, mostShrinkRuns, onProgress: (done) => done % 20 === 0 && say({ done }) }));
}
