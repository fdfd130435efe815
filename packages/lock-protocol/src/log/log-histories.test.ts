import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeLogEntry } from './lock-log.js';
import { encodeLogPage } from './log-page.js';
import { missingLog } from './log-reader.js';
import { createLoggingLock, createLogServer, type LoggingLock, type LogServer } from './log-scene.test-rig.js';
import type { SeqRange } from './seq-range.js';

const crypto = createNodeCrypto();

/** What may happen to one lock, its couriers and the server that reads its log; `n` says how much or which. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), n: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('visit' as const), n: fc.nat(1200) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), n: fc.nat(1000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tamper' as const), n: fc.nat(100_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('damage' as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), n: fc.constant(0) }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Carried = { readonly kind: 'page' | 'head'; readonly bytes: Uint8Array };

interface World {
  readonly lock: LoggingLock;
  readonly server: LogServer;
  /** What couriers carry, in any hands; nothing is ever taken away, so that everything can come twice and late. */
  readonly carried: Carried[];
  /** Every entry that the lock ever wrote, by its log. */
  readonly truth: Map<number, readonly Uint8Array[]>;
}

function happen({ lock, server, carried }: World, { do: what, n }: Step): void {
  if (what === 'append') lock.append(n);
  if (what === 'visit') {
    const after = Math.max(0, lock.ring.head.seq - n);
    carried.push({ kind: 'head', bytes: lock.head() }, { kind: 'page', bytes: lock.page(after) });
  }
  const one = carried[n % Math.max(1, carried.length)];
  if (what === 'deliver' && one) server.take(one.kind, one.bytes);
  if (what === 'tamper' && one) {
    const at = n % one.bytes.length;
    const { reader } = server;
    const reading = server.take(one.kind, one.bytes.with(at, (one.bytes[at] ?? 0) ^ (1 + (n % 255))));
    expect([reading.reader === reader, reading.records, reading.findings.length]).toEqual([true, [], 1]);
  }
  if (what === 'acknowledge' && server.reader.cursor.resets === lock.ring.resets)
    lock.acknowledge(server.reader.cursor);
  if (what === 'restart') lock.restart();
  if (what === 'damage') {
    lock.damage();
    lock.restart();
  }
  if (what === 'reset') lock.reset();
}

const sizeOf = (ranges: readonly SeqRange[]) => ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** Of the log that is being read, every entry up to the newest known is handed out, waiting, missing, or named. */
function expectNothingUnnamed(
  { reader, records, findings }: LogServer,
  o: { readonly own: readonly Uint8Array[]; readonly begun: { readonly records: number; readonly findings: number } },
): void {
  const handedOut = records.slice(o.begun.records);
  for (const { seq, bytes } of handedOut) expect(bytes).toEqual(o.own[seq - 1]);
  const numbers = handedOut.map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const named = findings.slice(o.begun.findings).flatMap((found) => (found.code === 'overwritten' ? [found] : []));
  const behind = reader.newest.seq - reader.cursor.seq;
  expect(numbers.length + sizeOf(named) + sizeOf(reader.unexplained) + behind).toBe(reader.newest.seq);
  const waiting = new Set(reader.runs.flatMap((run) => run.records.map(({ seq }) => seq)));
  expect([...waiting].filter((seq) => seq > reader.cursor.seq).length + sizeOf(missingLog(reader))).toBe(behind);
}

it('T11: in any history, what is handed out is the lock’s own in order, and what is not has a name', () =>
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const lock = createLoggingLock(crypto);
      const world: World = { lock, server: createLogServer(crypto, lock.signer), carried: [], truth: new Map() };
      const { server, truth } = world;
      // Where what was handed out and found begins to be about the log that is being read.
      let begun = { resets: 0, records: 0, findings: 0 };
      for (const one of steps) {
        const before = { records: server.records.length, findings: server.findings.length };
        happen(world, one);
        truth.set(lock.ring.resets, lock.written.map(encodeLogEntry));
        const { resets } = server.reader.cursor;
        if (resets !== begun.resets) begun = { resets, ...before };
        expectNothingUnnamed(server, { own: truth.get(resets) ?? [], begun });
      }
      // An honest lock is never accused, and a server that acknowledges only what it has read misses nothing unnamed.
      const accusations = ['fork', 'went-back', 'withheld', 'acknowledged-unseen'];
      lock.append(1);
      server.catchUp(lock);
      expect(server.reader.cursor).toEqual({ ...lock.ring.head, resets: lock.ring.resets });
      expect(server.reader.unexplained).toEqual([]);
      expect(server.findings.filter(({ code }) => accusations.includes(code))).toEqual([]);
    }),
    { numRuns: 150 },
  ));

it('a page with no entries proves a head and nothing else', () => {
  const lock = createLoggingLock(crypto);
  lock.append(3);
  const server = createLogServer(crypto, lock.signer);
  const empty = encodeLogPage({ beforeHash: lock.ring.head.hash, entries: [], head: lock.head() });
  expect(server.take('page', empty)).toMatchObject({ records: [], findings: [] });
  expect(missingLog(server.reader)).toEqual([{ from: 1, to: 3 }]);
});
