import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const publicKey = Buffer.from(createNodeCrypto().x25519KeyPair().publicKey).toString('hex');

let test: TestPortal;
let hotel: SampleHotel;

beforeEach(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
});

const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const failing = (code: string) => ({ info: { code } });

async function guestPhone(o: { readonly from?: number; readonly until?: number } = {}) {
  const { client } = hotel.people.owner;
  const propertyId = hotel.property.id;
  const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid' });
  const key = await client.keys.create({
    ...{ propertyId, holderId, entranceIds: [hotel.entrance.id] },
    ...{ startsAt: at(o.from ?? 0), endsAt: at(o.until ?? 5 * dayMs) },
  });
  const credential = await client.credentials.create({ keyId: key.id, kind: 'smart_key' });
  const { code } = await client.credentials.createPhoneCode({ credentialId: credential.id });
  return { key, credentialId: credential.id, code };
}

const doorOf = async (credentialId: Awaited<ReturnType<typeof guestPhone>>['credentialId']) =>
  (await hotel.people.owner.client.credentials.get({ credentialId })).doors[0];
const stranger = () => test.client();

describe('G30: a guest’s phone', () => {
  it('becomes a key with the code that the property handed over, with no account, and opens for a day at a time', async () => {
    const { key, credentialId, code } = await guestPhone();
    expect(await doorOf(credentialId)).toMatchObject({ state: 'pending', cause: 'not-activated' });
    const phone = await stranger().phones.activate({ code: code.toLowerCase().replaceAll('-', ' '), publicKey });
    expect(phone).toMatchObject({
      ...{ credentialId, keyId: key.id, renewAt: at(dayMs / 2) },
      locks: [
        {
          ...{ entranceId: hotel.entrance.id, deviceId: hotel.device.id, tag: hotel.device.tag },
          grant: { expiresAt: at(dayMs) },
        },
      ],
    });
    expect(await doorOf(credentialId)).toMatchObject({ state: 'provisioned', cause: null });
    test.clock.advance(dayMs);
    expect(await doorOf(credentialId)).toMatchObject({ state: 'pending', cause: 'no-grant' });
    const renewed = await stranger().phones.renewGrants({ credentialId, token: phone.token });
    expect(renewed.locks[0]?.grant?.expiresAt).toBe(at(dayMs));
    expect(renewed).not.toHaveProperty('token');
  });

  it('gets no grant as long as its time is more than a day away, and none past its end', async () => {
    const { code, credentialId } = await guestPhone({ from: 3 * dayMs, until: 3 * dayMs + hourMs });
    const early = await stranger().phones.activate({ code, publicKey });
    expect(early).toMatchObject({ certificate: null, renewAt: at(2 * dayMs), locks: [{ grant: null }] });
    expect(await doorOf(credentialId)).toMatchObject({ state: 'pending', cause: 'no-grant' });
    test.clock.advance(2 * dayMs);
    const due = await stranger().phones.renewGrants({ credentialId, token: early.token });
    expect(due.locks[0]?.grant).toMatchObject({ notBefore: at(dayMs), expiresAt: at(dayMs + hourMs) });
    expect(await doorOf(credentialId)).toMatchObject({ state: 'scheduled' });
  });

  it('is one phone: its code is good once, and no other phone takes its place', async () => {
    const { code, credentialId } = await guestPhone();
    await stranger().phones.activate({ code, publicKey });
    const other = { code, publicKey: 'aa'.repeat(32) };
    await expect(stranger().phones.activate(other)).rejects.toMatchObject(failing('phone-code-invalid'));
    await expect(hotel.people.owner.client.credentials.createPhoneCode({ credentialId })).rejects.toMatchObject(
      failing('phone-activated'),
    );
  });

  it('with a P-256 key, which no lock could answer, is told so at once and not at the door; its code is good still', async () => {
    const { code, credentialId } = await guestPhone();
    const hardware = { code, publicKey: Buffer.from(createNodeCrypto().p256KeyPair().publicKey).toString('hex') };
    await expect(stranger().phones.activate(hardware)).rejects.toMatchObject(failing('phone-key-unsupported'));
    expect(await doorOf(credentialId)).toMatchObject({ state: 'pending', cause: 'not-activated' });
    expect(await stranger().phones.activate({ code, publicKey })).toMatchObject({ credentialId });
  });

  it('P-14: that never heard the answer asks again with the same key; its former token is good no more', async () => {
    const { code, credentialId } = await guestPhone();
    const lost = await stranger().phones.activate({ code, publicKey });
    const heard = await stranger().phones.activate({ code, publicKey });
    await expect(stranger().phones.renewGrants({ credentialId, token: lost.token })).rejects.toMatchObject(
      failing('phone-token-invalid'),
    );
    expect(await stranger().phones.renewGrants({ credentialId, token: heard.token })).toMatchObject({ credentialId });
    const events = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id, limit: 200 });
    expect(events.data.filter(({ type }) => type === 'credential.activated')).toHaveLength(1);
  });

  it('is none with a code that was replaced, has run out or was guessed', async () => {
    const { code, credentialId } = await guestPhone();
    const { code: second } = await hotel.people.owner.client.credentials.createPhoneCode({ credentialId });
    for (const wrong of [code, 'ABCD-EFGH', second.slice(0, -1)]) {
      await expect(stranger().phones.activate({ code: wrong, publicKey })).rejects.toMatchObject(
        failing('phone-code-invalid'),
      );
    }
    test.clock.advance(30 * dayMs);
    await expect(stranger().phones.activate({ code: second, publicKey })).rejects.toMatchObject(
      failing('phone-code-invalid'),
    );
  });

  it('renews nothing with another’s token, and nothing once it is ended', async () => {
    const [one, two] = [await guestPhone(), await guestPhone()];
    const phone = await stranger().phones.activate({ code: one.code, publicKey });
    await stranger().phones.activate({ code: two.code, publicKey });
    await expect(
      stranger().phones.renewGrants({ credentialId: two.credentialId, token: phone.token }),
    ).rejects.toMatchObject(failing('phone-token-invalid'));
    await hotel.people.owner.client.credentials.remove({ credentialId: one.credentialId });
    await expect(
      stranger().phones.renewGrants({ credentialId: one.credentialId, token: phone.token }),
    ).rejects.toMatchObject(failing('credential-ended'));
  });

  it('P-5: is in the answer to who can open, also after its end, until its lease is over', async () => {
    const { code, credentialId, key } = await guestPhone();
    const { client } = hotel.people.owner;
    const access = async () => (await client.entrances.getAccess({ entranceId: hotel.entrance.id })).credentials;
    expect(await access()).toEqual([]);
    await stranger().phones.activate({ code, publicKey });
    const one = { deviceId: hotel.device.id, credentialId, keyId: key.id, holderId: key.holderId, until: at(dayMs) };
    expect(await access()).toEqual([{ ...one, because: 'confirmed' }]);
    await client.keys.revoke({ keyId: key.id });
    await test.portal.planLocks();
    expect(await access()).toEqual([{ ...one, because: 'removal-unproven' }]);
    test.clock.advance(dayMs);
    expect(await access()).toEqual([]);
  });

  it('P-30: neither code nor token is told in the feed, in the audit or in the log', async () => {
    const { code } = await guestPhone();
    const { token } = await stranger().phones.activate({ code, publicKey });
    const { client } = hotel.people.organization_owner;
    const told: unknown[] = [];
    for await (const event of client.events.listAll({ propertyId: hotel.property.id })) told.push(event);
    for await (const entry of client.audit.listAll({ organizationId: hotel.organization.id })) told.push(entry);
    const text = JSON.stringify(told) + test.log.join();
    expect(text).toContain('"type":"credential.activated"');
    for (const secret of [code, code.replaceAll('-', ''), token]) expect(text).not.toContain(secret);
  });
});
