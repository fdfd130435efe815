import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { drawHistory } from './draw-history.js';
import { runHistory } from './run-history.js';
import { runSeeds } from './run-seeds.js';

// The whole is `npm run simulate -- --runs 10000`; here a sample, another one each time, named by its seed.
const seed = Number(process.env['LATCHWORK_SIMULATE_SEED'] ?? Date.now() & 0x7fffffff);
const runs = 40;
/** Only bounds a hang. */
const timeout = 600_000;

describe('a property under every fault at once', () => {
  test(`T1, T4, T6, T7, T9, T11: no late, doubled or unauthorized unlock, no lost revocation (seed ${seed})`, {
    timeout,
  }, async () => {
    const { counts, failure } = await runSeeds({ from: seed, runs });
    expect(failure, `npm run simulate -- --runs ${runs} --seed ${seed}`).toBeUndefined();
    // A simulation that reaches nothing shows nothing.
    const least = ['bolt: unlock', 'power cut', 'replay', 'abuse', 'log entry proven', 'revocation proven'];
    for (const what of [...least, 'tried at the end: superseded']) expect(counts[what], what).toBeGreaterThan(0);
  });

  test('every history runs the same way again, also in another process', { timeout }, async () => {
    const ranges = { from: 100, runs: 6 };
    const first = await runSeeds(ranges);
    expect((await runSeeds(ranges)).digest).toBe(first.digest);
    const program = fileURLToPath(new URL('./simulate-process.ts', import.meta.url));
    const args = ['--conditions=source', '--import', 'tsx', program, '100', '6'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ digest: first.digest });
  });

  test('another seed is another history', { timeout }, async () => {
    const digests = [1, 2, 3].map(async (at) => (await runHistory(drawHistory(at))).digest);
    expect(new Set(await Promise.all(digests)).size).toBe(3);
  });
});
