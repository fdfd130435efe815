import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Client } from '@latchwork/client';
import { preload, reply, root, startProcesses, tsx } from '../world/processes.js';
import { startBenchProperty } from '../world/property.js';
import type { AirConfig, AirReply, AirRequest, BareReply, BareSpans } from './messages.js';

/** Portal, gateway, air and bare noble, each in a process of its own, with everything set up for unlocks. */
export interface World {
  readonly app: Client;
  readonly entranceIds: readonly string[];
  /** One connect and two round trips by bare noble with the echo peripheral of this index. */
  bare(index: number): Promise<BareSpans>;
  /** How often the bolts moved, all locks together. */
  boltMoves(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a world whose locks and echo peripherals advertise at one interval. */
export async function startWorld(count: number, intervalMs: number): Promise<World> {
  const processes = startProcesses();
  const socketPath = join(processes.folder, 'hci.sock');
  const here = join(root, 'tools/bench/src/unlock');
  const airConfig: AirConfig = { socketPath, count, intervalMs };
  const air = processes.adopt(fork(join(here, 'air.ts'), [JSON.stringify(airConfig)], { execArgv: [...tsx] }));
  const airReady = await reply<AirReply, 'ready'>(air, 'ready');
  const { app, entranceIds } = await startBenchProperty({
    ...{ processes, socketPath, locks: airReady.locks },
    async commission(trust) {
      air.send({ type: 'commission', ...trust } satisfies AirRequest);
      await reply<AirReply, 'commissioned'>(air, 'commissioned');
    },
  });
  const bare = processes.adopt(
    fork(join(here, 'bare.ts'), [String(count)], {
      execArgv: [...tsx, `--require=${preload}`],
      env: { ...process.env, LATCHWORK_HCI_SOCKET: socketPath },
    }),
  );
  await reply<BareReply, 'ready'>(bare, 'ready');

  return {
    app,
    entranceIds,
    bare(index) {
      bare.send({ address: airReady.echoes[index] });
      return reply<BareReply, 'done'>(bare, 'done');
    },
    async boltMoves() {
      air.send({ type: 'moves' } satisfies AirRequest);
      const { boltMoves } = await reply<AirReply, 'moves'>(air, 'moves');
      return boltMoves.reduce((sum, moves) => sum + moves, 0);
    },
    close: async () => await processes[Symbol.asyncDispose](),
  };
}
