import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openJournal } from './journal.js';

const idOf = (n: number): string => n.toString(16).padStart(16, '0');

/** Appends for ever, eight at a time, and prints each number once its record is durable. */
const writer = `
import { writeSync } from 'node:fs';
import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)};
const [dataDir, first] = process.argv.slice(-2);
const journal = await openJournal({ dataDir, clock: { now: () => 0 }, compactAboveBytes: 30_000 });
let next = Number(first);
await Promise.all(Array.from({ length: 8 }, async () => {
  for (;;) {
    const n = next++;
    await journal.append({ type: 'received', commandId: n.toString(16).padStart(16, '0'), attemptId: 'a', tag: 't', at: 0 });
    writeSync(1, n + '\\n');
  }
}));
`;

test('kill -9 while appending, several rounds: no acknowledged record is ever lost', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchwork-kill-'));
  const acknowledged: number[] = [];
  try {
    for (let round = 1; round <= 5; round += 1) {
      const first = round * 1_000_000;
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', writer, '--', dataDir, `${first}`],
        { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const exited = new Promise((resolve) => child.once('exit', resolve));
      let count = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(Number(line));
        count += 1;
        if (count === 150 * round) {
          child.kill('SIGKILL');
        }
      }
      await exited;
      expect(count).toBeGreaterThanOrEqual(150 * round);
      await using journal = await openJournal({ dataDir, clock: { now: () => 0 } });
      expect(journal.tail).not.toBe('damaged');
      expect(acknowledged.filter((n) => journal.find(idOf(n)) === undefined)).toEqual([]);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
