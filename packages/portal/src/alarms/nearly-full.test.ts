import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';

let house: LockHouse;

beforeEach(async () => {
  house = await openLockHouse();
  await house.giveCode({ digits: '246810', doors: [house.ground.doors[0]] });
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const door = () => house.ground.doors[0];
const alarms = () =>
  house.projection.alarms
    .group(door().device.id)
    .flatMap(({ cause, clearedAt }) => (clearedAt === null && cause.kind === 'lock-nearly-full' ? [cause] : []));

/** As if so many more had been planned for the lock. */
const fill = async (count: number) =>
  await house.ledger.write((draft) => {
    const row = house.row(door());
    const [entry] = row.entries;
    if (entry === undefined) throw new Error('Nothing was planned.');
    draft.update('lockDesired', { ...row, entries: Array.from({ length: count }, () => entry) });
  });

describe('a lock that hardly has any room left', () => {
  it('raises an alarm before it is full, which ends well below that', async () => {
    await fill(899);
    expect(alarms()).toEqual([]);
    await fill(900);
    expect(alarms()).toMatchObject([{ used: 900, limit: 1000 }]);
    await fill(851);
    expect(alarms()).toMatchObject([{ used: 851, limit: 1000 }]);
    await fill(849);
    expect(alarms()).toEqual([]);
  });

  it('is known by its own word when it takes less than others, until it has taken what it should', async () => {
    await house.report(door(), [], { parts: { set: { outcome: 'refused', code: 'full' } } });
    expect(alarms()).toMatchObject([{ used: 1, limit: null }]);
    house.ground.clock.advance(1_000);
    await house.report(door(), [], { parts: { set: { outcome: 'done' } } });
    expect(alarms()).toEqual([]);
  });
});
