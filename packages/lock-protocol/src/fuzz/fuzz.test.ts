import { describe, expect, test } from 'vitest';
import * as protocol from '../index.js';
import { hex, runFuzz } from './run.test-rig.js';
import type { FuzzTarget } from './target.test-rig.js';
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

  test(`nothing but LockProtocolError comes out, nothing hangs, nothing grows (seed ${seed})`, async () => {
    const { inputs, perTarget, failures } = await runFuzz({ targets, seed, milliseconds: 5000 });
    expect(failures, `npm run fuzz -- --seed ${seed}`).toEqual([]);
    expect(inputs).toBeGreaterThan(targets.length * 2);
    // A target that accepts nothing but what it was given is never far inside.
    for (const [name, { accepted }] of Object.entries(perTarget))
      expect({ name, is: accepted > 0 }).toEqual({ name, is: true });
  });

  const telling = 0x9b;
  const faulty = (atTelling: () => void): FuzzTarget => ({
    ...{ name: 'faulty', covers: [], corpus: [new Uint8Array(8)] },
    run: (input) => {
      if (input[0] === telling) atTelling();
      return true;
    },
  });

  test.each([
    ['memory taken and given back', 'Takes', () => void new Uint8Array(100_000_000)],
    ['a long list', 'Takes', () => void new Array(4_000_000).fill(0)],
    [
      'an error of another kind',
      'RangeError',
      () => {
        throw new RangeError('no');
      },
    ],
  ])('the fuzzer finds %s, with the shortest input', async (_what, fault, atTelling) => {
    const { failures } = await runFuzz({ targets: [faulty(atTelling)], seed: 1, milliseconds: 1500 });
    expect(failures.map(({ shortestHex }) => shortestHex)).toEqual(['9b']);
    expect(failures[0]?.fault).toContain(fault);
  });

  test('a seed gives every target the same inputs, whatever else there is and however long it takes', async () => {
    const inputsOf = async (others: readonly FuzzTarget[]) => {
      const met: string[] = [];
      const onInput = (name: string, input: Uint8Array) => void (name === 'status' && met.push(hex(input)));
      const status = targets.filter(({ name }) => name === 'status');
      await runFuzz({ targets: [...others, ...status], seed: 7, milliseconds: 200, onInput });
      return met;
    };
    const [alone, among] = [await inputsOf([]), await inputsOf(targets.slice(0, 3))];
    const sizeBoth = Math.min(alone.length, among.length);
    expect(sizeBoth).toBeGreaterThan(10);
    expect(among.slice(0, sizeBoth)).toEqual(alone.slice(0, sizeBoth));
  });
});
