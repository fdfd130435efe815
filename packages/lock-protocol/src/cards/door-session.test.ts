import { expect, test } from 'vitest';
import type { AnswerCode } from '../answer-code.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createLockSession, type LockReader } from '../lock/lock-session.js';
import type { LogEntry } from '../log/lock-log.js';
import { createFakeTime, epochSeconds, settle } from '../session.test-rig.js';
import type { CardChallenge } from './door-state.js';

const crypto = createNodeCrypto();
const tag = crypto.randomBytes(8);
const trust = { rootPublicKey: new Uint8Array(32), property: new Uint8Array(8), epoch: 1 };
const phone = { technology: 'public-key', uid: Uint8Array.of(8, 1, 2, 3) } as const;

function createSession(check?: LockReader['check']) {
  const time = createFakeTime();
  const log: LogEntry[] = [];
  const told: AnswerCode[] = [];
  const session = createLockSession({
    ...{ crypto, tag, identity: crypto.x25519KeyPair(), trust: () => trust },
    readings: () => ({
      ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false },
    }),
    actuate: async () => ({ outcome: 'executed', bolt: 'unlocked' }),
    onLog: (entry) => log.push(entry),
    ...{ now: time.now, startTimer: time.startTimer },
    ...(check ? { reader: { check, refused: (code: AnswerCode) => told.push(code) } } : {}),
  });
  return { session, log, told };
}

test('a lock’s driver hands a challenge to its reader, with the lock’s tag, and tells what came of it', async () => {
  const asked: { readonly challenge: CardChallenge; readonly lock: Uint8Array }[] = [];
  const { session, log, told } = createSession(async (challenge, lock) => {
    asked.push({ challenge, lock });
    return { outcome: 'proven', publicKey: crypto.p256KeyPair().publicKey };
  });
  session.card(phone);
  session.card(phone);
  await settle();
  expect(asked.map(({ lock }) => lock)).toEqual([tag, tag]);
  const nonces = asked.map(({ challenge }) => Buffer.from(challenge.nonce).toString('hex'));
  expect(new Set(nonces).size).toBe(2);
  expect(asked[0]?.challenge.nonce).toHaveLength(16);
  // The first was forgotten for the second.
  expect(told).toEqual(['card-unknown']);
  expect(log.map(({ type, result }) => `${type} ${result}`)).toEqual(['card card-unknown']);
  session.close();
});

test('a reader that fails has lost its card, and a lock without one challenges none', async () => {
  const failing = createSession(() => Promise.reject(new Error('The antenna is broken.')));
  failing.session.card(phone);
  await settle();
  expect(failing.told).toEqual(['bad-frame']);
  const without = createSession();
  without.session.card(phone);
  without.session.code('1234');
  await settle();
  expect(without.log.map(({ result }) => result)).toEqual(['code-unknown', 'unsupported']);
  failing.session.close();
  without.session.close();
});
