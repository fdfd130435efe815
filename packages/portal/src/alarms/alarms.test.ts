import { type Alarm, encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

type Heard = NonNullable<GatewayMessageInput<'status'>['heardLocks']>;

const secondMs = 1_000;
const strangerTag = 'feedfeedfeedfeed';

let test: TestPortal;
let hotel: SampleHotel;
let gateway: ScriptedGateway;

beforeEach(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  gateway = await connectGateway(hotel);
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

const beat = async (heardLocks?: Heard, change: Partial<GatewayMessageInput<'status'>> = {}) => {
  const at = test.clock.now();
  const status = { v: 1 as const, online: true, bootId: 'boot', at, ...(heardLocks && { heardLocks }), ...change };
  await gateway.publish('status', encodeGatewayMessage('status', status), { qos: 1 });
};
const own = (agoMs = 0): Heard[number] => ({ tag: hotel.device.tag, rssi: -60, agoMs, flags: 0 });
const stranger = (agoMs = 0, flags = 1): Heard[number] => ({ tag: strangerTag, rssi: -50, agoMs, flags });
const alarms = async (state?: 'raised' | 'cleared'): Promise<readonly Alarm[]> => {
  await test.portal.reconcile();
  const propertyId = hotel.property.id;
  return (await hotel.people.owner.client.alarms.list({ propertyId, ...(state && { state }) })).data;
};
const events = async () => {
  const { data } = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id, limit: 100 });
  return data.filter(({ type }) => type.startsWith('alarm.'));
};
/** Time in which the gateway goes on telling what it hears. */
const passing = async (seconds: number, heard: (agoMs: number) => Heard) => {
  for (let passed = 15; passed <= seconds; passed += 15) {
    test.clock.advance(15 * secondMs);
    await beat(heard(passed * secondMs));
  }
};

describe('a gateway that is gone', () => {
  it('P-4: it is an alarm within 30 s, and cleared once the gateway is back', async () => {
    await beat([own()]);
    expect(await alarms()).toEqual([]);
    const lastSeenAt = new Date(test.clock.now()).toISOString();
    await gateway[Symbol.asyncDispose]();
    await expect.poll(async () => await alarms('raised'), { timeout: 20_000 }).toHaveLength(1);
    const [raised] = await alarms('raised');
    expect(raised).toEqual({
      ...{ id: expect.stringMatching(/^alm_/), kind: 'gateway-offline', propertyId: hotel.property.id },
      ...{ gatewayId: hotel.gateway.gateway.id, lastSeenAt, raisedAt: lastSeenAt, clearedAt: null },
    });
    gateway = await connectGateway(hotel);
    await expect.poll(async () => await alarms('cleared'), { timeout: 20_000 }).toHaveLength(1);
    expect(await alarms('raised')).toEqual([]);
    expect(await events()).toMatchObject([
      { type: 'alarm.raised', kind: 'gateway-offline', gatewayId: hotel.gateway.gateway.id, deviceId: null },
      { type: 'alarm.cleared', kind: 'gateway-offline', alarmId: raised?.id },
    ]);
  });

  it('one that has never been there is missed by nobody', async () => {
    await hotel.people.owner.client.gateways.create({ propertyId: hotel.property.id, name: 'Spare' });
    test.clock.advance(3_600_000);
    expect((await alarms()).filter(({ kind }) => kind === 'gateway-offline')).toEqual([]);
  });
});

