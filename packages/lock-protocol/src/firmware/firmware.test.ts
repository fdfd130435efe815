import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeCbor } from '../encoding/cbor.js';
import { decodeStatus } from '../lock/lock-status.js';
import { encodeLogNumbers } from '../log/lock-log.js';
import { rightNames } from '../objects/rights.js';
import { withSeed } from '../session.test-rig.js';
import {
  createFirmwareLock,
  cutModes,
  type FirmwareLock,
  makeImage,
  model,
  slotSizeBytes,
} from './firmware.test-rig.js';
import { decodeFirmwareManifest } from './firmware-manifest.js';
import { decodeFirmwareHeld, encodeFirmwarePiece, firmwarePieceLimit } from './firmware-message.js';
import { type FirmwareUpdateEnd, updateFirmware } from './update-firmware.js';

const crypto = withSeed(createNodeCrypto(), 24);
const sizeBytes = 300;
const second = makeImage(2, { sizeBytes });
const nothing = new Uint8Array(0);

/** Brings an image in as many visits as the power and the link allow for. */
async function bring(
  lock: FirmwareLock,
  manifest: Uint8Array,
  image: Uint8Array,
): Promise<{ readonly ends: readonly FirmwareUpdateEnd['outcome'][]; readonly last: FirmwareUpdateEnd }> {
  const ends: FirmwareUpdateEnd['outcome'][] = [];
  for (;;) {
    const { visit, shown, lose } = await lock.visit();
    try {
      const last = await updateFirmware(visit, { manifest, image, shown, pieceBytes: 100 });
      ends.push(last.outcome);
      lose();
      if (last.outcome !== 'restarting' || ends.length > 4) return { ends, last };
    } catch {
      // The power failed, or the link: the next visit goes on.
      lose();
    }
  }
}

async function offer(lock: FirmwareLock, manifest: Uint8Array) {
  const { visit, shown, lose } = await lock.visit();
  const answer = await visit.ask({ name: 'firmware-offer', body: manifest }, shown);
  lose();
  return answer;
}

describe('an update', () => {
  test('is brought, starts in the other slot, proves itself, and is told to the log', async () => {
    const lock = createFirmwareLock(crypto);
    const manifest = lock.sign({ image: second, leastVersion: 2 });
    const { ends } = await bring(lock, manifest, second);
    expect(ends).toEqual(['restarting', 'installed']);
    expect(lock.running()).toEqual({ slot: 1, version: 2 });
    expect(lock.memory().firmware).toEqual({ slot: 1, leastVersion: 2 });
    expect(lock.log).toMatchObject([
      { type: 'firmware', result: 'ok', commandId: encodeLogNumbers(1, 2), actor: crypto.sha256(second).slice(0, 12) },
    ]);
    const third = makeImage(3, { sizeBytes: 200 });
    expect((await bring(lock, lock.sign({ image: third }), third)).ends).toEqual(['restarting', 'installed']);
    expect(lock.running()).toEqual({ slot: 0, version: 3 });
    expect(lock.memory().firmware).toEqual({ slot: 0, leastVersion: 2 });
  });

  test('is told in the status: the version that runs, which an update changes when it has started', async () => {
    const lock = createFirmwareLock(crypto);
    const told = async () => {
      const { visit, shown, lose } = await lock.visit(['status']);
      const { body } = await visit.ask({ name: 'status', body: nothing }, shown);
      lose();
      return decodeStatus(body).firmwareVersion;
    };
    expect(await told()).toBe(1);
    await bring(lock, lock.sign({ image: second }), second);
    expect(await told()).toBe(2);
    expect(await told()).toBe(lock.running().version);
  });

  test('goes on in a later visit with the byte where the link was lost', async () => {
    const lock = createFirmwareLock(crypto);
    const manifest = lock.sign({ image: second });
    let sent = 0;
    for (let visits = 0; visits < 3; visits += 1) {
      const { visit, shown, lose } = await lock.visit();
      const onHeld = () => {
        sent += 1;
        lose();
      };
      const update = { manifest, image: second, shown, pieceBytes: 100, onHeld };
      await expect(updateFirmware(visit, update)).rejects.toThrow();
    }
    expect(sent).toBe(3);
    expect((await bring(lock, manifest, second)).ends).toEqual(['restarting', 'installed']);
  });

  test('is begun anew by another manifest; pieces come in order, and one that came before changes nothing', async () => {
    const lock = createFirmwareLock(crypto);
    const { visit, shown } = await lock.visit();
    const put = async (offset: number, bytes: Uint8Array) =>
      (await visit.ask({ name: 'firmware-put', body: encodeFirmwarePiece({ offset, bytes }) }, shown)).code;
    const held = async (manifest: Uint8Array) =>
      decodeFirmwareHeld((await visit.ask({ name: 'firmware-offer', body: manifest }, shown)).body);
    expect(await put(0, second)).toBe('bad-frame');
    expect((await visit.ask({ name: 'firmware-commit', body: nothing }, shown)).code).toBe('bad-frame');
    const manifest = lock.sign({ image: second });
    expect(await held(manifest)).toBe(0);
    expect(await put(1, second.slice(1, 2))).toBe('bad-frame');
    expect(await put(0, second.slice(0, 200))).toBe('ok');
    const before = lock.writes();
    expect(await put(0, second.slice(0, 100))).toBe('ok');
    expect(lock.writes()).toBe(before);
    expect(await put(100, second.slice(100, 300))).toBe('bad-frame');
    expect(await put(200, new Uint8Array(101))).toBe('bad-frame');
    expect(await held(manifest)).toBe(200);
    const third = makeImage(3, { sizeBytes });
    expect(await held(lock.sign({ image: third }))).toBe(0);
    expect(await put(200, second.slice(200))).toBe('bad-frame');
    expect(await held(manifest)).toBe(0);
    visit.end();
  });
});

