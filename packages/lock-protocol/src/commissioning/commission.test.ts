import { describe, expect, test } from 'vitest';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { splitMessage } from '../encoding/frame.js';
import { faultOf } from '../lock/command-scene.test-rig.js';
import { decodeLockMemory } from '../lock/lock-memory.js';
import { decodeOperationAnswer, type OperationName, operationNames } from '../lock/operation-message.js';
import { decodeLogHead } from '../log/log-head.js';
import { decodeResult, encodeRequest } from '../message.js';
import { createHandshake, type NoiseTransport, readMessage, split, writeMessage } from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { createFakeTime, epochSeconds, settle } from '../session.test-rig.js';
import { type CommissionOrder, encodeCommissionOrder, orderMarkOf } from './commission-order.js';
import { createCommissioner, createFactoryLock, type FactoryLock, install } from './commission-scene.test-rig.js';
import { signLockCertificate } from './lock-certificate.js';
import type { LockKeys } from './lock-keys.js';
import { setupPsk } from './setup-label.js';

function createScene(provider = createNodeCrypto()) {
  const time = createFakeTime();
  const lock = createFactoryLock({ crypto: provider, time });
  const by = createCommissioner(provider);
  return { crypto: provider, time, lock, by };
}

describe.each([createNodeCrypto(), createPortableCrypto()])('commissioning on the $name provider', (provider) => {
  test.each([false, true])('ends with a lock that obeys, and says so (suite 2: %s)', async (suite2) => {
    const time = createFakeTime();
    const lock = createFactoryLock({ crypto: provider, time, suite2 });
    const by = createCommissioner(provider, 3);
    lock.session().present();
    const kept: Uint8Array[] = [];
    const onProgress = (progress: Uint8Array) => void kept.push(progress);
    const done = await install({ crypto: provider, time, lock, by, change: { onProgress } });
    expect(done.identity).toEqual({ ...lock.keys(), resets: 0 });
    expect(lock.session().trust()).toMatchObject(by.trust);
    expect(decodeLogHead(done.head)).toMatchObject({ lock: lock.self().tag, epoch: 3, seq: 1, resets: 0 });
    expect(lock.log.map(({ type, result }) => [type, result])).toEqual([['commission', 'ok']]);
    expect(kept).toHaveLength(3);
    lock.restart();
    expect(lock.session().trust()).toMatchObject(by.trust);
    expect(decodeLockMemory(lock.dump().memory ?? new Uint8Array(0)).epoch).toBe(3);
  });
});

describe('a lock lets an installer in', () => {
  test('only while somebody has shown to be inside, and for two minutes', async () => {
    const { lock, time, ...scene } = createScene();
    const closed = { code: 'commission', reason: 'not-admitted' };
    expect(await faultOf(install({ lock, time, ...scene }))).toEqual(closed);
    lock.session().present();
    await time.advance(120_001);
    expect(await faultOf(install({ lock, time, ...scene }))).toEqual(closed);
    expect(lock.log.map(({ type, result }) => [type, result])).toEqual([
      ['session', 'auth'],
      ['session', 'auth'],
    ]);
    lock.session().present();
    await time.advance(120_000);
    await install({ lock, time, ...scene });
    expect(lock.session().trust()).toBeDefined();
  });
});

/** A caller for tests that opens an installer's session and says whatever it likes. */
async function openRawInstaller(o: {
  readonly crypto: CryptoProvider;
  readonly lock: FactoryLock;
  readonly mark?: Uint8Array;
  readonly secret?: Uint8Array;
}) {
  const { crypto, lock, mark = new Uint8Array(8), secret = lock.label.secret } = o;
  const link = lock.connect({ mtu: 517 });
  const inbox: Uint8Array[] = [];
  link.onFrame((frame) => inbox.push(frame.slice(3)));
  let counter = 0;
  const exchange = async (message: Uint8Array): Promise<Uint8Array | undefined> => {
    const { frames, nextCounter } = splitMessage(message, { mtu: 517, firstCounter: counter });
    counter = nextCounter;
    for (const frame of frames) await link.write(frame, { withResponse: false }).catch(() => undefined);
    await settle();
    return inbox.shift();
  };
  const info = await link.readInfo();
  const start = createHandshake({
    ...{ crypto, role: 'initiator', pattern: noisePatterns.XXpsk3, psk: setupPsk(crypto, secret) },
    ...{ prologue: sessionPrologue(crypto, info, 1), staticKeyPair: crypto.x25519KeyPair() },
  });
  const first = writeMessage(start, mark);
  const second = await exchange(first.message);
  if (!second) return undefined;
  const greeted = readMessage(first.state, second).state;
  let transport: NoiseTransport | undefined;
  return {
    link,
    async ask(payload: Uint8Array): Promise<Uint8Array | undefined> {
      if (!transport) {
        const third = writeMessage(greeted, payload);
        transport = split(third.state);
        const record = await exchange(third.message);
        return record && open(record);
      }
      const { cipher, record } = sealRecord(transport.send, payload);
      transport = { ...transport, send: cipher };
      const answer = await exchange(record);
      return answer && open(answer);
    },
  };

  function open(record: Uint8Array): Uint8Array | undefined {
    if (!transport) return undefined;
    const { cipher, plaintext } = openRecord(transport.receive, record);
    transport = { ...transport, receive: cipher };
    return plaintext;
  }
}

