import type { FakeClock } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JournalRecord } from '../journal-record.js';
import type { UnlockEnd, UnlockJob } from '../unlock-job.js';

/** How one try of an unlock ended: with ends told (one, if any), or with a job for another try. */
export interface BenchRun {
  readonly again: UnlockJob | undefined;
  readonly ends: readonly UnlockEnd[];
}

/** One lock with its driver, on a clock that stands still, as the conformance kit needs it. */
export interface DriverBench extends AsyncDisposable {
  readonly clock: FakeClock;
  /** Tries one unlock with 4 seconds to live; `append` is the disk. */
  unlock(o: {
    readonly append: (record: JournalRecord) => Promise<void>;
    readonly stop?: AbortSignal;
  }): Promise<BenchRun>;
  /** How often the bolt was withdrawn. */
  moves(): number;
  /** From now on the lock does what it is told and nobody hears of it. */
  silence(): void;
  /** Nobody reaches the lock any more. */
  leave(): Promise<void>;
  /** From now on the portal refuses every command. */
  refuse(): void;
  /** Resolves when whatever was sent to the lock so far has arrived there. */
  settle(): Promise<void>;
}

/** What every driver of a lock owes a gateway, whatever guarantees it declares (T4, T13, T15, T16). */
export function testDriverConformance(name: string, startBench: () => Promise<DriverBench>): void {
  describe(`a driver that conforms: ${name}`, () => {
    let bench: DriverBench;
    const records: JournalRecord[] = [];
    const append = async (record: JournalRecord): Promise<void> => {
      records.push(record);
    };
    beforeEach(async () => {
      records.length = 0;
      bench = await startBench();
    });
    afterEach(async () => {
      await bench[Symbol.asyncDispose]();
    });

    /** Lets time pass until the promise settles. */
    async function inTime<Value>(work: Promise<Value>): Promise<Value> {
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      work.then(done, done);
      while (!settled) await bench.clock.advance(1_000);
      return await work;
    }

    test('T16: opens once, after WRITTEN is durable and not before', async () => {
      let movesAtWrite: number | undefined;
      const run = await bench.unlock({
        append: async (record) => {
          await bench.settle();
          movesAtWrite = bench.moves();
          await append(record);
        },
      });
      expect(run.ends).toMatchObject([{ outcome: 'executed', code: 'ok' }]);
      expect(run.again).toBeUndefined();
      expect(records.map(({ type }) => type)).toEqual(['written']);
      await bench.settle();
      expect([movesAtWrite, bench.moves()]).toEqual([0, 1]);
    });

    test('T4: a disk that is ready after the deadline leaves the bolt where it is', async () => {
      const run = await bench.unlock({ append: async () => await bench.clock.advance(4_001) });
      expect(run.ends).toMatchObject([{ outcome: 'not-executed', code: 'deadline-passed' }]);
      await bench.settle();
      expect(bench.moves()).toBe(0);
    });

    test('T16: a disk that refuses WRITTEN leaves the bolt where it is', async () => {
      const broken = new Error('disk');
      await expect(bench.unlock({ append: () => Promise.reject(broken) })).rejects.toBe(broken);
      await bench.settle();
      expect(bench.moves()).toBe(0);
    });

    test('T13: without a token nothing is written', async () => {
      bench.refuse();
      const run = await bench.unlock({ append });
      expect(run).toMatchObject({ ends: [{ outcome: 'not-executed', code: 'token-refused' }], again: undefined });
      await bench.settle();
      expect([records, bench.moves()]).toEqual([[], 0]);
    });

    test('T15: a lock that is not there is tried again, and nothing was written', async () => {
      await bench.leave();
      const run = await inTime(bench.unlock({ append }));
      expect(run).toMatchObject({ ends: [], again: { tries: 1, lastFailure: 'lock-unreachable' } });
      expect([records, bench.moves()]).toEqual([[], 0]);
    });

    test('T16: a lock that says nothing after WRITTEN is unknown, and is not told twice', async () => {
      bench.silence();
      const running = bench.unlock({ append });
      await vi.waitFor(() => expect(bench.moves()).toBe(1), { timeout: 30_000, interval: 5 });
      const run = await inTime(running);
      expect(run).toMatchObject({ ends: [{ outcome: 'unknown' }], again: undefined });
      await bench.settle();
      expect(bench.moves()).toBe(1);
    });

    test('T16: a stop after WRITTEN leaves it unknown, one before leaves nothing', async () => {
      bench.silence();
      const stop = new AbortController();
      const running = bench.unlock({
        append: async () => stop.abort(),
        stop: stop.signal,
      });
      expect((await inTime(running)).ends).toMatchObject([{ code: 'gateway-restarted' }]);
      const moved = bench.moves();
      const none = await bench.unlock({ append, stop: AbortSignal.abort() });
      expect(none.ends).toMatchObject([{ outcome: 'not-executed', code: 'gateway-restarted' }]);
      await bench.settle();
      expect(bench.moves()).toBe(moved);
    });
  });
}
