import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';
import { resultGraceMs } from '../unlock/attempt-life.js';

let house: LogHotel;
beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const attemptOf = async (attemptId: string) => await house.hotel.people.housekeeping.client.attempts.get({ attemptId });

/** Lets the time pass in which a report could still come. */
async function passDeadline(): Promise<void> {
  house.test.clock.advance(10_001 + resultGraceMs);
  await house.test.portal.sweep();
}

describe('the log of a lock', () => {
  it('P-16: comes through its gateway, each entry an event that names the attempt', async () => {
    const { attemptId } = await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    const told = await house.events('lock.');
    expect(told.find(({ entry }) => entry === 'unlock')).toMatchObject({
      ...{ type: 'lock.operated', deviceId: house.deviceId, code: 'ok', action: 'unlock', historical: false },
      ...{ attemptId, holderId: house.hotel.people.housekeeping.id, unattributed: null },
    });
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, at) => at + 1));
  });

  it('T16: an unlock whose end nobody told is confirmed by what the lock wrote down', async () => {
    const { attemptId } = await house.unlock('unreported');
    await passDeadline();
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'unknown' });
    expect(await house.read(({ asked }) => asked === true)).toMatchObject({ seq: 0 });
    await house.bring((await house.fetch()).pages);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', code: 'ok' });
    expect(await house.read(({ asked }) => asked === undefined)).toMatchObject({ seq: expect.any(Number) });
  });
});
