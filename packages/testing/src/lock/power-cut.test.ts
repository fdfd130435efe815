import {
  decodeLockMemory,
  encodeLogPage,
  type LogReader,
  type LogRing,
  openLogRing,
  overwrittenLog,
  readLog,
  readLogReport,
  signLogHead,
  startLogReader,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createMemoryStore, type FlashStore } from './flash.js';
import { type BenchLock, makeBenchStore, startBenchLock, unlockOnBench } from './lock-bench.test-rig.js';
import { lockFlashGeometry } from './lock-flash.js';
import { createPropertyFixture, type PropertyFixture } from './property-fixture.js';

// Thousands of starts and unlocks each: the limit only bounds a hang.
vi.setConfig({ testTimeout: 300_000 });

const crypto = createNodeCrypto();
const startsAt = Date.UTC(2026, 0, 1);
const first = new Uint8Array(8).fill(1);
const second = new Uint8Array(8).fill(2);
const copyOf = (store: FlashStore): FlashStore => createMemoryStore(lockFlashGeometry, store);

function ringOf({ storage }: BenchLock): LogRing {
  const { memory } = storage.record;
  if (memory === undefined) throw new Error('the lock has no memory');
  return openLogRing(crypto, decodeLockMemory(memory).log, storage.logSegments);
}

/** The commands that the lock remembers, with their answers. */
function commandsOf({ storage }: BenchLock): readonly string[] {
  const { commands } = decodeLockMemory(storage.record.memory ?? new Uint8Array());
  return commands.map(({ commandId, code }) => `${Buffer.from(commandId).toString('hex')} ${code}`);
}

/** What a reader makes of everything in the lock's log: its cursor, and what it finds wrong. */
function readAll(lock: BenchLock, from: LogReader = startLogReader()) {
  const ring = ringOf(lock);
  const { signingKeys } = lock.program;
  const { tag } = lock.program.identity;
  let reader = from;
  const findings: unknown[] = [];
  let last = -1;
  while (reader.cursor.seq !== last) {
    last = reader.cursor.seq;
    const draft = readLog(crypto, ring, { after: last });
    const statement = { lock: tag, issuedAt: 0, quality: 'none', epoch: 1, ...draft.head } as const;
    const head = signLogHead(crypto, lock.storage.record.identity.signingSecret, statement);
    const bytes = encodeLogPage({ ...draft, head });
    const reading = readLogReport(crypto, reader, {
      kind: 'page',
      bytes,
      lock: { publicKey: signingKeys.publicKey, tag },
      at: 0,
    });
    reader = reading.reader;
    findings.push(...reading.findings);
  }
  return { reader, findings };
}

