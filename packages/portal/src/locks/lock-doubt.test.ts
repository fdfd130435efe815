import type { DesiredMessage } from '@latchwork/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorsOf } from '../credentials/credential-doors.js';
import { type GivenCode, type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';

let house: LockHouse;
let door: HouseDoor;
let given: GivenCode;
let older: DesiredMessage;

beforeEach(async () => {
  house = await openLockHouse();
  [door] = house.ground.doors;
  given = await house.giveCode({ digits: '482913', doors: [door] });
  older = house.desired(door);
  await house.bring(door);
  await house.giveCode({ digits: '715602', doors: [door] });
  await house.bring(door);
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const stateNow = (): string | undefined => {
  const credential = house.projection.credentials.get(given.credentialId);
  if (credential === undefined) throw new Error('The credential is gone.');
  return doorsOf(house.projection, credential, house.ground.clock.now())[0]?.state;
};
const forget = async () => {
  house.ground.clock.advance(60_000);
  door.lock.loseMemory();
  await house.bring(door, { message: older });
};

describe('P-6: a lock that tells of an older set than it had proven', () => {
  it('is one of which nobody can say what it obeys, until it has proven the newest anew', async () => {
    expect(stateNow()).toBe('provisioned');
    await forget();
    expect(stateNow()).toBe('unknown');
    expect(house.desired(door).proven).toBeNull();
    house.ground.clock.advance(1_000);
    await house.bring(door);
    expect(stateNow()).toBe('provisioned');
    expect(house.desired(door).proven).toEqual(house.desired(door).standing);
  });

  it('T8: an old receipt that comes late, or again, changes nothing', async () => {
    const early = await house.carry(door);
    house.ground.clock.advance(60_000);
    await house.giveCode({ digits: '330918', doors: [door] });
    await house.bring(door);
    const before = house.row(door);
    await house.report(door, early);
    expect(house.row(door)).toMatchObject({ proven: before.proven, doubtedAt: null });
    expect(stateNow()).toBe('provisioned');
  });

  it('stays in doubt when what it signed before it forgot comes late', async () => {
    const before = await house.carry(door);
    await forget();
    await house.report(door, before);
    expect(stateNow()).toBe('unknown');
  });
});
