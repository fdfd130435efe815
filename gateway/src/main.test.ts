import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayTopic, parseGatewayMessage } from '@latchwork/contract';
import { startTestBroker, type TestBroker } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDir } from './data-dir.js';
import { address } from './gateway.test-rig.js';

let root: string;
let env: Record<string, string>;
let broker: TestBroker;
const children: ChildProcess[] = [];
const secret = 'the-secret-of-this-gateway';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchwork-main-'));
  broker = await startTestBroker();
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
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  await broker.close();
  await rm(root, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Runs the program itself, from its source; its radio finds no adapter, which it must live with. */
function run(...args: string[]): Run {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=source', fileURLToPath(new URL('./main.ts', import.meta.url)), ...args],
    {
      cwd: new URL('..', import.meta.url),
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => (stdout += data));
  child.stderr?.on('data', (data) => (stderr += data));
  const ended = new Promise<Awaited<Run['ended']>>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

const statusTopic = gatewayTopic(address, 'status');

function statuses(): object[] {
  return broker.recorded
    .filter(({ topic }) => topic === statusTopic)
    .map(({ payload }) => parseGatewayMessage('status', Buffer.from(payload).toString()));
}

describe('the program', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('ends on %s with a goodbye and exit code 0', async (signal) => {
    const { child, ended } = run();
    await broker.waitFor(({ topic }) => topic === statusTopic);
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(statuses().at(-1)).toMatchObject({ online: false });
    const lines = stdout.trim().split('\n');
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ program: 'latchwork-gateway', msg: expect.any(String) });
    }
    expect(lines.at(-1)).toContain('gateway stopped');
    expect(stdout).not.toContain(secret);
    await using _free = await openDataDir(join(root, 'data'));
  });

  test('checks a configuration without starting anything', async () => {
    const good = await run('--check-config').ended;
    expect(good).toEqual({ code: 0, stdout: 'The configuration is complete.\n', stderr: '' });
    delete env['LATCHWORK_GATEWAY_ID'];
    env['LATCHWORK_MQTT_URL'] = 'nonsense';
    const bad = await run('--check-config').ended;
    expect(bad.code).toBe(2);
    expect(bad.stderr.split('\n')).toEqual([
      'latchwork-gateway: LATCHWORK_GATEWAY_ID is required.',
      'latchwork-gateway: LATCHWORK_MQTT_URL must be a URL that begins with mqtt://, mqtts://, ws:// or wss://.',
      '',
    ]);
    expect(broker.recorded).toEqual([]);
  });

  test.each(['bakcup file', '--check-confg', '--check-config more'])(
    '%s is not understood, and starts no gateway',
    async (words) => {
      expect(await run(...words.split(' ')).ended).toEqual({
        code: 2,
        stdout: '',
        stderr: `latchwork-gateway: "${words}" is not understood; "latchwork-gateway --help" lists what is.\n`,
      });
      expect(broker.recorded).toEqual([]);
    },
  );

  test('a code is sent over no network unencrypted', async () => {
    expect(await run('enroll', 'http://192.0.2.1:8080', '7QXK-M2PT').ended).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'latchwork-gateway: The portal must be called by https://: over the network the code would be sent unencrypted.\n',
    });
  });

  test('--help lists every command', async () => {
    const { code, stdout, stderr } = await run('--help').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['--check-config', 'doctor', 'enroll', 'backup', 'restore', 'encoder']) {
      expect(stdout).toContain(`latchwork-gateway ${command}`);
    }
  });

  test('a port that is taken is one sentence and exit code 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    env['LATCHWORK_HTTP_PORT'] = `${port}`;
    const { code, stderr } = await run().ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `latchwork-gateway: The address 127.0.0.1:${port} for health is taken by another program.\n`,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  test('a data folder that cannot be written is one sentence and exit code 1', async () => {
    await writeFile(join(root, 'file'), '');
    await chmod(join(root, 'file'), 0o400);
    env['LATCHWORK_DATA_DIR'] = join(root, 'file', 'data');
    const { code, stderr } = await run().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^latchwork-gateway: The data folder .* cannot be made or written: .*\.\n$/);
  });

  test('a data folder in use is one sentence that names the process', async () => {
    await using _held = await openDataDir(join(root, 'data'));
    const { code, stderr } = await run().ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `latchwork-gateway: The data folder ${join(root, 'data')} is in use by another gateway, process ${process.pid}.\n`,
    );
  });
});
