import type { GatewayMessage } from '@latchwork/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import { createIdentifiers } from '../identifiers.js';
import { clearAlarm, raiseAlarm } from './alarm-record.js';
import { createAlarmWatch } from './alarm-watch.js';
import { forgetAlarms } from './forgotten-alarms.js';
import { createLockHearings } from './lock-hearing.js';

const dayMs = 24 * 60 * 60 * 1000;
const identifiers = createIdentifiers();

let house: LockHouse;
let door: HouseDoor;

beforeEach(async () => {
  house = await openLockHouse();
  [door] = house.ground.doors;
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

/** What one of several processes has. */
function openProcess(o: { readonly isShared?: boolean; readonly isFirst?: boolean } = {}) {
  const { projection, ledger, ground } = house;
  const { clock } = ground;
  const hearings = createLockHearings({ projection, ledger, clock, isShared: o.isShared ?? false });
  const watch = createAlarmWatch({
    ...{ projection, ledger, identifiers, hearings, clock },
    isFirst: () => o.isFirst ?? true,
    lastSeenAt: () => clock.now(),
  });
  return { hearings, watch };
}
const hears = (...tags: readonly string[]): GatewayMessage<'status'> => ({
  ...{ v: 1, online: true, bootId: 'boot', at: house.ground.clock.now() },
  heardLocks: tags.map((tag) => ({ tag, rssi: -60, agoMs: 0, flags: 0 })),
});
const raised = () =>
  house.projection.alarms.all().flatMap(({ cause, clearedAt }) => (clearedAt === null ? [cause.kind] : []));
const raiseReset = async () => {
  const { propertyId, id } = door.device;
  const cause = { kind: 'lock-reset', deviceId: id, sign: 'log' } as const;
  const alarm = { propertyId, subject: id, cause };
  await house.ledger.write((draft) => raiseAlarm(draft, { ...house, identifiers }, alarm));
};

describe('an alarm', () => {
  it('of a reset that the lock’s own log tells of is not taken back by hearing the lock', async () => {
    await raiseReset();
    const { watch } = openProcess();
    await watch.told(house.ground.gatewayId, hears(door.device.tag));
    await watch.check();
    expect(raised()).toEqual(['lock-reset']);
  });

  it('is one row and one event however often its cause is found, and is forgotten ninety days after it was over', async () => {
    await raiseReset();
    await raiseReset();
    expect(house.projection.alarms.all()).toHaveLength(1);
    const { projection, ledger, ground } = house;
    const forget = async () => await forgetAlarms({ projection, ledger, now: ground.clock.now() });
    ground.clock.advance(1_000 * dayMs);
    await forget();
    expect(raised()).toEqual(['lock-reset']);
    await ledger.write((draft) => clearAlarm(draft, house, { subject: door.device.id, kind: 'lock-reset' }));
    ground.clock.advance(90 * dayMs);
    await forget();
    expect(projection.alarms.all()).toHaveLength(1);
    ground.clock.advance(1);
    await forget();
    expect(projection.alarms.all()).toEqual([]);
  });
});

describe('hearings among several processes', () => {
  it('are known to each within a minute, and to a process on its own after an hour at the latest', async () => {
    const { gatewayId, clock } = house.ground;
    const told = async (isShared: boolean, ms: number) => {
      const { hearings, watch } = openProcess({ isShared });
      await watch.told(gatewayId, hears(door.device.tag));
      await hearings.record();
      const first = openProcess().hearings.of(door.device.id)[0]?.heardAt;
      clock.advance(ms);
      await watch.told(gatewayId, hears(door.device.tag));
      await hearings.record();
      return (openProcess().hearings.of(door.device.id)[0]?.heardAt ?? 0) - (first ?? 0);
    };
    expect(await told(true, 60_000)).toBe(60_000);
    clock.advance(3_600_000);
    expect(await told(false, 60_000)).toBe(0);
    expect(await told(false, 3_600_000)).toBeGreaterThanOrEqual(3_600_000);
  });

  it('a lock that another process’s gateway hears is not called unheard by this one', async () => {
    const { clock, gatewayId, property } = house.ground;
    const attic = identifiers.next('gateway', clock.now());
    await house.ledger.write((draft) => {
      const gateway = house.projection.gateways.get(gatewayId);
      if (gateway === undefined) throw new Error('The gateway is gone.');
      draft.insert('gateway', { ...gateway, id: attic, propertyId: property.id, name: 'Attic' });
    });
    const here = openProcess({ isShared: true });
    const there = openProcess({ isShared: true, isFirst: false });
    for (let passed = 0; passed < 300_000; passed += 30_000) {
      await here.watch.told(gatewayId, hears());
      await there.watch.told(attic, hears(...house.ground.doors.map(({ device }) => device.tag)));
      if (passed % 60_000 === 0) await there.hearings.record();
      await here.watch.check();
      await there.watch.check();
      expect(raised()).toEqual([]);
      clock.advance(30_000);
    }
    // Nobody hears it any more: the first that has waited long enough says so, once.
    for (let passed = 0; passed < 300_000; passed += 30_000) {
      await here.watch.told(gatewayId, hears());
      await there.watch.told(attic, hears());
      await here.watch.check();
      await there.watch.check();
      clock.advance(30_000);
    }
    expect(raised()).toEqual(['lock-unheard', 'lock-unheard']);
  });
});
