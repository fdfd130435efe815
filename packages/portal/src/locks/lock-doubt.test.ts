import type { DesiredMessage } from '@latchwork/contract';
import { toInstant } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorsOf } from '../credentials/credential-doors.js';
import { type GivenCode, type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import type { Row } from '../store/store.js';
import { type LockWord, withWordOf } from './lock-doubt.js';

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

describe('P-6: what a receipt says of where its lock stands', () => {
  type Said = Pick<Row<'lockDesired'>, 'proven' | 'lastWord' | 'doubtedAt'>;
  const at = (revision: number) => ({ epoch: 1, revision });
  const word = (revision: number, issuedAt: number, seq: number, quality: LockWord['quality'] = 'good'): LockWord => ({
    ...{ standing: at(revision), issuedAt, seq, quality },
  });
  const now = toInstant(9_000);
  const said = (before: Said, one: LockWord): Said => {
    const { proven, lastWord, doubtedAt } = withWordOf({ ...house.row(door), ...before }, one, now);
    return { proven, lastWord, doubtedAt };
  };
  const sure: Said = { proven: at(5), lastWord: { issuedAt: 100, seq: 20 }, doubtedAt: null };
  const doubted: Said = { ...sure, lastWord: { issuedAt: 100, seq: 25 }, doubtedAt: toInstant(7_000) };

  it('raises a doubt when a later word tells of less, which keeps its time', () => {
    expect(said(sure, word(4, 101, 21)).doubtedAt).toBe(now);
    expect(said(doubted, word(4, 101, 26)).doubtedAt).toBe(doubted.doubtedAt);
    expect(said({ ...sure, lastWord: null }, word(4, 1, 1)).doubtedAt).toBe(now);
  });

  it('ends a doubt only by a later word, and an earlier one does not take the place of a later', () => {
    expect(said(doubted, word(6, 99, 24))).toEqual(doubted);
    expect(said(doubted, word(6, 101, 26)).doubtedAt).toBeNull();
    expect(said(doubted, word(5, 101, 26)).doubtedAt).toBeNull();
    expect(said(sure, word(5, 90, 10))).toEqual(sure);
    expect(said(sure, word(4, 90, 10))).toEqual(sure);
  });

  it('goes by the log within a second, and where the clock of the lock was not good', () => {
    expect(said(sure, word(4, 100, 20))).toEqual(sure);
    expect(said(sure, word(4, 100, 21)).doubtedAt).toBe(now);
    expect(said(sure, word(4, 200, 19, 'stale'))).toEqual(sure);
    expect(said(sure, word(4, 50, 21, 'stale')).doubtedAt).toBe(now);
  });
});

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
