import { type GatewayId, type Instant, toInstant } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import type { LockHearing } from '../store/schema/lock-condition.js';
import { timestampOf } from '../wire-time.js';
import { doorVisitOf } from './door-visits.js';

const dayMs = 86_400_000;

let house: LockHouse;
let door: HouseDoor;
let other: HouseDoor;
let heard: readonly LockHearing[];

beforeEach(async () => {
  house = await openLockHouse();
  [door, other] = house.ground.doors;
  heard = [];
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const now = () => house.ground.clock.now();
const inDays = (days: number): Instant => toInstant(now() + days * dayMs);
const visitOf = (at: HouseDoor = door) =>
  doorVisitOf({ projection: house.projection, hearings: { of: () => heard } }, at.device, now());
const revoke = async (keyId: string) => {
  await house.editKey(keyId as Parameters<LockHouse['editKey']>[0], { revokedAt: now() });
  await house.locks.plan();
};

describe('P-5: of a door that somebody has to go to', () => {
  it('the exposure is the latest end of what was ended and its own lock has not proven', async () => {
    const both = await house.giveCode({ digits: '246810', endsAt: inDays(5) });
    const sooner = await house.giveCode({ digits: '135791', endsAt: inDays(1), doors: [door] });
    const later = await house.giveCode({ digits: '975310', endsAt: inDays(2), doors: [door] });
    const until = [timestampOf(inDays(2)), timestampOf(inDays(5))];
    await house.bring(door);
    await house.bring(other);
    await revoke(both.keyId);
    await house.bring(door);
    await revoke(later.keyId);
    await revoke(sooner.keyId);
    expect([visitOf(door), visitOf(other)].map((visit) => visit?.exposure?.endsAt)).toEqual(until);
  });

  it('the exposure has no end where one of what was ended has none', async () => {
    const endless = await house.giveCode({ digits: '246810' });
    const ending = await house.giveCode({ digits: '135791', endsAt: inDays(1) });
    await house.bring(door);
    await revoke(endless.keyId);
    await revoke(ending.keyId);
    expect(visitOf()?.exposure).toEqual({ endsAt: null });
  });

  it('it is said when any gateway heard its lock last', async () => {
    await house.giveCode({ digits: '246810' });
    const { gatewayId } = house.ground;
    const hearing = (heardAt: number, by: GatewayId) => ({ gatewayId: by, rssi: -60, heardAt: toInstant(heardAt) });
    heard = [
      hearing(now() - 2 * dayMs, gatewayId),
      hearing(now() - dayMs, gatewayId),
      hearing(now() - 3 * dayMs, gatewayId),
    ];
    expect(visitOf()?.lastHeardAt).toBe(timestampOf(inDays(-1)));
  });

  it('it is said since when its lock is in doubt, and what the lock itself answered last', async () => {
    await house.giveCode({ digits: '246810', doors: [door] });
    const older = house.desired(door);
    await house.bring(door);
    await house.giveCode({ digits: '135791', doors: [door] });
    await house.bring(door);
    house.ground.clock.advance(60_000);
    door.lock.loseMemory();
    await house.bring(door, { message: older });
    const doubtedAt = now();
    house.ground.clock.advance(60_000);
    await house.report(door, [], { parts: { bulletin: { outcome: 'refused', code: 'epoch' } }, failure: 'link-lost' });
    expect(visitOf()).toMatchObject({ since: timestampOf(doubtedAt), cause: 'epoch', brings: ['set'] });
  });
});
