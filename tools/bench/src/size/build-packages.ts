import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Builds packages, each by a pnpm filter; ends the bench with what went wrong when one does not. */
export function buildPackages(...filters: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/pnpm/bin/pnpm.cjs', ...filters.flatMap((filter) => ['--filter', filter]), 'run', 'build'],
    { cwd: root, encoding: 'utf8' },
  );
  if (status === 0) return;
  console.error(stdout + stderr);
  process.exit(1);
}
