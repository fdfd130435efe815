// `npm run check`: everything a machine can say about the sources without running them, each step named by its proof.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const pure = ['core', 'lock-protocol', 'contract', 'client', 'directory', 'phone-key', 'testing'].map(
  (room) => `packages/${room}`,
);

/** @type {[proof: string, command: string, args: string[]][]} */
const steps = [
  ['formatted, linted, and every import goes in its direction', 'biome', ['ci', '--error-on-warnings']],
  ['the whole workspace type-checks, examples and tools too', 'tsc', ['-p', 'tsconfig.json']],
  ...pure.map((room) => [`${room} type-checks with only the globals it may use`, 'tsc', ['-p', room]]),
  ['no dead file, export or dependency', 'knip', ['--no-progress']],
];

let failed = 0;
for (const [proof, command, args] of steps) {
  const { status } = spawnSync(join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed += 1;
  console.log(`${status === 0 ? 'proved' : 'FAILED'}: ${proof}`);
}
process.exit(failed === 0 ? 0 : 1);
