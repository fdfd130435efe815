import { createPropertyFixture } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  codeEntry,
  createDesiredLock,
  type DesiredLock,
  type DesiredPortal,
  startDesiredPortal,
} from './desired-lock.test-rig.js';
import { address, crypto, type GatewayRig, rigConfig, startLoggedGateway, startRig } from './gateway.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let portal: DesiredPortal;
let lock: MemoryLock;
let desired: DesiredLock;

beforeEach(async () => {
  rig = await startRig();
  portal = await startDesiredPortal({ url: rig.broker.url, address, crypto, property: rig.property });
  lock = rig.central.addLock(rig.property.trust);
  desired = createDesiredLock({ crypto, property: rig.property, lock, now: () => rig.clock.now() });
});

afterEach(async () => {
  await portal[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

const code = (id: number, digits: string) => codeEntry(crypto, id, digits);
const until = (met: () => unknown): Promise<unknown> => vi.waitFor(met, { timeout: 30_000, interval: 5 });

/** Lets the pauses between visits pass until the lock has proven what is desired. */
async function proofInTime(of: DesiredLock = desired) {
  let settled = false;
  const proof = portal.proof(of).finally(() => {
    settled = true;
  });
  while (!settled) {
    await rig.clock.advance(500);
    rig.central.advertise();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return await proof;
}

/** How many times the code has opened the door. */
async function opensBy(digits: string): Promise<boolean> {
  const before = lock.moves.length;
  lock.enterCode(digits);
  await rig.clock.advance(100);
  return lock.moves.length > before;
}

describe('an errand', () => {
  test('brings a lock its set and the time, and the lock proves it', async () => {
    await portal.desire(desired.publish([code(1, '4711'), code(2, '0815')]));
    const report = await portal.proof(desired);
    expect(report).toMatchObject({
      deviceId: desired.message.deviceId,
      standing: { epoch: 1, revision: 1 },
      parts: { time: { outcome: 'done' }, set: { outcome: 'done' } },
      nextTryAt: null,
    });
    expect(report.failure).toBeUndefined();
    expect(await opensBy('4711')).toBe(true);
    expect(await opensBy('9999')).toBe(false);
    expect(lock.timesTold).toEqual([Math.floor(rig.clock.now() / 1_000)]);
    expect(lock.connections).toBe(1);
  });

  test('brings what revokes first, then the set: both are proven by one visit', async () => {
    await portal.desire(desired.publish([code(1, '4711'), code(2, '0815')]));
    await portal.proof(desired);
    expect(await opensBy('4711')).toBe(true);
    await portal.desire(desired.revoke([1]));
    const report = await portal.proof(desired);
    expect(report.parts).toMatchObject({ bulletin: { outcome: 'done' }, set: { outcome: 'done' } });
    expect(report.receipts).toHaveLength(2);
    expect(await opensBy('4711')).toBe(false);
    expect(await opensBy('0815')).toBe(true);
    expect(lock.connections).toBe(2);
  });

  test('what revokes counts although the visit breaks off after it, and the rest comes with the next', async () => {
    await portal.desire(desired.publish([code(1, '4711'), code(2, '0815')]));
    await portal.proof(desired);
    const frames = new Map<number, number>();
    lock.onNotify = () => {
      const heard = (frames.get(lock.connections) ?? 0) + 1;
      frames.set(lock.connections, heard);
      // Handshake, bulletin, time; gone before the set is answered.
      return lock.connections === 2 && heard === 4 ? 'lose' : 'pass';
    };
    await portal.desire(desired.revoke([1]));
    await until(() => expect(portal.reports.at(-1)?.report).toMatchObject({ failure: 'link-lost' }));
    const [, broken] = portal.reports;
    expect(broken?.report.parts).toMatchObject({ bulletin: { outcome: 'done' }, set: { outcome: 'cut' } });
    expect(broken?.report.receipts).toHaveLength(1);
    expect(broken?.report.nextTryAt).toBeGreaterThan(rig.clock.now());
    expect(await opensBy('4711')).toBe(false);
    const report = await proofInTime();
    expect(report.parts).toMatchObject({ set: { outcome: 'done' } });
    expect(lock.connections).toBe(3);
  });

  test('a lock that nobody hears is not connected to until it is heard', async () => {
    lock.audible = false;
    await rig.clock.advance(60_000);
    await portal.desire(desired.publish([code(1, '4711')]));
    await until(async () => {
      await rig.clock.advance(30_000);
      expect(await (await fetch(`http://127.0.0.1:${rig.gateway.httpPort}/metrics`)).text()).toContain(
        'latchwork_gateway_locks_behind 1',
      );
    });
    await rig.clock.advance(3_600_000);
    expect(rig.central.busy).toBe(0);
    expect(portal.reports).toEqual([]);
    lock.audible = true;
    await portal.proof(desired);
    expect(lock.connections).toBe(1);
  });

  test('without the time the set comes all the same', async () => {
    portal.answer = 'refusal';
    await portal.desire(desired.publish([code(1, '4711')]));
    const report = await portal.proof(desired);
    expect(report.parts).toEqual({
      time: { outcome: 'not-given', code: 'unknown-lock' },
      set: { outcome: 'done' },
    });
    portal.answer = 'silence';
    await portal.desire(desired.publish([code(1, '4711'), code(2, '0815')]));
    const late = await proofInTime();
    expect(late.parts.time).toEqual({ outcome: 'not-given', code: 'late' });
    expect(lock.timesTold).toEqual([]);
  });

  test('what a lock refuses is said in its words, and tried again later and later', async () => {
    const elsewhere = createPropertyFixture({ crypto, now: () => rig.clock.now() });
    const stranger = createDesiredLock({ crypto, property: elsewhere, lock, now: () => rig.clock.now() });
    // A manifest of another property.
    await portal.desire(stranger.publish([code(1, '4711')]));
    await until(() => expect(portal.reports).toHaveLength(1));
    const first = portal.reports[0]?.report;
    expect(first).toMatchObject({ parts: { set: { outcome: 'refused', code: 'auth' } }, receipts: [] });
    expect(first?.failure).toBeUndefined();
    const firstPause = (first?.nextTryAt ?? 0) - (first?.occurredAt ?? 0);
    expect(firstPause).toBeGreaterThanOrEqual(30_000);
    await rig.clock.advance(firstPause - 1_000);
    rig.central.advertise();
    await rig.clock.advance(500);
    expect(lock.connections).toBe(1);
    await until(async () => {
      await rig.clock.advance(1_000);
      rig.central.advertise();
      expect(portal.reports).toHaveLength(2);
    });
    const second = portal.reports[1]?.report;
    expect((second?.nextTryAt ?? 0) - (second?.occurredAt ?? 0)).toBeGreaterThanOrEqual(2 * firstPause - 1);
    // A newer word is gone for at once.
    desired.publish([code(2, '0815')]);
    await portal.desire(desired.publish([code(3, '1234')]));
    await portal.proof(desired);
  });

  test('two gateways: what the other one has proven is gone for no more', async () => {
    lock.audible = false;
    await rig.clock.advance(60_000);
    const message = desired.publish([code(1, '4711')]);
    await portal.desire(message);
    await portal.desire({ ...message, proven: message.standing });
    await rig.portal.settle();
    lock.audible = true;
    await rig.clock.advance(10_000);
    const other = rig.central.addLock(rig.property.trust);
    const next = createDesiredLock({ crypto, property: rig.property, lock: other, now: () => rig.clock.now() });
    await portal.desire(next.publish([code(1, '4711')]));
    await portal.proof(next);
    expect(lock.connections).toBe(0);
  });

  test('a lock that is released is left alone, also in the middle of a visit, and after a restart', async () => {
    portal.answer = 'silence';
    await portal.desire(desired.publish([code(1, '4711')]));
    await until(() => expect(portal.timesAsked).toHaveLength(1));
    await portal.release(lock.tag);
    await until(() => expect(rig.central.busy).toBe(0));
    await rig.restart();
    await rig.clock.advance(60_000);
    rig.central.advertise();
    await rig.clock.advance(10_000);
    expect(lock.connections).toBe(1);
  });

  test('an older word never takes the place of a newer one', async () => {
    const old = desired.publish([code(1, '4711')]);
    await portal.desire(desired.publish([code(2, '0815')]));
    await portal.proof(desired);
    await portal.desire(old);
    await until(() => expect(rig.log.join('')).toContain('"reason":"outdated"'));
    expect(lock.connections).toBe(1);
    expect(await opensBy('0815')).toBe(true);
  });
});

describe('what the gateway keeps', () => {
  test('a portal that is older than its locks, as after a restore, is told by a receipt how far they are', async () => {
    const old = desired.publish([code(1, '4711')]);
    const message = desired.publish([code(2, '0815')]);
    await portal.desire({ ...message, proven: message.standing });
    await until(async () =>
      expect(await (await fetch(`http://127.0.0.1:${rig.gateway.httpPort}/metrics`)).text()).toContain(
        'latchwork_gateway_locks_desired 1',
      ),
    );
    expect(lock.connections).toBe(0);
    await portal.desire({ ...old, proven: old.standing });
    const report = await portal.proof(desired);
    expect(report.standing).toEqual(message.standing);
    expect(lock.connections).toBe(1);
    portal.reports.length = 0;
    // Asked again, the gateway knows the answer.
    await portal.desire({ ...old, proven: old.standing });
    await portal.proof(desired);
    expect(lock.connections).toBe(1);
  });

  test('a gateway that starts without a broker goes on with what it has, and tells when there is one again', async () => {
    lock.audible = false;
    await rig.clock.advance(60_000);
    await portal.desire(desired.publish([code(1, '4711')]));
    await until(async () =>
      expect(await (await fetch(`http://127.0.0.1:${rig.gateway.httpPort}/metrics`)).text()).toContain(
        'latchwork_gateway_locks_desired 1',
      ),
    );
    await rig.stopGateway();
    const { clock, central, log } = rig;
    {
      const config = rigConfig('mqtt://127.0.0.1:1', rig.config.dataDir);
      await using gateway = await startLoggedGateway({ config, central, clock, log });
      lock.audible = true;
      await until(() => expect(log.join('')).toContain('"outcome":"done"'));
      expect(gateway.readiness().broker).toBe(false);
      expect(await opensBy('4711')).toBe(true);
    }
    expect(portal.reports).toEqual([]);
    await rig.startGateway();
    const report = await portal.proof(desired);
    expect(report.nextTryAt).toBeNull();
  });

  test('a proof that the broker swallowed is sent again when the portal still lacks it', async () => {
    let swallowed = 0;
    rig.broker.tamper = ({ topic }) => {
      if (!topic.includes('/reported/')) return { action: 'deliver' };
      swallowed += 1;
      return { action: 'drop' };
    };
    const message = desired.publish([code(1, '4711')]);
    await portal.desire(message);
    await until(() => expect(swallowed).toBe(1));
    await until(() => expect(rig.log.join('')).toContain('errand ended'));
    rig.broker.tamper = undefined;
    await portal.desire(message);
    await portal.proof(desired);
    expect(lock.connections).toBe(1);
    await portal.desire({ ...message, proven: message.standing });
    await rig.portal.settle();
    expect(portal.reports).toHaveLength(1);
  });

  test('a lock with a proof the portal never got is visited once more after a restart', async () => {
    rig.broker.tamper = ({ topic }) => (topic.includes('/reported/') ? { action: 'drop' } : { action: 'deliver' });
    await portal.desire(desired.publish([code(1, '4711')]));
    await rig.broker.waitFor(({ topic }) => topic.includes('/reported/'));
    rig.broker.tamper = undefined;
    await rig.restart();
    await portal.proof(desired);
    expect(lock.connections).toBe(2);
  });
});
