import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startTestBroker } from '@latchwork/testing';
import { expect, test } from 'vitest';
import { patience, startHome } from './bridge.test-rig.js';

const start = (env: Readonly<Record<string, string>>) =>
  spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('the program connects as its environment says, and the broker tells when it is gone', {
  timeout: 120_000,
}, async () => {
  const asked: (string | undefined)[] = [];
  // A portal that does not answer.
  const portal = createServer((request) => asked.push(request.headers.authorization)).listen(0, '127.0.0.1');
  await once(portal, 'listening');
  const connected: object[] = [];
  const broker = await startTestBroker({ access: { connect: (o) => connected.push(o) > 0 } });
  const home = await startHome(broker.url);
  const program = start({
    LATCHWORK_URL: `http://127.0.0.1:${(portal.address() as AddressInfo).port}`,
    ...{ LATCHWORK_API_KEY: 'lwk_1', LATCHWORK_PROPERTY_ID: 'prop_1' },
    ...{ MQTT_URL: broker.url, MQTT_USERNAME: 'bridge', MQTT_PASSWORD: 'secret' },
  });
  try {
    await expect.poll(() => asked.length, patience).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set(['Bearer lwk_1']));
    const [, own] = connected;
    expect(own).toEqual({ clientId: 'latchwork-home-assistant-prop_1', username: 'bridge', password: 'secret' });
    // It has read nothing yet, so that it shows nothing.
    expect(home.heard).toEqual([]);
    program.kill('SIGKILL');
    await expect.poll(() => home.heard, patience).toEqual([{ topic: 'latchwork/prop_1/bridge', text: 'offline' }]);
  } finally {
    program.kill('SIGKILL');
    await home.client.endAsync(true);
    await broker.close();
    portal.closeAllConnections();
    portal.close();
  }
});

test('it names the setting that is missing', { timeout: 60_000 }, async () => {
  const program = start({ LATCHWORK_PROPERTY_ID: 'prop_1' });
  expect(await text(program.stderr)).toContain('MQTT_URL is missing.');
});
