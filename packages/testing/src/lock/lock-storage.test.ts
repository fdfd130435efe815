import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLockFile, type LockRecord } from './lock-storage.js';

const record: LockRecord = {
  identity: {
    tag: new Uint8Array(8).fill(1),
    staticSecret: new Uint8Array(32).fill(2),
    signingSecret: new Uint8Array(32).fill(3),
  },
  trust: { rootPublicKey: new Uint8Array(32).fill(4), property: new Uint8Array(8).fill(5), epoch: 6 },
  memory: new Uint8Array([7, 8]),
  log: [
    {
      seq: 1,
      time: 1_700_000_000,
      quality: 'good',
      type: 'unlock',
      result: 'ok',
      actor: new Uint8Array(12).fill(9),
      commandId: new Uint8Array(8).fill(10),
    },
  ],
  logImage: new Map([
    [0, new Uint8Array([12, 13])],
    [32, new Uint8Array([14])],
  ]),
  boltMoves: 11,
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchwork-record-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('a record is found as it was saved, in a folder made for it, with nothing else beside it', async () => {
  const file = createLockFile(join(directory, 'locks', 'one.json'));
  expect(file.load()).toBeUndefined();
  file.save(record);
  expect(file.load()).toEqual(record);
  const blank = { ...record, trust: undefined, memory: undefined, log: [], logImage: new Map() };
  file.save(blank);
  expect(file.load()).toEqual(blank);
  expect(await readdir(join(directory, 'locks'))).toEqual(['one.json']);
});

test('a file that is no record stops the lock, instead of making it another one', async () => {
  const path = join(directory, 'bad.json');
  for (const text of ['{}', '[]', 'null', '{"identity":{"tag":"zz"},"log":[]}', 'not json']) {
    await writeFile(path, text);
    expect(() => createLockFile(path).load()).toThrow();
  }
});
