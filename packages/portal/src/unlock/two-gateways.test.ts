import { encodeGatewayMessage } from '@latchwork/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let gateways: readonly [ScriptedGateway, ScriptedGateway];

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  const { client } = hotel.people.organization_owner;
  const attic = await client.gateways.create({ propertyId: hotel.property.id, name: 'Attic' });
  gateways = [await connectGateway(hotel), await connectGateway({ ...hotel, gateway: attic })];
  await giveKey(test, hotel, hotel.people.housekeeping.id);
});
afterAll(async () => {
  for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function hear(gateway: ScriptedGateway, rssi: number): Promise<void> {
  const heardLocks = [{ tag: hotel.device.tag, rssi, agoMs: 0, flags: 0 }];
  const status = { v: 1 as const, online: true, bootId: 'boot', at: test.clock.now(), heardLocks };
  await gateway.publish('status', encodeGatewayMessage('status', status), { qos: 1 });
}

async function unlock(): Promise<string | null> {
  const { client } = hotel.people.housekeeping;
  const { id, gatewayId } = await client.unlock({ entranceId: hotel.entrance.id });
  const chosen = gateways.find(({ address }) => address.gatewayId === gatewayId);
  const command = await chosen?.next('unlock');
  if (chosen === undefined || command === undefined) throw new Error('Neither gateway was chosen.');
  await chosen.report(command, { outcome: 'refused', code: 'jammed' });
  expect(await client.attempts.waitFor(id)).toMatchObject({ state: 'refused', code: 'jammed' });
  return gatewayId;
}

it('of two gateways the one that hears the lock best gets the command, and the other none', async () => {
  const [reception, attic] = gateways;
  await hear(reception, -70);
  await hear(attic, -50);
  expect(await unlock()).toBe(attic.address.gatewayId);
  await hear(reception, -40);
  expect(await unlock()).toBe(reception.address.gatewayId);
  // The one that heard it best is gone: the other one is better than none.
  await reception.client.endAsync(true);
  await expect
    .poll(() => test.portal.projection.gateways.get(reception.address.gatewayId)?.online, { timeout: 20_000 })
    .toBe(false);
  expect(await unlock()).toBe(attic.address.gatewayId);
  expect(gateways.map(({ received }) => received.length)).toEqual([1, 2]);
});