const operation = (name: OperationName, body: Uint8Array = new Uint8Array(0)) =>
  encodeRequest({ operation: { name, body } });

describe('a lock refuses', () => {
  test('another label: silence at message 3, and the order stays with the property', async () => {
    const { lock, ...scene } = createScene();
    lock.session().present();
    const other = createFactoryLock(scene);
    const wrong = install({ lock, ...scene, change: { label: other.label } });
    expect(await faultOf(wrong)).toEqual({ code: 'commission', reason: 'secret-refused' });
    expect(scene.by.signed()).toBe(0);
    expect(lock.session().trust()).toBeUndefined();
    expect(lock.log.map(({ type, result }) => [type, result])).toEqual([['session', 'auth']]);
  });

  test('a lock without a secret takes no installer at all', async () => {
    const { lock, ...scene } = createScene();
    const bare = createFactoryLock({ ...scene, withoutLabel: true });
    bare.session().present();
    expect(await faultOf(install({ ...scene, lock: bare, change: { label: lock.label } }))).toEqual({
      ...{ code: 'commission', reason: 'not-admitted' },
    });
  });

  test('whoever stands between: no byte of message 1, 2 or 3 may be another', async () => {
    for (const [direction, which] of [
      ['toLock', 0],
      ['toCaller', 0],
      ['toLock', 1],
    ] as const) {
      for (let at = 3; at < 59; at += 7) {
        const { lock, ...scene } = createScene();
        lock.session().present();
        let seen = -1;
        const flip = (frame: Uint8Array, deliver: (frame: Uint8Array) => void) => {
          seen += 1;
          deliver(seen === which ? frame.map((byte, index) => (index === at ? byte ^ 1 : byte)) : frame);
        };
        const link = lock.connect({ adversary: { [direction]: flip } });
        expect(await faultOf(install({ lock, ...scene, change: { link } }))).not.toBe('none');
        expect(scene.by.signed()).toBe(0);
        expect(lock.session().trust()).toBeUndefined();
      }
    }
  });

  test('whoever stands between with keys of his own learns nothing, and gives no order', async () => {
    const { lock, ...scene } = createScene();
    lock.session().present();
    // To the installer he is a lock, as far as he can be one without the secret of the label.
    const evil = createFactoryLock({ ...scene });
    evil.session().present();
    const link = evil.connect();
    const seen = await faultOf(install({ lock, ...scene, change: { link } }));
    expect(seen).toEqual({ code: 'commission', reason: 'secret-refused' });
    // To the lock he is an installer.
    const raw = await openRawInstaller({ ...scene, lock, secret: scene.crypto.randomBytes(16) });
    expect(await raw?.ask(operation('identify'))).toBeUndefined();
    expect(lock.session().trust()).toBeUndefined();
  });

  test.each([
    ['of another root', 'auth'],
    ['of another property', 'wrong-lock'],
    ['under a key of another use', 'auth'],
    ['for another lock’s keys', 'wrong-lock'],
    ['for its tag and another’s keys', 'wrong-lock'],
    ['without the P-256 key that it has', 'wrong-lock'],
    ['signed by nobody', 'auth'],
    ['issued outside its certificate', 'auth'],
    ['that is none', 'bad-frame'],
    ['with something critical', 'critical-field'],
  ] as const)('an order %s: %s', async (what, code) => {
    const crypto = createNodeCrypto();
    const time = createFakeTime();
    const lock = createFactoryLock({ crypto, time, suite2: true });
    const [by, other] = [createCommissioner(crypto), createCommissioner(crypto)];
    const { rootPublicKey, property } = by.trust;
    const stranger = createFactoryLock({ crypto, time, suite2: true }).keys();
    const sign = (keys: LockKeys, change: { issuedAt?: number; property?: Uint8Array } = {}) =>
      signLockCertificate(crypto, by.cert.secret, { ...keys, property, issuedAt: epochSeconds, epoch: 1, ...change });
    const order = (change: Partial<CommissionOrder> = {}) =>
      encodeCommissionOrder({
        ...{ rootPublicKey, property, certificate: by.certify(), lockCertificate: sign(lock.keys()) },
        ...change,
      });
    const { p256PublicKey: _left, ...withoutP256 } = lock.keys();
    const orders: Record<typeof what, Uint8Array> = {
      'of another root': order({ rootPublicKey: other.trust.rootPublicKey }),
      'of another property': order({ property: other.trust.property }),
      'under a key of another use': order({ certificate: by.certify({ use: 'grant' }) }),
      'for another lock’s keys': order({ lockCertificate: sign(stranger) }),
      'for its tag and another’s keys': order({ lockCertificate: sign({ ...stranger, lock: lock.keys().lock }) }),
      'without the P-256 key that it has': order({ lockCertificate: sign(withoutP256) }),
      'signed by nobody': order({ lockCertificate: sign(lock.keys()).map((byte, at) => (at > 200 ? byte ^ 1 : byte)) }),
      'issued outside its certificate': order({ lockCertificate: sign(lock.keys(), { issuedAt: 1 }) }),
      'that is none': Uint8Array.of(1, 2, 3),
      'with something critical': Uint8Array.of(0xa5, ...order().subarray(1), 0x0a, 0x00),
    };
    lock.session().present();
    const refused = install({ crypto, time, lock, by, change: { certify: async () => orders[what] } });
    expect(await faultOf(refused)).toEqual({ code: 'commission', reason: 'refused', answer: code });
    expect(lock.session().trust()).toBeUndefined();
    expect(lock.log).toEqual([]);
    await install({ crypto, time, lock, by, change: { certify: async () => order() } });
    expect(lock.session().trust()).toMatchObject(by.trust);
  });

  test('any other order once it obeys one, and confirms that one to whoever brings it again', async () => {
    const { lock, by, ...scene } = createScene();
    lock.session().present();
    const { order } = await install({ lock, by, ...scene });
    const closed = { code: 'commission', reason: 'not-admitted' };
    expect(await faultOf(install({ lock, by, ...scene }))).toEqual(closed);
    expect(await faultOf(install({ lock, ...scene, by: createCommissioner(scene.crypto) }))).toEqual(closed);
    const mark = orderMarkOf(scene.crypto, order);
    const raw = await openRawInstaller({ ...scene, lock, mark });
    const another = createCommissioner(scene.crypto).orderFor(lock.keys());
    const codes: unknown[] = [];
    for (const body of [another, order, another, order]) {
      const answer = await raw?.ask(operation('commission', body));
      codes.push(answer && decodeOperationAnswer(answer).code);
    }
    expect(codes).toEqual(['no-right', 'ok', 'no-right', 'ok']);
    expect(lock.session().trust()).toMatchObject(by.trust);
    expect(lock.log.filter(({ type }) => type === 'commission')).toHaveLength(1);
  });

  test('everything else in an installer’s session: no bolt moves, and nothing is told', async () => {
    const { lock, by, ...scene } = createScene();
    lock.session().present();
    const { order } = await install({ lock, by, ...scene });
    const raw = await openRawInstaller({ ...scene, lock, mark: orderMarkOf(scene.crypto, order) });
    for (const name of operationNames.filter((each) => each !== 'identify' && each !== 'commission')) {
      const answer = await raw?.ask(operation(name));
      expect([name, answer && decodeOperationAnswer(answer).code]).toEqual([name, 'no-right']);
    }
    const command = {
      action: 'unlock',
      commandId: new Uint8Array(8),
      ttlMs: 5000,
      intent: 'tap',
      via: 'local',
    } as const;
    const answer = await raw?.ask(encodeRequest({ command }));
    expect(answer && decodeResult(answer).code).toBe('no-right');
    const unreadable = await raw?.ask(Uint8Array.of(0xff));
    expect(unreadable && decodeResult(unreadable).code).toBe('bad-frame');
    expect(lock.moves).toEqual([]);
  });
});

