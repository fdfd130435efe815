// `npm run chaos -- --runs 100000 --seed 1` runs tools/chaos: directories under faults, judged against the truth.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { status } = spawnSync(
  process.execPath,
  ['--conditions=source', '--import', 'tsx', join(root, 'tools/chaos/src/main.ts'), ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
