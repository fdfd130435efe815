import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Credential } from '@latchwork/contract';
import { createSigningCard, createUidCard, type EmulatedCard, type SimulatedLock } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProperty, startProperty } from './property.js';
import { settingsIn } from './test-world.js';

const silent = { title: () => undefined, line: () => undefined, row: () => undefined };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const patience = 120_000;

/** Asks again until something is as it is waited for; what bounds it is the test's own time. */
async function until<Value>(ask: () => Promise<Value>, isIt: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (isIt(value)) return value;
    await wait(100);
  }
}

describe('C4: cards and codes, from the API to the lock and back', () => {
  let folder: string;
  let property: RunningProperty;
  let lock: SimulatedLock;
  const copied = createUidCard(Uint8Array.from([4, ...randomBytes(6)]));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const staffCard = createSigningCard({ privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-cards-'));
    const settings = await settingsIn(folder);
    property = await startProperty({ settings, terminal: silent, signal: new AbortController().signal });
    lock = property.doors.lock('101');
  });
  afterAll(async () => {
    await property?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the lock says to whoever is at the door; while its bolt still moves, people ask again. */
  async function answerTo(ask: () => unknown): Promise<string> {
    const said = await firstAnswerTo(ask);
    return said === 'busy' ? await answerTo(ask) : said;
  }
  async function firstAnswerTo(ask: () => unknown): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      lock.events.once('bolt', () => resolve('opened'));
      lock.events.once('cardRefused', ({ code }) => resolve(code));
    });
    await ask();
    return await answer;
  }
  const hold = (card: EmulatedCard) => answerTo(() => lock.holdCard(card));
  const enter = (digits: string) => answerTo(() => lock.enterCode(digits));

  async function keyFor(holderId: string): Promise<string> {
    const { owner, propertyId, entranceId } = property;
    const day = 24 * 3_600_000;
    const [startsAt, endsAt] = [-1, 2].map((days) => new Date(Date.now() + days * day).toISOString());
    const key = await owner.keys.create({
      ...{ propertyId, holderId, entranceIds: [entranceId('101')] },
      ...{ startsAt: startsAt ?? '', endsAt: endsAt ?? null },
    });
    return key.id;
  }
  const isAll = (state: string) => (credential: Credential) => credential.doors.every((door) => door.state === state);
  const comesTo = async (credentialId: string, state: string) =>
    await until(async () => await property.owner.credentials.get({ credentialId }), isAll(state));

  /** Holds a card to the lock until it has read it for the stock. */
  async function enrolledAtLock(card: EmulatedCard) {
    const { owner, propertyId } = property;
    const { data: devices } = await owner.devices.list({ propertyId });
    const { id: deviceId = '' } = devices.find(({ tag }) => tag === hex(lock.tag)) ?? {};
    const enrolling = owner.keyCards.enrollAtLock({ deviceId, label: 'S-1', technology: 'public-key' });
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    enrolling.then(over, over);
    while (!isOver) {
      await lock.holdCard(card);
      await wait(100);
    }
    return await enrolling;
  }

  test('a guest’s card and code open, and a member’s card that signs', { timeout: patience }, async () => {
    const { owner, propertyId } = property;
    const guest = await owner.guests.create({ propertyId, name: 'Gus Guest' });
    const guestKey = await keyFor(guest.id);
    const { id: keyCardId } = await owner.keyCards.enroll({
      ...{ propertyId, label: 'G-1', technology: 'uid', identity: hex(copied.uid()) },
    });
    expect(await hold(copied)).toBe('card-unknown');
    const card = await owner.credentials.create({ keyId: guestKey, kind: 'key_card', keyCardId });
    const code = await owner.credentials.create({ keyId: guestKey, kind: 'door_code', digits: '482915' });
    await comesTo(card.id, 'provisioned');
    await comesTo(code.id, 'provisioned');
    expect([await hold(copied), await enter('482915'), await enter('482916')]).toEqual([
      ...['opened', 'opened', 'code-unknown'],
    ]);

    const staffKey = await keyFor((await property.housekeeper.me()).member.id);
    const signing = await enrolledAtLock(staffCard);
    const staff = await owner.credentials.create({ keyId: staffKey, kind: 'key_card', keyCardId: signing.id });
    await comesTo(staff.id, 'provisioned');
    expect(await hold(staffCard)).toBe('opened');
    const access = await owner.entrances.getAccess({ entranceId: property.entranceId('101') });
    expect(access.credentials.map(({ credentialId }) => credentialId).toSorted()).toEqual(
      [card.id, code.id, staff.id].toSorted(),
    );
    expect(access.credentials.every(({ because }) => because === 'confirmed')).toBe(true);
  });

  test('P-5, P-6, T8: a lost card is pending while the gateway is away, and proven when it is back', {
    timeout: patience,
  }, async () => {
    const { owner, propertyId } = property;
    process.kill(property.gateway.pid() ?? 0, 'SIGSTOP');
    const { data: stock } = await owner.keyCards.list({ propertyId });
    const lost = stock.find(({ label }) => label === 'G-1');
    await owner.keyCards.reportLost({ keyCardId: lost?.id ?? '' });
    const { data: revocations } = await owner.revocations.list({ propertyId });
    const revocationId = revocations.at(-1)?.id ?? '';
    expect(revocations.at(-1)).toMatchObject({ state: 'pending', cause: { type: 'card', id: lost?.id } });
    expect((await owner.revocations.get({ revocationId })).locks).toMatchObject([{ state: 'pending' }]);
    // Honest until proven: the lock does not know yet.
    expect(await hold(copied)).toBe('opened');
    const access = await owner.entrances.getAccess({ entranceId: property.entranceId('101') });
    expect(access.credentials.filter(({ because }) => because !== 'confirmed')).toHaveLength(1);

    process.kill(property.gateway.pid() ?? 0, 'SIGCONT');
    const proven = await until(
      async () => await owner.revocations.get({ revocationId }),
      ({ state }) => state === 'ended',
    );
    expect(proven.locks).toMatchObject([{ state: 'proven', provenAt: expect.any(String) }]);
    expect(await hold(copied)).toBe('card-unknown');
    expect(await enter('482915')).toBe('opened');
  });

  test('G41: the removal of a guest ends what is left, proven by the lock, whoever dies meanwhile', {
    timeout: patience,
  }, async () => {
    const { owner, propertyId } = property;
    const { data: guests } = await owner.guests.list({ propertyId });
    process.kill(property.gateway.pid() ?? 0, 'SIGKILL');
    await owner.guests.remove({ guestId: guests[0]?.id ?? '' });
    process.kill(property.portal.pid() ?? 0, 'SIGKILL');
    const revocations = async () =>
      await owner.revocations.list({ propertyId }).catch(() => ({ data: [{ state: 'pending' }] }));
    await until(revocations, ({ data }) => data.every(({ state }) => state === 'ended'));
    expect(await enter('482915')).toBe('code-unknown');
    expect(await hold(staffCard)).toBe('opened');
  });
});
