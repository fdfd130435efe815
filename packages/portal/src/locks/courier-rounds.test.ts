import { LatchworkError } from '@latchwork/client';
import type { PhoneParcels } from '@latchwork/contract';
import { LockProtocolError } from '@latchwork/lock-protocol';
import { createPortableCrypto } from '@latchwork/lock-protocol/portable';
import { createPhoneKey, type LockFinder, type PhoneKeyOptions } from '@latchwork/phone-key';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';
import { createRealLock } from '../harness/real-lock.test-rig.js';
import { giveKey } from '../harness/sample-hotel.test-rig.js';

let house: LogHotel;

beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const owner = () => house.hotel.people.organization_owner.client;

/** What the app may do about the air: whether the lock is heard, how many frames pass before the link is cut, what is heard of it. */
interface Air {
  isHeard: boolean;
  cutAfter?: number;
  readonly frames: Uint8Array[];
}

function finderOn(air: Air): LockFinder {
  return {
    connect: async (tag) => {
      if (!air.isHeard || tag !== house.lock.keys.tag) return undefined;
      const link = house.lock.connect();
      const write: typeof link.write = async (frame, o) => {
        air.frames.push(frame);
        if (air.cutAfter !== undefined && air.frames.length > air.cutAfter) {
          link.close();
          throw new LockProtocolError({ code: 'link-lost' } as never, 'The link is gone.');
        }
        await link.write(frame, o);
      };
      return { link: { ...link, write }, close: link.close };
    },
  };
}

/** A phone with its bag, activated for a Key. */
async function phoneOf(keyId: string, change: Partial<PhoneKeyOptions> = {}) {
  const { id: credentialId } = await owner().credentials.create({ keyId, kind: 'smart_key' });
  const { code } = await owner().credentials.createPhoneCode({ credentialId });
  const air: Air = { isHeard: true, frames: [] };
  const bag: { text: string | undefined } = { text: undefined };
  const own: { text: string | undefined } = { text: undefined };
  const storageIn = (held: { text: string | undefined }) => ({
    load: async () => held.text,
    save: async (text: string | undefined) => {
      held.text = text;
    },
  });
  const open = (o: Partial<PhoneKeyOptions> = {}) =>
    createPhoneKey({
      crypto: createPortableCrypto(),
      client: house.test.client(),
      ...{ storage: storageIn(own), bag: storageIn(bag), finder: finderOn(air) },
      clock: {
        now: () => house.test.clock.now(),
        monotonic: () => performance.now(),
        startTimer: (delayMs, onElapsed) => {
          const timer = setTimeout(onElapsed, delayMs);
          return () => clearTimeout(timer);
        },
      },
      ...change,
      ...o,
    });
  const phone = open();
  await phone.activate(code);
  return { phone, air, bag, own, open, credentialId };
}

async function staffPhone(change: Partial<PhoneKeyOptions> = {}) {
  const { id: keyId } = await giveKey(house.test, house.hotel, house.hotel.people.housekeeping.id);
  return { keyId, ...(await phoneOf(keyId, change)) };
}

async function guestKey() {
  const propertyId = house.hotel.property.id;
  const { id: holderId } = await owner().guests.create({ propertyId, name: 'Ingrid Visser' });
  const startsAt = new Date(house.test.clock.now() - 1000).toISOString();
  const { entranceId } = house;
  const key = await owner().keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null });
  return { keyId: key.id };
}

/** Ends a guest's code; no gateway reaches the lock. */
async function endCode() {
  const { keyId, digits } = await house.giveCode();
  await house.deliver();
  await house.test.portal.planLocks();
  expect(await house.lock.opensTo(digits)).toBe(true);
  await owner().keys.revoke({ keyId });
  await house.test.portal.planLocks();
  return digits;
}

