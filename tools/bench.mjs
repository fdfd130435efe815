// `npm run bench -- NAME` runs tools/bench/src/NAME.ts: a table for people, and one JSON object as its last line.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const names = readdirSync(join(root, 'tools/bench/src'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace('.ts', ''));
const name = process.argv[2];
if (name === undefined || !names.includes(name)) {
  console.error(`latchwork: name one of these benches: ${names.join(', ')} (npm run bench -- ${names[0]}).`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  [
    ...['--expose-gc', '--conditions=source', '--import', 'tsx'],
    ...[join(root, `tools/bench/src/${name}.ts`), ...process.argv.slice(3)],
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
