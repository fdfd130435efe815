import { describe, expect, test } from 'vitest';
import { openVisit } from '../caller/open-visit.js';
import { performUnlock } from '../caller/perform-unlock.js';
import type { KeyPair } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeCbor } from '../encoding/cbor.js';
import { faultOf } from '../lock/command-scene.test-rig.js';
import { liveThroughCommand } from '../lock/lived-command.test-rig.js';
import { lockLimits } from '../lock/lock-limits.js';
import { lockStep } from '../lock/lock-machine.js';
import { decodeLockMemory, emptyMemory } from '../lock/lock-memory.js';
import { openRawCaller } from '../lock/raw-caller.test-rig.js';
import { decodeLogHead, verifyLogHead } from '../log/log-head.js';
import { encodeRequest } from '../message.js';
import { type Grant, signGrant } from '../objects/grant.js';
import { createFakeTime, epochSeconds } from '../session.test-rig.js';
import { createHouse } from '../stolen-lock.test-rig.js';
import { encodeDecommission } from './commission-operation.js';
import {
  type Commissioner,
  createCommissioner,
  createFactoryLock,
  type FactoryLock,
  install,
} from './commission-scene.test-rig.js';

const crypto = createNodeCrypto();
const commandId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** A lock that obeys a property, and one of its holders. */
async function createScene() {
  const time = createFakeTime();
  const lock = createFactoryLock({ crypto, time, suite2: true });
  const by = createCommissioner(crypto);
  lock.session().present();
  const done = await install({ crypto, time, lock, by });
  const caller = crypto.x25519KeyPair();
  const signing = crypto.ed25519KeyPair();
  const certificate = by.certify({ use: 'grant', publicKey: signing.publicKey });
  const grant = (change: Partial<Grant> = {}) =>
    signGrant(crypto, signing.secret, {
      ...{ grantId: crypto.randomBytes(8), locks: [lock.self().tag], holderPublicKey: caller.publicKey, epoch: 1 },
      ...{ notBefore: epochSeconds, expires: epochSeconds + 86_400, issuedAt: epochSeconds },
      rights: ['unlock', 'local', 'commission', 'status'],
      ...change,
    });
  const visit = async (lockPublicKey = lock.self().identity.publicKey) => {
    const link = lock.connect();
    const clock = { now: time.now, startTimer: time.startTimer };
    const open = await openVisit({ ...{ crypto, link, lockPublicKey, caller }, ...clock });
    return { ask: open.ask, end: () => link.close() };
  };
  const decommission = async (shown: Uint8Array, body = encodeDecommission(commandId)) => {
    const open = await visit();
    const answer = await open.ask({ name: 'decommission', body }, { grant: shown, certificate });
    open.end();
    return answer;
  };
  return { time, lock, by, done, caller, certificate, grant, visit, decommission };
}

function unlock(
  { lock, time, certificate }: { lock: FactoryLock; time: ReturnType<typeof createFakeTime>; certificate: Uint8Array },
  o: { readonly grant: Uint8Array; readonly caller: KeyPair; readonly lockPublicKey: Uint8Array },
) {
  const { grant, caller, lockPublicKey } = o;
  const link = lock.connect();
  return performUnlock({
    ...{ crypto, link, lockPublicKey, caller, now: time.now, startTimer: time.startTimer },
    command: { commandId: crypto.randomBytes(8), action: 'unlock', ttlMs: 5000, intent: 'tap' },
    authority: async () => ({ kind: 'grant', grant, certificate }),
  }).finally(() => link.close());
}

/** Nothing of before opens the lock, and it cannot be who it was. */
async function expectForgotten(
  scene: Awaited<ReturnType<typeof createScene>>,
  before: FactoryLock['self'] extends () => infer S ? S : never,
) {
  const { lock, caller, certificate, time } = scene;
  const self = lock.self();
  for (const [old, now] of [
    [before.tag, self.tag],
    [before.identity.secret, self.identity.secret],
    [before.p256Identity?.secret, self.p256Identity?.secret],
    [before.signingSecret, self.signingSecret],
  ]) {
    expect(now).toBeDefined();
    expect(now).not.toEqual(old);
  }
  expect(lock.session().trust()).toBeUndefined();
  const memory = decodeLockMemory(lock.dump().memory ?? new Uint8Array(0));
  expect(memory).toEqual({ ...emptyMemory, firmware: memory.firmware, log: memory.log });
  // Its old static key answers no more, and with the new one the old grant is of nobody.
  const grant = scene.grant({ locks: [before.tag, self.tag] });
  const old = unlock({ lock, time, certificate }, { grant, caller, lockPublicKey: before.identity.publicKey });
  expect(await faultOf(old)).not.toBe('none');
  const answer = await unlock({ lock, time, certificate }, { grant, caller, lockPublicKey: self.identity.publicKey });
  expect(answer.code).toBe('auth');
  expect(lock.moves).toEqual([]);
}

