import { expect, test } from 'vitest';
import {
  applyWrite,
  type ByteWrite,
  blankAreas,
  copyAreas,
  createByteStorage,
  type FlashAreas,
  foundIn,
  setFoundIn,
} from '../byte-flash.test-rig.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { cardEntry } from './set-property.test-rig.js';
import { createSetScene } from './set-scene.test-rig.js';

const crypto = createNodeCrypto();
// Where there is only portable cryptography, a retry at every byte would take minutes.
const statesPerRetry = crypto.name === 'node' ? 1 : 20;
const capacity = { entries: 20, bytes: 400 };
const card = (id: number) => cardEntry(crypto, id);

/** A lock that had two sets already, so that both banks are used, and a third set that is brought to it. */
async function createCut(eraseFrom: 'start' | 'end') {
  const areas = blankAreas(capacity);
  const storage = createByteStorage(crypto, areas, { capacity, eraseFrom });
  const scene = createSetScene({ crypto, setCapacity: capacity, storage });
  const { sets, bring } = scene;
  await bring(sets.publish([card(1), card(2), card(3)]));
  const before = sets.publish([card(1), card(2), card(4)]);
  await bring(before);
  const after = sets.publish([card(2), card(4), card(5), card(21)]);

  /** The same lock with other flash, as if it were switched on with it. */
  const lockWith = (flash: FlashAreas, onWrite?: (write: ByteWrite) => void) => {
    const own = createByteStorage(crypto, flash, { capacity, eraseFrom, ...(onWrite ? { onWrite } : {}) });
    return scene.switchedOn(own);
  };
  /** Brings the third set to a lock with this flash, whatever it has of it, with no operator. */
  const retry = async (flash: FlashAreas, onWrite?: (write: ByteWrite) => void): Promise<void> => {
    const { begin, put, commit, link } = await scene.visit(lockWith(flash, onWrite));
    const beginning = await begin(after);
    const boxes = { begun: after.carried.delta, resumed: after.carried.buckets.flat() };
    if (beginning === 'begun' || beginning === 'resumed') {
      for (const box of boxes[beginning]) expect(await put(box)).toBe('ok');
    }
    expect((await commit()).receipt).toMatchObject({ revision: 3, digest: after.digest });
    link.close();
  };
  return { areas, before, after, retry };
}

/** Everything that a lock could be handed after a power cut at any byte of `writes`, once each. */
function* cutStates(start: FlashAreas, writes: readonly ByteWrite[], isTorn: boolean) {
  const areas = copyAreas(start);
  const seen = new Set<string>();
  for (const write of [undefined, ...writes]) {
    if (write) applyWrite(areas, write);
    for (const torn of isTorn && write ? [false, true] : [false]) {
      const flash = copyAreas(areas);
      // The byte at which the power failed need not be the old one or the new one.
      if (torn && write) applyWrite(flash, { ...write, byte: write.byte ^ 0x24 });
      const { memory = new Uint8Array(0), logSegments = [], setBanks = [] } = foundIn(crypto, flash);
      const parts = [memory, ...logSegments, ...setBanks].map((part) => part ?? new Uint8Array(0));
      const name = Buffer.from(crypto.sha256(Buffer.concat(parts))).toString('hex');
      if (seen.has(name)) continue;
      seen.add(name);
      yield flash;
    }
  }
}

test.each([
  ['start', false],
  ['end', true],
] as const)(
  'T18: power cut at every byte of begin to commit leaves the old set or the new one, and a retry needs no operator (erased from the %s)',
  { timeout: 120_000 },
  async (eraseFrom, isTorn) => {
    const { areas, before, after, retry } = await createCut(eraseFrom);
    const writes: ByteWrite[] = [];
    const start = copyAreas(areas);
    await retry(copyAreas(start), (write) => writes.push(write));
    expect(new Set(writes.map(({ area }) => area.slice(0, 3)))).toEqual(new Set(['ban', 'slo', 'log']));
    const found: number[] = [];
    for (const flash of cutStates(start, writes, isTorn)) {
      const set = setFoundIn(crypto, flash);
      expect(set?.isDamaged).toBe(false);
      expect([before.digest, after.digest]).toContainEqual(set?.mark?.digest);
      found.push(set?.mark?.revision ?? 0);
      if (found.length % (isTorn ? 4 * statesPerRetry : statesPerRetry) !== 0) continue;
      await retry(flash);
      expect(setFoundIn(crypto, flash)?.mark).toMatchObject({ revision: 3, digest: after.digest });
    }
    // The swap is one moment: never back, and only at the very end.
    expect(found).toEqual(found.toSorted());
    expect(new Set(found)).toEqual(new Set([2, 3]));
    expect(found.length).toBeGreaterThan(300);
  },
);

test('T18: a second power cut at any byte of the retry does no more harm than the first', {
  timeout: 120_000,
}, async () => {
  const { areas, before, after, retry } = await createCut('end');
  const writes: ByteWrite[] = [];
  const start = copyAreas(areas);
  await retry(copyAreas(start), (write) => writes.push(write));
  // In the midst of the record that the first put wrote: the retry must write the bank anew.
  const puts = writes.flatMap(({ area, byte }, at) => (area.startsWith('bank') && byte !== 0xff ? [at] : []));
  const torn = copyAreas(start);
  for (const write of writes.slice(0, (puts.at(-1) ?? 0) - 20)) applyWrite(torn, write);
  expect(setFoundIn(crypto, torn)?.staging?.isClean).toBe(false);
  const again: ByteWrite[] = [];
  await retry(copyAreas(torn), (write) => again.push(write));
  let states = 0;
  for (const flash of cutStates(torn, again, false)) {
    const set = setFoundIn(crypto, flash);
    expect(set?.isDamaged).toBe(false);
    expect([before.digest, after.digest]).toContainEqual(set?.mark?.digest);
    states += 1;
    if (states % (8 * statesPerRetry) === 0) await retry(flash);
  }
  expect(states).toBeGreaterThan(200);
});
