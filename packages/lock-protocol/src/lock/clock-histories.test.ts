import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeInfo } from '../encoding/gatt.js';
import { encodeRequest } from '../message.js';
import { epochSeconds } from '../session.test-rig.js';
import { createScene } from './command-scene.test-rig.js';
import { driftPpm as driftPpmAtMost, goodErrorSeconds } from './lock-clock.js';
import { decodeStatus } from './lock-status.js';
import { openRawCaller } from './raw-caller.test-rig.js';

const nothing = new Uint8Array(0);
const hourMs = 3_600_000;

/** What happens to a lock, whoever does it. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20 * 24 * hourMs }) }),
  fc.record({ what: fc.constant('told' as const), heldBackMs: fc.integer({ min: 0, max: 35_000 }) }),
  fc.record({ what: fc.constant('recorded' as const), pick: fc.nat() }),
  fc.record({ what: fc.constant('battery' as const) }),
  fc.record({ what: fc.constant('restart' as const) }),
  fc.record({ what: fc.constant('expired key' as const), agoSeconds: fc.integer({ min: 0, max: 10 ** 6 }) }),
  fc.record({ what: fc.constant('valid key' as const) }),
);

/** A lock with a counter that drifts, everybody who may come to it, and what its clock has said. */
function createClockWorld(driftPpm: number) {
  const { crypto, door, property, time, unlock } = createScene();
  const phone = crypto.x25519KeyPair();
  const recorded: Uint8Array[] = [];
  let runs = 0;
  door.counter = { run: runs, since: time.now(), driftPpm };
  const utc = () => epochSeconds + time.now() / 1000;
  const visit = async () => {
    const link = door.connect();
    const { nonce } = decodeInfo(await link.readInfo());
    return { link, nonce, raw: await openRawCaller({ crypto, link, lockPublicKey: door.publicKey, caller: phone }) };
  };
  const bring = (body: Uint8Array) =>
    encodeRequest({ certificate: property.certificates.cmd, operation: { name: 'time', body } });
  const show = async (expires: number) => {
    const grant = property.grant({
      locks: [door.tag],
      holderPublicKey: phone.publicKey,
      notBefore: expires - 86_400,
      expires,
    });
    const link = door.connect();
    const authority = async () => ({ kind: 'grant', grant, certificate: property.certificates.grant }) as const;
    const { code } = await unlock(link, { caller: phone, authority });
    link.close();
    return code;
  };
  const look = async () => {
    const { link, raw } = await visit();
    const grant = property.grant({
      ...{ locks: [door.tag], holderPublicKey: phone.publicKey, rights: ['status'], flags: ['no-clock-ok'] },
      ...{ notBefore: epochSeconds - 3600, expires: epochSeconds + 31 * 86_400 - 3600 },
    });
    const certificate = property.certificates.grant;
    const answer = await raw.ask(encodeRequest({ grant, certificate, operation: { name: 'status', body: nothing } }));
    link.close();
    return answer?.code === 'ok' ? decodeStatus(answer.body) : undefined;
  };
  return {
    ...{ utc, show, look },
    wait: async (ms: number) => await time.advance(ms),
    told: async (heldBackMs: number) => {
      const { link, nonce, raw } = await visit();
      const token = property.time({ lock: door.tag, challenge: nonce, at: time.now() });
      recorded.push(token);
      // Whoever carries it may keep the session alive and the token back.
      for (let left = heldBackMs; left > 0; left -= 9000) {
        await raw.ask(bring(nothing));
        await time.advance(Math.min(left, 9000));
      }
      const answer = await raw.ask(bring(token));
      link.close();
      return answer?.code;
    },
    replay: async (pick: number) => {
      const token = recorded[pick % Math.max(1, recorded.length)];
      if (token === undefined) return 'late';
      const { link, raw } = await visit();
      const answer = await raw.ask(bring(token));
      link.close();
      return answer?.code;
    },
    pullBattery: () => {
      runs += 1;
      door.counter = { run: runs, since: time.now(), driftPpm };
      door.restart();
    },
    restart: () => door.restart(),
  };
}

it('T7: whatever is replayed, held back, pulled out or waited for, no clock is wrong and good, and no expired key opens', () =>
  fc.assert(
    fc.asyncProperty(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.array(happening, { minLength: 4, maxLength: 14 }),
      async (driftPpm, history) => {
        const lock = createClockWorld(driftPpm);
        for (const one of history) {
          switch (one.what) {
            case 'wait':
              await lock.wait(one.ms);
              break;
            case 'told':
              expect(await lock.told(one.heldBackMs)).toBe(one.heldBackMs <= 30_000 ? 'ok' : 'late');
              break;
            case 'recorded':
              expect(await lock.replay(one.pick)).toBe('late');
              break;
            case 'battery':
              lock.pullBattery();
              break;
            case 'restart':
              lock.restart();
              break;
            case 'expired key': {
              // Longer ago than the clock may be wrong: what a good one may, and what the counter may have drifted since.
              const drift = Math.ceil(((lock.utc() - epochSeconds) * driftPpmAtMost) / 1_000_000);
              const margin = goodErrorSeconds + 2 + drift;
              const code = await lock.show(Math.floor(lock.utc()) - one.agoSeconds - margin);
              expect(code).not.toBe('ok');
              break;
            }
            case 'valid key': {
              const code = await lock.show(Math.floor(lock.utc()) + 3600);
              const status = await lock.look();
              if (status?.clockQuality === 'good') expect(code).toBe('ok');
              break;
            }
          }
          const status = await lock.look();
          if (status?.clockQuality === 'good') {
            expect(Math.abs(status.utcSeconds - lock.utc())).toBeLessThanOrEqual(goodErrorSeconds + 2);
          }
        }
      },
    ),
    { numRuns: 60 },
  ));
