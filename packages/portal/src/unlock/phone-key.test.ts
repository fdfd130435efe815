import { encodeGatewayMessage } from '@latchwork/contract';
import { createPortableCrypto } from '@latchwork/lock-protocol/portable';
import { createPhoneKey, type PhoneKeyOptions } from '@latchwork/phone-key';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';
import { relayTunnel } from '../harness/relayed-tunnel.test-rig.js';
import { giveKey } from '../harness/sample-hotel.test-rig.js';

let house: LogHotel;

beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const owner = () => house.hotel.people.organization_owner.client;

/** A phone that has become a Key's credential by the code that the property handed over. */
async function phoneOf(keyId: string, o: Partial<PhoneKeyOptions> = {}) {
  // #region code
  const { id: credentialId } = await owner().credentials.create({ keyId, kind: 'smart_key' });
  const { code } = await owner().credentials.createPhoneCode({ credentialId });
  // #endregion
  let stored: string | undefined;
  const phone = createPhoneKey({
    crypto: createPortableCrypto(),
    client: house.test.client(),
    storage: {
      load: async () => stored,
      save: async (text) => {
        stored = text;
      },
    },
    clock: {
      now: () => house.test.clock.now(),
      monotonic: () => performance.now(),
      startTimer: (delayMs, onElapsed) => {
        const timer = setTimeout(onElapsed, delayMs);
        return () => clearTimeout(timer);
      },
    },
    ...o,
  });
  await phone.activate(code);
  return { phone, credentialId };
}

/** The phone's Bluetooth, at the one door. */
const atTheDoor: PhoneKeyOptions['finder'] = {
  connect: async (tag) => {
    if (tag !== house.lock.keys.tag) return undefined;
    const link = house.lock.connect();
    return { link, close: link.close };
  },
};

async function guestKey(): Promise<string> {
  const propertyId = house.hotel.property.id;
  const { id: holderId } = await owner().guests.create({ propertyId, name: 'Ingrid Visser' });
  const startsAt = new Date(house.test.clock.now() - 1000).toISOString();
  const { entranceId } = house;
  return (await owner().keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null })).id;
}

