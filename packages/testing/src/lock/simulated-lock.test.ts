import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeServiceData,
  emptyLog,
  type LockAnswer,
  nextLogHead,
  performUnlock,
  serviceFlags,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAir, type VirtualAir } from '../air/air.js';
import { createFakeClock } from '../fake-clock.js';
import { installHciShim } from '../hci-shim.js';
import { findPeripheral, type NobleInstance, nobleForks, openLockLink, poweredOn } from '../noble-fork.js';
import { createPropertyFixture, type PropertyFixture } from './property-fixture.js';
import { createSimulatedLock, type SimulatedLock, type SimulatedLockOptions } from './simulated-lock.js';

const crypto = createNodeCrypto();
const caller = crypto.x25519KeyPair();

for (const fork of nobleForks) {
  describe.skipIf(fork.missing !== undefined)(`a simulated lock over ${fork.name} ${fork.missing ?? ''}`, () => {
    let air: VirtualAir;
    let noble: NobleInstance;
    let uninstall: () => void;
    let property: PropertyFixture;
    let directory: string;
    let lock: SimulatedLock;
    let lastAddress = 0;

    beforeAll(async () => {
      air = createAir({ seed: 3 });
      const adapter = air.addController({ address: '00:1b:dc:00:00:01' });
      uninstall = installHciShim(() => adapter);
      if (fork.missing !== undefined) return;
      noble = fork.open(0);
      await poweredOn(noble);
    });

    afterAll(() => {
      uninstall();
      air.close();
    });

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'latchwork-lock-'));
      property = createPropertyFixture({ crypto });
    });

    afterEach(async () => {
      await lock.close();
      await rm(directory, { recursive: true, force: true });
    });

    async function startLock(options: Partial<SimulatedLockOptions> = {}): Promise<void> {
      lastAddress += 1;
      lock = await createSimulatedLock({
        air,
        address: `c0:00:00:00:00:${lastAddress.toString(16).padStart(2, '0')}`,
        crypto,
        advertisingIntervalMs: 20,
        storagePath: join(directory, 'lock.flash'),
        ...options,
      });
    }

    async function unlock(
      commandId: Uint8Array,
      onFrame: (size: number) => void = () => {},
      by = { caller, lockPublicKey: lock.publicKey },
    ): Promise<LockAnswer> {
      const peripheral = await findPeripheral(noble, lock.address);
      await peripheral.connectAsync();
      try {
        const link = await openLockLink(peripheral);
        link.onFrame((frame) => onFrame(frame.length));
        return await performUnlock({
          crypto,
          link,
          ...by,
          command: { commandId, action: 'unlock', ttlMs: 10_000, intent: 'staff' },
          authority: async (challenge) => property.authorize({ tag: lock.tag, commandId, challenge }),
          now: () => performance.now(),
        });
      } finally {
        await peripheral.disconnectAsync();
      }
    }

    test('opens for a token of its property, relocks by itself and keeps a chained log', async () => {
      await startLock({ trust: property.trust, relockMs: 50 });
      const moves: string[] = [];
      const relocked = new Promise<void>((resolve) => {
        lock.events.on('bolt', ({ bolt }) => {
          moves.push(bolt);
          if (bolt === 'locked') resolve();
        });
      });
      const answer = await unlock(crypto.randomBytes(8));
      expect(answer).toMatchObject({ code: 'ok', bolt: 'unlocked', batteryPercent: 90, repeated: false });
      await relocked;
      expect(moves).toEqual(['unlocked', 'locked']);
      expect(lock.boltMoves).toBe(1);
      const head = lock.log.reduce((before, entry) => nextLogHead(crypto, before, entry), emptyLog);
      expect(answer.logSeq).toBe(head.seq);
      expect(answer.logHead).toEqual(head.hash.slice(0, 16));
    });

    test('T1: a repeated command id gets the stored answer, also after its batteries were pulled', async () => {
      await startLock({ trust: property.trust });
      const commandId = crypto.randomBytes(8);
      expect(await unlock(commandId)).toMatchObject({ code: 'ok', repeated: false });
      expect(await unlock(commandId)).toMatchObject({ code: 'ok', repeated: true });
      const before = { tag: lock.tag, publicKey: lock.publicKey, identity: lock.identityPublicKey, log: lock.log };
      await lock.close();
      await startLock();
      expect({ tag: lock.tag, publicKey: lock.publicKey, identity: lock.identityPublicKey }).toEqual({
        tag: before.tag,
        publicKey: before.publicKey,
        identity: before.identity,
      });
      expect(lock.log.slice(0, before.log.length)).toEqual(before.log);
      expect(await unlock(commandId)).toMatchObject({ code: 'ok', repeated: true });
      expect(lock.boltMoves).toBe(1);
    });

    test('started again on its file, its bolt and batteries are as they were left, and an open one relocks', async () => {
      await startLock();
      lock.batteryPercent = 33;
      lock.turnBolt('unlocked');
      await lock.close();
      const time = createFakeClock();
      await startLock({ time, relockMs: 20 });
      expect([lock.bolt, lock.batteryPercent]).toEqual(['unlocked', 33]);
      await time.advance(20);
      expect(lock.bolt).toBe('locked');
      lock.batteryPercent = null;
      await lock.close();
      await startLock();
      expect([lock.bolt, lock.batteryPercent]).toEqual(['locked', null]);
      await lock.close();
      await startLock({ batteryPercent: 70 });
      expect(lock.batteryPercent).toBe(70);
    });

    test('each answer is one frame once the MTU is agreed on', async () => {
      await startLock({ trust: property.trust });
      const sizes: number[] = [];
      // Only the first unlock brings the signer's certificate along, when the lock asks for it.
      await unlock(crypto.randomBytes(8));
      await unlock(crypto.randomBytes(8), (size) => sizes.push(size));
      expect(sizes).toHaveLength(2);
    });

    test('opens in suite 2 for a phone with a P-256 key, with keys that stay until a reset draws others', async () => {
      await startLock({ trust: property.trust, suite2: true });
      const { p256PublicKey = new Uint8Array(0) } = lock;
      await lock.close();
      await startLock();
      expect(lock.p256PublicKey).toEqual(p256PublicKey);
      const phone = { caller: crypto.p256KeyPair(), lockPublicKey: p256PublicKey };
      expect(await unlock(crypto.randomBytes(8), undefined, phone)).toMatchObject({ code: 'ok' });
      expect(await unlock(crypto.randomBytes(8))).toMatchObject({ code: 'ok' });
      expect(lock.boltMoves).toBe(2);
      lock.factoryReset();
      expect(lock.p256PublicKey).toHaveLength(33);
      expect(lock.p256PublicKey).not.toEqual(p256PublicKey);
    });

    test('says that it is stuck when the motor turns in vain', async () => {
      await startLock({ trust: property.trust });
      lock.jammed = true;
      expect(await unlock(crypto.randomBytes(8))).toMatchObject({ code: 'jammed', bolt: 'locked' });
      expect(lock.boltMoves).toBe(0);
    });

    test('obeys nobody before it is commissioned, and says so to everybody', async () => {
      await startLock();
      const flags = async (): Promise<number | undefined> => {
        const peripheral = await findPeripheral(noble, lock.address);
        const [data] = peripheral.advertisement.serviceData;
        return data === undefined ? undefined : decodeServiceData(data.data).flags;
      };
      expect(await flags()).toBe(1);
      const refused = await unlock(crypto.randomBytes(8)).then(
        ({ code }) => code,
        () => 'ended',
      );
      expect(refused).not.toBe('ok');
      expect(lock.boltMoves).toBe(0);
      await lock.commission(property.trust);
      expect(await flags()).toBe(0);
      expect(await unlock(crypto.randomBytes(8))).toMatchObject({ code: 'ok' });
    });

    test('P-12: says on the air that something happened at the door, also after a cut of the power', async () => {
      await startLock({ trust: property.trust });
      const flags = async (): Promise<number | undefined> => {
        const peripheral = await findPeripheral(noble, lock.address);
        const [data] = peripheral.advertisement.serviceData;
        return data === undefined ? undefined : decodeServiceData(data.data).flags;
      };
      expect(await unlock(crypto.randomBytes(8))).toMatchObject({ code: 'ok' });
      expect(await flags()).toBe(0);
      lock.enterCode('123456');
      await expect.poll(flags, { timeout: 30_000 }).toBe(serviceFlags.eventsWaiting);
      lock.cutPower();
      await lock.powerOn();
      expect(await flags()).toBe(serviceFlags.eventsWaiting);
    });

    test('batteries that give way under the motor end everything, and the lock starts again knowing that it began', async () => {
      await startLock({ trust: property.trust, batteryPercent: 12, bootMs: 50 });
      await unlock(crypto.randomBytes(8));
      lock.battery.sagPercent = 12;
      const back = new Promise<void>((resolve) => {
        lock.events.on('power', ({ on }) => {
          if (on) resolve();
        });
      });
      // Its caller loses the link; noble never settles what was asked of it then.
      void unlock(crypto.randomBytes(8)).catch(() => {});
      await back;
      expect([lock.powered, lock.bolt, lock.boltMoves]).toEqual([true, 'unknown', 1]);
      expect(lock.log.map(({ type }) => type)).toEqual(['boot', 'unlock', 'boot']);
    });

    test('says low-battery and does not try', async () => {
      await startLock({ trust: property.trust, batteryPercent: 4 });
      expect(await unlock(crypto.randomBytes(8))).toMatchObject({
        code: 'low-battery',
        bolt: 'locked',
        batteryPercent: 4,
      });
      expect(lock.boltMoves).toBe(0);
    });

    test('T21, at the lock: reset from inside it advertises another tag, has other keys, and obeys nobody', async () => {
      await startLock({ trust: property.trust });
      await unlock(crypto.randomBytes(8));
      const before = { tag: lock.tag, publicKey: lock.publicKey, label: lock.label };
      lock.factoryReset();
      expect(lock.tag).not.toEqual(before.tag);
      expect(lock.publicKey).not.toEqual(before.publicKey);
      expect(lock.trust).toBeUndefined();
      lock.cutPower();
      await lock.powerOn();
      expect(lock.tag).not.toEqual(before.tag);
      expect(lock.trust).toBeUndefined();
      expect(lock.log.at(0)).toMatchObject({ type: 'reset', seq: 1 });
      await expect(unlock(crypto.randomBytes(8)).then(({ code }) => code)).resolves.not.toBe('ok');
    });

    test('T22: two locks share no secret and nothing of one is advertised by the other', async () => {
      await startLock();
      const first = lock;
      await startLock({ storagePath: join(directory, 'second.flash') });
      expect(lock.tag).not.toEqual(first.tag);
      expect(lock.publicKey).not.toEqual(first.publicKey);
      expect(lock.identityPublicKey).not.toEqual(first.identityPublicKey);
      await first.close();
    });
  });
}
