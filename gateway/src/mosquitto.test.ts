import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { encodeGatewayMessage, gatewayTopic, type StatusMessage } from '@latchwork/contract';
import { createPropertyFixture, freePort } from '@latchwork/testing';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from './clock.js';
import { codeEntry, createDesiredLock, startDesiredPortal } from './desired-lock.test-rig.js';
import type { Gateway } from './gateway.js';
import {
  address,
  crypto,
  rigConfig,
  startLoggedGateway,
  startTestPortal,
  unlockCommandFor,
} from './gateway.test-rig.js';
import { createMemoryCentral } from './memory-central.test-rig.js';

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
const program = folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path));

describe.skipIf(program === undefined)('with mosquitto as the broker (skipped where it is not installed)', () => {
  let folder: string;
  let broker: ChildProcess;
  let url: string;
  const gateways: Gateway[] = [];

  async function startBroker(port: number): Promise<void> {
    const config = join(folder, 'mosquitto.conf');
    await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\nset_tcp_nodelay true\n`);
    broker = spawn(program ?? '', ['-c', config], { stdio: 'ignore' });
    url = `mqtt://127.0.0.1:${port}`;
    await vi.waitFor(async () => (await connectAsync(url, { reconnectPeriod: 0 }, false)).end(), { timeout: 30_000 });
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-mosquitto-'));
    await startBroker(await freePort());
  });

  afterEach(async () => {
    for (const gateway of gateways.splice(0)) {
      await gateway[Symbol.asyncDispose]();
    }
    if (broker.exitCode === null && broker.signalCode === null) {
      broker.kill('SIGKILL');
      await once(broker, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  test('T15: unlocks, refuses what was retained before it came, and comes back after the broker died', async () => {
    const property = createPropertyFixture({ crypto });
    const central = createMemoryCentral({ crypto, clock: systemClock });
    const lock = central.addLock(property.trust);
    const portal = await startTestPortal(url, property);
    const retained = unlockCommandFor(lock, Date.now());
    const outsider = await connectAsync(url, { reconnectPeriod: 0 });
    await outsider.publishAsync(gatewayTopic(address, 'cmd'), encodeGatewayMessage('cmd', retained), {
      qos: 1,
      retain: true,
    });
    await outsider.endAsync();

    const log: string[] = [];
    const config = rigConfig(url, join(folder, 'data'));
    const gateway = await startLoggedGateway({ config, central, clock: systemClock, log });
    gateways.push(gateway);
    await vi.waitFor(() => expect(log.join('')).toContain('"reason":"retained"'), { timeout: 30_000 });
    const first = unlockCommandFor(lock, Date.now());
    await portal.send(first);
    expect(await portal.result(first.commandId)).toMatchObject({ outcome: 'executed', historical: false });
    expect(lock.moves).toEqual([first.commandId]);
    await portal[Symbol.asyncDispose]();

    broker.kill('SIGKILL');
    await once(broker, 'exit');
    await vi.waitFor(() => expect(gateway.readiness().broker).toBe(false), { timeout: 30_000 });
    await startBroker(Number(new URL(url).port));
    await vi.waitFor(() => expect(gateway.readiness().broker).toBe(true), { timeout: 60_000 });
    const returned = await startTestPortal(url, property);
    const second = unlockCommandFor(lock, Date.now());
    await returned.send(second);
    expect(await returned.result(second.commandId)).toMatchObject({ outcome: 'executed' });
    expect(returned.results).toHaveLength(1);
    const last = (): StatusMessage | undefined => returned.statuses.at(-1);
    expect(last()).toMatchObject({ online: true });
    await gateway[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(last()).toMatchObject({ online: false }), { timeout: 30_000 });
    await returned[Symbol.asyncDispose]();
  });

  test('what is desired of a lock is kept by the broker until the gateway comes, and forgotten when the portal says so', async () => {
    const property = createPropertyFixture({ crypto });
    const central = createMemoryCentral({ crypto, clock: systemClock });
    const lock = central.addLock(property.trust);
    const released = central.addLock(property.trust);
    const now = () => Date.now();
    const desired = createDesiredLock({ crypto, property, lock, now });
    const gone = createDesiredLock({ crypto, property, lock: released, now });
    await using portal = await startDesiredPortal({ url, address, crypto, property });
    await portal.desire(gone.publish([codeEntry(crypto, 1, '4711')]), { retain: true });
    await portal.desire(desired.publish([codeEntry(crypto, 1, '4711')]), { retain: true });
    await portal.release(released.tag);

    const config = rigConfig(url, join(folder, 'data'));
    const gateway = await startLoggedGateway({ config, central, clock: systemClock, log: [] });
    gateways.push(gateway);
    await portal.proof(desired);
    expect(released.connections).toBe(0);
    await portal.desire(desired.revoke([1]), { retain: true });
    expect((await portal.proof(desired)).parts).toMatchObject({ bulletin: { outcome: 'done' } });
  });
});