const stateOf = async () => {
  const { data } = await owner().revocations.list({ propertyId: house.hotel.property.id });
  return data[0]?.locks[0]?.state;
};
const visits = async () => (await owner().doorVisits.list({ propertyId: house.hotel.property.id })).data;
describe('T10: a member’s phone passes by a lock that no gateway reaches', () => {
  it('brings a revocation in and its proof out, and the log along with it; all is told as brought by that phone', async () => {
    const { phone, credentialId } = await staffPhone();
    const digits = await endCode();
    expect(await stateOf()).toBe('pending');
    // #region carry
    const result = await phone.carry();
    const undelivered = result.locks.filter(({ isDelivered }) => !isDelivered);
    // #endregion
    expect(undelivered).toEqual([]);
    expect(result).toMatchObject({ portal: 'reached', code: null });
    expect(result.locks).toMatchObject([{ deviceId: house.deviceId, outcome: 'done', isDelivered: true }]);
    expect(result.locks[0]?.receipts).toBeGreaterThan(0);
    expect(await house.lock.opensTo(digits)).toBe(false);
    expect(await stateOf()).toBe('proven');
    expect((await visits()).filter(({ deviceId }) => deviceId === house.deviceId)).toEqual([]);
    // The receipts told that the log had gone on: the next round brings it.
    const next = await phone.carry();
    expect((result.locks[0]?.pages ?? 0) + (next.locks[0]?.pages ?? 0)).toBeGreaterThan(0);
    expect((await house.log()).length).toBeGreaterThan(0);
    const told = (await house.events('')).map(({ type, actor }) => ({ type: String(type), actor }));
    const carrier = { kind: 'phone', credentialId, memberId: house.hotel.people.housekeeping.id };
    expect(told).toContainEqual({ type: 'revocation.proven', actor: carrier });
    expect(told.filter(({ actor }) => JSON.stringify(actor) === JSON.stringify(carrier)).length).toBeGreaterThan(1);
  });

  it('carries nothing that it could read: neither the code nor whose it is', async () => {
    const { phone, air, bag } = await staffPhone();
    const digits = await endCode();
    air.isHeard = false;
    expect(await phone.carry()).toMatchObject({ hasMore: true, locks: [{ outcome: 'not-met', isDelivered: false }] });
    expect(bag.text).toContain(house.lock.keys.tag);
    expect(bag.text).not.toContain(digits);
    expect(bag.text).not.toContain('Ingrid');
  });

  it('is cut off after every frame in turn, and in the end all is there, once', async () => {
    const { phone, air } = await staffPhone();
    const digits = await endCode();
    for (let after = 0; (await stateOf()) !== 'proven'; after += 1) {
      air.cutAfter = after;
      air.frames.length = 0;
      const { locks } = await phone.carry();
      expect(locks).toHaveLength(1);
      if (after > 60) expect.unreachable();
    }
    delete air.cutAfter;
    await phone.carry();
    await phone.carry();
    expect(await house.lock.opensTo(digits)).toBe(false);
    const sequence = (await house.log()).map(({ seq }) => seq);
    expect(new Set(sequence).size).toBe(sequence.length);
  });

  it('changes a bit of what it carries: the lock refuses it, and takes it whole from the next', async () => {
    const { phone, bag, air } = await staffPhone();
    const digits = await endCode();
    air.isHeard = false;
    await phone.carry();
    air.isHeard = true;
    const whole = bag.text ?? '';
    const client = house.test.client();
    const parcels = JSON.parse(whole).parcels as PhoneParcels['parcels'];
    const bent = parcels.map((parcel) => {
      const desired = JSON.parse(parcel.desired ?? '{}');
      const object = String(desired.bulletin.object);
      desired.bulletin.object = `${object.slice(0, -8)}${object.at(-8) === 'A' ? 'B' : 'A'}${object.slice(-7)}`;
      delete desired.set;
      return { ...parcel, desired: JSON.stringify(desired) };
    });
    const phones = { ...client.phones, takeParcels: async () => ({ parcels: bent, hasMore: false }) as never };
    const { phone: evil } = await staffPhone({ client: { ...client, phones } });
    expect((await evil.carry()).locks).toMatchObject([{ outcome: 'refused', isDelivered: false }]);
    expect([await house.lock.opensTo(digits), await stateOf()]).toEqual([true, 'pending']);
    expect((await phone.carry()).locks).toMatchObject([{ isDelivered: true }]);
    expect([await house.lock.opensTo(digits), await stateOf()]).toEqual([false, 'proven']);
  });

  it('brings an older parcel again: what is revoked stays so', async () => {
    const { phone } = await staffPhone();
    const { keyId, digits } = await house.giveCode();
    const client = house.test.client();
    let older: PhoneParcels | undefined;
    const takeParcels: typeof client.phones.takeParcels = async (o) => {
      older ??= await client.phones.takeParcels(o);
      return older;
    };
    const replaying = await staffPhone({ client: { ...client, phones: { ...client.phones, takeParcels } } });
    await replaying.phone.carry();
    expect(await house.lock.opensTo(digits)).toBe(true);
    await owner().keys.revoke({ keyId });
    await house.test.portal.planLocks();
    await phone.carry();
    expect([await house.lock.opensTo(digits), await stateOf()]).toEqual([false, 'proven']);
    await replaying.phone.carry();
    expect([await house.lock.opensTo(digits), await stateOf()]).toEqual([false, 'proven']);
  });

  it('whose call to the portal failed brings the same later, and brings it twice to no harm', async () => {
    const { open, bag, own } = await staffPhone();
    await endCode();
    const client = house.test.client();
    const lost = async () =>
      await Promise.reject(new LatchworkError({ code: 'network' } as never, 'The network is gone.'));
    const away = open({ client: { ...client, phones: { ...client.phones, bringReceipts: lost } } });
    expect(await away.carry()).toMatchObject({ portal: 'unreachable', hasMore: true, locks: [{ isDelivered: true }] });
    expect(await stateOf()).toBe('pending');
    const { brought, credentialId } = JSON.parse(bag.text ?? '{}');
    expect(brought[0].receipts.length).toBeGreaterThan(0);
    expect(await open().carry()).toMatchObject({ portal: 'reached' });
    expect([await stateOf(), JSON.parse(bag.text ?? '{}').brought]).toEqual(['proven', []]);
    const { token } = JSON.parse(own.text ?? '{}');
    const before = (await house.log()).length;
    const repeated = await client.phones.bringReceipts({ credentialId, token, ...brought[0] });
    expect(repeated.receipts.every((reading) => reading === 'taken')).toBe(true);
    expect((await house.log()).length).toBe(before);
  });

  it('brings receipts that another lock signed, or that it changed: each is refused by itself, and the true one counts', async () => {
    const { open, bag, own, phone } = await staffPhone();
    await endCode();
    const client = house.test.client();
    const lost = async () =>
      await Promise.reject(new LatchworkError({ code: 'network' } as never, 'The network is gone.'));
    await open({ client: { ...client, phones: { ...client.phones, bringReceipts: lost } } }).carry();
    const { brought, credentialId } = JSON.parse(bag.text ?? '{}');
    const { token } = JSON.parse(own.text ?? '{}');
    const { deviceId } = brought[0];
    const [receipt] = brought[0].receipts as string[];
    const bytes = Buffer.from(receipt ?? '', 'base64url');
    const bent = Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]).toString('base64url');
    const cut = bytes.subarray(0, -9).toString('base64url');
    const bring = async (receipts: string[], o: { deviceId: string } = { deviceId }) =>
      (await client.phones.bringReceipts({ credentialId, token, receipts, pages: [], ...o })).receipts;
    expect(await bring([bent, cut])).toEqual(['not-of-its-lock', 'not-of-its-lock']);
    expect(await stateOf()).toBe('pending');
    const other = createRealLock(house.test.clock);
    const { id } = await owner().devices.create({
      ...{ propertyId: house.hotel.property.id, entranceId: house.entranceId, kind: 'lock', name: 'Other' },
      ...other.keys,
    });
    const { keyId } = await guestKey();
    await owner().credentials.create({ keyId, kind: 'door_code', entranceId: house.entranceId, digits: '314159' });
    await house.test.portal.planLocks();
    expect(await bring([receipt ?? ''], { deviceId: id })).toEqual(['not-of-its-lock']);
    expect(await bring([bent, receipt ?? ''])).toEqual(['not-of-its-lock', 'taken']);
    expect(await phone.carry()).toMatchObject({ portal: 'reached' });
    expect(await stateOf()).toBe('proven');
  });

  it('delays no unlock of its own: a visit that goes on is left, and made up for later', async () => {
    const { open, air } = await staffPhone();
    const digits = await endCode();
    const near = finderOn(air);
    let isFirst = true;
    let begun: () => void = () => undefined;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    // The first connection is one that never says a word.
    const connect: LockFinder['connect'] = async (tag, signal) => {
      const found = await near.connect(tag, signal);
      if (!isFirst || found === undefined) return found;
      isFirst = false;
      begun();
      return { ...found, link: { ...found.link, write: async () => undefined } };
    };
    const phone = open({ finder: { connect } });
    const carried = phone.carry();
    await begins;
    expect(await phone.unlock({ entranceId: house.entranceId, ways: ['direct'] })).toMatchObject({
      outcome: 'executed',
    });
    expect(await carried).toMatchObject({ hasMore: true, locks: [{ outcome: 'gave-way', isDelivered: false }] });
    expect((await phone.carry()).locks).toMatchObject([{ isDelivered: true }]);
    expect([await house.lock.opensTo(digits), await stateOf()]).toEqual([false, 'proven']);
  });
});

describe('T10: who carries', () => {
  it('not a guest’s phone', async () => {
    const { phone, bag } = await phoneOf((await guestKey()).keyId);
    await endCode();
    expect(await phone.carry()).toEqual({ locks: [], portal: 'refused', code: 'phone-not-courier', hasMore: false });
    expect(bag.text).toBeUndefined();
    expect(await stateOf()).toBe('pending');
  });

  it('not the phone of a Key that was revoked, whose bag is emptied', async () => {
    const { phone, keyId, air, bag } = await staffPhone();
    await endCode();
    air.isHeard = false;
    await phone.carry();
    expect(bag.text).toBeDefined();
    await owner().keys.revoke({ keyId });
    expect(await phone.carry()).toMatchObject({ locks: [], portal: 'refused' });
    expect(bag.text).toBeUndefined();
  });

  it('not the phone of a member who was removed', async () => {
    const { phone } = await staffPhone();
    await endCode();
    await owner().members.remove({ memberId: house.hotel.people.housekeeping.id, confirm: 'remove' });
    expect(await phone.carry()).toMatchObject({ locks: [], portal: 'refused' });
    expect(await stateOf()).toBe('pending');
  });
});
