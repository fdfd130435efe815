import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeardLocks } from './heard-locks.js';

const sighting = (tag: string, address: string, at: number) => ({
  ...{ tag, address, rssi: -60, flags: 0, at },
  peripheral: address,
});

test('the newest address of a tag is chosen, and only while it is fresh', () => {
  const heard = createHeardLocks<string>(10);
  heard.hear(sighting('a', '1', 100));
  heard.hear(sighting('a', '2', 200));
  expect(heard.choose('a', 250, 100)?.address).toBe('2');
  expect(heard.choose('a', 500, 100)).toBeUndefined();
  expect(heard.choose('b', 250, 100)).toBeUndefined();
});

test('an address that has been tried waits until the others have had their turn', () => {
  const heard = createHeardLocks<string>(10);
  const turns: (string | undefined)[] = [];
  for (let round = 0; round < 4; round += 1) {
    heard.hear(sighting('a', 'lock', round * 10));
    heard.hear(sighting('a', 'copy', round * 10 + 1));
    const chosen = heard.choose('a', round * 10 + 2, 1_000);
    if (chosen !== undefined) heard.tried(chosen);
    turns.push(chosen?.address);
  }
  expect(turns).toEqual(['copy', 'lock', 'copy', 'lock']);
});

test('hearing a lock again keeps its tries', () => {
  const heard = createHeardLocks<string>(10);
  heard.hear(sighting('a', '1', 0));
  heard.tried(sighting('a', '1', 0));
  heard.hear(sighting('a', '1', 5));
  heard.hear(sighting('a', '2', 1));
  expect(heard.choose('a', 6, 100)?.address).toBe('2');
});

test('never more than the limit of tags, nor four addresses of one, whatever is heard', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 200 }), (heardOnAir) => {
      const heard = createHeardLocks<string>(5);
      for (const [at, [tag, address]] of heardOnAir.entries()) heard.hear(sighting(`${tag}`, `${address}`, at));
      const list = heard.list();
      expect(list.length).toBeLessThanOrEqual(5);
      const last = heardOnAir.at(-1);
      if (last !== undefined) expect(list.at(-1)).toMatchObject({ tag: `${last[0]}`, address: `${last[1]}` });
    }),
  );
});
