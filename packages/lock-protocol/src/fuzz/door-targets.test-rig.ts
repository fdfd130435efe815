import { decodeCardFact, encodeCardFact } from '../cards/card-log.js';
import { decodeCardReport, encodeCardReport } from '../cards/card-report.js';
import { cardTechnologies } from '../cards/card-technology.js';
import type { CardCheck } from '../cards/door-state.js';
import { decodeFirmwareManifest, signFirmwareManifest, verifyFirmwareManifest } from '../firmware/firmware-manifest.js';
import { decodeFirmwareHeld, encodeFirmwareHeld } from '../firmware/firmware-message.js';
import type { LockState } from '../lock/lock-state.js';
import { epochSeconds } from '../session.test-rig.js';
import { type HeldEntry, holdEntry } from '../sets/held-entry.js';
import { emptySet } from '../sets/held-set.js';
import { encodeSetEntry } from '../sets/set-entry.js';
import { signedTargets } from './object-targets.test-rig.js';
import { knowingLock, momentAt, stepLock } from './session.test-rig.js';
import { copiedUid, sampleEntries } from './set-targets.test-rig.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget, readerTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** Cards, codes and firmware: what they say, and what they do to a lock. */
export function doorTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, maker } = world;
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
  const manifest = { model: 'LW-1', version: 7, size: 300_000, digest: crypto.randomBytes(32) };
  return [
    readerTarget({
      ...{
        name: 'card fact',
        covers: ['decodeCardFact'],
        corpus: [encodeCardFact({ entryId: 7, proof: 2, action: 'unlock' })],
      },
      read: (input) => (input.length === 8 ? decodeCardFact({ commandId: input }) : undefined),
      write: encodeCardFact,
    }),
    readerTarget({
      ...{ name: 'card report', covers: ['decodeCardReport'], read: decodeCardReport },
      corpus: [
        encodeCardReport({ technology: 'desfire', uid, genuine: true }),
        encodeCardReport({ technology: 'public-key', uid, publicKey: crypto.p256KeyPair().publicKey }),
      ],
    }),
    readerTarget({
      ...{ name: 'firmware held', covers: ['decodeFirmwareHeld'], corpus: [encodeFirmwareHeld(3072)] },
      ...{ read: decodeFirmwareHeld, write: encodeFirmwareHeld },
    }),
    ...signedTargets(world, {
      ...{
        name: 'firmware manifest',
        type: 'OLP1-firmware',
        covers: ['decodeFirmwareManifest', 'verifyFirmwareManifest'],
      },
      values: [manifest, { ...manifest, leastVersion: 5 }],
      decode: decodeFirmwareManifest,
      sign: (value) => signFirmwareManifest(crypto, maker.secret, value),
      verify: (bytes) => verifyFirmwareManifest(crypto, bytes, maker.publicKey),
    }),
    houseTarget(world),
  ];
}

/** Whatever happens at the door of a lock with a set, in any order. */
function houseTarget(world: FuzzWorld): FuzzTarget {
  const { crypto, lock: identity } = world;
  const entries = sampleEntries(world);
  const held = new Map<number, HeldEntry>();
  for (const entry of entries) {
    const one = holdEntry(crypto, identity.secret, encodeSetEntry(entry));
    if (typeof one === 'object') held.set(entry.id, one);
  }
  const digest = new Uint8Array(32);
  const mark = { epoch: 1, revision: 1, digest, issuedAt: epochSeconds, minimumClass: 0, bank: 0 } as const;
  const knowing = knowingLock(world);
  const begun: LockState = { ...knowing, memory: { ...knowing.memory, set: { ...emptySet, entries: held, mark } } };
  const uids = [
    Uint8Array.of(4, 1, 2, 3, 4, 5, 6),
    copiedUid,
    Uint8Array.of(8, 1, 2, 3),
    new Uint8Array(10),
    new Uint8Array(0),
  ];
  const run = (input: Uint8Array): boolean => {
    const tape = createTape(input);
    let lock = begun;
    let at = 0;
    const meet = (event: Parameters<typeof stepLock>[2]): void => {
      const step = stepLock(world, lock, event);
      lock = step.lock;
      const opens = step.effects.some(({ type }) => type === 'actuate-door');
      if (opens && !['card', 'card-checked', 'code'].includes(event.type))
        throw new FuzzFault('A door opens by itself.');
      if (step.effects.some(({ type }) => type === 'actuate'))
        throw new FuzzFault('A door opens for a session that is none.');
    };
    while (!tape.isOver()) {
      const moment = momentAt(world, at);
      const wish = tape.next(2) === 0 ? 'unlock' : 'hold-open';
      switch (tape.next(9)) {
        case 0:
        case 1: {
          const technology = cardTechnologies[tape.next(cardTechnologies.length)] ?? 'uid-only';
          const uid = uids[tape.next(uids.length)] ?? digest;
          meet({ ...moment, type: 'card', wish, sighting: { technology, uid }, nonce: digest.slice(16) });
          break;
        }
        case 2: {
          const outcome = (['proven', 'refused', 'lost', 'unsupported'] as const)[tape.next(4)] ?? 'lost';
          const result: CardCheck =
            outcome === 'proven' ? { outcome, publicKey: tape.bytes(tape.next(34)) } : { outcome };
          meet({ ...moment, type: 'card-checked', check: tape.next(4), result });
          break;
        }
        case 3: {
          const digits = String.fromCharCode(...tape.bytes(tape.next(16)));
          meet({ ...moment, type: 'code', digits: tape.next(2) === 0 ? '123456' : digits, wish });
          break;
        }
        case 4:
          meet({ ...moment, type: 'door-actuated', outcome: tape.next(2) === 0 ? 'executed' : 'jammed' });
          break;
        case 5:
          at += tape.next() * 1000;
          meet({ ...momentAt(world, at), type: 'timer' });
          break;
        case 6:
          meet({ ...moment, type: 'noticed', notice: { type: 'manual', bolt: 'unlocked' } });
          break;
        case 7:
          meet({
            ...moment,
            type: 'booted',
            slot: tape.next(2) === 0 ? 0 : 1,
            selfTest: tape.next(2) === 0 ? 'passed' : 'failed',
          });
          break;
        default:
          meet({ ...moment, type: tape.next(8) === 0 ? 'factory-reset' : 'present' });
      }
    }
    return true;
  };
  return { name: 'lock: the door itself', covers: [], share: 6, corpus: tapes(world, 96), run };
}
