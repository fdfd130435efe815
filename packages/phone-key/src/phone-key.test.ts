import { beforeEach, describe, expect, it } from 'vitest';
import { createPhoneWorld, type PhoneWorld } from './phone-world.test-rig.js';
import type { UnlockWay } from './unlock-way.js';

const code = 'ABCD-EFGH';
let world: PhoneWorld;

beforeEach(() => {
  world = createPhoneWorld();
});

const unlock = async (o: { ways?: readonly UnlockWay[]; deadlineMs?: number; signal?: AbortSignal } = {}) =>
  await world.phone.unlock({ entranceId: world.entranceId, ...o });
const reasons = ({ passedOver }: Awaited<ReturnType<typeof unlock>>) =>
  passedOver.map(({ way, reason }) => `${way}: ${reason}`);

describe('a phone that is a key', () => {
  it('is nothing before its code, and nothing after a wrong one', async () => {
    expect(await world.phone.status()).toEqual({ state: 'empty' });
    await expect(world.phone.activate('WRONG')).rejects.toMatchObject({ info: { code: 'phone-code-invalid' } });
    await expect(world.phone.renew()).rejects.toMatchObject({ info: { code: 'not-activated' } });
    expect(world.storage.text).toBeUndefined();
  });

  it('P-14: whose answer was lost becomes it with the same code, also when the app starts again', async () => {
    world.portal = 'loses-answers';
    await expect(world.phone.activate(code)).rejects.toMatchObject({ info: { code: 'network' } });
    expect(await world.phone.status()).toEqual({ state: 'empty' });
    world.portal = undefined;
    const again = world.restart();
    expect(await again.activate(code)).toMatchObject({ state: 'active' });
    expect(await again.unlock({ entranceId: world.entranceId })).toMatchObject({ outcome: 'executed', via: 'direct' });
  });

  it('becomes one with its code, and stays it when the app starts again', async () => {
    const activated = await world.phone.activate(code);
    expect(activated).toMatchObject({ state: 'active', doors: [{ entranceId: world.entranceId }] });
    await expect(world.phone.activate(code)).rejects.toMatchObject({ info: { code: 'already-activated' } });
    const later = createPhoneWorld();
    later.storage.text = world.storage.text;
    expect(await later.phone.status()).toEqual(activated);
    await later.phone.forget();
    expect([later.storage.text, await later.phone.status()]).toEqual([undefined, { state: 'empty' }]);
    later.storage.text = '{"v":1}';
    const damaged = createPhoneWorld();
    damaged.storage.text = '{"v":1}';
    await expect(damaged.phone.status()).rejects.toMatchObject({ info: { code: 'storage-damaged' } });
  });
});

