import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, lockKeys, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function addLock({ people, property, entrance }: SampleHotel, tag: string) {
  const lock = { kind: 'lock', name: 'Lock', entranceId: entrance.id, ...lockKeys(), tag } as const;
  return await people.owner.client.devices.create({ propertyId: property.id, ...lock });
}

describe('the tag of a lock', () => {
  it('is there once per property', async () => {
    const call = addLock(hotel, hotel.device.tag);
    await expect(call).rejects.toMatchObject({ info: { code: 'conflict', field: 'tag' } });
  });

  it('G10: says nothing about the locks of another hotel', async () => {
    const stranger = await buildSampleHotel(test, 'Hotel Borealis');
    expect(await addLock(stranger, hotel.device.tag)).toMatchObject({ tag: hotel.device.tag });
  });
});
