// P1: an unlock through client, portal, broker, gateway and lock, beside bare noble doing the same connect and the same
// two round trips on the same air, in turn, in one run. `npm run bench -- unlock`
import type { ActionAttempt } from '@latchwork/contract';
import type { BareSpans } from './unlock/messages.js';
import { startWorld } from './unlock/world.js';

const locks = 20;
const unlocks = 200;
const warmUps = 20;

interface Sample {
  readonly totalMs: number;
  readonly attempt: ActionAttempt;
}

interface Run {
  readonly ours: readonly Sample[];
  readonly bare: readonly BareSpans[];
  readonly failed: number;
}

async function run(intervalMs: number): Promise<Run> {
  const world = await startWorld(locks, intervalMs);
  try {
    const ours: Sample[] = [];
    const bare: BareSpans[] = [];
    let failed = 0;
    for (let round = 0; round < warmUps + unlocks; round += 1) {
      const index = round % locks;
      const entranceId = world.entranceIds[index] ?? '';
      const start = performance.now();
      const attempt = await world.app.unlock({ entranceId, waitSeconds: 15 });
      const totalMs = performance.now() - start;
      const spans = await world.bare(index);
      if (round < warmUps) continue;
      if (attempt.state !== 'confirmed') {
        failed += 1;
        console.error(`an attempt ended ${attempt.state} (${attempt.code})`);
      }
      ours.push({ totalMs, attempt });
      bare.push(spans);
    }
    const moves = await world.boltMoves();
    if (moves !== warmUps + unlocks - failed) throw new Error(`${unlocks} unlocks moved the bolts ${moves} times`);
    return { ours, bare, failed };
  } finally {
    await world.close();
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function row(label: string, values: readonly number[]): void {
  const cell = (share: number) => percentile(values, share).toFixed(1).padStart(9);
  console.log(`  ${label.padEnd(46)}${cell(0.5)}${cell(0.95)}${cell(0.99)}`);
}

function report(intervalMs: number, { ours, bare }: Run): number {
  console.log(`\nadverts every ${intervalMs} ms; milliseconds         ${' '.repeat(13)}p50      p95      p99`);
  row(
    'unlock, client call to answer',
    ours.map(({ totalMs }) => totalMs),
  );
  row(
    'bare noble, same connect and round trips',
    bare.map(({ total }) => total),
  );
  const between = (from: keyof ActionAttempt['timeline'], to: keyof ActionAttempt['timeline']) =>
    ours.flatMap(({ attempt: { timeline } }) => {
      const [start, end] = [timeline[from], timeline[to]];
      return start === null || end === null ? [] : [Date.parse(end) - Date.parse(start)];
    });
  console.log('  where ours goes');
  row('  accepted to sent (portal)', between('acceptedAt', 'sentAt'));
  row('  sent to acknowledged (broker, gateway)', between('sentAt', 'acknowledgedAt'));
  row('  acknowledged to confirmed', between('acknowledgedAt', 'confirmedAt'));
  const spans = [...new Set(ours.flatMap(({ attempt }) => Object.keys(attempt.spansMs ?? {})))];
  for (const span of spans) {
    row(
      `    in the gateway: ${span}`,
      ours.flatMap(({ attempt }) => attempt.spansMs?.[span as keyof typeof attempt.spansMs] ?? []),
    );
  }
  console.log('  where bare noble goes');
  for (const span of ['connect', 'discover', 'subscribe', 'roundTrips'] as const) {
    row(
      `  ${span}`,
      bare.map((each) => each[span]),
    );
  }
  const ratio =
    percentile(
      ours.map(({ totalMs }) => totalMs),
      0.5,
    ) /
    percentile(
      bare.map(({ total }) => total),
      0.5,
    );
  console.log(`  ratio of the medians: ${ratio.toFixed(2)}`);
  return Number(ratio.toFixed(3));
}

const fast = await run(20);
const ratioP50 = report(20, fast);
const slow = await run(250);
const ratioP50Slow = report(250, slow);
console.log(JSON.stringify({ ratioP50, ratioP50Slow, failed: fast.failed + slow.failed }));
