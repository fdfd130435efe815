import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path, { delimiter } from 'node:path';
import { gatewayTopicTraits, parseGatewayTopic } from '@latchwork/contract';
import { freePort } from '@latchwork/testing';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
/** A gateway's topics, one of each kind. */
const gatewayTopics = Object.entries(gatewayTopicTraits).map(([kind, { per }]) => {
  const [org, prop, gw] = ['org_', 'prop_', 'gw_'].map((mark) => mark + '0'.repeat(26));
  return `olp/v1/${org}/${prop}/gw/${gw}/${kind}${per === 'lock' ? '/0011223344556677' : ''}`;
});
const program = folders.map((folder) => path.join(folder, 'mosquitto')).find((file) => existsSync(file));

describe.skipIf(program === undefined)('the documented rights at mosquitto (skipped where it is not installed)', () => {
  let folder: string;
  let broker: ChildProcess;
  const clients: MqttClient[] = [];
  let join: (username: string) => Promise<MqttClient>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'latchwork-home-'));
    const guide = await readFile(new URL('../../../docs/operator/home-assistant.md', import.meta.url), 'utf8');
    const [, rights = ''] = /```\n(# What Home Assistant may[^`]*)```/.exec(guide) ?? [];
    // Who may do everything there says whether anything arrives; nobody else could tell.
    await writeFile(path.join(folder, 'acl'), `${rights}\nuser gateways\ntopic readwrite olp/v1/#\n`, { mode: 0o700 });
    const port = await freePort();
    const config = `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\nacl_file ${path.join(folder, 'acl')}\n`;
    await writeFile(path.join(folder, 'mosquitto.conf'), config);
    broker = spawn(program ?? '', ['-c', path.join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
    const url = `mqtt://127.0.0.1:${port}`;
    await vi.waitFor(async () => (await connectAsync(url, { reconnectPeriod: 0 }, false)).endAsync(true), {
      timeout: 30_000,
    });
    join = async (username) => {
      const client = await connectAsync(url, { username, reconnectPeriod: 0 });
      clients.push(client);
      return client;
    };
  }, 60_000);
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
    if (broker.exitCode === null) {
      broker.kill('SIGKILL');
      await once(broker, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  const users = ['homeassistant', 'latchwork'] as const;

  test.each(users)('%s says nothing to a gateway, and nothing in its name', async (username) => {
    expect(gatewayTopics.map((topic) => parseGatewayTopic(topic).kind)).toEqual(Object.keys(gatewayTopicTraits));
    const [user, gateways, watcher] = [await join(username), await join('gateways'), await join('gateways')];
    const heard = hearing(watcher);
    await watcher.subscribeAsync('olp/v1/#');
    const topics = [...gatewayTopics, 'olp/v1/portal/mark', 'olp/v1'];
    for (const retain of [false, true]) {
      for (const topic of topics) await user.publishAsync(topic, username, { qos: 1, retain });
    }
    // What is allowed there arrives, and what had been said before it would have arrived before it.
    for (const topic of topics) await gateways.publishAsync(topic, 'gateways', { qos: 1 });
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(topics.length);
    expect(heard).toEqual(topics.map((topic) => `${topic} gateways`));
    // Nor has the broker kept any of it.
    const later = await join('gateways');
    const kept = hearing(later);
    await later.subscribeAsync('olp/v1/#');
    await gateways.publishAsync('olp/v1/end', '.', { qos: 1 });
    await expect.poll(() => kept, { timeout: 30_000 }).toEqual(['olp/v1/end .']);
  });

  test.each(users)('%s hears nothing of what gateways and portal say to each other', async (username) => {
    const [user, gateways, watcher] = [await join(username), await join('gateways'), await join('gateways')];
    const [heard, watched] = [hearing(user), hearing(watcher)];
    await watcher.subscribeAsync('olp/v1/#');
    await gateways.publishAsync(gatewayTopics[0] ?? '', 'kept', { qos: 1, retain: true });
    for (const filter of ['#', '+/v1/#', 'olp/#', 'olp/v1/#', ...gatewayTopics]) await user.subscribeAsync(filter);
    for (const topic of gatewayTopics) await gateways.publishAsync(topic, 'secret', { qos: 1 });
    await user.publishAsync('homeassistant/end', '.', { qos: 1 });
    await expect.poll(() => heard.at(-1), { timeout: 30_000 }).toBe('homeassistant/end .');
    expect([...new Set(heard)]).toEqual(['homeassistant/end .']);
    expect(watched).toEqual([`${gatewayTopics[0]} kept`, ...gatewayTopics.map((topic) => `${topic} secret`)]);
    await gateways.publishAsync(gatewayTopics[0] ?? '', '', { qos: 1, retain: true });
  });

  test('each delivers its own, and only the bridge says how a door is', async () => {
    const [home, bridge] = [await join('homeassistant'), await join('latchwork')];
    const heard = { home: hearing(home), bridge: hearing(bridge) };
    await home.subscribeAsync('#');
    await bridge.subscribeAsync('#');
    await home.publishAsync('bridge/prop_1/dev_1/state', 'LOCKED', { qos: 1 });
    await home.publishAsync('bridge/prop_1/dev_1/set', 'UNLOCK', { qos: 1 });
    await bridge.publishAsync('bridge/prop_1/dev_1/state', 'UNLOCKED', { qos: 1 });
    await bridge.publishAsync('homeassistant/lock/prop_1/latchwork_dev_1/config', '{}', { qos: 1 });
    const all = [
      'bridge/prop_1/dev_1/set UNLOCK',
      'bridge/prop_1/dev_1/state UNLOCKED',
      'homeassistant/lock/prop_1/latchwork_dev_1/config {}',
    ];
    await expect.poll(() => [heard.home.at(-1), heard.bridge.at(-1)], { timeout: 30_000 }).toEqual([all[2], all[2]]);
    expect(heard.bridge).toEqual(all);
    expect(heard.home).toEqual(all);
  });
});

function hearing(client: MqttClient): string[] {
  const heard: string[] = [];
  client.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
  return heard;
}
