// `npm run fuzz -- --minutes 10 --seed 1` feeds changed bytes to everything of lock-protocol that takes them.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { status } = spawnSync(
  process.execPath,
  [
    ...['--conditions=source', '--import', 'tsx'],
    ...[join(root, 'packages/lock-protocol/src/fuzz/main.test-rig.ts'), ...process.argv.slice(2)],
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
