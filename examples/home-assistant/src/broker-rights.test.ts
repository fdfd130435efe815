import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '@latchwork/testing';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
const program = folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path));

describe.skipIf(program === undefined)('the documented rights at mosquitto (skipped where it is not installed)', () => {
  let folder: string;
  let broker: ChildProcess;
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-home-'));
    const guide = await readFile(new URL('../../../docs/operator/home-assistant.md', import.meta.url), 'utf8');
    const [, rights = ''] = /```\n(# What Home Assistant may[^`]*)```/.exec(guide) ?? [];
    await writeFile(join(folder, 'acl'), rights, { mode: 0o700 });
    const port = await freePort();
    const config = `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\nacl_file ${join(folder, 'acl')}\n`;
    await writeFile(join(folder, 'mosquitto.conf'), config);
    broker = spawn(program ?? '', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
    const url = `mqtt://127.0.0.1:${port}`;
    await vi.waitFor(async () => (await connectAsync(url, { reconnectPeriod: 0 }, false)).endAsync(true), {
      timeout: 30_000,
    });
    for (const username of ['homeassistant', 'latchwork']) {
      clients.push(await connectAsync(url, { username, reconnectPeriod: 0 }));
    }
  }, 60_000);
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
    if (broker.exitCode === null) {
      broker.kill('SIGKILL');
      await once(broker, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  test('each delivers its own, and nothing reaches a gateway', async () => {
    const [home, bridge] = clients as [MqttClient, MqttClient];
    const heard: Record<'home' | 'bridge', string[]> = { home: [], bridge: [] };
    home.on('message', (topic) => heard.home.push(topic));
    bridge.on('message', (topic) => heard.bridge.push(topic));
    await home.subscribeAsync('#');
    await bridge.subscribeAsync('#');
    const gateway = 'olp/v1/org_1/prop_1/gw/gw_1/cmd';
    await home.publishAsync(gateway, 'open', { qos: 1 });
    await bridge.publishAsync(gateway, 'open', { qos: 1 });
    await home.publishAsync('bridge/dev_1/state', 'LOCKED', { qos: 1 });
    await home.publishAsync('bridge/dev_1/set', 'UNLOCK', { qos: 1 });
    await bridge.publishAsync('bridge/dev_1/state', 'UNLOCKED', { qos: 1 });
    await bridge.publishAsync('homeassistant/lock/latchwork_dev_1/config', '{}', { qos: 1 });
    const last = 'homeassistant/lock/latchwork_dev_1/config';
    await expect.poll(() => [heard.home.at(-1), heard.bridge.at(-1)], { timeout: 30_000 }).toEqual([last, last]);
    expect([...new Set([...heard.home, ...heard.bridge])].sort()).toEqual([
      'bridge/dev_1/set',
      'bridge/dev_1/state',
      last,
    ]);
    expect(heard.bridge.filter((topic) => topic.endsWith('/state'))).toHaveLength(1);
  });
});
