import { describe, expect, test } from 'vitest';
import { faultOf } from './command-scene.test-rig.js';
import { createCommissioner, createFactoryLock, install } from './commission-scene.test-rig.js';
import { decodeLockMemory } from './lock-memory.js';
import { decodeLogHead } from './log-head.js';
import { createNodeCrypto } from './node-crypto.js';
import { createPortableCrypto } from './portable-crypto.js';
import { createFakeTime } from './session.test-rig.js';

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
