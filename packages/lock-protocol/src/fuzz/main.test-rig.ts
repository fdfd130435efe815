// `npm run fuzz -- --minutes 10 --seed 1`: whatever takes bytes from a stranger, on every core, until the time is over.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type FuzzFailure, type FuzzReport, hex, runFuzz, type TargetCount } from './run.test-rig.js';
import { faultOf } from './target.test-rig.js';
import { createTargets } from './targets.test-rig.js';

/** Where a worker notes what it is at, so that its watchdog can tell what hangs: a count, a target, a length, bytes. */
const noteSizeBytes = 16 + 65_536;
const hangMs = 20_000;

interface Errand {
  readonly seed: number;
  readonly milliseconds: number;
  readonly note: SharedArrayBuffer;
}

function work({ seed, milliseconds, note }: Errand): void {
  const targets = createTargets();
  const names = targets.map(({ name }) => name);
  const words = new Uint32Array(note, 0, 4);
  const bytes = new Uint8Array(note, 16);
  const report = runFuzz({
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

async function watch(seed: number, milliseconds: number): Promise<FuzzReport> {
  const note = new SharedArrayBuffer(noteSizeBytes);
  const errand: Errand = { seed, milliseconds, note };
  // A worker has no loader of its own for TypeScript.
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import('${import.meta.url}'); });`;
  const worker = new Worker(code, { eval: true, workerData: errand });
  const words = new Uint32Array(note, 0, 4);
  const failures: FuzzFailure[] = [];
  return await new Promise((resolve, reject) => {
    let seen = -1;
    const watchdog = setInterval(() => {
      const [count = 0, target = 0, length = 0] = words;
      if (count !== seen || count === 0) {
        seen = count;
        return;
      }
      const inputHex = hex(new Uint8Array(note, 16, Math.min(length, noteSizeBytes - 16)));
      const name = createTargets()[target]?.name ?? String(target);
      const failure = { target: name, seed, fault: 'hangs', inputHex, shortestHex: inputHex };
      tell(failure);
      clearInterval(watchdog);
      void worker.terminate();
      resolve({ inputs: count, perTarget: {}, failures: [...failures, failure] });
    }, hangMs);
    worker.on('message', (news: News) => {
      if ('failure' in news) {
        failures.push(news.failure);
        tell(news.failure);
        return;
      }
      clearInterval(watchdog);
      resolve(news.report);
    });
    worker.on('error', (error) => {
      clearInterval(watchdog);
      reject(error);
    });
  });
}

function tell({ target, seed, fault, inputHex, shortestHex }: FuzzFailure): void {
  console.error(`\nFAILURE in ${target}, seed ${seed}: ${fault}\n  input    ${inputHex}\n  shortest ${shortestHex}`);
}

function sum(reports: readonly FuzzReport[]): Record<string, TargetCount> {
  const all: Record<string, TargetCount> = {};
  for (const { perTarget } of reports) {
    for (const [name, count] of Object.entries(perTarget)) {
      const { inputs, accepted, slowestMs } = all[name] ?? { inputs: 0, accepted: 0, slowestMs: 0 };
      all[name] = {
        inputs: inputs + count.inputs,
        accepted: accepted + count.accepted,
        slowestMs: Math.round(Math.max(slowestMs, count.slowestMs) * 10) / 10,
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
  if (values.target !== undefined) return repeat(values.target, values.input ?? '');
  const cores = availableParallelism();
  console.log(`seed ${seed}, ${minutes} minutes on ${cores} cores`);
  const seeds = Array.from({ length: cores }, (_, core) => (seed + core * 1_000_003) & 0x7fffffff);
  const reports = await Promise.all(seeds.map((own) => watch(own, minutes * 60_000)));
  const perTarget = sum(reports);
  console.log('   inputs  accepted  slowest ms');
  for (const [name, { inputs, accepted, slowestMs }] of Object.entries(perTarget)) {
    console.log(
      `${String(inputs).padStart(9)} ${String(accepted).padStart(9)} ${String(slowestMs).padStart(11)}  ${name}`,
    );
  }
  const failures = reports.flatMap((report) => report.failures);
  const inputs = reports.reduce((all, report) => all + report.inputs, 0);
  const brief = failures.map(({ target, seed: own, shortestHex }) => ({ target, seed: own, shortestHex }));
  console.log(`\n${JSON.stringify({ fuzz: 'lock-protocol', seed, minutes, inputs, perTarget, failures: brief })}`);
  return failures.length === 0 ? 0 : 1;
}

/** One input again: `--target NAME --input HEX`. */
function repeat(name: string, inputHex: string): number {
  const target = createTargets().find((one) => one.name === name);
  if (!target) {
    console.error(`latchwork: there is no target ${name}.`);
    return 2;
  }
  const input = Uint8Array.from(inputHex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const { accepted, fault } = faultOf(target, input);
  console.log(fault ?? (accepted ? 'accepted' : 'refused'));
  return fault === undefined ? 0 : 1;
}

if (isMainThread) process.exitCode = await main();
else work(workerData as Errand);
