// P7–P9: unlocks beside provisioning against an idle gateway, a removal until the last lock has proven it against bare noble
// saying the same bytes, and what a gateway takes of its machine. `npm run bench -- gateway`
import { setTimeout as wait } from 'node:timers/promises';
import { measureMemory } from './gateway/memory.js';
import { measureStarts } from './gateway/starts.js';
import { measureThroughput } from './gateway/throughput.js';
import { startWorld, type World } from './gateway/world.js';
import { ended } from './world/processes.js';

const locks = 200;
const provisioned = 100;
const unlocks = 300;
const warmUps = 20;
const removals = 2;
const starts = 9;
const commands = 3_000;

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** People come to doors when they like, not when the radio is free. */
async function unlockAtDoors(world: World, times: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await wait(100 + ((time * 37) % 400));
    const entranceId = world.entranceIds[(time * 7) % provisioned] ?? '';
    const start = performance.now();
    const attempt = await world.app.unlock({ entranceId, waitSeconds: 15 });
    took.push(performance.now() - start);
    if (attempt.state !== 'confirmed') throw new Error(`an unlock ended ${attempt.state} (${attempt.code})`);
  }
  return took;
}

async function untilProvisioned(world: World, credentialId: string, mostBehind: number, done = () => false) {
  while (!done() && (await world.behind(credentialId)) > mostBehind) await wait(100);
}

function row(label: string, ...cells: readonly (number | string)[]): void {
  const texts = cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell).padStart(10));
  console.log(`  ${label.padEnd(62)}${texts.join('')}`);
}

const world = await startWorld({ locks, provisioned, intervalMs: 100 });
try {
  await unlockAtDoors(world, warmUps);
  const idle = await unlockAtDoors(world, unlocks);
  let isOver = false;
  let cards = 0;
  const provisioning = (async () => {
    while (!isOver) {
      // The next card is on its way before the last lock has the one before, so that the radio is never without errands.
      await untilProvisioned(world, await world.provision(), provisioned / 2, () => isOver);
      cards += 1;
    }
  })();
  const busy = await unlockAtDoors(world, unlocks);
  isOver = true;
  await provisioning;
  console.log(`\n${locks} locks that advertise every 100 ms, ${provisioned} of them provisioned; milliseconds`);
  row('', 'p50', 'p99');
  row('unlock, idle gateway', percentile(idle, 0.5), percentile(idle, 0.99));
  row(
    `unlock, while ${cards} cards are brought to ${provisioned} locks`,
    percentile(busy, 0.5),
    percentile(busy, 0.99),
  );

  const proofs: { readonly ours: number; readonly bare: number }[] = [];
  for (let removal = 0; removal < removals; removal += 1) {
    await untilProvisioned(world, await world.provision(), 0);
    await world.visits();
    const ours = await world.removeGuests();
    const bare = await world.bare(await world.visits());
    proofs.push({ ours, bare });
    row(`removal to the last of ${provisioned} proofs; bare noble, same bytes`, ours, bare);
  }
  const memory = measureMemory(world.gateway.pid ?? 0);
  row('resident memory of its two processes, MB; shared files twice', memory.onceMb, memory.sumMb);

  await ended(world.gateway);
  const started = await measureStarts(() => world.startGateway(), starts);
  const [gatewayMs, nodeMs] = (['gatewayMs', 'nodeMs'] as const).map((name) =>
    percentile(
      started.map((each) => each[name]),
      0.5,
    ),
  );
  row('start until the broker has it; node -e 0', gatewayMs ?? 0, nodeMs ?? 0);
  const { gatewayPerSecond, echoPerSecond } = await measureThroughput(world, commands);
  row('commands journaled and answered per second; raw echo', gatewayPerSecond, echoPerSecond);

  const sum = (name: 'ours' | 'bare') => proofs.reduce((total, each) => total + each[name], 0);
  const rounded = (value: number) => Number(value.toFixed(3));
  console.log(
    JSON.stringify({
      p99VsIdle: rounded(percentile(busy, 0.99) / percentile(idle, 0.99)),
      proofVsRadio: rounded(sum('ours') / sum('bare')),
      rssMb: Math.round(memory.onceMb),
      readyVsNode: rounded((gatewayMs ?? 0) / (nodeMs ?? 1)),
      commandsVsEcho: rounded(gatewayPerSecond / echoPerSecond),
    }),
  );
} finally {
  await world[Symbol.asyncDispose]();
}
