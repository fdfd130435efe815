import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';

let house: LogHotel;
beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

/** A gateway tells the lock the time and brings its log; what goes on then. */
async function visit(): Promise<readonly unknown[]> {
  // A lock takes it to be no earlier than what it was told last.
  house.test.clock.advance(600_000);
  await house.tellTime();
  await house.bring((await house.fetch()).pages);
  const { propertyId } = house.hotel.entrance;
  const { data } = await house.hotel.people.organization_owner.client.alarms.list({
    propertyId,
    kind: 'lock-clock-drift',
    state: 'raised',
  });
  return data.map((alarm) => alarm.kind === 'lock-clock-drift' && [alarm.deviceId, alarm.offsetMs]);
}

describe('a lock whose clock drifts', () => {
  it.each([61, -61, 86_400])('is told of when it was %i s off, until it was right again', async (seconds) => {
    house.lock.clockOffsetSeconds = seconds;
    expect(await visit()).toEqual([[house.deviceId, expect.closeTo(seconds * 1000, -4)]]);
    expect(house.lock.clockOffsetSeconds).toBe(0);
    expect(await visit()).toEqual([]);
  });

  it('is not told of below a minute, and is right again only below half of one', async () => {
    house.lock.clockOffsetSeconds = -55;
    expect(await visit()).toEqual([]);
    house.lock.clockOffsetSeconds = -70;
    expect(await visit()).toHaveLength(1);
    house.lock.clockOffsetSeconds = -40;
    expect(await visit()).toHaveLength(1);
    house.lock.clockOffsetSeconds = -20;
    expect(await visit()).toEqual([]);
  });

  it('is not one that had no time at all', async () => {
    house.lock.clockOffsetSeconds = null;
    expect(await visit()).toEqual([]);
  });
});
