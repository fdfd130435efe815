// `npm start`: a demo property on embedded defaults. `--once` does the same, prints one JSON object and exits.
import { keepRunning, tellStory } from './demo.js';
import { CannotStart } from './preflight.js';
import { startProperty } from './property.js';
import { readSettings } from './settings.js';
import { createTerminal } from './terminal.js';

const unknown = process.argv.slice(2).find((argument) => argument !== '--once');
const once = process.argv.includes('--once');
const terminal = createTerminal(process.stdout);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

async function main(): Promise<number> {
  if (unknown !== undefined) throw new CannotStart(`${unknown} is not understood; npm start takes --once or nothing.`);
  terminal.title('Latchwork: a property with three doors');
  stop.signal.addEventListener('abort', () => terminal.line('stopping'));
  await using property = await startProperty({ settings: readSettings(process.env), terminal, signal: stop.signal });
  const result = await tellStory(property, terminal);
  if (!once) {
    await keepRunning(property, terminal, stop.signal);
    return 0;
  }
  await property[Symbol.asyncDispose]();
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.unlocked && result.refused ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (stop.signal.aborted) process.exitCode = once ? 1 : 0;
  else {
    const reason = error instanceof CannotStart ? error.message : String(error instanceof Error ? error.stack : error);
    process.stderr.write(`latchwork: ${reason}\n`);
    process.exitCode = 1;
  }
}
