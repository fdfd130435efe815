import { encodeGatewayMessage } from '@latchwork/contract';
import type { DeviceId, GatewayId } from '@latchwork/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addCard, proveAll } from '../harness/lock-rows.test-rig.js';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const minuteMs = 60_000;

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

const visits = async () => (await hotel.people.owner.client.doorVisits.list({ propertyId: hotel.property.id })).data;
const hear = async (agoMs: number) => {
  const heardLocks = [{ tag: hotel.device.tag, rssi: -60, agoMs, flags: 0 }];
  const status = { v: 1 as const, online: true, bootId: 'boot', at: test.clock.now(), heardLocks };
  await gateway.publish('status', encodeGatewayMessage('status', status), { qos: 1 });
};
async function endedCard(): Promise<string> {
  const { client } = hotel.people.owner;
  const { id: holderId } = await client.guests.create({ propertyId: hotel.property.id, name: 'Ingrid' });
  const endsAt = new Date(test.clock.now() + 1_440 * minuteMs).toISOString();
  const key = await client.keys.create({
    ...{ propertyId: hotel.property.id, holderId, entranceIds: [hotel.entrance.id], endsAt },
    startsAt: new Date(test.clock.now()).toISOString(),
  });
  await addCard(test, hotel.people.owner, key.id);
  await proveAll(test, hotel.device.id);
  expect(await visits()).toEqual([]);
  await client.keys.revoke({ keyId: key.id });
  await test.portal.planLocks();
  return endsAt;
}

it('P-5: a lock that nobody hears stands in the list with what must be brought, and until when what was ended may open', async () => {
  const endsAt = await endedCard();
  const since = new Date(test.clock.now()).toISOString();
  expect(await visits()).toEqual([
    {
      ...{ deviceId: hotel.device.id, propertyId: hotel.property.id, entranceId: hotel.entrance.id },
      ...{ because: 'unheard', cause: null, brings: ['bulletin', 'set'], since, lastHeardAt: null },
      exposure: { endsAt },
    },
  ]);
  await hear(0);
  expect(await visits()).toEqual([]);
  test.clock.advance(11 * minuteMs);
  expect(await visits()).toMatchObject([{ because: 'unheard', lastHeardAt: since }]);
  // At the very moment, whether or not anything was written since.
  test.clock.advance(1_440 * minuteMs);
  expect(await visits()).toMatchObject([{ exposure: null }]);
});

it('a lock that is heard, and from which its gateway comes away without proof, is one to go to', async () => {
  await endedCard();
  await hear(0);
  const row = test.portal.projection.lockDesired.get(hotel.device.id as DeviceId);
  if (row === undefined) throw new Error('The lock was told nothing.');
  const report = encodeGatewayMessage('reported', {
    ...{ v: 1, eventId: 'r-1', deviceId: row.deviceId, standing: row.standing, parts: {}, failure: 'handshake-failed' },
    ...{ receipts: [], occurredAt: test.clock.now(), nextTryAt: test.clock.now() + minuteMs },
  });
  await gateway.publish({ reported: hotel.device.tag }, report, { qos: 1 });
  expect(await visits()).toEqual([]);
  test.clock.advance(3 * minuteMs);
  expect(await visits()).toMatchObject([{ because: 'failing', cause: 'handshake-failed' }]);
  await proveAll(test, hotel.device.id);
  expect(await visits()).toEqual([]);
});

it('without a gateway that is online every door that waits is one to go to', async () => {
  await endedCard();
  await hear(0);
  await gateway[Symbol.asyncDispose]();
  await expect.poll(visits, { timeout: 20_000 }).toMatchObject([{ because: 'no-gateway' }]);
});

it('a lock that is heard, and of which no errand has come back yet, is nobody’s to go to', async () => {
  await endedCard();
  const row = test.portal.projection.lockDesired.get(hotel.device.id as DeviceId);
  if (row === undefined) throw new Error('The lock was told nothing.');
  test.clock.advance(3 * minuteMs);
  await hear(0);
  expect(await visits()).toEqual([]);
  // What came back before anything waited tells nothing of what waits now.
  const early = encodeGatewayMessage('reported', {
    ...{ v: 1, eventId: 'r-1', deviceId: row.deviceId, standing: row.standing, parts: {}, failure: 'handshake-failed' },
    ...{ receipts: [], occurredAt: row.updatedAt - 10 * minuteMs, nextTryAt: null },
  });
  await gateway.publish({ reported: hotel.device.tag }, early, { qos: 1 });
  test.clock.advance(3 * minuteMs);
  await hear(0);
  expect(await visits()).toEqual([]);
});

it('a lock that only a gateway hears that is away is one to go to', async () => {
  await endedCard();
  await hear(0);
  const { client } = hotel.people.organization_owner;
  const { gateway: second } = await client.gateways.create({ propertyId: hotel.property.id, name: 'Annex' });
  expect(await visits()).toEqual([]);
  const { projection, store } = test.portal;
  const [heard, deaf] = [hotel.gateway.gateway.id, second.id].map((id) => projection.gateways.get(id as GatewayId));
  if (heard === undefined || deaf === undefined) throw new Error('A gateway is gone.');
  const changes = [
    { op: 'update', table: 'gateway', row: { ...heard, online: false } },
    { op: 'update', table: 'gateway', row: { ...deaf, online: true } },
  ] as const;
  await store.commit([...changes]);
  projection.apply([...changes]);
  expect(await visits()).toMatchObject([{ because: 'unheard' }]);
});
