// A directory that pushes (SCIM 2.0), alone and while ten thousand users of another directory of the same organization are
// reviewed, planned and carried over. `npm run bench -- scim [--users 10000] [--rounds 3] [--profile FOLDER]`
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPortal } from './build-portal.js';
import { type SyncTimes, startOffice } from './scim/office.js';
import type { PushOrder, PushReport } from './scim/pusher.js';

const number = { type: 'string' } as const;
const { values } = parseArgs({ options: { users: number, rounds: number, profile: number }, strict: false });
const users = Number(values['users'] ?? 10_000);
const rounds = Number(values['rounds'] ?? 3);
const profile = typeof values['profile'] === 'string' ? values['profile'] : undefined;
/** Entra has a few requests under way at a time. */
const atOnce = 4;
const quietMs = 10_000;

buildPortal();

const folder = mkdtempSync(join(tmpdir(), 'latchwork-bench-'));
const office = await startOffice({ folder, people: users, profile });
const pusher = fork(fileURLToPath(new URL('scim/pusher.ts', import.meta.url)));
await once(pusher, 'message');

interface Turn {
  readonly name: string;
  readonly pushed: Pushed;
  readonly perSecond: number;
  /** Requests for each second of the portal's processor time: what it would be on a machine that does nothing else. */
  readonly perCpuSecond: number;
  readonly sync?: SyncTimes;
}

type Pushed = PushReport & { readonly cpuMs: number };

/** Pushes for as long as something else takes. */
async function whilePushing<Result>(work: () => Promise<Result>): Promise<[Pushed, Result]> {
  const { baseUrl, scimToken: token } = office;
  const before = office.cpuMs();
  pusher.send({ order: 'push', baseUrl, token, atOnce } satisfies PushOrder);
  const result = await work();
  pusher.send({ order: 'stop' } satisfies PushOrder);
  const [report] = (await once(pusher, 'message')) as [PushReport];
  if (report.fault !== null) throw new Error(report.fault);
  return [{ ...report, cpuMs: office.cpuMs() - before }, result];
}

function turnOf(name: string, pushed: Pushed, sync?: SyncTimes): Turn {
  const { requests, ms, cpuMs } = pushed;
  const turn = { name, pushed, perSecond: (requests * 1000) / ms, perCpuSecond: (requests * 1000) / cpuMs };
  return sync === undefined ? turn : { ...turn, sync };
}

async function duringSync(name: string): Promise<Turn> {
  const [pushed, sync] = await whilePushing(office.sync);
  if (sync.users !== users) throw new Error(`the sync was of ${sync.users} users`);
  return turnOf(name, pushed, sync);
}

const turns: Turn[] = [];
const tell = (turn: Turn): void => {
  turns.push(turn);
  const { pushed, sync } = turn;
  const rate = `${turn.perSecond.toFixed(1).padStart(7)} requests/s, ${turn.perCpuSecond.toFixed(1).padStart(6)} a CPU second`;
  const waits = `median ${pushed.medianMs.toFixed(0)} ms, 99 of 100 in ${pushed.almostAllMs.toFixed(0)} ms, slowest ${pushed.slowestMs.toFixed(0)} ms (${pushed.slowest})`;
  const synced =
    sync === undefined
      ? ''
      : `; review ${sync.reviewMs.toFixed(0)} ms, plan ${sync.planMs.toFixed(0)} ms, apply ${sync.applyMs.toFixed(0)} ms`;
  console.log(
    `${turn.name.padEnd(28)}${rate}  ${waits}${synced}; load ${loadavg()
      .slice(0, 1)
      .map((load) => load.toFixed(1))}`,
  );
};

try {
  tell(await duringSync(`all of ${users} are invited`));
  for (let round = 1; round <= rounds; round += 1) {
    const [pushed] = await whilePushing(async () => await wait(quietMs));
    tell(turnOf(`quiet, with ${users} users`, pushed));
    await office.rename(round);
    tell(await duringSync(`all of ${users} are updated`));
  }
} finally {
  pusher.disconnect();
  await office[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const quiet = turns.filter(({ sync }) => sync === undefined);
const [inviting, ...updating] = turns.filter(({ sync }) => sync !== undefined);
console.log('\nquiet, by kind:');
for (const [kind, of] of Object.entries(quiet.at(-1)?.pushed.byKind ?? {})) {
  console.log(`  ${kind.padEnd(14)}${String(of.requests).padStart(6)}   median ${of.medianMs.toFixed(1)} ms`);
}
const round1 = (value: number): number => Number(value.toFixed(1));
console.log(
  JSON.stringify({
    bench: 'scim',
    users,
    requestsPerSecond: round1(median(quiet.map(({ perSecond }) => perSecond))),
    requestsPerSecondDuringSync: round1(median(updating.map(({ perSecond }) => perSecond))),
    requestsPerSecondDuringFirstSync: round1(inviting?.perSecond ?? Number.NaN),
    perCpuSecond: round1(median(quiet.map(({ perCpuSecond }) => perCpuSecond))),
    perCpuSecondDuringSync: round1(median(updating.map(({ perCpuSecond }) => perCpuSecond))),
    perCpuSecondDuringFirstSync: round1(inviting?.perCpuSecond ?? Number.NaN),
    duringSyncVsQuiet: Number(
      median(updating.map(({ perSecond }, round) => perSecond / (quiet[round]?.perSecond ?? Number.NaN))).toFixed(3),
    ),
    slowestMs: Math.round(Math.max(...turns.map(({ pushed }) => pushed.slowestMs))),
  }),
);
