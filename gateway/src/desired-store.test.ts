import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeGatewayMessage } from '@latchwork/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesiredStore } from './desired-store.js';
import { createLog } from './log.js';

const tag = 'aabbccddeeff0011';
const other = '0011223344556677';
const text = (revision: number, of = tag): string =>
  encodeGatewayMessage('desired', {
    v: 1,
    deviceId: 'dev_01jd0000000000000000000000',
    lock: { tag: of, publicKey: '42'.repeat(32) },
    standing: { epoch: 1, revision },
    proven: null,
  });

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchwork-desired-'));
  lines = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const open = () => openDesiredStore(folder, createLog('trace', { write: (line) => void lines.push(line) }));
const revisions = async (): Promise<string[]> =>
  (await open()).atOpen.map(({ tag: of, standing }) => `${of} ${standing.revision}`).sort();

describe('desired states on the disk', () => {
  test('are there again, the newest of each lock', async () => {
    const store = await open();
    expect(store.atOpen).toEqual([]);
    await store.put(tag, text(1));
    await store.put(tag, text(2));
    await store.put(other, text(7, other));
    expect(await revisions()).toEqual([`${other} 7`, `${tag} 2`]);
    expect(await (await open()).read(tag)).toMatchObject({ standing: { revision: 2 } });
    expect(await readdir(join(folder, 'desired'))).toHaveLength(2);
  });

  test('can be read before they are durable, and many at once end with the last', async () => {
    const store = await open();
    const saved = Array.from({ length: 20 }, (_, n) => store.put(tag, text(n + 1)));
    expect(await store.read(tag)).toMatchObject({ standing: { revision: 20 } });
    await Promise.all(saved);
    expect(await revisions()).toEqual([`${tag} 20`]);
  });

  test('of a lock that is forgotten are gone, at once and for good, and may come back', async () => {
    const store = await open();
    await store.put(tag, text(1));
    const gone = store.remove(tag);
    expect(await store.read(tag)).toBeUndefined();
    await gone;
    expect(await revisions()).toEqual([]);
    void store.remove(tag);
    await store.put(tag, text(3));
    expect(await revisions()).toEqual([`${tag} 3`]);
    expect(await store.read(other)).toBeUndefined();
  });

  test('that a crash left half written do not harm the last whole one', async () => {
    const store = await open();
    await store.put(tag, text(4));
    await writeFile(join(folder, 'desired', `${tag}.json.next`), text(5).slice(0, 40));
    expect(await revisions()).toEqual([`${tag} 4`]);
    expect(await readdir(join(folder, 'desired'))).toEqual([`${tag}.json`]);
    expect(lines).toEqual([]);
  });

  test('that are damaged, or of another lock, are left out with a word, and the rest is there', async () => {
    await mkdir(join(folder, 'desired'));
    await writeFile(join(folder, 'desired', `${tag}.json`), text(4).slice(1));
    await writeFile(join(folder, 'desired', 'ffffffffffffffff.json'), text(4));
    await writeFile(join(folder, 'desired', `${other}.json`), text(4, other));
    expect(await revisions()).toEqual([`${other} 4`]);
    expect(lines.filter((line) => line.includes('desired state unreadable'))).toHaveLength(2);
  });

  test('are held in memory when the disk takes nothing, and disposing waits for what is on its way', async () => {
    const store = await open();
    await store.put(tag, text(1));
    await rm(join(folder, 'desired'), { recursive: true });
    await store.put(tag, text(2));
    expect(lines.join('')).toContain('desired state not kept');
    expect(await store.read(tag)).toMatchObject({ standing: { revision: 2 } });
    await mkdir(join(folder, 'desired'));
    void store.put(tag, text(3));
    await store[Symbol.asyncDispose]();
    expect(await readFile(join(folder, 'desired', `${tag}.json`), 'utf8')).toBe(text(3));
  });
});