describe('T24: what is refused changes nothing, and the old image starts', () => {
  const versions = { version: 5 };
  const image = makeImage(6, { sizeBytes });
  const other = crypto.ed25519KeyPair();
  const cases: readonly (readonly [string, string, (lock: FirmwareLock) => Uint8Array])[] = [
    ['unsigned', 'auth', () => encodeCbor(new Map())],
    ['of another maker', 'auth', (lock) => lock.sign({ image }, other.secret)],
    ['for another model', 'wrong-lock', (lock) => lock.sign({ image, model: `${model}b` })],
    ['older', 'revision-old', (lock) => lock.sign({ image, version: 4 })],
    ['of the same version', 'duplicate', (lock) => lock.sign({ image, version: 5 })],
    ['too big', 'full', (lock) => lock.sign({ image, size: slotSizeBytes + 1 })],
  ];

  test.each(cases)('%s: %s', async (_name, code, manifestOf) => {
    const lock = createFirmwareLock(crypto, versions);
    expect((await offer(lock, manifestOf(lock))).code).toBe(code);
    lock.powerCycle();
    expect(lock.running().version).toBe(5);
    expect(lock.slots[1].every((byte) => byte === 0xff)).toBe(true);
    expect(lock.memory().firmware).toEqual({ slot: 0, leastVersion: 0 });
  });

  test('with any bit of its manifest flipped, or cut short', async () => {
    const lock = createFirmwareLock(crypto);
    const { visit, shown } = await lock.visit();
    const manifest = lock.sign({ image: second, leastVersion: 2 });
    for (let bit = 0; bit < manifest.length * 8; bit += 1) {
      const body = manifest.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect((await visit.ask({ name: 'firmware-offer', body }, shown)).code).toBe('auth');
    }
    for (let size = 1; size < manifest.length; size += 1) {
      const body = manifest.slice(0, size);
      expect((await visit.ask({ name: 'firmware-offer', body }, shown)).code).toBe('auth');
    }
    expect((await visit.ask({ name: 'firmware-offer', body: manifest }, shown)).code).toBe('ok');
    visit.end();
  });

  test('half-sent: it is not started, and goes on where it was', async () => {
    const lock = createFirmwareLock(crypto);
    const { visit, shown, lose } = await lock.visit();
    const manifest = lock.sign({ image: second });
    await visit.ask({ name: 'firmware-offer', body: manifest }, shown);
    await visit.ask({ name: 'firmware-put', body: encodeFirmwarePiece({ offset: 0, bytes: second.slice(0, 299) }) });
    expect((await visit.ask({ name: 'firmware-commit', body: nothing })).code).toBe('digest');
    lose();
    lock.powerCycle();
    expect(lock.running()).toEqual({ slot: 0, version: 1 });
    expect(decodeFirmwareHeld((await offer(lock, manifest)).body)).toBe(299);
    expect((await bring(lock, manifest, second)).ends).toEqual(['restarting', 'installed']);
  });

  test('corrupted at any byte on the way: it is not started, the log says so, and it comes anew', async () => {
    const lock = createFirmwareLock(crypto);
    const manifest = lock.sign({ image: second });
    for (let at = 0; at < sizeBytes; at += 1) {
      const image = second.map((byte, index) => (index === at ? byte ^ 1 : byte));
      const { last } = await bring(lock, manifest, image);
      expect(last).toEqual({ outcome: 'refused', code: 'digest', sentBytes: sizeBytes });
      if (at === 0) expect(lock.log.at(-1)).toMatchObject({ type: 'firmware', result: 'digest' });
    }
    lock.powerCycle();
    expect(lock.running()).toEqual({ slot: 0, version: 1 });
    expect((await bring(lock, manifest, second)).ends).toEqual(['restarting', 'installed']);
  });

  test('corrupted at any byte in its slot, before it is committed or after', async () => {
    for (let at = 0; at < sizeBytes; at += 1) {
      const lock = createFirmwareLock(crypto);
      const manifest = lock.sign({ image: second });
      const { visit, shown, lose } = await lock.visit();
      await visit.ask({ name: 'firmware-offer', body: manifest }, shown);
      await visit.ask({ name: 'firmware-put', body: encodeFirmwarePiece({ offset: 0, bytes: second }) });
      const spoil = () => {
        lock.slots[1][at] = (second[at] ?? 0) ^ 0x80;
      };
      if (at % 2 === 0) {
        lose();
        spoil();
        lock.powerCycle();
        expect((await bring(lock, manifest, second)).last).toMatchObject({ code: 'digest' });
      } else {
        await visit.ask({ name: 'firmware-commit', body: nothing });
        spoil();
        lock.powerCycle();
        expect(lock.log.at(-1)).toMatchObject({ type: 'firmware', commandId: encodeLogNumbers(2, 1) });
      }
      expect(lock.running()).toEqual({ slot: 0, version: 1 });
      expect(lock.memory().firmware.trial).toBeUndefined();
    }
  });

  test('by whoever lacks the right to it, or at a lock that knows no maker', async () => {
    const lock = createFirmwareLock(crypto);
    const bodies = [
      ['firmware-offer', lock.sign({ image: second })],
      ['firmware-put', encodeFirmwarePiece({ offset: 0, bytes: second })],
      ['firmware-commit', nothing],
    ] as const;
    for (const right of rightNames) {
      for (const [name, body] of bodies) {
        const { visit, shown, lose } = await lock.visit([right]);
        const { code } = await visit.ask({ name, body }, shown);
        expect(code === 'no-right').toBe(right !== 'update-firmware');
        lose();
      }
    }
    const made = createFirmwareLock(crypto, { knowsMaker: false });
    expect((await offer(made, lock.sign({ image: second }))).code).toBe('unsupported');
  });
});

