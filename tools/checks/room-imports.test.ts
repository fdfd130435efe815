import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importOverrides, rooms } from './room-imports.js';

interface Probe {
  readonly file: string;
  readonly imports: string;
  readonly allowed: boolean;
}

const packages = [
  'core',
  'lock-protocol',
  'contract',
  'client',
  'directory',
  'phone-key',
  'testing',
  'portal',
  'gateway',
];

/** One probe file per room and thing it might import: sources, then tests. */
function probes(): Probe[] {
  const all: Probe[] = [];
  for (const [room, { folder, rooms: allowedRooms, outside }] of Object.entries(rooms)) {
    const add = (imports: string, allowed: boolean, file = `probe-${all.length}.ts`) =>
      all.push({ file: `${folder}/src/${file}`, imports, allowed });
    add('./beside.js', true);
    add('../above.js', true);
    for (const other of packages) if (other !== room) add(`@latchwork/${other}`, allowedRooms.includes(other));
    add('../../core/src/ids.js', false);
    const anyOutside = outside === 'any';
    for (const name of ['node:fs', 'mqtt', 'zod', 'ky', 'zod/mini', '@noble/hashes/sha2.js', 'node:crypto']) {
      const listed =
        Array.isArray(outside) &&
        outside.some(
          (allow) =>
            allow.replace('/**', '') === name || (allow.endsWith('/**') && name.startsWith(allow.slice(0, -2))),
        );
      add(name, anyOutside || listed);
    }
    for (const other of ['portal', 'gateway'])
      if (other !== room) add(`@latchwork/${other}`, false, `probe-${all.length}.test.ts`);
    add('@latchwork/testing', true, `probe-${all.length}.test.ts`);
    add('node:fs', true, `probe-${all.length}.test.ts`);
  }
  all.push({ file: 'packages/lock-protocol/src/crypto/node-crypto.ts', imports: 'node:crypto', allowed: true });
  return all;
}

describe('import directions between rooms', () => {
  let folder: string;
  let flagged: ReadonlySet<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-imports-'));
    const config = JSON.parse(await readFile('biome.json', 'utf8'));
    await writeFile(
      join(folder, 'biome.json'),
      JSON.stringify({ ...config, $schema: undefined, vcs: { enabled: false } }),
    );
    for (const { file, imports } of probes()) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `import { thing } from '${imports}';\n\nexport const used = thing;\n`);
    }
    const output = await new Promise<string>((resolve) => {
      const args = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--reporter=json', folder];
      execFile(
        join('node_modules', '.bin', 'biome'),
        [...args, `--config-path=${folder}`],
        { maxBuffer: 1 << 26 },
        (_error, stdout) => resolve(stdout),
      );
    });
    const report: { diagnostics: { location: { path: string | { file: string } } }[] } = JSON.parse(output);
    flagged = new Set(
      report.diagnostics.map(({ location }) => {
        const path = typeof location.path === 'string' ? location.path : location.path.file;
        return path.replace(`${folder}/`, '');
      }),
    );
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(probes())('$file importing $imports: allowed is $allowed', ({ file, allowed }) => {
    const seen = [...flagged].some((path) => path.endsWith(file));
    expect(seen).toBe(!allowed);
  });

  test('biome.json holds exactly the rules made from the room list', async () => {
    const config = JSON.parse(await readFile('biome.json', 'utf8'));
    const held = config.overrides.filter(
      (entry: { linter?: { rules?: { style?: { noRestrictedImports?: unknown } } } }) =>
        entry.linter?.rules?.style?.noRestrictedImports !== undefined,
    );
    expect(held).toEqual(importOverrides());
  });
});
