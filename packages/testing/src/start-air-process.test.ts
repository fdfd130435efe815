import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAirProcess } from './start-air-process.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchwork-air-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('an air in its own process tells its locks, commissions them and ends with its starter', async () => {
  const socketPath = join(directory, 'hci.sock');
  const storagePath = join(directory, 'locks');
  const first = await startAirProcess({ socketPath, locks: 3, storagePath });
  expect(first.locks).toHaveLength(3);
  await first.commission({ rootPublicKey: new Uint8Array(32).fill(1), property: new Uint8Array(8), epoch: 0 });
  await expect(
    first.commission({ rootPublicKey: new Uint8Array(32), property: new Uint8Array(8), epoch: 0 }, 7),
  ).rejects.toThrow('there is no lock 7');
  expect((await first.stats()).map(({ boltMoves, bolt }) => [boltMoves, bolt])).toEqual([
    [0, 'locked'],
    [0, 'locked'],
    [0, 'locked'],
  ]);
  await first.close();
  await expect(first.stats()).rejects.toThrow('ended');

  const second = await startAirProcess({ socketPath, locks: 3, storagePath });
  expect(second.locks).toEqual(first.locks);
  await second.close();
});
