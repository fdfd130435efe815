import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { encodeGatewayMessage } from '@latchwork/contract';
import { createNtag424Card, createSigningCard, createUidCard, type EmulatedCard } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';
import { heldUntil } from '../harness/real-lock.test-rig.js';
import { relayTunnel } from '../harness/relayed-tunnel.test-rig.js';

let house: LogHotel;

beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

type Asked = Parameters<LogHotel['hotel']['people']['installer']['client']['keyCards']['enrollAtLock']>[0];

const installer = () => house.hotel.people.installer.client;
const enrollAtLock = async (o: Partial<Asked> & Pick<Asked, 'technology'>) =>
  await installer().keyCards.enrollAtLock({ deviceId: house.deviceId, label: 'M1 204', ...o });
const notRead = (reason: string) => ({ info: { code: 'key-card-not-read', reason } });

const held = async <Answer>(card: EmulatedCard, waiting: Promise<Answer>): Promise<Answer> =>
  await heldUntil(house.lock, card, waiting);

const uidOf = (size: number) => Uint8Array.from([4, ...randomBytes(size - 1)]);

describe('G35: a card that is held to a lock', () => {
  it('is enrolled into the stock as what it is, and gateway and broker carry nothing that they can read', async () => {
    const uid = uidOf(7);
    const relaying = relayTunnel(house);
    const card = await held(createUidCard(uid), enrollAtLock({ technology: 'uid' }));
    expect(card).toMatchObject({ label: 'M1 204', technology: 'uid', state: 'in-stock' });
    const seen = Buffer.concat([...(await relaying)]);
    expect(seen.length).toBeGreaterThan(200);
    expect(seen.includes(Buffer.from(uid))).toBe(false);
    expect(JSON.stringify(house.gateway.received)).not.toContain(Buffer.from(uid).toString('hex'));
    const again = { propertyId: house.hotel.property.id, technology: 'uid', label: 'Again' } as const;
    await expect(
      installer().keyCards.enroll({ ...again, identity: Buffer.from(uid).toString('hex') }),
    ).rejects.toMatchObject({ info: { code: 'key-card-enrolled' } });
    expect(await house.events('key_card.')).toMatchObject([{ type: 'key_card.enrolled', keyCardId: card.id }]);
  });

  it('with AES secrets, or with a key that it proves, is enrolled as such', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signing = createSigningCard({ privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }) });
    const cards = [
      { technology: 'aes', card: createNtag424Card({ uid: uidOf(7) }), chip: 'ntag-424' },
      { technology: 'public-key', card: signing, chip: null },
    ] as const;
    for (const { technology, card, chip } of cards) {
      const relaying = relayTunnel(house);
      expect(await held(card, enrollAtLock({ technology }))).toMatchObject({ technology, chip, state: 'in-stock' });
      await relaying;
    }
  });

  it('is refused when it is another kind of card, or draws its UID anew', async () => {
    const cases = [
      { technology: 'aes', card: createUidCard(uidOf(7)) },
      { technology: 'public-key', card: createUidCard(uidOf(7)) },
      { technology: 'uid', card: createUidCard(Uint8Array.of(8, 1, 2, 3)) },
    ] as const;
    for (const { technology, card } of cases) {
      const relaying = relayTunnel(house);
      await expect(held(card, enrollAtLock({ technology }))).rejects.toMatchObject(notRead('another-kind'));
      await relaying;
    }
    expect((await installer().keyCards.list({ propertyId: house.hotel.property.id })).data).toEqual([]);
  });
});

describe('a lock that reads no card', () => {
  it('says so when none came in time', async () => {
    const relaying = relayTunnel(house);
    await expect(enrollAtLock({ technology: 'uid', waitSeconds: 1 })).rejects.toMatchObject(notRead('no-card'));
    await relaying;
  });

  it('is asked again when an unlock needed the radio', async () => {
    const uid = uidOf(7);
    const asking = enrollAtLock({ technology: 'uid' });
    const { attemptId } = await house.gateway.next('tunnel-open');
    const closed = { v: 1, type: 'closed', attemptId, code: 'interrupted' } as const;
    await house.gateway.publish('tunnel', encodeGatewayMessage('tunnel', closed));
    await house.gateway.next('tunnel-close');
    const relaying = relayTunnel(house);
    expect(await held(createUidCard(uid), asking)).toMatchObject({ technology: 'uid' });
    await relaying;
  });

  it('is let go when its gateway goes, or never was there', async () => {
    const asking = enrollAtLock({ technology: 'uid' });
    asking.catch(() => undefined);
    await house.gateway.next('tunnel-open');
    await house.gateway[Symbol.asyncDispose]();
    await expect(asking).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
    await expect(enrollAtLock({ technology: 'uid' })).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
  });

  it('is let go when the portal stops, and when its gateway never says a word', async () => {
    await expect(enrollAtLock({ technology: 'uid', waitSeconds: 1 })).rejects.toMatchObject(notRead('no-card'));
    const asking = enrollAtLock({ technology: 'uid', waitSeconds: 50 });
    asking.catch(() => undefined);
    await house.gateway.next('tunnel-close');
    await house.gateway.next('tunnel-open');
    await house.gateway.next('tunnel-open');
    await house.test.portal[Symbol.asyncDispose]();
    await expect(asking).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
  });

  it('is let go when the caller gives up', async () => {
    const leaving = new AbortController();
    const { deviceId } = house;
    const asked = { deviceId, technology: 'uid', label: 'M1 204' } as const;
    const asking = installer().keyCards.enrollAtLock(asked, { signal: leaving.signal });
    asking.catch(() => undefined);
    await house.gateway.next('tunnel-open');
    leaving.abort();
    await house.gateway.next('tunnel-close');
    await expect(asking).rejects.toMatchObject({ info: { code: 'aborted' } });
  });

  it('is said by its gateway not to be there', async () => {
    const asking = enrollAtLock({ technology: 'uid' });
    asking.catch(() => undefined);
    const { attemptId } = await house.gateway.next('tunnel-open');
    const closed = { v: 1, type: 'closed', attemptId, code: 'lock-unreachable' } as const;
    await house.gateway.publish('tunnel', encodeGatewayMessage('tunnel', closed));
    await expect(asking).rejects.toMatchObject(notRead('lock-unreachable'));
  });
});

it.each(['general_manager', 'team', 'housekeeping'] as const)(
  'a card at a lock: %s may, or may not, as with every card',
  async (who) => {
    const { client } = house.hotel.people[who];
    const asked = { deviceId: house.deviceId, technology: 'uid', label: 'M1 204', waitSeconds: 1 } as const;
    if (who !== 'general_manager') {
      await expect(client.keyCards.enrollAtLock(asked)).rejects.toMatchObject({ info: { code: 'forbidden' } });
      expect(house.gateway.received.filter(({ type }) => type === 'tunnel-open')).toEqual([]);
      return;
    }
    const relaying = relayTunnel(house);
    await expect(client.keyCards.enrollAtLock(asked)).rejects.toMatchObject(notRead('no-card'));
    await relaying;
  },
);