describe('a phone with the key package, a real portal and a real lock', () => {
  it('T8: opens directly until its revocation is proven by the receipt of the lock', async () => {
    const keyId = await guestKey();
    const { phone, credentialId } = await phoneOf(keyId, { finder: atTheDoor });
    const { entranceId } = house;
    expect(await phone.unlock({ entranceId })).toMatchObject({ outcome: 'executed', via: 'direct', code: 'ok' });
    await owner().keys.revoke({ keyId });
    await house.test.portal.planLocks();
    const revocation = async () => {
      const { data } = await owner().revocations.list({ propertyId: house.hotel.property.id });
      return data[0]?.locks[0];
    };
    expect(await revocation()).toMatchObject({ state: 'pending' });
    expect(await phone.unlock({ entranceId })).toMatchObject({ outcome: 'executed', via: 'direct' });
    await house.deliver();
    expect(await phone.unlock({ entranceId })).toMatchObject({ outcome: 'refused', via: 'direct', code: 'revoked' });
    await expect.poll(revocation, { timeout: 30_000 }).toMatchObject({ state: 'proven' });
    expect(await phone.renew()).toMatchObject({ state: 'ended', credentialId });
    expect(await phone.unlock({ entranceId, ways: ['direct'] })).toMatchObject({ outcome: 'not-sent' });
  });

  it('G41: a member’s phone out of reach of the door opens it through portal and gateway, who read nothing of it', async () => {
    const { housekeeping } = house.hotel.people;
    const { id: keyId } = await giveKey(house.test, house.hotel, housekeeping.id);
    const { phone } = await phoneOf(keyId, { client: housekeeping.client });
    const relaying = relayTunnel(house);
    const result = await phone.unlock({ entranceId: house.entranceId });
    expect(result).toMatchObject({ outcome: 'executed', via: 'tunnel', code: 'ok' });
    expect(result.passedOver.map(({ way, reason }) => `${way}: ${reason}`)).toEqual([
      'direct: not-offered',
      'lan: not-offered',
    ]);
    const seen = Buffer.concat([...(await relaying)]);
    expect(seen.length).toBeGreaterThan(300);
    expect(seen.toString('latin1')).not.toContain('OLP1');
    const attemptId = result.via === null ? null : result.attemptId;
    const attempt = await housekeeping.client.attempts.get({ attemptId: attemptId ?? '' });
    expect(attempt).toMatchObject({ mode: 'tunnel', state: 'confirmed', code: 'ok', toldBy: 'phone' });
  });

  describe('P-1: what a phone says of its unlock gives way to the log of the lock', () => {
    /** A housekeeper's phone opens the door through portal and gateway, and says of it what it likes. */
    async function unlockSaying(word: { readonly outcome?: 'refused'; readonly code?: string } = {}) {
      const { housekeeping } = house.hotel.people;
      const { id: keyId } = await giveKey(house.test, house.hotel, housekeeping.id);
      const { tunnels } = housekeeping.client;
      const end: typeof tunnels.end = async (told) => await tunnels.end({ ...told, ...word });
      const { phone } = await phoneOf(keyId, { client: { ...housekeeping.client, tunnels: { ...tunnels, end } } });
      const relaying = relayTunnel(house);
      const result = await phone.unlock({ entranceId: house.entranceId });
      await relaying;
      expect(result).toMatchObject({ outcome: 'executed', via: 'tunnel' });
      return (result.via === 'tunnel' ? result.attemptId : null) ?? expect.unreachable();
    }
    const attemptOf = async (attemptId: string) =>
      await house.hotel.people.housekeeping.client.attempts.get({ attemptId });
    const bringLog = async () => await house.bring((await house.fetch()).pages);
    const endsOf = async (attemptId: string) =>
      (await house.events('attempt.'))
        .filter((event) => event['attemptId'] === attemptId)
        .map(({ type }) => String(type))
        .filter((type) => !/accepted|sent|acknowledged/.test(type));
    /** The log is known beyond the deadline, by a later unlock; a lock's clock may be a minute slow. */
    const passTime = async () => {
      house.test.clock.advance(120_000);
      await house.unlock('reported');
    };

    it('that it was refused, when the bolt moved', async () => {
      const attemptId = await unlockSaying({ outcome: 'refused', code: 'auth' });
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'refused', code: 'auth', toldBy: 'phone' });
      await bringLog();
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', code: 'ok', toldBy: 'log' });
      await house.bring((await house.fetch(0)).pages);
      expect(await endsOf(attemptId)).toEqual(['attempt.refused', 'attempt.confirmed']);
    });

    it('that it opened, when the lock was asked nothing', async () => {
      const { tunnels } = house.hotel.people.housekeeping.client;
      const commandId = '0badc0de0badc0de';
      const opening = tunnels.open({ entranceId: house.entranceId, commandId });
      const { attemptId } = await house.gateway.next('tunnel-open');
      const opened = { v: 1, type: 'opened', attemptId, info: 'AAAA', mtu: 247 } as const;
      await house.gateway.publish('tunnel', encodeGatewayMessage('tunnel', opened));
      await opening;
      const frames = [{ frame: 'AAAA', withResponse: false }];
      await tunnels.exchange({ attemptId, sent: 0, frames, received: 0, wait: false });
      await tunnels.end({ attemptId, outcome: 'executed', code: 'ok' });
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', toldBy: 'phone' });
      // A portal that starts anew waits for the lock's word as well.
      expect((await house.test.portal.store.openAttempts()).map(({ id }) => id)).toEqual([attemptId]);
      await bringLog();
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', toldBy: 'phone' });
      await passTime();
      await bringLog();
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'expired', code: 'not-executed', toldBy: 'log' });
      await passTime();
      await bringLog();
      expect(await endsOf(attemptId)).toEqual(['attempt.confirmed', 'attempt.expired']);
    });

    it('and the truth is told once', async () => {
      const attemptId = await unlockSaying();
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', code: 'ok', toldBy: 'phone' });
      await bringLog();
      expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', code: 'ok', toldBy: 'log' });
      await passTime();
      await bringLog();
      expect(await endsOf(attemptId)).toEqual(['attempt.confirmed']);
      expect([...house.test.portal.projection.openAttempts.keys()]).toEqual([]);
    });
  });

  it('P-1: a guest’s phone without an account has the portal as no way, and says that nothing was sent', async () => {
    const { phone } = await phoneOf(await guestKey());
    const result = await phone.unlock({ entranceId: house.entranceId });
    expect(result.outcome).toBe('not-sent');
    expect(result.passedOver.slice(2).map(({ way, reason }) => `${way}: ${reason}`)).toEqual([
      'tunnel: portal-refused',
      'token: portal-refused',
    ]);
  });
});
