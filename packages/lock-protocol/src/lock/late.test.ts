import { describe, expect, test } from 'vitest';
import { performUnlock } from '../caller/perform-unlock.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import type { ClockQuality } from '../log/lock-log.js';
import { LockProtocolError } from '../protocol-error.js';
import { type Adversary, createDoor, createFakeTime, createProperty, type FakeTime } from '../session.test-rig.js';

const clocks: { clock: string; quality: ClockQuality; offsetSeconds: number }[] = [
  { clock: 'right', quality: 'good', offsetSeconds: 0 },
  { clock: 'an hour ahead', quality: 'good', offsetSeconds: 3600 },
  { clock: 'an hour behind', quality: 'good', offsetSeconds: -3600 },
  { clock: 'unset', quality: 'none', offsetSeconds: -1_799_000_000 },
];

/** Holds every message after the first `free` frames towards the lock back for `delayMs`. */
function delaying(time: FakeTime, free: number, delayMs: number): Adversary {
  let seen = 0;
  return {
    toLock(frame, deliver) {
      seen += 1;
      if (seen <= free) deliver(frame);
      else time.startTimer(delayMs, () => deliver(frame));
    },
  };
}

function createScene(clock: { quality: ClockQuality; offsetSeconds: number }, crypto = createNodeCrypto()) {
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust });
  door.clock = clock;
  const caller = crypto.x25519KeyPair();
  const start = (o: { ttlMs: number; adversary?: Adversary; tokenAfterMs?: number; lifetime?: number }) => {
    const commandId = crypto.randomBytes(8);
    const link = door.connect({ adversary: o.adversary ?? {} });
    const call = performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller,
      command: { commandId, action: 'unlock', ttlMs: o.ttlMs, intent: 'staff' },
      authority: async (challenge) => {
        if (o.tokenAfterMs) await new Promise<void>((resolve) => time.startTimer(o.tokenAfterMs ?? 0, resolve));
        const certificate = property.certificates.cmd;
        return {
          kind: 'token',
          token: property.token({ lock: door.tag, commandId, challenge, lifetime: o.lifetime ?? 10 }),
          certificate,
        };
      },
      now: time.now,
      startTimer: time.startTimer,
    }).catch((error: unknown) => error);
    return { link, call };
  };
  /** Makes the lock know the certificate. */
  const warm = async () => {
    const { link, call } = start({ ttlMs: 5000 });
    expect(await call).toMatchObject({ code: 'ok' });
    link.close();
    door.moves.length = 0;
    door.log.length = 0;
  };
  return { time, property, door, caller, start, warm, crypto };
}

describe.each(clocks)('T4: with the lock clock $clock', (clock) => {
  test('an unlock in time opens: a token needs no clock', async () => {
    const { door, start } = createScene(clock);
    expect(await start({ ttlMs: 5000 }).call).toMatchObject({ code: 'ok' });
    expect(door.moves).toHaveLength(1);
  });

  test.each([500, 1000, 2500, 4000, 4998])(
    'message 3 held on the radio until its deadline of %i ms runs, 1 ms longer is LATE',
    async (ttlMs) => {
      for (const late of [0, 1]) {
        const { time, door, start, warm } = createScene(clock);
        await warm();
        const { link, call } = start({ ttlMs, adversary: delaying(time, 1, ttlMs + late) });
        await time.advance(ttlMs + late);
        expect(door.moves).toHaveLength(late ? 0 : 1);
        expect(door.log).toMatchObject([{ type: 'unlock', result: late ? 'late' : 'ok' }]);
        expect(await call).toBeInstanceOf(LockProtocolError);
        link.close();
      }
    },
  );

  test('message 3 held for longer than 5 s finds the session ended, whatever its deadline', async () => {
    const { time, door, start, warm } = createScene(clock);
    await warm();
    const { link, call } = start({ ttlMs: 30_000, adversary: delaying(time, 1, 5001) });
    await time.advance(6000);
    expect(door.moves).toHaveLength(0);
    expect(door.log).toMatchObject([{ type: 'session', result: 'late' }]);
    expect(link.isClosed()).toBe(true);
    expect(await call).toMatchObject({ info: { commandWritten: true } });
  });

  test('a token that the server, the broker or the gateway delivers too late is not written at all', async () => {
    for (const [ttlMs, tokenAfterMs] of [
      [3000, 3001],
      [30_000, 5001],
    ] as const) {
      const { time, door, start } = createScene(clock);
      const { call } = start({ ttlMs, tokenAfterMs });
      await time.advance(tokenAfterMs + 1000);
      expect(await call).toMatchObject({ info: { commandWritten: false } });
      expect(door.moves).toHaveLength(0);
    }
  });

  test('the certificate exchange does not stretch the deadline', async () => {
    for (const late of [0, 1]) {
      const { time, door, start } = createScene(clock);
      const { call } = start({ ttlMs: 2000, adversary: delaying(time, 2, 2000 + late) });
      await time.advance(2000 + late);
      expect(door.moves).toHaveLength(late ? 0 : 1);
      expect(door.log).toMatchObject([{ type: 'unlock', result: late ? 'late' : 'ok' }]);
      expect(await call).toBeInstanceOf(LockProtocolError);
    }
  });

  test('a gateway that holds a short-lived token back cannot use it after its end, whatever ttl it claims', async () => {
    const { time, door, start, warm } = createScene(clock);
    await warm();
    const { call } = start({ ttlMs: 5000, tokenAfterMs: 2001, lifetime: 2 });
    await time.advance(2500);
    expect(await call).toMatchObject({ code: 'late' });
    expect(door.moves).toHaveLength(0);
  });
});

test('T4: a message 2 that arrives late shortens what is left for message 3', async () => {
  const crypto = createPortableCrypto();
  const { time, door, start, warm } = createScene({ quality: 'good', offsetSeconds: 0 }, crypto);
  await warm();
  // 900 of 1000 ms pass before the caller hears message 2: message 3 may then travel for 100 ms, not for 1000.
  let frames = 0;
  const { call } = start({
    ttlMs: 1000,
    adversary: {
      toLock(frame, deliver) {
        frames += 1;
        time.startTimer(frames === 1 ? 900 : 101, () => deliver(frame));
      },
    },
  });
  await time.advance(1100);
  expect(door.moves).toHaveLength(0);
  expect(door.log).toMatchObject([{ type: 'unlock', result: 'late' }]);
  expect(await call).toMatchObject({ info: { code: 'command', reason: 'late', commandWritten: true } });
});