describe('T21: a lock that is reset from inside', () => {
  test('obeys nobody, has other keys and another tag, and counts the reset where its next property sees it', async () => {
    const scene = await createScene();
    const { lock, by, done, time } = scene;
    const [before, keys] = [lock.self(), lock.keys()];
    lock.session().factoryReset();
    await expectForgotten(scene, before);
    // The order of before names other keys; a new one is obeyed, and the head says what happened.
    lock.session().present();
    const stale = install({ crypto, time, lock, by, change: { certify: async () => by.orderFor(keys) } });
    expect(await faultOf(stale)).toEqual({ code: 'commission', reason: 'refused', answer: 'wrong-lock' });
    const again = await install({ crypto, time, lock, by });
    expect(again.identity).toEqual({ ...lock.keys(), resets: 1 });
    expect(decodeLogHead(again.head)).toMatchObject({ resets: 1, lock: lock.self().tag });
    const old = { publicKey: done.identity.signingPublicKey, tag: done.identity.lock };
    expect(verifyLogHead(crypto, again.head, old)).toMatchObject({ ok: false });
    expect(lock.log.map(({ type }) => type)).toContain('reset');
  });

  test('in whatever state its link is: the session ends, and the next is under the new keys', async () => {
    const { lock, visit, grant, certificate } = await createScene();
    const open = await visit();
    const status = { name: 'status', body: new Uint8Array(0) } as const;
    expect((await open.ask(status, { grant: grant(), certificate })).code).toBe('ok');
    lock.session().factoryReset();
    await expect(open.ask(status)).rejects.toMatchObject({ info: { code: 'command', reason: 'link-closed' } });
    await visit(lock.self().identity.publicKey);
  });

  test('from each state of its link: a bolt that moves moves on, and nobody is served under the old keys', () => {
    const lived = liveThroughCommand({ crypto, mtu: 247, warm: false });
    const { lockContext, readings, property } = lived;
    const expected = {
      ...{ idle: 'idle', ready: 'closing', handshake: 'closing', session: 'closing' },
      ...{ moving: 'finishing', enrolling: 'closing', finishing: 'finishing', closing: 'closing' },
    } as const;
    const seen = new Set<string>();
    for (const { state } of lived.locks) {
      const moment = { at: 0, readings, trust: property.trust };
      const { state: next, effects } = lockStep(lockContext, state, { type: 'factory-reset', ...moment });
      seen.add(state.at);
      expect(next.at).toBe(expected[state.at]);
      const types = effects.map(({ type }) => type);
      expect(types.filter((type) => type === 'disconnect')).toHaveLength(state.at === 'idle' ? 0 : 1);
      expect(types.at(-1)).toBe('forget-identity');
      expect(types.indexOf('persist')).toBeGreaterThan(types.lastIndexOf('write-set'));
      expect(types.indexOf('persist')).toBeGreaterThan(types.lastIndexOf('write-log'));
      expect(next.memory).toEqual({ ...emptyMemory, firmware: state.memory.firmware, log: next.memory.log });
      expect(next.memory.log.resets).toBe(state.memory.log.resets + 1);
    }
    expect([...seen].sort()).toEqual(['handshake', 'idle', 'moving', 'ready', 'session']);
  });

  test('when the power fails at any write of the reset: it is who it was and obeys, or neither', async () => {
    const counted = await createScene();
    const start = counted.lock.done();
    counted.lock.session().factoryReset();
    const writes = counted.lock.done() - start;
    expect(writes).toBeGreaterThan(3);
    for (let at = 0; at < writes; at += 1) {
      const scene = await createScene();
      const { lock, by } = scene;
      const before = lock.self();
      lock.powerLeft = at;
      lock.session().factoryReset();
      lock.restart();
      if (lock.session().trust() === undefined) await expectForgotten(scene, before);
      else {
        expect(lock.session().trust()).toMatchObject(by.trust);
        expect(lock.self()).toBe(before);
      }
      lock.session().factoryReset();
      await expectForgotten(scene, before);
    }
  });
});

test('whoever guesses codes has new tries after a reset, and no code to find any more', async () => {
  const { a, by, cards, time } = await createHouse(crypto);
  const [code = ''] = cards.codes;
  for (let tries = 0; tries < lockLimits.codeTries; tries += 1) expect(await a.enter('0000')).toBe('code-unknown');
  expect(await a.enter(code)).toBe('busy');
  a.lock.restart();
  expect(await a.enter(code)).toBe('busy');
  a.lock.session().factoryReset();
  expect(await a.enter(code)).toBe('auth');
  const banks = a.lock.dump().setBanks;
  expect(banks.map((bank) => bank.every((byte) => byte === 0xff))).toEqual(banks.map(() => true));
  a.lock.session().present();
  await install({ crypto, time, lock: a.lock, by });
  for (let tries = 0; tries < lockLimits.codeTries; tries += 1) expect(await a.enter(code)).toBe('code-unknown');
  expect(await a.enter(code)).toBe('busy');
  expect(a.lock.moves).toEqual([]);
});

