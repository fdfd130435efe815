import { randomBytes } from 'node:crypto';
import { encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let gateway: ScriptedGateway;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  gateway = await connectGateway(hotel);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function phoneCode(): Promise<{ readonly code: string }> {
  const { client } = hotel.people.owner;
  const { id: keyId } = await giveKey(test, hotel, hotel.people.team.id);
  const { id: credentialId } = await client.credentials.create({ keyId, kind: 'smart_key' });
  return await client.credentials.createPhoneCode({ credentialId });
}

it('a gateway’s address on the LAN and its certificate are what it says of itself, until it says otherwise', async () => {
  const lan = { urls: ['https://10.0.0.7:8443'], fingerprint: 'ab'.repeat(32) };
  const tell = async (status: Partial<GatewayMessageInput<'status'>>) => {
    const said = { v: 1, online: true, bootId: 'b', at: test.clock.now(), version: '1', ...status } as const;
    await gateway.publish('status', encodeGatewayMessage('status', said), { qos: 1, retain: true });
  };
  const gatewayId = hotel.gateway.gateway.id;
  const isTold = async (wanted: typeof lan | null, version: string) =>
    await vi.waitFor(
      async () =>
        expect(await hotel.people.owner.client.gateways.get({ gatewayId })).toMatchObject({ lan: wanted, version }),
      { timeout: 30_000, interval: 5 },
    );
  expect(await hotel.people.owner.client.gateways.get({ gatewayId })).toMatchObject({ lan: null });
  await tell({ lan });
  await isTold(lan, '1');
  // Phones of the property learn it with their grants, and keep it for when they have no portal.
  const { code } = await phoneCode();
  const { lan: found } = await test.client().phones.activate({ code, publicKey: randomBytes(32).toString('hex') });
  expect(found).toEqual([lan]);
  // A farewell says nothing of it: phones may still find it there.
  await tell({ online: false, version: '2' });
  await isTold(lan, '2');
  await tell({ version: '3' });
  await isTold(null, '3');
});
