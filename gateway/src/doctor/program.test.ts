import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startTestBroker, type TestBroker } from '@latchwork/testing';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDataDir } from '../data-dir.js';
import { address } from '../gateway.test-rig.js';
import type { CheckName, Finding } from './finding.js';

const secret = 'the-secret-of-this-gateway';
let root: string;
let broker: TestBroker;
let env: Record<string, string>;
const servers: Server[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchwork-doctor-program-'));
  broker = await startTestBroker({
    access: { connect: ({ clientId, username, password }) => clientId === username && password === secret },
  });
  env = {
    LATCHWORK_GATEWAY_ID: address.gatewayId,
    LATCHWORK_GATEWAY_SECRET: secret,
    LATCHWORK_ORGANIZATION_ID: address.organizationId,
    LATCHWORK_PROPERTY_ID: address.propertyId,
    LATCHWORK_MQTT_URL: broker.url,
    LATCHWORK_DATA_DIR: join(root, 'data'),
    LATCHWORK_HTTP_PORT: '0',
  };
});

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await broker.close();
  await rm(root, { recursive: true, force: true });
});

interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program itself, from its source. */
async function run(args: readonly string[], account?: { readonly uid: number; readonly gid: number }): Promise<Told> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', main, ...args], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  });
  const told = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (told.stdout += data));
  child.stderr.on('data', (data) => (told.stderr += data));
  return await new Promise((resolve) => child.once('close', (code) => resolve({ code, ...told })));
}

/** What the doctor says as a program reads it; its exit code must go with it, and no secret may be in it. */
async function consult(account?: { readonly uid: number; readonly gid: number }): Promise<readonly Finding[]> {
  const { code, stdout, stderr } = await run(['doctor', '--json'], account);
  expect(stderr).toBe('');
  for (const text of Object.values(env).filter((value) => value.includes('secret'))) expect(stdout).not.toContain(text);
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: readonly Finding[] };
  expect(ok).toBe(!findings.some(({ verdict }) => verdict === 'failure'));
  expect(code).toBe(ok ? 0 : 1);
  return findings;
}

function about(findings: readonly Finding[], check: CheckName): readonly Finding[] {
  return findings.filter((finding) => finding.check === check);
}

