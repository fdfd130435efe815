import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatewayError } from './gateway-error.js';
import { type Journal, type JournalOptions, openJournal } from './journal.js';
import { readJournal } from './journal-file.js';
import type { JournalRecord, UnlockResult } from './journal-record.js';

let dataDir: string;
let path: string;
const clock = { now: () => 1_000_000 };

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchwork-journal-'));
  path = join(dataDir, 'journal.log');
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

const open = (options: Partial<JournalOptions> = {}): Promise<Journal> => openJournal({ dataDir, clock, ...options });
const idOf = (n: number): string => n.toString(16).padStart(16, '0');
const received = (n: number, at = clock.now()): JournalRecord => ({
  type: 'received',
  commandId: idOf(n),
  attemptId: 'att_01jd0000000000000000000000',
  tag: 'aabbccddeeff0011',
  at,
});
const written = (n: number): JournalRecord => ({ type: 'written', commandId: idOf(n), at: clock.now() });
const published = (n: number): JournalRecord => ({ type: 'published', commandId: idOf(n) });
const result = (n: number): JournalRecord => ({
  type: 'result',
  commandId: idOf(n),
  result: { commandId: idOf(n), outcome: 'executed', code: 'ok' } as UnlockResult,
});

/** The journal's bytes without the room behind them. */
async function contentOf(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  return bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
}

