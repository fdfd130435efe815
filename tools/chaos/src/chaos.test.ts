import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos.js';

// The whole is `npm run chaos -- --runs 100000`; here a sample, another one each time, named by its seed.
const seed = Number(process.env['LATCHWORK_CHAOS_SEED'] ?? Date.now() & 0x7fffffff);
const runs = 150;

describe('directories under faults', () => {
  it(`S16, S27: nobody who is there is removed, nobody linked is new, and peace brings the truth (seed ${seed})`, async () => {
    const { outcomes, failure } = await runChaos({ runs, seed });
    expect(failure, `npm run chaos -- --runs ${runs} --seed ${seed}`).toBeUndefined();
    expect(outcomes['runs']).toBe(runs);
    // A chaos that reaches nothing shows nothing.
    expect(outcomes['applied: removed']).toBeGreaterThan(0);
    expect(outcomes['applied: updated']).toBeGreaterThan(0);
    expect(Object.keys(outcomes).some((what) => what.startsWith('not read'))).toBe(true);
  });
});
