import { driverGuarantees } from '@latchwork/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildSampleHotel, lockKeys, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
beforeEach(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
});

it('a lock tells by which driver it is reached, and what can be promised of it', async () => {
  const { client } = hotel.people.owner;
  expect(hotel.device).toMatchObject({
    driver: 'olp',
    guarantees: { deadline: 'lock', dedupe: 'lock', proof: 'signed' },
    lastHeardAt: null,
  });
  const place = { propertyId: hotel.property.id, entranceId: hotel.entrance.id };
  const { id } = await client.devices.create({ ...place, kind: 'lock', name: 'Shed', ...lockKeys(), driver: 'mqtt' });
  const read = await client.devices.get({ deviceId: id });
  expect(read.guarantees).toEqual(driverGuarantees.mqtt);
  expect(read).toMatchObject({
    driver: 'mqtt',
    guarantees: { deadline: 'gateway', dedupe: 'gateway', authority: 'gateway', proof: 'readback', setApply: 'none' },
  });
});
