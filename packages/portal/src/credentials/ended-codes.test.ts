import type { CredentialId } from '@latchwork/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { proveAll } from '../harness/lock-rows.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
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

const rowOf = (id: string) => test.portal.projection.credentials.get(id as CredentialId);
const isKept = (id: string) => rowOf(id)?.codeSealed !== null;

async function giveCode(): Promise<string> {
  const { client } = hotel.people.owner;
  const { id: holderId } = await client.guests.create({ propertyId: hotel.property.id, name: 'Ingrid Visser' });
  const { id: keyId } = await giveKey(test, hotel, holderId);
  return (await client.credentials.create({ keyId, kind: 'door_code' })).id;
}

it('P-30: digits are kept until each lock has proven that the code opens no more, and not longer', async () => {
  const { client } = hotel.people.owner;
  const [ended, living] = [await giveCode(), await giveCode()];
  await test.portal.planLocks();
  await proveAll(test, hotel.device.id);
  await client.credentials.remove({ credentialId: ended });
  await test.portal.maintain();
  expect(isKept(ended)).toBe(true);
  await test.portal.planLocks();
  await test.portal.maintain();
  expect(isKept(ended)).toBe(true);
  await proveAll(test, hotel.device.id);
  const shown = await client.credentials.get({ credentialId: ended });
  await test.portal.maintain();
  expect([isKept(ended), isKept(living)]).toEqual([false, true]);
  expect(await client.credentials.get({ credentialId: ended })).toEqual(shown);
  expect((await client.credentials.reveal({ credentialId: living })).digits).toMatch(/^\d{6}$/);
});

it('a code that no lock was ever told of is forgotten at once', async () => {
  const never = await giveCode();
  await hotel.people.owner.client.devices.remove({ deviceId: hotel.device.id });
  await hotel.people.owner.client.credentials.remove({ credentialId: never });
  await test.portal.maintain();
  expect(isKept(never)).toBe(false);
});
