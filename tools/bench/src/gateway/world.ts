import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Revocation } from '@latchwork/contract';
import { type Processes, preload, reply, root, startProcesses, tsx, until } from '../world/processes.js';
import { type BenchProperty, startBenchProperty } from '../world/property.js';
import type { AirConfig, AirReply, AirRequest, BareReply, BareRequest, Visit } from './messages.js';

/** A property whose first locks a guest's cards are brought to, and bare noble beside its gateway. */
export interface World extends BenchProperty, AsyncDisposable {
  readonly processes: Processes;
  /** Gives a guest one more card for the first locks; its credential's id. */
  provision(): Promise<string>;
  /** How many locks have not proven that card yet. */
  behind(credentialId: string): Promise<number>;
  /** Ends whatever the guests had, and resolves with how long it took until the last lock had proven that. */
  removeGuests(): Promise<number>;
  /** What was said on every connection at those locks since the last call. */
  visits(): Promise<readonly (readonly Visit[])[]>;
  /** How long bare noble takes for the same. */
  bare(visits: readonly (readonly Visit[])[]): Promise<number>;
}

/** Fewer than a Key may have. */
const cardsOfGuest = 8;

/** Starts the world. */
export async function startWorld(o: {
  readonly locks: number;
  readonly provisioned: number;
  readonly intervalMs: number;
}): Promise<World> {
  const processes = startProcesses();
  const socketPath = join(processes.folder, 'hci.sock');
  const here = join(root, 'tools/bench/src/gateway');
  const airConfig: AirConfig = { socketPath, locks: o.locks, echoes: o.provisioned, intervalMs: o.intervalMs };
  const air = processes.adopt(fork(join(here, 'air.ts'), [JSON.stringify(airConfig)], { execArgv: [...tsx] }));
  const airReady = await reply<AirReply, 'ready'>(air, 'ready');
  const property = await startBenchProperty({
    ...{ processes, socketPath, locks: airReady.locks },
    async commission(trust) {
      air.send({ type: 'commission', ...trust } satisfies AirRequest);
      await reply<AirReply, 'commissioned'>(air, 'commissioned');
    },
  });
  const { app, propertyId } = property;
  const bare = processes.adopt(
    fork(join(here, 'bare.ts'), [String(o.provisioned)], {
      execArgv: [...tsx, `--require=${preload}`],
      env: { ...process.env, LATCHWORK_HCI_SOCKET: socketPath },
    }),
  );
  await reply<BareReply, 'ready'>(bare, 'ready');

  let guests: { readonly guestId: string; readonly keyId: string }[] = [];
  let cards = 0;
  const checkIn = async () => {
    const { id: guestId } = await app.guests.create({ propertyId, name: 'Gus Guest' });
    const [startsAt, endsAt] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    const key = await app.keys.create({
      ...{ propertyId, holderId: guestId, entranceIds: property.entranceIds.slice(0, o.provisioned) },
      ...{ startsAt: startsAt ?? '', endsAt: endsAt ?? null },
    });
    return { guestId, keyId: key.id };
  };
  const revocations = async (): Promise<readonly Revocation[]> => (await app.revocations.list({ propertyId })).data;

  return {
    ...property,
    processes,
    async provision() {
      if (cards % cardsOfGuest === 0) guests.push(await checkIn());
      cards += 1;
      const { keyId = '' } = guests.at(-1) ?? {};
      const identity = Buffer.from([4, ...randomBytes(6)]).toString('hex');
      const { id: keyCardId } = await app.keyCards.enroll({ propertyId, label: identity, technology: 'uid', identity });
      return (await app.credentials.create({ keyId, kind: 'key_card', keyCardId })).id;
    },
    async behind(credentialId) {
      const { doors } = await app.credentials.get({ credentialId });
      return doors.filter(({ state }) => state !== 'provisioned').length;
    },
    async removeGuests() {
      const leaving = guests;
      guests = [];
      cards = 0;
      const start = performance.now();
      for (const { guestId } of leaving) await app.guests.remove({ guestId });
      await until(async () => (await revocations()).every(({ state }) => state === 'ended'), { seconds: 300 });
      return performance.now() - start;
    },
    async visits() {
      air.send({ type: 'record' } satisfies AirRequest);
      const { visits } = await reply<AirReply, 'recorded'>(air, 'recorded');
      return visits.slice(0, o.provisioned);
    },
    async bare(visits) {
      let totalMs = 0;
      // A lock that was visited more than once is paid as many visits.
      for (let round = 0; visits.some((each) => each[round] !== undefined); round += 1) {
        const script = visits.map((each) => each[round] ?? []);
        air.send({ type: 'rehearse', visits: script } satisfies AirRequest);
        await reply<AirReply, 'rehearsed'>(air, 'rehearsed');
        const request: BareRequest = {
          visits: script.flatMap((visit, index) =>
            visit.length === 0 ? [] : [{ address: airReady.echoes[index] ?? '', visit }],
          ),
        };
        bare.send(request);
        totalMs += (await reply<BareReply, 'done'>(bare, 'done')).totalMs;
      }
      return totalMs;
    },
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  };
}