describe('unlock', () => {
  beforeEach(async () => {
    await world.phone.activate(code);
    world.asked.length = 0;
  });

  it('opens directly, with nobody asked', async () => {
    world.portal = 'offline';
    expect(await unlock()).toMatchObject({
      outcome: 'executed',
      via: 'direct',
      code: 'ok',
      bolt: 'unlocked',
      passedOver: [],
    });
    expect([world.opened, world.asked]).toEqual([1, []]);
  });

  it('P-1: tells what the lock said, also when the radio fails after that', async () => {
    world.closesBadly = true;
    expect(await unlock()).toMatchObject({ outcome: 'executed', via: 'direct', code: 'ok' });
  });

  it('G41: opens past the gateway on the LAN, with the WAN cut', async () => {
    world.portal = 'offline';
    world.inRange.phone = false;
    const result = await unlock();
    expect(result).toMatchObject({ outcome: 'executed', via: 'lan', attemptId: null });
    expect([reasons(result), world.opened, world.asked]).toEqual([['direct: not-in-range'], 1, []]);
  });

  it('G41: opens through the tunnel of portal and gateway, and tells the portal how it ended', async () => {
    world.inRange.phone = false;
    world.lan = false;
    const result = await unlock();
    expect(result).toMatchObject({ outcome: 'executed', via: 'tunnel', attemptId: expect.stringMatching(/^att_/) });
    expect([reasons(result), world.opened]).toEqual([['direct: not-in-range', 'lan: not-in-range'], 1]);
    expect(world.told).toMatchObject([{ outcome: 'executed', code: 'ok', bolt: 'unlocked', batteryPercent: 80 }]);
  });

  it('has the portal open with a token where the phone has nothing to show', async () => {
    const guest = createPhoneWorld();
    const result = await guest.phone.unlock({ entranceId: guest.entranceId });
    expect(result).toMatchObject({ outcome: 'executed', via: 'token', code: 'ok' });
    expect(reasons(result)).toEqual(['direct: no-grant', 'lan: no-grant', 'tunnel: no-grant']);
  });

  it.each([
    ['direct', []],
    ['lan', ['direct: not-in-range']],
    ['tunnel', ['direct: not-in-range', 'lan: not-in-range']],
  ] as const)(
    'T15: a command that left on the way %s is given on no other, when its answer is lost',
    async (via, before) => {
      world.inRange.phone = via === 'direct';
      world.lan = via !== 'tunnel';
      world.cut = 'before-answer';
      const result = await unlock();
      expect(result).toMatchObject({ outcome: 'unknown', via, code: 'no-answer' });
      expect(reasons(result)).toEqual(before);
      expect([world.opened, new Set(world.commands).size]).toEqual([1, 1]);
      expect(world.asked.filter((path) => path.endsWith('/unlock'))).toEqual([]);
      if (via === 'tunnel') expect(world.told).toMatchObject([{ outcome: 'unknown' }]);
    },
  );

  it('T15: a link that broke before the command leads on to the next way, and the door opens once', async () => {
    world.cut = 'before-command';
    world.lan = false;
    world.inRange.gateway = false;
    const result = await unlock();
    expect(result).toMatchObject({ outcome: 'executed', via: 'token' });
    expect(reasons(result)).toEqual(['direct: link-failed', 'lan: not-in-range', 'tunnel: lock-unreachable']);
    expect(world.opened).toBe(1);
  });

  it('P-1: asks a portal that does not answer for no token: nobody would know whether the door opens', async () => {
    world.portal = 'offline';
    world.inRange.phone = false;
    world.lan = false;
    const result = await unlock();
    expect(result).toMatchObject({ outcome: 'not-sent', via: null });
    expect(reasons(result).slice(2)).toEqual(['tunnel: portal-unreachable', 'token: portal-unreachable']);
    expect(world.asked.filter((path) => path.endsWith('/unlock'))).toEqual([]);
    // A token alone, and no reply: it may have been sent.
    expect(await unlock({ ways: ['token'] })).toMatchObject({ outcome: 'unknown', via: 'token', code: 'no-answer' });
  });

  it('ends with the decision of the portal, which no other way goes round', async () => {
    world.portal = 'denied';
    const result = await unlock({ ways: ['tunnel', 'token'] });
    expect(result).toMatchObject({ outcome: 'refused', via: 'tunnel', code: 'key-revoked' });
    expect(world.asked.filter((path) => path.endsWith('/unlock'))).toEqual([]);
  });

  it.each([
    ['signed-out', 'portal-refused'],
    ['gateway-offline', 'gateway-offline'],
  ] as const)('says of a portal that is %s that nothing was sent', async (portal, reason) => {
    world.portal = portal;
    const result = await unlock({ ways: ['tunnel', 'token'] });
    expect([result.outcome, ...reasons(result)]).toEqual(['not-sent', `tunnel: ${reason}`, `token: ${reason}`]);
  });

  it('T4: gives up looking for a lock that is slow to be found, and lets go of it when it is', async () => {
    let found: () => void = () => undefined;
    world.hold.finding = new Promise((resolve) => {
      found = resolve;
    });
    const result = await unlock({ ways: ['direct'], deadlineMs: 50 });
    expect([result.outcome, ...reasons(result)]).toEqual(['not-sent', 'direct: not-in-range']);
    found();
    await world.hold.finding;
    await expect.poll(() => world.connections).toBe(0);
    expect(world.opened).toBe(0);
    // The lock is free for the next who comes.
    expect(await unlock()).toMatchObject({ outcome: 'executed', via: 'direct' });
    expect(world.connections).toBe(0);
  });

  it('T23: sends nothing for somebody who has left, and takes no way that was not asked for', async () => {
    const result = await unlock({ signal: AbortSignal.abort() });
    expect([result.outcome, world.opened, world.asked]).toEqual(['not-sent', 0, []]);
    world.inRange.phone = false;
    expect(reasons(await unlock({ ways: ['direct'] }))).toEqual(['direct: not-in-range']);
    expect(world.opened).toBe(0);
  });
});

describe('grants', () => {
  beforeEach(async () => {
    await world.phone.activate(code);
    world.asked.length = 0;
  });

  it('are renewed when half of them is over, which holds up nobody', async () => {
    world.ahead = 1_900_000;
    world.portal = 'offline';
    expect(await unlock()).toMatchObject({ outcome: 'executed', via: 'direct' });
    expect(world.asked).toEqual(['/v1/phone-grants']);
    world.portal = undefined;
    expect(await world.phone.renew()).toMatchObject({ state: 'active' });
    world.ahead = 3_700_000;
    world.asked.length = 0;
    expect(await unlock()).toMatchObject({ outcome: 'executed', via: 'direct' });
  });

  it('T6: that are over open nothing, and the phone gets others first where it can', async () => {
    world.ahead = 3_700_000;
    world.portal = 'offline';
    const result = await unlock({ ways: ['direct', 'lan'] });
    expect([result.outcome, ...reasons(result)]).toEqual(['not-sent', 'direct: no-grant', 'lan: no-grant']);
    world.portal = undefined;
    expect(await unlock()).toMatchObject({ outcome: 'executed', via: 'direct' });
    expect(world.opened).toBe(1);
  });

  it('do not come back to a phone that has forgotten them while they were renewed', async () => {
    let answer: () => void = () => undefined;
    world.hold.renewing = new Promise((resolve) => {
      answer = resolve;
    });
    const renewing = world.phone.renew();
    await expect.poll(() => world.asked).toEqual(['/v1/phone-grants']);
    await world.phone.forget();
    answer();
    expect(await renewing).toEqual({ state: 'empty' });
    expect([world.storage.text, await world.phone.status()]).toEqual([undefined, { state: 'empty' }]);
  });

  it('are asked for once, however many doors are opened meanwhile', async () => {
    world.ahead = 1_900_000;
    await Promise.all([world.phone.renew(), world.phone.renew(), world.phone.renew()]);
    expect(world.asked).toEqual(['/v1/phone-grants']);
  });

  it('are forgotten as soon as the portal says that the credential has ended', async () => {
    world.portal = 'ended';
    expect(await world.phone.renew()).toMatchObject({ state: 'ended', doors: [{ opens: null }] });
    expect(reasons(await unlock({ ways: ['direct', 'lan'] }))).toEqual(['direct: no-grant', 'lan: no-grant']);
    expect(world.opened).toBe(0);
    expect(world.storage.text).not.toContain('"object"');
  });
});
