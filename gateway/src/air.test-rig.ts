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
import { expect, vi } from 'vitest';
import { systemClock } from './clock.js';
import type { Gateway } from './gateway.js';
import { crypto, rigConfig, startLoggedGateway, startTestPortal, type TestPortal } from './gateway.test-rig.js';
import { type Radio, startRadio } from './radio/supervisor.js';
import { workerFromSources } from './radio/supervisor.test-rig.js';

const preload = createRequire(import.meta.url).resolve('@latchwork/testing/preload');
const worker = { url: workerFromSources.url, execArgv: ['--require', preload, ...workerFromSources.execArgv] };
const program = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);

/** A broker, a portal and locks on a virtual air that the radio of a gateway is tuned to, in this process or its own. */
export interface AirRig extends AsyncDisposable {
  readonly folder: string;
  readonly property: PropertyFixture;
  readonly broker: TestBroker;
  readonly portal: TestPortal;
  /** Puts another lock of the property on the air. */
  addLock(): Promise<SimulatedLock>;
  /** A gateway in this process; resolves when it has broker and radio. */
  startGateway(log: string[]): Promise<{ readonly gateway: Gateway; readonly radio: Radio }>;
  /** A gateway in a process of its own; resolves when it is online with its radio. */
  startProcess(): Promise<ChildProcess>;
  /** Kills such a process, and resolves when it is gone. */
  kill(child: ChildProcess): Promise<void>;
}

/** Starts the rig. */
export async function startAirRig(): Promise<AirRig> {
  const closers: (() => unknown)[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-air-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const property = createPropertyFixture({ crypto });
  const broker = await startTestBroker();
  closers.push(() => broker.close());
  const portal = await startTestPortal(broker.url, property);
  closers.push(() => portal[Symbol.asyncDispose]());
  const air = createAir({ seed: 11 });
  closers.push(() => air.close());
  const socketPath = join(folder, 'hci.sock');
  const served = await serveAir(air, { socketPath });
  closers.push(() => served.close());
  process.env['LATCHWORK_HCI_SOCKET'] = socketPath;
  let locks = 0;

  return {
    folder,
    property,
    broker,
    portal,
    async addLock() {
      locks += 1;
      const lock = await createSimulatedLock({
        air,
        address: `c0:00:00:00:00:2${locks}`,
        crypto,
        advertisingIntervalMs: 20,
        trust: property.trust,
      });
      closers.push(() => lock.close());
      return lock;
    },
    async startGateway(log) {
      const radio = startRadio({ fork: 'abandonware', deviceId: 0, log: { info() {}, warn() {}, error() {} }, worker });
      const gateway = await startLoggedGateway({
        config: rigConfig(broker.url, join(folder, 'data')),
        central: radio,
        clock: systemClock,
        log,
      });
      closers.push(() => gateway[Symbol.asyncDispose]());
      await vi.waitFor(() => expect(gateway.readiness()).toEqual({ broker: true, radio: true }), { timeout: 60_000 });
      return { gateway, radio };
    },
    async startProcess() {
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
        { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'inherit', 'inherit'] },
      );
      closers.push(() => child.kill('SIGKILL'));
      await vi.waitFor(
        () =>
          expect(portal.statuses.slice(online)).toContainEqual(
            expect.objectContaining({ online: true, radio: 'ready' }),
          ),
        { timeout: 60_000 },
      );
      return child;
    },
    async kill(child) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers.reverse()) await close();
    },
  };
}