describe('an installer has', () => {
  test('a minute to message 3 and between requests, three in all; a caller has no more than ever', async () => {
    const { lock, time, ...scene } = createScene();
    const answersAfter = async (waits: readonly number[]) => {
      lock.session().present();
      const raw = await openRawInstaller({ ...scene, lock });
      const answers: boolean[] = [];
      for (const wait of waits) {
        await time.advance(wait);
        answers.push((await raw?.ask(operation('identify'))) !== undefined);
      }
      raw?.link.close();
      return answers;
    };
    expect(await answersAfter([59_999])).toEqual([true]);
    expect(await answersAfter([60_000])).toEqual([false]);
    expect(await answersAfter([0, 59_999, 59_999, 59_999])).toEqual([true, true, true, true]);
    expect(await answersAfter([0, 60_000])).toEqual([true, false]);
    expect(await answersAfter([0, 59_000, 59_000, 59_000, 3_000])).toEqual([true, true, true, true, false]);
  });

  test('a limit of handshakes that fail, the same as callers', async () => {
    const { lock, ...scene } = createScene();
    lock.session().present();
    for (let times = 0; times < 10; times += 1) {
      const raw = await openRawInstaller({ ...scene, lock, secret: new Uint8Array(16) });
      expect(await raw?.ask(operation('identify'))).toBeUndefined();
    }
    const waiting = await openRawInstaller({ ...scene, lock });
    expect(waiting).toBeUndefined();
  });
});
