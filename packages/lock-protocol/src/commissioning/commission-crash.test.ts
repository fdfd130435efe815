import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { faultOf } from '../lock/command-scene.test-rig.js';
import { decodeLogHead } from '../log/log-head.js';
import { createFakeTime } from '../session.test-rig.js';
import type { CommissionOptions } from './commission-lock.js';
import { createCommissioner, createFactoryLock, install } from './commission-scene.test-rig.js';

const crypto = createNodeCrypto();

function createScene() {
  const time = createFakeTime();
  const lock = createFactoryLock({ crypto, time });
  const by = createCommissioner(crypto);
  let kept: Uint8Array | undefined;
  const attempt = (change: Partial<CommissionOptions> = {}) => {
    lock.session().present();
    return install({
      ...{ crypto, time, lock, by },
      change: {
        ...(kept ? { progress: kept } : {}),
        onProgress: (progress) => {
          kept = progress;
        },
        ...change,
      },
    });
  };
  const store = (progress: Uint8Array) => {
    kept = progress;
  };
  return { time, lock, by, attempt, store };
}

type Scene = ReturnType<typeof createScene>;

/** The lock obeys the one order that there is, or nobody; and what was broken off is completed, once. */
async function expectToComplete({ lock, by, attempt }: Scene): Promise<void> {
  lock.restart();
  const before = lock.session().trust();
  if (before) expect(before).toMatchObject(by.trust);
  const done = await attempt();
  expect(lock.session().trust()).toMatchObject(by.trust);
  expect(by.signed()).toBe(1);
  // Whatever became of the first attempt, one entry of the log says that the lock was commissioned.
  const entries = new Map(lock.log.filter(({ type }) => type === 'commission').map((entry) => [entry.seq, entry]));
  expect(entries.size).toBe(1);
  expect(decodeLogHead(done.head).seq).toBeGreaterThanOrEqual([...entries.keys()][0] ?? 0);
  const again = await attempt();
  expect(again).toEqual(done);
}

async function countSteps(): Promise<{ readonly uses: number; readonly frames: number }> {
  const { lock, attempt } = createScene();
  let frames = 0;
  const toLock = (frame: Uint8Array, deliver: (frame: Uint8Array) => void) => {
    frames += 1;
    deliver(frame);
  };
  const link = lock.connect({ adversary: { toLock } });
  await attempt({ link });
  return { uses: lock.done(), frames };
}

const { uses, frames } = await countSteps();

describe('commissioning that is broken off is completed, and the lock is commissioned once', () => {
  test('there are steps at which it can be broken off', () => {
    expect(uses).toBeGreaterThan(5);
    expect(frames).toBeGreaterThan(3);
  });

  test.each(Array.from({ length: uses }, (_, at) => at))('when the power fails at write %i', async (at) => {
    const scene = createScene();
    scene.lock.powerLeft = at;
    await faultOf(scene.attempt());
    expect(scene.lock.isDead()).toBe(true);
    await expectToComplete(scene);
  });

  test.each(Array.from({ length: frames }, (_, at) => at))(
    'when the link is lost before frame %i of the installer',
    async (at) => {
      const scene = createScene();
      let left = at;
      scene.lock.session().present();
      const link = scene.lock.connect({
        adversary: {
          toLock: (frame, deliver) => {
            if (left === 0) return link.close();
            left -= 1;
            deliver(frame);
          },
        },
      });
      expect(await faultOf(scene.attempt({ link }))).not.toBe('none');
      await expectToComplete(scene);
    },
  );

  test.each([0, 1, 2, 3])('when the link is lost before answer %i of the lock', async (at) => {
    const scene = createScene();
    let left = at;
    const link = scene.lock.connect({
      adversary: {
        toCaller: (frame, deliver) => {
          if (left === 0) return link.close();
          left -= 1;
          deliver(frame);
        },
      },
    });
    const fault = await faultOf(scene.attempt({ link }));
    expect(fault === 'none').toBe(at === 3);
    await expectToComplete(scene);
  });

  test.each([
    ['before', 1],
    ['before', 2],
    ['before', 3],
    ['after', 1],
    ['after', 2],
    ['after', 3],
  ] as const)('when the app is killed %s it has stored step %i', async (when, step) => {
    const scene = createScene();
    const killed = new AbortController();
    let left: number = step;
    const link = scene.lock.connect();
    const onProgress = (progress: Uint8Array): Promise<void> => {
      left -= 1;
      if (left > 0 || when === 'after') scene.store(progress);
      if (left > 0) return Promise.resolve();
      killed.abort();
      link.close();
      return Promise.reject(new Error('The app was killed.'));
    };
    const fault = await scene.attempt({ link, onProgress, signal: killed.signal }).then(
      () => 'none',
      () => 'failed',
    );
    expect(fault).toBe('failed');
    await expectToComplete(scene);
  });

  test('when the property cannot be reached: what the lock said is kept, and serves the next time', async () => {
    const scene = createScene();
    const certify = () => Promise.reject(new Error('No network.'));
    expect(await faultOf(scene.attempt({ certify }))).toMatchObject({ code: 'command', reason: 'authority-failed' });
    expect(scene.lock.session().trust()).toBeUndefined();
    await expectToComplete(scene);
  });

  test('by a lock that was reset meanwhile: it has other keys, and so it takes another order', async () => {
    const scene = createScene();
    const certify = () => Promise.reject(new Error('No network.'));
    await faultOf(scene.attempt({ certify }));
    scene.lock.session().factoryReset();
    const done = await scene.attempt();
    expect(done.identity).toEqual({ ...scene.lock.keys(), resets: 1 });
    expect(scene.by.signed()).toBe(1);
  });
});