describe('a lock is decommissioned', () => {
  test('by who has the right, while somebody is inside; its last word counts the reset', async () => {
    const scene = await createScene();
    const { lock, decommission, grant, time, done } = scene;
    const before = lock.self();
    await time.advance(121_000);
    expect(await decommission(grant())).toMatchObject({ code: 'presence' });
    expect(lock.session().trust()).toBeDefined();
    lock.session().present();
    for (const rights of [['unlock', 'local'], ['configure'], ['status', 'log', 'deliver']] as const) {
      expect(await decommission(grant({ rights }))).toMatchObject({ code: 'no-right' });
    }
    expect(await decommission(grant({ role: 'gateway' }))).toMatchObject({ code: 'no-right' });
    expect(await decommission(grant(), new Uint8Array(0))).toMatchObject({ code: 'bad-frame' });
    expect(await decommission(grant(), encodeCbor(new Map([[4, 1]])))).toMatchObject({ code: 'critical-field' });
    expect(lock.self()).toBe(before);
    const answer = await decommission(grant());
    expect(answer.code).toBe('ok');
    const signer = { publicKey: done.identity.signingPublicKey, tag: done.identity.lock };
    expect(verifyLogHead(crypto, answer.body, signer)).toMatchObject({ ok: true, statement: { resets: 1, seq: 1 } });
    expect(lock.log.slice(-2).map(({ type, result }) => [type, result])).toEqual([
      ['decommission', 'ok'],
      ['reset', 'ok'],
    ]);
    expect(lock.log.filter(({ type }) => type === 'decommission').map(({ result }) => result)).toEqual([
      'presence',
      'ok',
    ]);
    await expectForgotten(scene, before);
  });

  test('and its answer may be lost with the power: it obeys, or it has forgotten', async () => {
    const obeying: boolean[] = [];
    for (let at = 0; at < 10; at += 1) {
      const scene = await createScene();
      const { lock, decommission, grant } = scene;
      const before = lock.self();
      // The certificate of grants is learned first.
      await decommission(grant({ rights: ['status'] }));
      lock.powerLeft = at;
      await decommission(grant()).catch(() => undefined);
      lock.restart();
      obeying.push(lock.session().trust() !== undefined);
      if (lock.session().trust() === undefined) await expectForgotten(scene, before);
      else expect(lock.self()).toBe(before);
    }
    expect(new Set(obeying).size).toBe(2);
  });
});

test('a lock that learns of a higher epoch logs it, with the certificate, before what is done under it', async () => {
  const { lock, by, caller, time } = await createScene();
  const signing = crypto.ed25519KeyPair();
  const certificate = by.certify({ use: 'grant', publicKey: signing.publicKey, epoch: 9 });
  const grant = signGrant(crypto, signing.secret, {
    ...{ grantId: crypto.randomBytes(8), locks: [lock.self().tag], holderPublicKey: caller.publicKey, epoch: 9 },
    ...{ notBefore: epochSeconds, expires: epochSeconds + 60, issuedAt: epochSeconds, rights: ['unlock', 'local'] },
  });
  const o = { grant, caller, lockPublicKey: lock.self().identity.publicKey };
  expect(await unlock({ lock, time, certificate }, o)).toMatchObject({ code: 'ok' });
  expect(await unlock({ lock, time, certificate }, o)).toMatchObject({ code: 'ok' });
  const entries = lock.log.filter(({ type }) => type === 'epoch');
  const kid = crypto.sha256(signing.publicKey).slice(0, 4);
  expect(entries.map(({ actor, commandId: numbers }) => [actor.slice(0, 4), [...numbers]])).toEqual([
    [kid, [0, 0, 0, 1, 0, 0, 0, 9]],
  ]);
  expect(lock.log.map(({ type }) => type)).toEqual(['commission', 'epoch', 'unlock', 'unlock']);
});

test('a caller is told nothing of who a lock is, and gives it no order', async () => {
  const { lock, by, caller }: { lock: FactoryLock; by: Commissioner; caller: KeyPair } = await createScene();
  for (const [name, body] of [
    ['identify', new Uint8Array(0)],
    ['commission', by.orderFor(lock.keys())],
  ] as const) {
    const link = lock.connect();
    const raw = await openRawCaller({ crypto, link, lockPublicKey: lock.self().identity.publicKey, caller });
    expect(await raw.ask(encodeRequest({ operation: { name, body } }))).toMatchObject({ code: 'no-right' });
    link.close();
  }
});
