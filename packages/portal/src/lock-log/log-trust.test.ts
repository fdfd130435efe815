import { logPatienceMs } from '@latchwork/lock-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';

let house: LogHotel;
beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const alarms = async () => {
  const { id: propertyId } = house.hotel.property;
  const { data } = await house.hotel.people.owner.client.alarms.list({ propertyId, state: 'raised' });
  return data.filter(
    (alarm) => 'deviceId' in alarm && alarm.deviceId === house.deviceId && alarm.kind.startsWith('log-'),
  );
};

/** What the portal has of the log. */
const kept = async () =>
  await house.test.portal.store.lockLogOf(house.deviceId as never, { after: undefined, limit: 500 });

const entrySize = 32;
/** The pages' bytes with a change: a page ends with its entries. */
const edited = (page: Uint8Array, change: (entries: Uint8Array[]) => Uint8Array[]): Uint8Array => {
  const count = page[0] ?? 0;
  const head = page.slice(0, page.length - count * entrySize);
  const entries = Array.from({ length: count }, (_, at) =>
    page.slice(head.length + at * entrySize).slice(0, entrySize),
  );
  const after = change(entries);
  head[0] = after.length;
  return Buffer.concat([head, ...after]);
};

describe('a log that a gateway has edited', () => {
  const edits: Readonly<Record<string, (entries: Uint8Array[]) => Uint8Array[]>> = {
    'an entry deleted': (entries) => entries.toSpliced(1, 1),
    'the last entry cut off': (entries) => entries.slice(0, -1),
    'two entries in another order': ([first, second, ...rest]) =>
      [second, first, ...rest].filter((one) => one !== undefined),
    'an entry edited': (entries) =>
      entries.map((bytes, at) => (at === 1 ? bytes.map((byte, i) => (i === 10 ? byte ^ 4 : byte)) : bytes)),
    'an entry put in twice': ([first, ...rest]) => [first, first, ...rest].filter((one) => one !== undefined),
  };
  it.each(Object.keys(edits))('T11: with %s is not taken, raises an alarm once, and is read again', async (name) => {
    await house.unlock('reported');
    await house.unlock('reported');
    const { pages } = await house.fetch();
    const forged = pages.map((page) => edited(page, edits[name] ?? ((entries) => entries)));
    await house.bring(forged);
    await house.bring(forged);
    expect(await kept()).toEqual([]);
    expect(await alarms()).toMatchObject([{ kind: 'log-tampered', fault: 'broken-chain' }]);
    const told = await house.events('lock');
    expect(told.map(({ type }) => type)).toEqual(['lock_log.tampered']);
    await house.bring(pages);
    expect((await kept()).length).toBeGreaterThan(1);
    expect(await alarms()).toEqual([]);
  });

  it('T11: another lock’s log is none of this one’s', async () => {
    const other = await openLogHotel();
    await other.unlock('reported');
    const { pages } = await other.fetch();
    await other[Symbol.asyncDispose]();
    await house.bring(pages);
    expect(await kept()).toEqual([]);
    expect(await alarms()).toMatchObject([{ kind: 'log-tampered', fault: 'refused' }]);
  });

  it('T11: what is no page at all changes nothing either', async () => {
    await house.bring([new Uint8Array(40).fill(255)]);
    expect(await kept()).toEqual([]);
    expect(await alarms()).toMatchObject([{ fault: 'unreadable' }]);
  });

  it('T11: pages brought twice, late and out of turn are taken once', async () => {
    await house.unlock('reported');
    const first = (await house.fetch()).pages;
    await house.unlock('reported');
    const second = (await house.fetch(0)).pages;
    for (const pages of [second, first, first, second]) await house.bring(pages);
    const told = await house.events('lock.');
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, at) => at + 1));
    expect(await kept()).toHaveLength(told.length);
    expect(await alarms()).toEqual([]);
  });
});

describe('a log that a gateway keeps back', () => {
  it('T12: raises an alarm within ten minutes, naming the lock and what is missing, which ends when it comes', async () => {
    await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    const { seq } = await house.read(({ seq: at }) => at > 0);
    // The phone at the door, or the gateway itself, tells of an entry that the gateway does not bring.
    await house.unlock('reported');
    const { newest } = await house.read((message) => message.newest > seq);
    house.test.clock.advance(logPatienceMs - 60_000);
    await house.test.portal.planLocks();
    expect(await alarms()).toEqual([]);
    house.test.clock.advance(60_000);
    await house.test.portal.planLocks();
    const missing = { from: seq + 1, to: newest };
    expect(await alarms()).toMatchObject([{ kind: 'log-withheld', deviceId: house.deviceId, missing }]);
    expect(await house.events('lock_log.withheld')).toMatchObject([{ deviceId: house.deviceId, missing }]);
    house.test.clock.advance(600_000);
    await house.test.portal.planLocks();
    expect(await house.events('lock_log.withheld')).toEqual([]);
    await house.bring((await house.fetch()).pages);
    expect(await alarms()).toEqual([]);
  });

  it('T12: what a receipt has shown is missed as well', async () => {
    await house.giveCode();
    const { newest } = await house.deliver();
    expect(newest).toBeGreaterThan(0);
    house.test.clock.advance(logPatienceMs);
    await house.test.portal.planLocks();
    expect(await alarms()).toMatchObject([{ kind: 'log-withheld', missing: { from: 1, to: newest } }]);
  });

  it('T12: a word that the lock itself gives the lie is dropped', async () => {
    await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    const { seq } = await house.read(({ seq: at }) => at > 0);
    await house.unlock('reported', { logSeq: 4_000_000_000 });
    await house.read((message) => message.newest > seq);
    house.test.clock.advance(120_000);
    await house.bring((await house.fetch()).pages);
    expect((await house.read(({ newest }) => newest < 4_000_000_000)).newest).toBe((await kept()).length);
    house.test.clock.advance(logPatienceMs);
    await house.test.portal.planLocks();
    expect(await alarms()).toEqual([]);
  });
});
