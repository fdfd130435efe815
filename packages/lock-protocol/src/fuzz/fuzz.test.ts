import { describe, expect, test } from 'vitest';
import * as protocol from '../index.js';
import { runFuzz } from './run.test-rig.js';
import { createTargets, readsNoBytes } from './targets.test-rig.js';

// The whole is `npm run fuzz -- --minutes 10`; here a sample, another one each time, named by its seed.
const seed = Number(process.env['LATCHWORK_FUZZ_SEED'] ?? Date.now() & 0x7fffffff);
const targets = createTargets();

describe('whatever bytes come', () => {
  test('every exported reader of bytes has a target', () => {
    const readers = Object.keys(protocol).filter((name) => /^(?:decode|read|parse|verify|open)[A-Z]/.test(name));
    expect(readers.length).toBeGreaterThan(20);
    const covered = new Set([...targets.flatMap(({ covers }) => covers), ...Object.keys(readsNoBytes)]);
    expect(readers.filter((name) => !covered.has(name))).toEqual([]);
  });

  test(`nothing but LockProtocolError comes out, nothing hangs, nothing grows (seed ${seed})`, () => {
    const { inputs, perTarget, failures } = runFuzz({ targets, seed, milliseconds: 5000 });
    expect(failures, `npm run fuzz -- --seed ${seed}`).toEqual([]);
    expect(inputs).toBeGreaterThan(targets.length * 2);
    // A target that accepts nothing but what it was given is never far inside.
    for (const [name, { accepted }] of Object.entries(perTarget))
      expect({ name, is: accepted > 0 }).toEqual({ name, is: true });
  });
});