describe('T24: an update that is interrupted goes on, or is taken back', () => {
  test.each(cutModes)('the power fails %s any write', async (mode) => {
    const whole = createFirmwareLock(crypto);
    await bring(whole, whole.sign({ image: second, leastVersion: 2 }), second);
    const steps = whole.writes();
    expect(steps).toBeGreaterThan(10);
    for (let step = 1; step <= steps; step += 1) {
      const lock = createFirmwareLock(crypto);
      const manifest = lock.sign({ image: second, leastVersion: 2 });
      lock.cutAt(step, mode);
      const { ends, last } = await bring(lock, manifest, second);
      expect([step, ends, last]).toEqual([step, expect.anything(), { outcome: 'installed', sentBytes: 0 }]);
      expect(lock.running()).toEqual({ slot: 1, version: 2 });
      expect(lock.memory().firmware).toEqual({ slot: 1, leastVersion: 2 });
      expect(lock.slots[1].slice(0, sizeBytes)).toEqual(second);
    }
  });

  test('an image that fails its self-test is taken back, whenever the power fails', async () => {
    const bad = makeImage(2, { sizeBytes, passes: false });
    const tried = async (step: number, mode: (typeof cutModes)[number]) => {
      const lock = createFirmwareLock(crypto);
      const manifest = lock.sign({ image: bad, leastVersion: 2 });
      lock.cutAt(step, mode);
      const { visit, shown, lose } = await lock.visit();
      const update = { manifest, image: bad, shown, pieceBytes: 100 };
      const end = await updateFirmware(visit, update).catch(() => undefined);
      lose();
      lock.powerCycle();
      expect(lock.running()).toEqual({ slot: 0, version: 1 });
      expect(lock.memory().firmware).toMatchObject({ slot: 0, leastVersion: 0 });
      expect(lock.memory().firmware.trial).toBeUndefined();
      return { lock, end };
    };
    const { lock, end } = await tried(Number.POSITIVE_INFINITY, 'after');
    expect(end?.outcome).toBe('restarting');
    expect(lock.log.map(({ commandId }) => commandId)).toEqual([encodeLogNumbers(1, 2), encodeLogNumbers(2, 1)]);
    for (const mode of cutModes) for (let step = 1; step <= lock.writes(); step += 1) await tried(step, mode);
  });

  test('an image during whose trial the power fails is not started a second time', async () => {
    const lock = createFirmwareLock(crypto);
    lock.loseTrial();
    const { visit, shown, lose } = await lock.visit();
    const end = await updateFirmware(visit, { manifest: lock.sign({ image: second }), image: second, shown });
    expect(end).toEqual({ outcome: 'restarting', sentBytes: sizeBytes });
    lose();
    lock.powerCycle();
    expect(lock.running()).toEqual({ slot: 0, version: 1 });
    expect(lock.log.at(-1)).toMatchObject({ type: 'firmware', commandId: encodeLogNumbers(2, 1) });
    lock.powerCycle();
    expect(lock.log).toHaveLength(2);
  });
});