describe('latchwork-gateway doctor', () => {
  test('says for a person what it says for a program, and changes nothing', async () => {
    const findings = await consult();
    expect(about(findings, 'configuration')).toEqual([
      { check: 'configuration', verdict: 'ok', sentence: 'The configuration is complete.', remedy: null },
    ]);
    expect(about(findings, 'broker')).toMatchObject([{ verdict: 'ok', sentence: expect.stringContaining('lets') }]);
    const { stdout } = await run(['doctor']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('ok       configuration      The configuration is complete.');
    for (const { check, remedy } of findings) {
      expect(lines.some((line) => line.slice(9).startsWith(check))).toBe(true);
      if (remedy !== null) expect(lines).toContain(`         mend it with: ${remedy}`);
    }
    expect(await readdir(root)).not.toContain('data');
    expect(broker.recorded).toEqual([]);
  });

  test('says first what is wrong with the configuration, and looks at the rest all the same', async () => {
    await mkdir(env['LATCHWORK_DATA_DIR'] ?? '', { mode: 0o700 });
    env['LATCHWORK_GATEWAY_ID'] = 'gw_nonsense';
    delete env['LATCHWORK_PROPERTY_ID'];
    const findings = await consult();
    expect(findings.slice(0, 2)).toMatchObject([
      { check: 'configuration', verdict: 'failure', sentence: 'LATCHWORK_GATEWAY_ID must be gw_ and 26 characters.' },
      { check: 'configuration', verdict: 'failure', sentence: 'LATCHWORK_PROPERTY_ID is required.' },
    ]);
    expect(about(findings, 'data-folder')).toMatchObject([{ verdict: 'ok' }]);
    expect(about(findings, 'disk')).toHaveLength(1);
    expect(about(findings, 'journal')).toMatchObject([{ verdict: 'ok' }]);
    expect(about(findings, 'broker')).toMatchObject([
      { verdict: 'warning', sentence: expect.stringContaining('reached') },
    ]);
    expect(about(findings, 'bluetooth-adapter')).toHaveLength(1);

    env['LATCHWORK_MQTT_URL'] = 'mqtt://me:a-secret-in-the-url@broker.example';
    expect(about(await consult(), 'broker')).toMatchObject([
      { verdict: 'failure', sentence: expect.stringContaining('No broker is set') },
    ]);
  }, 120_000);

  test('a broker that refuses the secret, one that is not there, and what is no broker', async () => {
    env['LATCHWORK_GATEWAY_SECRET'] = 'not-the-secret-it-has';
    expect(about(await consult(), 'broker')).toMatchObject([
      { verdict: 'failure', sentence: expect.stringContaining('refuses the id or the secret of this gateway (5)') },
    ]);

    env['LATCHWORK_MQTT_URL'] = `mqtt://127.0.0.1:${await freePort()}`;
    expect(about(await consult(), 'broker')).toMatchObject([
      { verdict: 'failure', sentence: expect.stringContaining('Nothing listens') },
    ]);

    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n', () => socket.destroySoon()));
    });
    servers.push(other);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    env['LATCHWORK_MQTT_URL'] = `mqtt://127.0.0.1:${port}`;
    expect(about(await consult(), 'broker')).toMatchObject([
      { verdict: 'failure', sentence: expect.stringContaining('does not answer as an MQTT broker') },
    ]);

    env['LATCHWORK_MQTT_URL'] = `mqtts://127.0.0.1:${port}`;
    expect(about(await consult(), 'broker')).toMatchObject([
      { verdict: 'failure', sentence: expect.stringContaining('cannot be reached') },
    ]);
  }, 120_000);

  test('leaves a gateway that runs its connection', async () => {
    await using _held = await openDataDir(env['LATCHWORK_DATA_DIR'] ?? '');
    const { gatewayId } = address;
    const client = await connectAsync(broker.url, {
      clientId: gatewayId,
      username: gatewayId,
      password: secret,
      reconnectPeriod: 0,
    });
    const lost = vi.fn();
    client.on('close', lost);
    const findings = await consult();
    expect(about(findings, 'broker')).toMatchObject([
      { verdict: 'ok', sentence: expect.stringContaining('can be reached') },
    ]);
    expect(about(findings, 'health')).toMatchObject([{ sentence: expect.stringContaining(`process ${process.pid}`) }]);
    await client.publishAsync('still/here', '', { qos: 1 });
    expect(lost).not.toHaveBeenCalled();
    await client.endAsync();
  });

  test('this machine’s own adapters are told as sysfs has them', async () => {
    const findings = about(await consult(), 'bluetooth-adapter');
    const none = !existsSync('/sys/class/bluetooth') || (await readdir('/sys/class/bluetooth')).length === 0;
    expect(
      findings.some(({ verdict, sentence }) => verdict === 'failure' && /plug one in|plugged in/.test(sentence)),
    ).toBe(none);
  });

  test('is called in one way, and says so', async () => {
    expect(await run(['doctor', '--verbose'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'latchwork-gateway: The doctor is called as "latchwork-gateway doctor" or "latchwork-gateway doctor --json".\n',
    });
  });
});

const nobody = { uid: 65_534, gid: 65_534 };

