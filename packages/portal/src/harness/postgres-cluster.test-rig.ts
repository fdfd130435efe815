import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { Secret } from '../secret.js';

/** A PostgreSQL server of the test's own: an empty folder, a socket in it, no network. */
export interface PostgresCluster extends AsyncDisposable {
  /** Makes a new empty database. */
  database(): Promise<Secret>;
  /** Where it listens. */
  readonly socketPath: string;
  /** Kills every process of the server at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts the server on its files. */
  start(): Promise<void>;
}

/** What a machine lacks to run the PostgreSQL tests, for the name of what is skipped; empty: nothing. */
export const missingForPostgres: string = (() => {
  if (binaries() === undefined) return '(missing: a PostgreSQL server; apt-get install postgresql)';
  if (isRoot() && serverUser() === undefined)
    return '(missing: the user postgres, for the server does not run as root)';
  return '';
})();

/** Creates and starts a server. It syncs every commit, and takes 16 MB of shared memory. */
export async function startPostgresCluster(): Promise<PostgresCluster> {
  const bin = binaries();
  if (bin === undefined || missingForPostgres !== '') throw new Error(`No PostgreSQL here ${missingForPostgres}.`);
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-postgres-'));
  const user = isRoot() ? serverUser() : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const files = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['--pgdata', files, '--username=test', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...user, encoding: 'utf8', cwd: folder },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    fsync: 'on',
    shared_buffers: '16MB',
    max_connections: '60',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '128MB',
    autovacuum: 'on',
  };
  const url = (database: string) => `postgresql:///${database}?host=${encodeURIComponent(folder)}&user=test`;
  let server: ChildProcess | undefined;
  let databases = 0;

  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: url('postgres') });
    try {
      await client.connect();
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const start = async (): Promise<void> => {
    const child = spawn(
      join(bin, 'postgres'),
      ['-D', files, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    server = child;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode} instead of starting.`);
      try {
        return await run('select 1');
      } catch {
        await pause(20);
      }
    }
  };
  const stop = async (end: (child: ChildProcess & { readonly pid: number }) => void): Promise<void> => {
    const child = server;
    server = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    end(child as ChildProcess & { readonly pid: number });
    await exited;
  };
  await start();
  return {
    socketPath: join(folder, '.s.PGSQL.5432'),
    database: async () => {
      databases += 1;
      const name = `test_${databases}`;
      await run(`create database ${name}`);
      return new Secret(url(name));
    },
    kill: async () =>
      await stop(({ pid }) => {
        // Its processes lead sessions of their own; stopped first, it cannot start one anew or tell them to end in order.
        process.kill(pid, 'SIGSTOP');
        for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL');
        process.kill(pid, 'SIGKILL');
      }),
    start,
    [Symbol.asyncDispose]: async () => {
      await stop((child) => child.kill('SIGQUIT'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder with the programs of the newest PostgreSQL on this machine. */
function binaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions
    .sort((left, right) => Number(right) - Number(left))
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')));
}

function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line)]));
}

function isRoot(): boolean {
  return userInfo().uid === 0;
}

function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  const id = (option: string) => spawnSync('id', [option, 'postgres'], { encoding: 'utf8' });
  const [uid, gid] = [id('-u'), id('-g')];
  return uid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}