test('T24: what was too old once stays too old, after a reset to the factory state as well', async () => {
  const lock = createFirmwareLock(crypto);
  const third = makeImage(3, { sizeBytes });
  await bring(lock, lock.sign({ image: third, leastVersion: 3 }), third);
  lock.factoryReset();
  lock.powerCycle();
  expect(lock.memory().firmware).toEqual({ slot: 1, leastVersion: 3 });
  expect((await offer(lock, lock.sign({ image: second }))).code).toBe('revision-old');
  // Whoever writes an old image into the flash itself still cannot bring another old one.
  lock.slots[1].set(makeImage(1, { sizeBytes }));
  lock.powerCycle();
  expect(lock.running().version).toBe(1);
  expect((await offer(lock, lock.sign({ image: second }))).code).toBe('revision-old');
  expect((await offer(lock, lock.sign({ image: third }))).code).toBe('ok');
});

test('T24: any bytes are answered', async () => {
  const lock = createFirmwareLock(crypto);
  const { visit, shown } = await lock.visit();
  const names = ['firmware-offer', 'firmware-put', 'firmware-commit'] as const;
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.record({ offset: fc.nat(400), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }).map(encodeFirmwarePiece),
  );
  await visit.ask({ name: 'firmware-offer', body: lock.sign({ image: second }) }, shown);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), bodies, async (name, body) => {
      const { code } = await visit.ask({ name, body }, shown);
      expect(['ok', 'auth', 'bad-frame', 'critical-field', 'digest']).toContain(code);
    }),
    { seed: 24, numRuns: 300 },
  );
  expect(() => encodeFirmwarePiece({ offset: 0, bytes: new Uint8Array(firmwarePieceLimit) })).not.toThrow();
  visit.end();
});

test('a manifest has one encoding, and limits', () => {
  const lock = createFirmwareLock(crypto);
  const manifest = { model, version: 2, size: sizeBytes, digest: crypto.sha256(second) };
  expect(decodeFirmwareManifest(lock.sign({ image: second }))).toEqual(manifest);
  expect(decodeFirmwareManifest(lock.sign({ image: second, leastVersion: 2 }))).toEqual({
    ...manifest,
    leastVersion: 2,
  });
  for (const wrong of [
    { model: '' },
    { model: 'x'.repeat(33) },
    { version: 0 },
    { version: 2 ** 32 },
    { size: 0 },
    { digest: nothing },
    { leastVersion: 3 },
  ]) {
    expect(() => lock.sign({ image: second, ...wrong })).toThrow('OLP1-firmware');
  }
});
