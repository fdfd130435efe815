import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCard, addRevocation, proveAll } from '../harness/lock-rows.test-rig.js';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const hourMs = 3_600_000;

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const propertyId = () => hotel.property.id;
const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });

async function guestKey(hours: number | null = 24) {
  const { client } = hotel.people.owner;
  const { id: holderId } = await client.guests.create({ propertyId: propertyId(), name: 'Ingrid' });
  return await client.keys.create({
    ...{ propertyId: propertyId(), holderId, entranceIds: [hotel.entrance.id] },
    ...{ startsAt: at(0), endsAt: hours === null ? null : at(hours * hourMs) },
  });
}

async function listed(state?: 'pending' | 'ended') {
  const { client } = hotel.people.owner;
  const all = [];
  for await (const one of client.revocations.listAll({ propertyId: propertyId(), ...(state && { state }) }))
    all.push(one);
  return all;
}

describe('P-5: what was ended, and how far each lock has proven it', () => {
  it('a removed guest’s card is pending with the end of its Key until the lock proves it', async () => {
    const { client } = hotel.people.owner;
    const key = await guestKey();
    const credentialId = await addCard(test, hotel.people.owner, key.id);
    await proveAll(test, hotel.device.id);
    await client.guests.remove({ guestId: key.holderId });

    const [revocation, ...others] = await listed('pending');
    expect(others).toEqual([]);
    expect(revocation).toEqual({
      ...{ id: expect.stringMatching(/^rvc_/), propertyId: propertyId(), state: 'pending' },
      cause: { type: 'guest', id: key.holderId },
      actor: { kind: 'member', memberId: hotel.people.owner.id, channel: 'portal_app' },
      locks: [
        {
          ...{ deviceId: hotel.device.id, entranceId: hotel.entrance.id, credentialIds: [credentialId] },
          ...{ state: 'pending', exposureEndsAt: key.endsAt, provenAt: null },
        },
      ],
      ...{ createdAt: at(0), endedAt: null },
    });
    expect(await client.revocations.get({ revocationId: revocation?.id ?? '' })).toEqual(revocation);
    expect(await client.credentials.get({ credentialId })).toMatchObject({ removedAt: at(0) });
    const { data: events } = await client.events.list({ propertyId: propertyId(), limit: 200 });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'revocation.created', revocationId: revocation?.id, cause: revocation?.cause }),
    );
  });

  it('what has run out by itself has, at the very moment, whether or not anything was written since', async () => {
    const { id: keyId } = await guestKey();
    const endsAt = (hours: number) => (test.clock.now() + hours * hourMs) as never;
    const provenAt = test.clock.now();
    const revocationId = await addRevocation(test, keyId, [
      { exposureEndsAt: endsAt(2) },
      { exposureEndsAt: endsAt(9), state: 'proven', provenAt },
    ]);
    const end = at(2 * hourMs);
    const { client } = hotel.people.owner;
    test.clock.advance(2 * hourMs - 1);
    expect(await client.revocations.get({ revocationId })).toMatchObject({
      ...{ state: 'pending', endedAt: null },
      locks: [{ state: 'pending' }, { state: 'proven' }],
    });
    test.clock.advance(1);
    expect(await client.revocations.get({ revocationId })).toMatchObject({
      ...{ state: 'ended', endedAt: end },
      locks: [
        { state: 'self-expired', exposureEndsAt: end },
        { state: 'proven', provenAt: at(-2 * hourMs) },
      ],
    });
  });

  it('an exposure without end stays pending', async () => {
    const { id: keyId } = await guestKey();
    const revocationId = await addRevocation(test, keyId, [{}]);
    test.clock.advance(100 * hourMs);
    const { client } = hotel.people.owner;
    expect(await client.revocations.get({ revocationId })).toMatchObject({ state: 'pending', endedAt: null });
  });

  it('the list is cut by state, page by page', async () => {
    const { id: keyId } = await guestKey();
    const ended = [await addRevocation(test, keyId), await addRevocation(test, keyId, [{ state: 'lock-removed' }])];
    const pending = [await addRevocation(test, keyId, [{}]), await addRevocation(test, keyId, [{ state: 'pending' }])];
    const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);
    expect(idsOf(await listed('ended')).slice(-2)).toEqual(ended);
    expect(idsOf(await listed('pending')).slice(-2)).toEqual(pending);
    expect(idsOf(await listed()).slice(-4)).toEqual([...ended, ...pending]);
    expect([...(await listed('ended')), ...(await listed('pending'))]).toHaveLength((await listed()).length);

    const { client } = hotel.people.owner;
    const first = await client.revocations.list({ propertyId: propertyId(), state: 'pending', limit: 1 });
    expect(first.data).toHaveLength(1);
    const cursor = first.nextCursor ?? '';
    const second = await client.revocations.list({ propertyId: propertyId(), state: 'pending', limit: 200, cursor });
    expect(idsOf([...first.data, ...second.data])).toEqual(idsOf(await listed('pending')));
  });
});

describe('who may see revocations: whoever may see every Key', () => {
  it.each(['organization_owner', 'owner', 'general_manager', 'team'] as const)('%s does', async (who) => {
    const revocationId = await addRevocation(test, (await guestKey()).id);
    const { client } = hotel.people[who];
    expect(await client.revocations.get({ revocationId })).toMatchObject({ id: revocationId });
  });

  it('★4: but who did it stands in the audit, which a property may hide from Team', async () => {
    const { client } = hotel.people.owner;
    const revocationId = await addRevocation(test, (await guestKey()).id);
    const settle = async (auditHiddenFromTeam: boolean) => {
      const { version } = await client.properties.get({ propertyId: propertyId() });
      await client.properties.update({ propertyId: propertyId(), version, settings: { auditHiddenFromTeam } });
    };
    const actorFor = async (who: 'owner' | 'team') =>
      (await hotel.people[who].client.revocations.get({ revocationId })).actor;
    await settle(true);
    expect([await actorFor('team'), await actorFor('owner')]).toEqual([null, { kind: 'system' }]);
    const { data } = await hotel.people.team.client.revocations.list({ propertyId: propertyId(), limit: 200 });
    expect(new Set(data.map(({ actor }) => actor))).toEqual(new Set([null]));
    await settle(false);
    expect(await actorFor('team')).toEqual({ kind: 'system' });
  });

  it('neither the Installer nor Housekeeping', async () => {
    const revocationId = await addRevocation(test, (await guestKey()).id);
    const { installer, housekeeping } = hotel.people;
    const denied = failing('forbidden', { action: 'key.view' });
    await expect(installer.client.revocations.list({ propertyId: propertyId() })).rejects.toMatchObject(denied);
    await expect(installer.client.revocations.get({ revocationId })).rejects.toMatchObject(denied);
    expect((await housekeeping.client.revocations.list({ propertyId: propertyId() })).data).toEqual([]);
    await expect(housekeeping.client.revocations.get({ revocationId })).rejects.toMatchObject(failing('not-found'));
  });
});
