// `npm run fuzz -- --minutes 10 --seed 1`: whatever takes bytes from a stranger, on every core, until the time is over.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type FuzzFailure, type FuzzReport, hex, runFuzz, type TargetCount } from './run.test-rig.js';
import { type FuzzTarget, meet } from './target.test-rig.js';
import { createTargets } from './targets.test-rig.js';

/** Where a worker notes what it is at, so that its watchdog can tell what hangs: a count, a target, a length, bytes. */
const noteSizeBytes = 16 + 65_536;
/** Of the processor, for each worker: by the clock on the wall, one that gets no turn would seem to hang. */
const hangMs = 20_000;

/** Most memory of a worker: one that takes more is ended, and what it was at is told. */
const mostHeapMb = 1024;

interface Errand {
  readonly seed: number;
  /** Only this target. */
  readonly only: string | undefined;
  readonly milliseconds: number;
  readonly note: SharedArrayBuffer;
}

async function work({ seed, only, milliseconds, note }: Errand): Promise<void> {
  const targets = targetsOf(only);
  const names = targets.map(({ name }) => name);
  const words = new Uint32Array(note, 0, 4);
  const bytes = new Uint8Array(note, 16);
  const report = await runFuzz({
    ...{ targets, seed, milliseconds },
    onInput(target, input) {
      words[1] = names.indexOf(target);
      words[2] = input.length;
      bytes.set(input.subarray(0, bytes.length));
      words[0] = (words[0] ?? 0) + 1;
    },
    onFailure: (failure) => parentPort?.postMessage({ failure }),
  });
  parentPort?.postMessage({ report });
}

type News = { readonly failure: FuzzFailure } | { readonly report: FuzzReport };

function targetsOf(only: string | undefined): readonly FuzzTarget[] {
  return createTargets().filter(({ name }) => only === undefined || name === only);
}

async function watch(o: Omit<Errand, 'note'>): Promise<FuzzReport> {
  const note = new SharedArrayBuffer(noteSizeBytes);
  const errand: Errand = { ...o, note };
  // A worker has no loader of its own for TypeScript.
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import('${import.meta.url}'); });`;
  const resourceLimits = { maxOldGenerationSizeMb: mostHeapMb };
  const worker = new Worker(code, { eval: true, workerData: errand, resourceLimits });
  const words = new Uint32Array(note, 0, 4);
  const failures: FuzzFailure[] = [];
  return await new Promise((resolve) => {
    let seen = -1;
    let usedBefore = 0;
    const end = (report: FuzzReport): void => {
      clearInterval(watchdog);
      resolve(report);
    };
    /** The worker has no more to say: what it was at is the finding. */
    const endAtNote = (fault: string): void => {
      const [count = 0, target = 0, length = 0] = words;
      const inputHex = hex(new Uint8Array(note, 16, Math.min(length, noteSizeBytes - 16)));
      const name = count === 0 ? 'before any' : (targetsOf(o.only)[target]?.name ?? String(target));
      const failure = { target: name, seed: o.seed, fault, inputHex, shortestHex: inputHex };
      tell(failure);
      end({ inputs: count, perTarget: {}, failures: [...failures, failure] });
    };
    const watchdog = setInterval(() => {
      const [count = 0] = words;
      const used = process.cpuUsage();
      const usedMs = (used.user + used.system) / 1000;
      if (count !== seen) {
        seen = count;
        usedBefore = usedMs;
      }
      if (usedMs - usedBefore < hangMs * availableParallelism()) return;
      endAtNote('hangs');
      void worker.terminate();
    }, 1000);
    worker.on('message', (news: News) => {
      if ('report' in news) return end(news.report);
      failures.push(news.failure);
      tell(news.failure);
    });
    worker.on('error', (error) => endAtNote(`crashes at this input, or at one shortly before it: ${error.message}`));
  });
}

function tell({ target, seed, fault, inputHex, shortestHex }: FuzzFailure): void {
  console.error(`\nFAILURE in ${target}, seed ${seed}: ${fault}\n  input    ${inputHex}\n  shortest ${shortestHex}`);
}

function sum(reports: readonly FuzzReport[]): Record<string, TargetCount> {
  const all: Record<string, TargetCount> = {};
  for (const { perTarget } of reports) {
    for (const [name, count] of Object.entries(perTarget)) {
      const before = all[name] ?? { inputs: 0, accepted: 0, ways: 0, slowestMs: 0, mostBytes: 0 };
      all[name] = {
        inputs: before.inputs + count.inputs,
        accepted: before.accepted + count.accepted,
        ways: Math.max(before.ways, count.ways),
        slowestMs: Math.round(Math.max(before.slowestMs, count.slowestMs) * 10) / 10,
        mostBytes: Math.max(before.mostBytes, count.mostBytes),
      };
    }
  }
  return all;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      target: { type: 'string' },
      input: { type: 'string' },
    },
  });
  const seed = Number(values.seed ?? Date.now() & 0x7fffffff);
  const minutes = Number(values.minutes ?? 1);
  if (!Number.isInteger(seed) || !(minutes > 0)) {
    console.error(
      'latchwork: --seed is a whole number and --minutes more than 0 (npm run fuzz -- --minutes 10 --seed 1).',
    );
    return 2;
  }
  const { target: only, input: inputHex } = values;
  if (only !== undefined && targetsOf(only).length === 0) {
    console.error(`latchwork: there is no target ${only}.`);
    return 2;
  }
  if (only !== undefined && inputHex !== undefined) return repeat(only, inputHex);
  const cores = availableParallelism();
  console.log(`seed ${seed}, ${minutes} minutes on ${cores} cores`);
  const seeds = Array.from({ length: cores }, (_, core) => (seed + core * 1_000_003) & 0x7fffffff);
  const reports = await Promise.all(seeds.map((own) => watch({ seed: own, only, milliseconds: minutes * 60_000 })));
  const perTarget = sum(reports);
  console.log('   inputs  accepted   ways  slowest ms   most kB');
  for (const [name, { inputs, accepted, ways, slowestMs, mostBytes }] of Object.entries(perTarget)) {
    const columns = [inputs, accepted, ways || '–', slowestMs, Math.round(mostBytes / 1024)];
    const row = columns.map((column, at) => String(column).padStart([9, 10, 7, 12, 10][at] ?? 0)).join('');
    console.log(`${row}  ${name}`);
  }
  const failures = reports.flatMap((report) => report.failures);
  const inputs = reports.reduce((all, report) => all + report.inputs, 0);
  const brief = failures.map(({ target, seed: own, shortestHex }) => ({ target, seed: own, shortestHex }));
  console.log(`\n${JSON.stringify({ fuzz: 'lock-protocol', seed, minutes, inputs, perTarget, failures: brief })}`);
  return failures.length === 0 ? 0 : 1;
}

/** One input again: `--target NAME --input HEX`. */
function repeat(name: string, inputHex: string): number {
  const input = Uint8Array.from(inputHex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return targetsOf(name).some((target) => {
    const { accepted, fault } = meet(target, input);
    console.log(fault ?? (accepted ? 'accepted' : 'refused'));
    return fault !== undefined;
  })
    ? 1
    : 0;
}

if (isMainThread) process.exitCode = await main();
else await work(workerData as Errand);
