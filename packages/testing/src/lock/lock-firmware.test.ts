import {
  decodeLockMemory,
  openVisit,
  signFirmwareManifest,
  signGrant,
  signPropertyCertificate,
  updateFirmware,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.js';
import { createMemoryStore, type FlashStore } from './flash.js';
import { type BenchLock, startBenchLock } from './lock-bench.test-rig.js';
import { makeLockImage, runningFirmware } from './lock-firmware.js';
import { firmwareSlotSizeBytes, lockFlashGeometry } from './lock-flash.js';

const crypto = createNodeCrypto();
const root = crypto.ed25519KeyPair();
const signer = crypto.ed25519KeyPair();
const maker = crypto.ed25519KeyPair();
const property = crypto.randomBytes(8);
const trust = { rootPublicKey: root.publicKey, property, epoch: 1 };
const begins = Math.floor(createFakeClock().now() / 1000) - 60;
const life = { notBefore: begins, expires: begins + 30 * 86_400 };
const certificate = signPropertyCertificate(crypto, root.secret, {
  ...{ property, publicKey: signer.publicKey, use: 'grant', epoch: 1 },
  ...life,
});
const firmware = { makerPublicKey: maker.publicKey, model: 'simulated', version: 1 };
const image = makeLockImage({ version: 2, sizeBytes: 3_000 });
const sign = (bytes: Uint8Array) =>
  signFirmwareManifest(crypto, maker.secret, {
    ...{ model: 'simulated', version: new DataView(bytes.buffer).getUint32(0), leastVersion: 2 },
    ...{ size: bytes.length, digest: crypto.sha256(bytes) },
  });

const start = (store: FlashStore, cutAfter?: number): BenchLock =>
  startBenchLock({ crypto, store, firmware, ...(cutAfter === undefined ? {} : { cutAfter }) });

function makeStore(): FlashStore {
  const store = createMemoryStore(lockFlashGeometry);
  const lock = start(store);
  lock.program.commission(trust);
  lock.program.stop();
  return store;
}

/** One visit that brings what it can. */
async function bring(lock: BenchLock, bytes: Uint8Array): Promise<string> {
  const caller = crypto.x25519KeyPair();
  const grant = signGrant(crypto, signer.secret, {
    ...{ grantId: crypto.randomBytes(8), locks: [lock.program.identity.tag], holderPublicKey: caller.publicKey },
    ...{ issuedAt: life.notBefore, epoch: 1, rights: ['update-firmware'], flags: ['no-clock-ok'] },
    ...life,
  });
  try {
    const visit = await openVisit({
      ...{ crypto, link: lock.connect(), lockPublicKey: lock.program.staticKeys.publicKey, caller },
      now: lock.time.monotonic,
    });
    const end = await updateFirmware(visit, { manifest: sign(bytes), image: bytes, shown: { grant, certificate } });
    visit.end();
    return end.outcome === 'refused' ? end.code : end.outcome;
  } catch {
    return 'lost';
  } finally {
    lock.program.stop();
  }
}

describe('T24: firmware in flash', () => {
  test('an update comes into the other slot, and runs after the restart that the lock asks for', async () => {
    const store = makeStore();
    const lock = start(store);
    expect(await bring(lock, image)).toBe('restarting');
    expect([lock.program.firmwareVersion, lock.wantsRestart()]).toEqual([1, true]);
    const next = start(store);
    expect(next.program.firmwareVersion).toBe(2);
    expect(decodeLockMemory(next.storage.record.memory ?? new Uint8Array()).firmware).toEqual({
      ...{ slot: 1, leastVersion: 2 },
    });
    expect(await bring(next, image)).toBe('installed');
    const again = start(store);
    expect(await bring(again, makeLockImage({ version: 3, sizeBytes: firmwareSlotSizeBytes + 1 }))).toBe('full');
  });

  test('the power fails at bytes all over an update: it goes on, and never runs half of it', async () => {
    const whole = start(makeStore());
    const from = whole.flash.writtenBytes;
    await bring(whole, image);
    const total = whole.flash.writtenBytes - from;
    expect(total).toBeGreaterThan(image.length);
    const points = 80;
    for (let point = 0; point < points; point += 1) {
      const store = makeStore();
      const cut = start(store);
      cut.flash.cutAfter(Math.floor((point * total) / points));
      const outcomes = [await bring(cut, image)];
      while (outcomes.at(-1) !== 'installed' && outcomes.length < 6) {
        const lock = start(store);
        const { version } = runningFirmware(
          firmware,
          lock.storage.firmwareSlots[lock.program.firmwareVersion === 2 ? 1 : 0],
        );
        expect(lock.program.firmwareVersion).toBe(version);
        outcomes.push(await bring(lock, image));
      }
      expect(outcomes.at(-1)).toBe('installed');
      const { firmwareSlots } = start(store).storage;
      expect(firmwareSlots[1].slice(0, image.length)).toEqual(image);
    }
  });

  test('the power fails while an image is on trial, or the image fails its test: the old one runs', async () => {
    const store = makeStore();
    await bring(start(store), image);
    // Every byte until the trial is over, beginning with the memory that says it has begun.
    const trial = createMemoryStore(lockFlashGeometry, store);
    const first = start(trial);
    const total = first.flash.writtenBytes;
    expect(first.program.firmwareVersion).toBe(2);
    const versions = new Set<number | undefined>();
    for (let bytes = 0; bytes < total; bytes += 37) {
      const copy = createMemoryStore(lockFlashGeometry, store);
      start(copy, bytes).program.stop();
      versions.add(start(copy).program.firmwareVersion);
      const { firmware: kept } = decodeLockMemory(start(copy).storage.record.memory ?? new Uint8Array());
      expect(kept.trial).toBeUndefined();
      expect(kept.leastVersion).toBe(kept.slot === 1 ? 2 : 0);
    }
    expect([...versions].sort()).toEqual([1, 2]);
    const bad = makeStore();
    const failing = makeLockImage({ version: 2, sizeBytes: 500, passesSelfTest: false });
    expect(await bring(start(bad), failing)).toBe('restarting');
    expect(start(bad).wantsRestart()).toBe(true);
    const old = start(bad);
    expect([old.program.firmwareVersion, old.wantsRestart()]).toEqual([1, false]);
    expect(old.program.log.filter(({ type }) => type === 'firmware')).toHaveLength(2);
  });
});
