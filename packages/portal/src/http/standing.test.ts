import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
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

it('G41: a request that waits behind the removal of its caller does nothing any more', async () => {
  const { organization_owner: owner, general_manager: manager } = hotel.people;
  const propertyId = hotel.property.id;
  // Both are let in before either is done; the removal is first in the line of commands.
  const [removed, made] = await Promise.allSettled([
    owner.client.members.remove({ memberId: manager.id, confirm: 'remove' }),
    manager.client.entrances.create({ propertyId, name: 'Back door' }),
  ]);
  expect(removed.status).toBe('fulfilled');
  expect(made).toMatchObject({ status: 'rejected', reason: { info: { code: 'unauthenticated' } } });
  const { data } = await owner.client.entrances.list({ propertyId });
  expect(data.map(({ name }) => name)).not.toContain('Back door');
});

it('G41: nor one that waits behind the loss of the role it needs', async () => {
  const { organization_owner: owner, installer } = hotel.people;
  const propertyId = hotel.property.id;
  await installer.client.gateways.create({ propertyId, name: 'While it may' });
  const { version } = await owner.client.members.get({ memberId: installer.id });
  const [assigned, made] = await Promise.all([
    test.send('PATCH', `/v1/properties/${propertyId}/members/${installer.id}`, {
      token: owner.token,
      headers: { 'if-match': `"${version}"` },
      body: { role: 'housekeeping' },
    }),
    test.send('POST', `/v1/properties/${propertyId}/gateways`, {
      token: installer.token,
      body: { name: 'Spare' },
    }),
  ]);
  expect([assigned.status, made.status]).toEqual([200, 403]);
  const { data } = await owner.client.gateways.list({ propertyId });
  expect(data.map(({ name }) => name)).not.toContain('Spare');
});