describe.skipIf(process.getuid?.() !== 0)('as another account (skipped unless root runs the tests)', () => {
  test('says what this account may not read or write', async () => {
    const data = join(root, 'data');
    await chmod(root, 0o755);
    await mkdir(data, { mode: 0o755 });
    await writeFile(join(data, 'journal.log'), '', { mode: 0o600 });
    await writeFile(join(data, 'gateway.lock'), '{}', { mode: 0o600 });
    const closed = await consult(nobody);
    expect(about(closed, 'account')).toMatchObject([{ verdict: 'ok', sentence: 'This ran as nobody.' }]);
    expect(about(closed, 'data-folder')).toMatchObject([
      { verdict: 'failure', sentence: `nobody may not write into the data folder ${data}.` },
    ]);
    expect(about(closed, 'health')).toMatchObject([{ verdict: 'warning' }]);
    expect(about(closed, 'broker')).toMatchObject([
      { verdict: 'warning', sentence: expect.stringContaining('push off') },
    ]);
    expect(about(closed, 'bluetooth-rights')).toMatchObject([{ verdict: 'failure' }]);

    await rm(join(data, 'gateway.lock'));
    await chown(data, nobody.uid, nobody.gid);
    const own = await consult(nobody);
    expect(about(own, 'data-folder')).toMatchObject([{ verdict: 'warning', remedy: `sudo chmod 700 ${data}` }]);
    expect(about(own, 'journal')).toMatchObject([
      { verdict: 'warning', sentence: expect.stringContaining('may not read') },
    ]);
    expect(about(own, 'broker')).toMatchObject([{ verdict: 'ok' }]);

    await chmod(root, 0o700);
    expect(about(await consult(nobody), 'data-folder')).toMatchObject([
      { verdict: 'failure', sentence: expect.stringContaining('may not look into the data folder') },
    ]);
  }, 120_000);
});

const mountable = await (async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  await rm(folder, { recursive: true, force: true });
  return mounted;
})();

describe.skipIf(!mountable)('on a disk of its own (skipped where no file system can be mounted)', () => {
  test('a disk in memory is told, and a full one', async () => {
    const data = join(root, 'data');
    await mkdir(data);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', data]).status).toBe(0);
    try {
      expect(about(await consult(), 'disk')).toMatchObject([
        { verdict: 'failure', sentence: expect.stringContaining('Only 0 MiB') },
        { verdict: 'warning', sentence: expect.stringContaining('in memory (tmpfs)') },
      ]);
      await writeFile(join(data, 'ballast'), Buffer.alloc(60_000));
      await writeFile(join(data, 'more'), Buffer.alloc(16_384)).catch(() => undefined);
      expect(about(await consult(), 'disk')).toMatchObject([
        { verdict: 'failure', sentence: `The disk is full: nothing can be written into ${data}.` },
      ]);
      expect(await readdir(data)).toEqual(['ballast', 'more']);
    } finally {
      spawnSync('umount', [data]);
    }
  }, 120_000);
});

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
const find = (program: string) => folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
const mosquitto = find('mosquitto');

describe.skipIf(mosquitto === undefined)('with mosquitto as the broker (skipped where it is not installed)', () => {
  test('is let in with the right secret only', async () => {
    const port = await freePort();
    const passwords = join(root, 'passwords');
    await writeFile(passwords, '', { mode: 0o600 });
    spawnSync(find('mosquitto_passwd') ?? '', ['-b', passwords, address.gatewayId, secret]);
    const config = join(root, 'mosquitto.conf');
    await writeFile(
      config,
      `listener ${port} 127.0.0.1\nallow_anonymous false\nuser root\npassword_file ${passwords}\n`,
    );
    const child = spawn(mosquitto ?? '', ['-c', config], { stdio: 'ignore' });
    try {
      env['LATCHWORK_MQTT_URL'] = `mqtt://127.0.0.1:${port}`;
      const credentials = { username: address.gatewayId, password: secret, reconnectPeriod: 0 };
      await vi.waitFor(async () => (await connectAsync(`mqtt://127.0.0.1:${port}`, credentials, false)).end(), {
        timeout: 30_000,
      });
      expect(about(await consult(), 'broker')).toMatchObject([{ verdict: 'ok' }]);
      env['LATCHWORK_GATEWAY_SECRET'] = 'not-the-secret-it-has';
      expect(about(await consult(), 'broker')).toMatchObject([
        { verdict: 'failure', sentence: expect.stringContaining('refuses the id or the secret') },
      ]);
    } finally {
      child.kill('SIGKILL');
    }
  }, 120_000);
});