describe('a lock that nobody hears', () => {
  it('is an alarm after 75 s of silence, told once, and cleared when it is heard', async () => {
    await beat([own()]);
    const lastHeardAt = new Date(test.clock.now()).toISOString();
    await passing(60, (agoMs) => [own(agoMs)]);
    expect(await alarms()).toEqual([]);
    await passing(15, () => [own(75 * secondMs)]);
    expect(await alarms()).toMatchObject([{ kind: 'lock-unheard', deviceId: hotel.device.id, lastHeardAt }]);
    await passing(60, () => []);
    expect(await alarms()).toHaveLength(1);
    await beat([own()]);
    expect(await alarms('raised')).toEqual([]);
    expect((await events()).map(({ type }) => type)).toEqual(['alarm.raised', 'alarm.cleared']);
  });

  it('nothing is said of locks while their gateway is away, or tells of no locks', async () => {
    await beat([own()]);
    test.clock.advance(600 * secondMs);
    expect(await alarms()).toEqual([]);
    await passing(150, () => []);
    expect((await alarms()).map(({ kind }) => kind)).toEqual(['lock-unheard']);
    // What was silent while it told is not taken back because it tells no more.
    await beat(undefined);
    test.clock.advance(600 * secondMs);
    expect(await alarms('raised')).toHaveLength(1);
  });

  it('nothing is said of locks by a gateway that hears more of them than it can tell', async () => {
    const others = Array.from({ length: 256 }, (_, at) => ({ ...stranger(), tag: at.toString(16).padStart(16, '0') }));
    await passing(150, () => others);
    expect(await alarms()).toEqual([]);
  });

  it('another gateway of the property that hears it is enough', async () => {
    const { client } = hotel.people.organization_owner;
    const second = await client.gateways.create({ propertyId: hotel.property.id, name: 'Attic' });
    const attic = await connectGateway({ ...hotel, gateway: second });
    for (let passed = 0; passed <= 150; passed += 15) {
      await beat([]);
      const status = { v: 1 as const, online: true, bootId: 'attic', at: test.clock.now(), heardLocks: [own()] };
      await attic.publish('status', encodeGatewayMessage('status', status), { qos: 1 });
      expect(await alarms()).toEqual([]);
      test.clock.advance(15 * secondMs);
    }
    await attic[Symbol.asyncDispose]();
  });

  it('T21: a lock that is reset from inside alarms the property within two minutes', async () => {
    await passing(90, () => [own()]);
    const resetAt = test.clock.now();
    // It draws another tag and is anybody's to commission; under its own one it is never heard again.
    await passing(90, (agoMs) => [stranger(), own(agoMs)]);
    const raised = await alarms('raised');
    expect(raised.map(({ kind }) => kind).sort()).toEqual(['lock-reset', 'lock-unheard']);
    expect(raised.find(({ kind }) => kind === 'lock-reset')).toMatchObject({
      ...{ deviceId: hotel.device.id, sign: 'advertised' },
    });
    expect(test.clock.now() - resetAt).toBeLessThanOrEqual(120 * secondMs);
    // Commissioned by somebody else it is no newcomer any more; the alarm stays all the same.
    await passing(60, () => [stranger(0, 0)]);
    expect((await alarms('raised')).map(({ kind }) => kind)).toContain('lock-reset');
    await hotel.people.organization_owner.client.devices.remove({ deviceId: hotel.device.id });
    expect(await alarms('raised')).toEqual([]);
  });

  it.each([
    ['was there before', () => [stranger(0)], () => [stranger(0)]],
    ['belongs to somebody', () => [], () => [stranger(0, 0)]],
  ] as const)(
    'a lock that is out of order is not called reset because of a neighbor that %s',
    async (_, before, after) => {
      await passing(90, () => [own(), ...before()]);
      await passing(90, () => [...after()]);
      expect((await alarms('raised')).map(({ kind }) => kind)).toEqual(['lock-unheard']);
    },
  );
});

describe('clocks and batteries', () => {
  it('a gateway whose clock is off is an alarm from its second word on, and cleared when it is right again', async () => {
    const off = 45 * secondMs;
    await beat([own()], { at: test.clock.now() - 86_400_000 });
    // The first word may be one that a broker has kept.
    await test.portal.reconcile();
    expect(await alarms()).toEqual([]);
    await beat([own()], { at: test.clock.now() + off });
    await expect.poll(alarms).toMatchObject([{ kind: 'clock-drift', offsetMs: off, clearedAt: null }]);
    await beat([own()], { at: test.clock.now() + 20 * secondMs });
    await beat([own()], { at: test.clock.now() + 10 * secondMs });
    await expect.poll(async () => await alarms('cleared')).toMatchObject([{ kind: 'clock-drift' }]);
  });

  it('a battery that is low is an alarm with what the lock said, and cleared after a fresh one', async () => {
    await giveKey(test, hotel, hotel.people.housekeeping.id);
    const says = async (batteryPercent: number) => {
      test.clock.advance(secondMs);
      const ended = hotel.people.housekeeping.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 20 });
      const command = await gateway.next('unlock');
      await gateway.report(command, { bolt: 'unlocked', batteryPercent, occurredAt: test.clock.now() });
      await ended;
    };
    await says(21);
    expect(await alarms()).toEqual([]);
    await says(20);
    expect(await alarms()).toMatchObject([{ kind: 'battery-low', batteryPercent: 20, emptyAt: null }]);
    await says(22);
    expect(await alarms('raised')).toMatchObject([{ kind: 'battery-low', batteryPercent: 22 }]);
    await says(98);
    expect(await alarms('raised')).toEqual([]);
    expect((await events()).map(({ type }) => type)).toEqual(['alarm.raised', 'alarm.cleared']);
  });
});

describe('who sees alarms', () => {
  it('whoever may see the devices of the property, and the feed of an installer tells of them', async () => {
    await passing(90, () => []);
    await test.portal.reconcile();
    const propertyId = hotel.property.id;
    for (const role of ['installer', 'general_manager'] as const) {
      const { client } = hotel.people[role];
      expect((await client.alarms.list({ propertyId, kind: 'lock-unheard' })).data).toHaveLength(1);
      expect((await client.alarms.list({ propertyId, kind: 'lock-reset' })).data).toEqual([]);
    }
  });
});