describe('the journal', () => {
  test('does not make its file longer when it appends', async () => {
    await using journal = await open();
    const before = (await stat(path)).size;
    for (let n = 1; n <= 20; n += 1) {
      await journal.append(received(n));
    }
    expect((await stat(path)).size).toBe(before);
  });

  test('brings back exactly what was appended, through any number of openings', async () => {
    {
      await using journal = await open();
      await Promise.all([journal.append(received(1)), journal.append(received(2)), journal.append(received(3))]);
      await journal.append(written(1));
      await journal.append(result(1), written(2));
      await journal.append(published(1));
    }
    for (let openings = 0; openings < 3; openings += 1) {
      await using journal = await open();
      expect(journal.tail).toBe('clean');
      expect(journal.openCount).toBe(2);
      expect(journal.find(idOf(1))).toMatchObject({ written: true, published: true });
      expect(journal.find(idOf(2))).toMatchObject({ written: true, published: false });
      expect(journal.find(idOf(3))).toMatchObject({ written: false, published: false });
      expect(journal.find(idOf(4))).toBeUndefined();
    }
  });

  test('concurrent appends share writes, and each is durable when it resolves', async () => {
    let syncs = 0;
    await using journal = await open({ onSync: () => (syncs += 1) });
    await Promise.all(
      Array.from({ length: 500 }, async (_, n) => {
        await journal.append(received(n));
        expect(readJournal(await readFile(path), path).entries.has(idOf(n))).toBe(true);
      }),
    );
    expect(syncs).toBeLessThan(50);
  });

  test('crash matrix: cut at every byte, the records before the cut line are all there and the next append works', async () => {
    {
      await using journal = await open();
      for (const record of [received(1), written(1), result(1), received(2), published(1), written(2)]) {
        await journal.append(record);
      }
    }
    const whole = await contentOf(path);
    const header = whole.indexOf('\n') + 1;
    const lineEnds = [...whole.keys()].filter((at) => whole[at] === 0x0a).map((at) => at + 1);
    for (let size = header; size <= whole.length; size += 1) {
      // A crash leaves the rest of the line away, or as the zeros that were there before it.
      const room = size % 2 === 0 ? 0 : 2_000;
      await writeFile(path, Buffer.concat([whole.subarray(0, size), Buffer.alloc(room)]));
      {
        await using journal = await open({ compactAboveBytes: 4_000 });
        expect(journal.tail).toBe(lineEnds.includes(size) ? 'clean' : 'torn');
        const lines = lineEnds.filter((end) => end <= size).length - 1;
        expect(journal.find(idOf(1)) !== undefined).toBe(lines >= 1);
        expect(journal.find(idOf(1))?.written ?? false).toBe(lines >= 2);
        expect(journal.find(idOf(1))?.published ?? false).toBe(lines >= 5);
        expect(journal.find(idOf(2)) !== undefined).toBe(lines >= 4);
        expect(journal.find(idOf(2))?.written ?? false).toBe(lines >= 6);
        await journal.append(received(99));
      }
      await using again = await open({ compactAboveBytes: 4_000 });
      expect(again.tail).toBe('clean');
      expect(again.find(idOf(99))).toBeDefined();
    }
  });

  test('a torn line that is longer than what follows leaves nothing behind', async () => {
    {
      await using journal = await open();
      await journal.append(received(1));
    }
    const whole = await contentOf(path);
    const torn = Buffer.concat([whole, Buffer.alloc(700), Buffer.from('end of a line'), Buffer.alloc(5_000)]);
    await writeFile(path, torn);
    {
      await using journal = await open();
      expect(journal.tail).toBe('torn');
      await journal.append(written(1));
    }
    await using again = await open();
    expect(again.tail).toBe('clean');
    expect(again.find(idOf(1))).toMatchObject({ written: true });
  });

  test('a flipped bit in any acknowledged line but the last is refused with its place, and the file is left alone', async () => {
    {
      await using journal = await open();
      for (let n = 1; n <= 4; n += 1) {
        await journal.append(received(n));
      }
    }
    const whole = await contentOf(path);
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let at = 0; at < lastLine; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      await writeFile(path, damaged);
      const error = await open().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(GatewayError);
      const line = whole.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
      expect((error as GatewayError).info).toMatchObject({ code: 'journal-corrupt', path, line });
      expect(await readFile(path)).toEqual(damaged);
    }
  });

  test('a damaged last line is told apart from a torn one', async () => {
    {
      await using journal = await open();
      await journal.append(received(1));
      await journal.append(written(1));
    }
    const damaged = await contentOf(path);
    damaged[damaged.length - 3] = (damaged[damaged.length - 3] ?? 0) ^ 1;
    await writeFile(path, damaged);
    await using journal = await open();
    expect(journal.tail).toBe('damaged');
    expect(journal.find(idOf(1))).toMatchObject({ written: false });
  });

  test('a journal of another version is refused and left alone', async () => {
    await (await open())[Symbol.asyncDispose]();
    const { encodeLine } = await import('./journal-record.js');
    const later = encodeLine({ format: 'latchwork-gateway-journal', version: 2 } as never);
    await writeFile(path, later);
    await expect(open()).rejects.toMatchObject({ info: { code: 'journal-version' } });
    expect(await readFile(path)).toEqual(later);
  });

  test('stays small: finished commands shrink to their ids, and old ids are forgotten', async () => {
    let now = 1_000_000;
    const options = { clock: { now: () => now }, compactAboveBytes: 20_000, rememberMs: 60_000 };
    await using journal = await open(options);
    await journal.append(received(0, now));
    for (let n = 1; n <= 800; n += 1) {
      now += 1_000;
      void journal.append(received(n, now), written(n), result(n));
      await journal.append(published(n));
    }
    expect((await stat(path)).size).toBeLessThan(40_000);
    expect(journal.find(idOf(800))).toBeDefined();
    expect(journal.find(idOf(760))).toBeDefined();
    expect(journal.find(idOf(1))).toBeUndefined();
    expect(journal.find(idOf(0)), 'an open command is never forgotten').toMatchObject({ published: false });
    await using again = await openJournal({ dataDir, ...options });
    expect(again.find(idOf(760))).toMatchObject({ published: true });
    expect(again.find(idOf(0))).toMatchObject({ written: false, published: false });
  });

  test('the number of remembered ids is bounded whatever their age, the oldest forgotten first', async () => {
    await using journal = await open({ compactAboveBytes: 1, rememberCount: 10 });
    for (let n = 0; n < 100; n += 1) {
      await journal.append(received(n), published(n));
    }
    expect(journal.find(idOf(99))).toBeDefined();
    expect(journal.find(idOf(50))).toBeUndefined();
    expect(journal.openCount).toBe(0);
  });

  test('a left-over of a compaction that a crash interrupted does not matter', async () => {
    {
      await using journal = await open();
      await journal.append(received(1));
    }
    await writeFile(`${path}.next`, 'half a file');
    await using journal = await open({ compactAboveBytes: 1 });
    await journal.append(written(1));
    expect(journal.find(idOf(1))).toMatchObject({ written: true });
  });

  test('refuses a record that follows nothing, and everything after its disposal', async () => {
    const journal = await open();
    expect(() => journal.append(written(7))).toThrow(TypeError);
    await journal[Symbol.asyncDispose]();
    await expect(journal.append(received(8))).rejects.toMatchObject({ info: { code: 'journal-closed' } });
  });

  test('a disk that refuses a write breaks the journal for good, and says so once', async () => {
    const journal = await open({ compactAboveBytes: 1 });
    // The compaction that the next append needs finds its folder gone.
    await rm(dataDir, { recursive: true, force: true });
    await expect(journal.append(received(1))).rejects.toMatchObject({ info: { code: 'journal-write-failed' } });
    await expect(journal.append(received(2))).rejects.toMatchObject({ info: { code: 'journal-write-failed' } });
    expect((await journal.failed).info.code).toBe('journal-write-failed');
    await journal[Symbol.asyncDispose]();
  });
});
