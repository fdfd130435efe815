// Packs each published package as the registry would receive it and asks publint and attw about the tarball.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const published = ['core', 'lock-protocol', 'contract', 'client', 'directory', 'phone-key', 'testing'];
const folder = mkdtempSync(join(tmpdir(), 'latchwork-packed-'));

function must(proof, command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    console.error(`FAILED: ${proof}`);
    process.exit(1);
  }
  console.log(`proved: ${proof}`);
}

try {
  for (const room of published) {
    const cwd = join(root, 'packages', room);
    must(
      `${room} packs`,
      process.execPath,
      [join(root, 'node_modules/pnpm/bin/pnpm.cjs'), 'pack', '--pack-destination', folder],
      cwd,
    );
    const tarball = join(folder, readdirSync(folder).find((file) => file.startsWith(`latchwork-${room}-`)) ?? '');
    must(`${room}: publint finds nothing`, bin('publint'), [tarball, '--strict'], root);
    // The preload is a program to `--require`, not a module to import: it has no types.
    const exclude = room === 'testing' ? ['--exclude-entrypoints', './preload'] : [];
    const attw = [tarball, '--profile', 'esm-only', '--quiet', ...exclude];
    must(`${room}: its types resolve as its code does`, bin('attw'), attw, root);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
