import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { fullFlood } from '../lock/handshake-flood.js';
import { emptyMemory, memoryUnder, rememberCertificate } from '../lock/lock-memory.js';
import type { OperationContext } from '../lock/operation-context.js';
import { createProperty, epochSeconds, withSeed } from '../session.test-rig.js';
import { withPlainTables } from '../spec-text.test-rig.js';
import { renderStateTable } from '../state-table.js';
import { makeImage, model, slotSizeBytes } from './firmware.test-rig.js';
import { signFirmwareManifest } from './firmware-manifest.js';
import { emptyFirmware, endTrial, type FirmwareMemory, startFirmware } from './firmware-memory.js';
import { encodeFirmwarePiece } from './firmware-message.js';
import { firmwareOperations } from './firmware-operation.js';
import { type FirmwareAt, type FirmwareHappening, firmwareTable } from './firmware-table.test-rig.js';

const crypto = withSeed(createNodeCrypto(), 1013);
const maker = crypto.ed25519KeyPair();
const image = makeImage(2, { sizeBytes: 300 });
const spoilt = image.map((byte, at) => (at === 9 ? byte ^ 1 : byte));
const sign = (bytes: Uint8Array, version = 2) =>
  signFirmwareManifest(crypto, maker.secret, { model, version, size: bytes.length, digest: crypto.sha256(bytes) });
const manifest = sign(image);
const other = sign(makeImage(3, { sizeBytes: 10 }), 3);
const older = sign(makeImage(0, { sizeBytes: 10 }), 1);

const property = createProperty(crypto);
const caller = crypto.x25519KeyPair();
const [tag, nothing] = [crypto.randomBytes(8), new Uint8Array(0)];
const grant = property.grant({ locks: [tag], holderPublicKey: caller.publicKey, rights: ['update-firmware'] });

function ask(firmware: FirmwareMemory, name: keyof typeof firmwareOperations, body: Uint8Array) {
  const memory = rememberCertificate(memoryUnder(emptyMemory, property.trust), property.certificates.grant);
  const parts = { makerPublicKey: maker.publicKey, model, version: 1, slotSizeBytes };
  const context: OperationContext = {
    ...{ crypto, tag, callerPublicKey: caller.publicKey, trust: property.trust },
    ...{ operation: { name, body }, shown: { grant }, memory: { ...memory, firmware } },
    ...{ challenge: nothing, handshakeHash: nothing, connectionAgeMs: 0, at: 0, awake: { flood: fullFlood } },
    clock: { quality: 'good', utcSeconds: epochSeconds },
    lock: { crypto, identity: caller, firmware: parts },
    readings: {
      ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false },
    },
  };
  return firmwareOperations[name](context);
}

const take = (firmware: FirmwareMemory, name: keyof typeof firmwareOperations, body: Uint8Array): FirmwareMemory =>
  ask(firmware, name, body).memory.firmware;
const piece = (bytes: Uint8Array, offset = 0) => encodeFirmwarePiece({ offset, bytes });

const offered = take(emptyFirmware, 'firmware-offer', manifest);
const half = take(offered, 'firmware-put', piece(image.slice(0, 100)));
const whole = take(half, 'firmware-put', piece(image.slice(100), 100));
const wrong = take(offered, 'firmware-put', piece(spoilt));
const pending = take(whole, 'firmware-commit', nothing);
const slots = [undefined, image];
const trying = startFirmware(crypto, pending, slots).firmware;

const samples: Readonly<Record<FirmwareAt, readonly FirmwareMemory[]>> = {
  settled: [emptyFirmware, { slot: 1, leastVersion: 1 }],
  receiving: [offered, half, whole, wrong],
  pending: [pending],
  trying: [trying, startFirmware(crypto, pending, [undefined, spoilt]).firmware],
};

const asked =
  (name: keyof typeof firmwareOperations, ...bodies: readonly Uint8Array[]) =>
  (before: FirmwareMemory) =>
    bodies.map((body) => take(before, name, body));
const happen: Readonly<Record<FirmwareHappening, (before: FirmwareMemory) => readonly FirmwareMemory[]>> = {
  offer: asked('firmware-offer', manifest, other, older, nothing),
  put: asked('firmware-put', piece(image.slice(0, 50)), piece(image.slice(100, 200), 100), piece(image, 7), nothing),
  commit: asked('firmware-commit', nothing),
  'switched on': (before) => [slots, [undefined, spoilt], []].map((now) => startFirmware(crypto, before, now).firmware),
  proven: (before) => [endTrial(before, { slot: before.slot === 0 ? 1 : 0, isGood: true }).firmware],
  failed: (before) => [
    endTrial(before, { slot: before.slot === 0 ? 1 : 0, isGood: false }).firmware,
    endTrial(before, { slot: before.slot, isGood: true }).firmware,
  ],
};

function placeOf({ staging, trial }: FirmwareMemory): FirmwareAt {
  if (trial) return trial.isBegun ? 'trying' : 'pending';
  return staging ? 'receiving' : 'settled';
}

describe('states × events of firmware', () => {
  const cells = Object.entries(firmwareTable).flatMap(([at, row]) =>
    Object.keys(row).map((event) => [at as FirmwareAt, event as FirmwareHappening] as const),
  );

  test.each(cells)('%s × %s goes where the table says, and nowhere else', (at, event) => {
    const reached = samples[at].flatMap((before) => {
      expect(placeOf(before)).toBe(at);
      return happen[event](before).map(placeOf);
    });
    expect([...new Set(reached)].sort()).toEqual([...firmwareTable[at][event].to].sort());
  });

  test('stand in SPEC.md as the code has them', () => {
    const spec = withPlainTables(readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8'));
    expect(spec).toContain(renderStateTable(firmwareTable));
  });

  test('what is answered in each state', () => {
    const codes = (firmware: FirmwareMemory) => [
      ask(firmware, 'firmware-offer', manifest).code,
      ask(firmware, 'firmware-put', piece(image.slice(0, 50))).code,
      ask(firmware, 'firmware-commit', nothing).code,
    ];
    expect(codes(emptyFirmware)).toEqual(['ok', 'bad-frame', 'bad-frame']);
    expect(codes(half)).toEqual(['ok', 'ok', 'digest']);
    expect(codes(whole)).toEqual(['ok', 'ok', 'ok']);
    expect(codes(wrong)).toEqual(['ok', 'ok', 'digest']);
    for (const trial of [pending, trying]) expect(codes(trial)).toEqual(['busy', 'bad-frame', 'ok']);
    expect(startFirmware(crypto, pending, slots).slot).toBe(1);
    expect(startFirmware(crypto, trying, slots).slot).toBe(0);
    expect(startFirmware(crypto, pending, [image, spoilt]).slot).toBe(0);
  });
});
