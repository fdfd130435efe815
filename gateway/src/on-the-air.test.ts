import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAir,
  createPropertyFixture,
  createSimulatedLock,
  type PropertyFixture,
  type SimulatedLock,
  serveAir,
  startTestBroker,
  type TestBroker,
} from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from './clock.js';
import type { Gateway } from './gateway.js';
import {
  crypto,
  rigConfig,
  startLoggedGateway,
  startTestPortal,
  type TestPortal,
  unlockCommandFor,
} from './gateway.test-rig.js';
import { type Radio, startRadio } from './radio/supervisor.js';
import { workerFromSources } from './radio/supervisor.test-rig.js';

const preload = createRequire(import.meta.url).resolve('@latchwork/testing/preload');
const worker = { url: workerFromSources.url, execArgv: ['--require', preload, ...workerFromSources.execArgv] };

let folder: string;
let property: PropertyFixture;
let broker: TestBroker;
let portal: TestPortal;
let lock: SimulatedLock;
let closers: (() => unknown)[];
const children: ChildProcess[] = [];

beforeEach(async () => {
  closers = [];
  folder = await mkdtemp(join(tmpdir(), 'latchwork-air-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  property = createPropertyFixture({ crypto });
  broker = await startTestBroker();
  closers.push(() => broker.close());
  portal = await startTestPortal(broker.url, property);
  closers.push(() => portal[Symbol.asyncDispose]());
  const air = createAir({ seed: 11 });
  closers.push(() => air.close());
  const socketPath = join(folder, 'hci.sock');
  const served = await serveAir(air, { socketPath });
  closers.push(() => served.close());
  process.env['LATCHWORK_HCI_SOCKET'] = socketPath;
  lock = await createSimulatedLock({
    air,
    address: 'c0:00:00:00:00:21',
    crypto,
    advertisingIntervalMs: 20,
    trust: property.trust,
  });
  closers.push(() => lock.close());
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  for (const close of closers.reverse()) {
    await close();
  }
});

const command = () =>
  unlockCommandFor({ tag: Buffer.from(lock.tag).toString('hex'), publicKey: lock.publicKey }, Date.now());

/** Sends the command and waits until its bolt has moved; nothing leaves the lock from that moment on. */
async function movedAndMute(unlock: ReturnType<typeof command>): Promise<void> {
  const moved = new Promise<void>((resolve) => {
    lock.events.once('bolt', () => {
      lock.controller.faults.frozen = true;
      resolve();
    });
  });
  await portal.send(unlock);
  await moved;
}

describe('a gateway with a supervised radio on the virtual air', () => {
  let radio: Radio;
  let gateway: Gateway;
  const log: string[] = [];

  beforeEach(async () => {
    log.length = 0;
    radio = startRadio({ fork: 'abandonware', deviceId: 0, log: { info() {}, warn() {}, error() {} }, worker });
    gateway = await startLoggedGateway({
      config: rigConfig(broker.url, join(folder, 'data')),
      central: radio,
      clock: systemClock,
      log,
    });
    closers.push(() => gateway[Symbol.asyncDispose]());
    await vi.waitFor(() => expect(gateway.readiness()).toEqual({ broker: true, radio: true }), { timeout: 60_000 });
  });

  test('opens a door, twice, and measures where the time went', async () => {
    for (const moves of [1, 2]) {
      const unlock = command();
      await portal.send(unlock);
      const result = await portal.result(unlock.commandId);
      expect(result).toMatchObject({ outcome: 'executed', code: 'ok', bolt: 'unlocked', historical: false });
      expect(lock.boltMoves).toBe(moves);
      const { queue, connect, token, handshake, command: commanded } = result.spansMs ?? expect.unreachable();
      expect(Math.min(queue ?? -1, token ?? -1, handshake ?? -1)).toBeGreaterThanOrEqual(0);
      expect(connect).toBeGreaterThan(0);
      expect(commanded).toBeGreaterThan(0);
    }
    expect(portal.statuses.at(-1)).toMatchObject({ online: true, radio: 'ready' });
  });

  test('survives the death of its radio process between two unlocks', async () => {
    const first = command();
    await portal.send(first);
    expect(await portal.result(first.commandId)).toMatchObject({ outcome: 'executed' });
    process.kill(radio.workerPid ?? expect.unreachable(), 'SIGKILL');
    const second = command();
    await portal.send(second);
    expect(await portal.result(second.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.boltMoves).toBe(2);
  });

  test('T16: the death of the radio process after the command was written leaves it unknown, once', async () => {
    const unlock = command();
    await movedAndMute(unlock);
    process.kill(radio.workerPid ?? expect.unreachable(), 'SIGKILL');
    expect(await portal.result(unlock.commandId)).toMatchObject({ outcome: 'unknown', code: 'link-lost' });
    expect(lock.boltMoves).toBe(1);
  });
});

describe('T16: kill -9 of the gateway', () => {
  const program = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);

  /** A gateway in a process of its own; resolves when it is online with its radio. */
  async function startProcess(): Promise<ChildProcess> {
    const config = rigConfig(broker.url, join(folder, 'data'));
    const code = `
      import { createNodeCrypto } from '@latchwork/lock-protocol/node';
      import { systemClock } from ${program('./clock.ts')};
      import { startGateway } from ${program('./gateway.ts')};
      import { createLog } from ${program('./log.ts')};
      import { Secret } from ${program('./secret.ts')};
      import { startRadio } from ${program('./radio/supervisor.ts')};
      const log = createLog('silent');
      const worker = { url: new URL(${JSON.stringify(worker.url.href)}), execArgv: ${JSON.stringify(worker.execArgv)} };
      const config = ${JSON.stringify(config)};
      const gateway = await startGateway({ ...config, gatewaySecret: new Secret('x'), http: null }, {
        central: () => startRadio({ fork: 'abandonware', deviceId: 0, log, worker }),
        crypto: createNodeCrypto(), clock: systemClock, log, random: Math.random,
      });
    `;
    const online = portal.statuses.length;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', code],
      {
        cwd: new URL('..', import.meta.url),
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    children.push(child);
    await vi.waitFor(
      () =>
        expect(portal.statuses.slice(online)).toContainEqual(expect.objectContaining({ online: true, radio: 'ready' })),
      { timeout: 60_000 },
    );
    return child;
  }

  async function killed(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  test('after it acknowledged: not executed, and the door stays shut', async () => {
    portal.answer = 'silence';
    const child = await startProcess();
    const unlock = command();
    await portal.send(unlock);
    await vi.waitFor(() => expect(portal.acks).toHaveLength(1), { timeout: 30_000, interval: 1 });
    await killed(child);
    portal.answer = 'token';
    await startProcess();
    await portal.send(unlock);
    expect(await portal.result(unlock.commandId)).toMatchObject({
      outcome: 'not-executed',
      code: 'gateway-restarted',
      historical: true,
    });
    expect(lock.boltMoves).toBe(0);
  });

  test('as the bolt moves: unknown, and the bolt has moved exactly once, whatever is replayed', async () => {
    const child = await startProcess();
    const unlock = command();
    await movedAndMute(unlock);
    await killed(child);
    lock.controller.faults.clear();
    await startProcess();
    await portal.send(unlock);
    expect(await portal.result(unlock.commandId)).toMatchObject({
      outcome: 'unknown',
      code: 'gateway-restarted',
      historical: true,
    });
    const next = command();
    await portal.send(next);
    expect(await portal.result(next.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.boltMoves).toBe(2);
    expect(portal.results.filter(({ commandId }) => commandId === unlock.commandId)).toHaveLength(1);
  });
});
