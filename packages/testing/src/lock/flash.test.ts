import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFlash, createMemoryStore, type Flash, type FlashStore } from './flash.js';
import { openFlashFile } from './flash-file.js';
import { SimulatedLockError } from './lock-error.js';

const geometry = { pageSizeBytes: 64, pageCount: 4 };

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SimulatedLockError)
      return error.info.code === 'flash-file' ? error.info.reason : error.info.code;
    throw error;
  }
  return 'none';
}

describe('flash', () => {
  let store: FlashStore;
  let flash: Flash;
  let falls: number;

  beforeEach(() => {
    falls = 0;
    store = createMemoryStore(geometry);
    flash = createFlash({ geometry, store, seed: 5, onPowerLost: () => (falls += 1) });
  });

  test('is erased to ones by the page, and programming only turns ones into zeros', () => {
    flash.program(60, Uint8Array.of(0xf0, 0x0f, 0xff, 0x00, 0x55));
    expect([...flash.read(60, 5)]).toEqual([0xf0, 0x0f, 0xff, 0x00, 0x55]);
    flash.program(60, Uint8Array.of(0xff, 0xf0, 0xf0, 0xff, 0xaa));
    expect([...flash.read(60, 5)]).toEqual([0xf0, 0x00, 0xf0, 0x00, 0x00]);
    flash.erase(0);
    expect([...flash.read(60, 5)]).toEqual([0xff, 0xff, 0xff, 0xff, 0x00]);
    expect([0, 1, 2].map(flash.wear)).toEqual([1, 0, 0]);
  });

  test('takes nothing outside of itself', () => {
    expect(() => flash.read(250, 7)).toThrow(RangeError);
    expect(() => flash.program(-1, new Uint8Array(1))).toThrow(RangeError);
    expect(() => flash.erase(4)).toThrow(RangeError);
  });

  test('cut in the midst of programming, has the bytes before, a part of one byte, and nothing after', () => {
    for (let cut = 0; cut < 8; cut += 1) {
      flash = createFlash({ geometry, store: createMemoryStore(geometry), seed: cut });
      flash.cutAfter(cut);
      if (cut > 0) expect(codeOf(() => flash.program(0, new Uint8Array(8)))).toBe('power-lost');
      expect(flash.powered).toBe(false);
      const bytes = flash.read(0, 9);
      expect(bytes.slice(0, cut).every((byte) => byte === 0)).toBe(true);
      expect(bytes.slice(cut + 1).every((byte) => byte === 0xff)).toBe(true);
    }
  });

  test('cut in the midst of an erase, leaves what nobody can know, and the wear counts', () => {
    flash.program(0, new Uint8Array(64));
    flash.cutAfter(16);
    expect(codeOf(() => flash.erase(0))).toBe('power-lost');
    const bytes = flash.read(0, 64);
    expect(bytes.slice(0, 16).every((byte) => byte === 0xff)).toBe(true);
    expect(new Set(bytes.slice(16)).size).toBeGreaterThan(5);
    expect([falls, flash.wear(0)]).toEqual([1, 1]);
  });

  test('does nothing without power, and all again with it', () => {
    flash.cutAfter(0);
    flash.cutAfter(0);
    expect([falls, codeOf(() => flash.program(0, new Uint8Array(1))), codeOf(() => flash.erase(0))]).toEqual([
      1,
      'power-lost',
      'power-lost',
    ]);
    flash.powerOn();
    flash.program(0, Uint8Array.of(7));
    expect([...flash.read(0, 1)]).toEqual([7]);
  });

  test('gives the same torn bytes for the same seed', () => {
    const torn = [1, 1, 2].map((seed) => {
      const other = createFlash({ geometry, store: createMemoryStore(geometry), seed });
      other.program(0, new Uint8Array(64));
      other.cutAfter(3);
      expect(() => other.erase(0)).toThrow();
      return Buffer.from(other.read(0, 64)).toString('hex');
    });
    expect(torn[0]).toBe(torn[1]);
    expect(torn[0]).not.toBe(torn[2]);
  });
});

describe('flash in a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-flash-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('is found as it was left, wear and all, also when its process died without closing it', () => {
    const path = join(folder, 'locks', 'one.flash');
    const store = openFlashFile(path, geometry);
    const flash = createFlash({ geometry, store });
    flash.program(130, Uint8Array.of(1, 2, 3));
    flash.erase(3);
    flash.erase(3);
    flash.cutAfter(2);
    expect(() => flash.program(10, Uint8Array.of(4, 5, 6))).toThrow();
    store.keepMetal({ bolt: 'unknown', batteryPercent: 33.25 });
    const copy = join(folder, 'copy');
    copyFileSync(path, copy);
    const found = openFlashFile(copy, geometry);
    expect(found.bytes).toEqual(store.bytes);
    expect(found.wear).toEqual(store.wear);
    expect([store.metal, found.metal]).toEqual([undefined, { bolt: 'unknown', batteryPercent: 33.25 }]);
    flash.close();
    found.close();
  });

  test('is one lock’s alone, until that closes it or its process is gone', async () => {
    const path = join(folder, 'one.flash');
    const open = () => openFlashFile(path, geometry);
    const lockPath = `${path}.lock`;
    const first = open();
    expect(codeOf(open)).toBe('flash-in-use');
    first.close();
    expect(existsSync(lockPath)).toBe(false);
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await writeFile(lockPath, `${other.pid}\n`);
    expect(codeOf(open)).toBe('flash-in-use');
    expect(await readFile(lockPath, 'utf8')).toBe(`${other.pid}\n`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    open().close();
    // The id of a process that is gone may be this one's; and one may have died before it wrote its id.
    for (const left of [`${process.pid}\n`, '', '-1', 'nobody']) {
      await writeFile(lockPath, left);
      open().close();
    }
  });

  test('what is no flash of this kind is told by its reason and left as it is', async () => {
    const path = join(folder, 'x');
    const another = join(folder, 'another');
    openFlashFile(another, { pageSizeBytes: 64, pageCount: 5 }).close();
    openFlashFile(path, geometry).close();
    const ofThisKind = await readFile(path);
    const cases: readonly [Uint8Array, string][] = [
      [Buffer.from('{"identity":{}}'), 'record'],
      [Buffer.from('not a flash'), 'foreign'],
      [new Uint8Array(), 'foreign'],
      [await readFile(another), 'size'],
      [(await readFile(another)).subarray(0, 200), 'size'],
      ...[
        '{"bolt":"locked"}x',
        '{"bolt":"ajar","batteryPercent":9}',
        '{"bolt":"locked","batteryPercent":-1}',
        'null',
      ].map(
        (metal) =>
          [Buffer.concat([ofThisKind.subarray(0, -128), Buffer.from(metal.padEnd(128))]), 'metal'] as [Buffer, string],
      ),
    ];
    for (const [bytes, reason] of cases) {
      await writeFile(path, bytes);
      expect(codeOf(() => openFlashFile(path, geometry))).toBe(reason);
      expect(Buffer.from(await readFile(path)).equals(bytes)).toBe(true);
    }
  });
});