describe('a cut of the power', () => {
  let property: PropertyFixture;
  let store: FlashStore;
  let before: LogReader;

  beforeAll(async () => {
    property = createPropertyFixture({ crypto, now: () => startsAt });
    store = makeBenchStore({ crypto, property });
    const lock = startBenchLock({ crypto, store });
    // The lock knows the certificate from now on, and an unlock is as short as it gets.
    expect(await unlockOnBench(lock, { crypto, property, commandId: first })).toBe('ok');
    before = readAll(lock).reader;
    lock.program.stop();
  });

  /** Cuts within every write of `run`, at each of these bytes, and gives each time the lock that starts again. */
  async function cutEverywhere(
    run: (lock: BenchLock) => Promise<unknown> | undefined,
    o: { readonly from?: FlashStore },
    check: (restarted: BenchLock, fallen: BenchLock) => Promise<void> | void,
  ): Promise<number> {
    const from = o.from ?? store;
    const whole = startBenchLock({ crypto, store: copyOf(from) });
    const booted = whole.flash.writtenBytes;
    await run(whole);
    const total = whole.flash.writtenBytes - booted;
    for (let at = 1; at < total; at += 1) {
      const fallen = startBenchLock({ crypto, store: copyOf(from), seed: at });
      fallen.flash.cutAfter(at);
      await run(fallen);
      expect(fallen.flash.powered).toBe(false);
      await check(startBenchLock({ crypto, store: copyOf(fallen.store) }), fallen);
    }
    return total;
  }

  test('at any byte of an unlock: nothing runs twice, no old command runs, and the log is whole', async () => {
    const unlock = (lock: BenchLock) => unlockOnBench(lock, { crypto, property, commandId: second });
    const seen = new Set<string>();
    const total = await cutEverywhere(unlock, {}, async (lock, fallen) => {
      const movedBefore = fallen.bolt.moves;
      expect(commandsOf(lock)).toContain(`${Buffer.from(first).toString('hex')} ok`);
      const answer = await unlock(lock);
      seen.add(answer);
      // Begun and not finished: never again, whether or not the bolt has moved. Not begun: it may run now, once.
      expect(answer === 'ok' ? movedBefore + lock.bolt.moves : lock.bolt.moves).toBe(answer === 'ok' ? 1 : 0);
      const { reader, findings } = readAll(lock, before);
      expect(findings).toEqual([]);
      expect(reader.cursor.seq).toBe(ringOf(lock).head.seq);
      expect(overwrittenLog(ringOf(lock))).toBe(0);
    });
    // Done, and told a second time: where the last byte of the record needed hardly more zeros than the cut let through.
    seen.delete('ok again');
    expect(seen).toEqual(new Set(['ok', 'position-unknown again']));
    expect(total).toBeGreaterThan(500);
  });

  test('at any byte of an entry of the log, also where a segment begins and the records change slots', async () => {
    const lock = startBenchLock({ crypto, store: copyOf(store) });
    const note = (each: BenchLock) => {
      each.program.noticed({ type: 'tamper' });
      return undefined;
    };
    // Up to the last slot of a segment: the start of each lock writes one entry more.
    while (ringOf(lock).head.seq % 32 !== 31) note(lock);
    const reader = readAll(lock).reader;
    lock.program.stop();
    await cutEverywhere(note, { from: lock.store }, (restarted) => {
      const head = ringOf(restarted).head.seq;
      note(restarted);
      expect(ringOf(restarted).head.seq).toBe(head + 1);
      const { reader: read, findings } = readAll(restarted, reader);
      expect([findings, read.cursor.seq, overwrittenLog(ringOf(restarted))]).toEqual([[], head + 1, 0]);
    });
  });

  test('at any byte of setting whom it obeys: the old or the new', async () => {
    const other = createPropertyFixture({ crypto, now: () => startsAt });
    const names = new Set<string>();
    const commission = (lock: BenchLock) => {
      lock.program.commission(other.trust);
      return undefined;
    };
    await cutEverywhere(commission, {}, (lock) => {
      expect([property.trust, other.trust]).toContainEqual(lock.program.trust);
      names.add(Buffer.from(lock.program.trust?.property ?? []).toString('hex'));
      expect(readAll(lock, before).findings).toEqual([]);
    });
    expect(names.size).toBeGreaterThan(0);
  });

  test('while the lock is made: it is made anew, or is there', () => {
    const made = startBenchLock({ crypto, store: createMemoryStore(lockFlashGeometry) });
    const total = made.flash.writtenBytes;
    for (let at = 1; at < total; at += 1) {
      const empty = createMemoryStore(lockFlashGeometry);
      const falling = () => startBenchLock({ crypto, store: empty, seed: at, cutAfter: at });
      try {
        falling();
      } catch (error) {
        expect(error).toMatchObject({ info: { code: 'power-lost' } });
      }
      expect(startBenchLock({ crypto, store: empty }).program.log.at(0)?.type).toBe('boot');
    }
  });

  test('a flash on which both slots are spoiled stops the lock', () => {
    const spoiled = copyOf(store);
    for (let at = 2_048; at < 17 * 2_048; at += 1) spoiled.bytes[at] = (spoiled.bytes[at] ?? 0) & 0xfe;
    expect(() => startBenchLock({ crypto, store: spoiled })).toThrow('no whole record');
  });
});

test('no page of a lock wears more than said over three hundred unlocks', async () => {
  const property = createPropertyFixture({ crypto, now: () => startsAt });
  const store = makeBenchStore({ crypto, property });
  const lock = startBenchLock({ crypto, store });
  for (let count = 0; count < 300; count += 1) {
    const commandId = Uint8Array.of(9, count >> 8, count & 0xff, 0, 0, 0, 0, 0);
    expect(await unlockOnBench(lock, { crypto, property, commandId })).toBe('ok');
  }
  // Two records of at most 1.4 kB for each unlock, eleven to a slot of 16 kB; one segment for 32 entries.
  const [record, log] = [store.wear.slice(0, 17), store.wear.slice(17)];
  expect(Math.max(...record)).toBeLessThanOrEqual(Math.ceil(600 / 22) + 1);
  expect(Math.max(...log)).toBeLessThanOrEqual(1);
});
