import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openMemoryDatabase } from '../store/embedded-database.js';

const folder = join(tmpdir(), 'latchwork-portal-tests');

/**
 * The files of an empty database with its tables, made once per machine: making them costs seconds of CPU, loading them
 * a fraction of one. Other versions of PGlite or of the migrations have other files.
 */
export async function initialFiles(): Promise<Blob> {
  const path = join(folder, `${version()}.tar`);
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const known = read(path);
    if (known !== undefined) return known;
    // One test process makes them; a process that died while making them is overtaken.
    const turn = `${path}.turn`;
    if (takeTurn(turn)) {
      try {
        return await make(path);
      } finally {
        rmSync(turn, { recursive: true, force: true });
      }
    }
    await pause(100);
  }
}

function read(path: string): Blob | undefined {
  try {
    return new Blob([readFileSync(path)]);
  } catch {
    return undefined;
  }
}

function takeTurn(turn: string): boolean {
  try {
    mkdirSync(turn);
    writeFileSync(join(turn, 'pid'), String(process.pid));
    return true;
  } catch {
    const pid = Number(readText(join(turn, 'pid')) ?? process.pid);
    if (!isAlive(pid)) rmSync(turn, { recursive: true, force: true });
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function make(path: string): Promise<Blob> {
  const { client } = await openMemoryDatabase();
  const files = await client.dumpDataDir('none');
  await client.close();
  const bytes = Buffer.from(await files.arrayBuffer());
  writeFileSync(`${path}.${process.pid}`, bytes);
  renameSync(`${path}.${process.pid}`, path);
  return new Blob([bytes]);
}

function version(): string {
  const require = createRequire(import.meta.url);
  const pglite = require.resolve('@electric-sql/pglite');
  const migrations = readFileSync(new URL('../migrations/meta/_journal.json', import.meta.url));
  const initial = readFileSync(new URL('../migrations/0000_initial.sql', import.meta.url));
  return createHash('sha256').update(pglite).update(migrations).update(initial).digest('hex').slice(0, 16);
}
