import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDir } from './data-dir.js';
import { loadGatewayKeys } from './gateway-keys.js';

let root: string;
let path: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchwork-data-'));
  path = join(root, 'made', 'below');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  await rm(root, { recursive: true, force: true });
});

const holder = `
import { openDataDir } from ${JSON.stringify(new URL('./data-dir.ts', import.meta.url).href)};
await openDataDir(process.argv.at(-1));
console.log('held');
setInterval(() => {}, 1000);
`;

async function holdElsewhere(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', holder, '--', path],
    { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

describe('the data folder', () => {
  test('is made private, held once, and free again after its release', async () => {
    {
      await using first = await openDataDir(path);
      expect((await stat(first.path)).mode & 0o777).toBe(0o700);
      await expect(openDataDir(path)).rejects.toMatchObject({ info: { code: 'data-dir-in-use', pid: process.pid } });
    }
    await using second = await openDataDir(path);
    expect(await readdir(second.path)).toEqual(['gateway.lock']);
  });

  test('is refused while another process lives in it, and taken over once that was killed', async () => {
    const child = await holdElsewhere();
    await expect(openDataDir(path)).rejects.toMatchObject({ info: { code: 'data-dir-in-use', pid: child.pid } });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using mine = await openDataDir(path);
    expect(await readdir(mine.path)).toEqual(['gateway.lock']);
  });

  test.runIf(process.platform === 'linux')(
    'is taken over when the number of its dead holder now belongs to another process',
    async () => {
      await (await openDataDir(path))[Symbol.asyncDispose]();
      const machineRun = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
      const stale = { pid: process.pid, startedAt: '1', machineRun, nonce: 'x' };
      await writeFile(join(path, 'gateway.lock'), JSON.stringify(stale));
      await using mine = await openDataDir(path);
      expect(mine.path).toBe(path);
    },
  );

  test('is taken over after a power cut, when the lock is of an earlier run of the machine or cut short', async () => {
    await (await openDataDir(path))[Symbol.asyncDispose]();
    for (const left of [JSON.stringify({ pid: process.pid, startedAt: '', machineRun: 'earlier', nonce: 'x' }), '']) {
      await writeFile(join(path, 'gateway.lock'), left);
      await using mine = await openDataDir(path);
      expect(mine.path).toBe(path);
    }
  });

  test('is taken over, too, when a process died in the middle of taking it over', async () => {
    await (await openDataDir(path))[Symbol.asyncDispose]();
    const right = createHash('sha256').update('left over').digest('hex').slice(0, 16);
    await writeFile(join(path, 'gateway.lock'), 'left over');
    await writeFile(join(path, `gateway.lock.${right}`), 'left over as well');
    await using mine = await openDataDir(path);
    expect(await readdir(mine.path)).toEqual(['gateway.lock']);
  });

  test('goes to exactly one of many that find a stale lock together', async () => {
    await (await openDataDir(path))[Symbol.asyncDispose]();
    for (let round = 0; round < 20; round += 1) {
      await writeFile(join(path, 'gateway.lock'), 'left over');
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => openDataDir(path)));
      const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(won).toHaveLength(1);
      await won[0]?.[Symbol.asyncDispose]();
    }
  });

  test('that cannot be made is one clear sentence', async () => {
    const file = join(root, 'a-file');
    await writeFile(file, '');
    // A recursive mkdir below /proc, where there is one, never comes back in Node.js 20.
    for (const unusable of [file, join(file, 'below'), '/proc/latchwork/gateway']) {
      await expect(openDataDir(unusable)).rejects.toMatchObject({
        info: { code: 'data-dir-unusable' },
        message: expect.stringMatching(/^The data folder .* cannot be made or written: .*\.$/),
      });
    }
  });
});

describe("the gateway's own key pair", () => {
  const crypto = createNodeCrypto();

  test('is made once, private, and the same ever after', async () => {
    await using dir = await openDataDir(path);
    const made = await loadGatewayKeys(dir.path, crypto);
    const file = join(dir.path, 'gateway-x25519.secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    const loaded = await loadGatewayKeys(dir.path, crypto);
    expect(Buffer.from(loaded.secret).equals(made.secret)).toBe(true);
    expect(Buffer.from(loaded.publicKey).equals(made.publicKey)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(dir.path)).sort()).toEqual(['gateway-x25519.secret', 'gateway.lock']);
  });

  test('that is damaged is reported, not replaced', async () => {
    await using dir = await openDataDir(path);
    const file = join(dir.path, 'gateway-x25519.secret');
    await writeFile(file, 'not a key');
    await expect(loadGatewayKeys(dir.path, crypto)).rejects.toMatchObject({ info: { code: 'keys-damaged' } });
    expect(await readFile(file, 'utf8')).toBe('not a key');
  });
});
