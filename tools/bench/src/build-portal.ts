import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Bundles the portal as it is shipped; ends the bench with what the build said when that fails. */
export function buildPortal(): void {
  const built = spawnSync(
    process.execPath,
    ['node_modules/pnpm/bin/pnpm.cjs', '--filter', '@latchwork/portal', 'run', 'build:program'],
    { cwd: fileURLToPath(new URL('../../..', import.meta.url)), encoding: 'utf8' },
  );
  if (built.status === 0) return;
  console.error(built.stdout + built.stderr);
  process.exit(1);
}
