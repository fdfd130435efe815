import type { LockLink } from '../caller/lock-link.js';
import { openVisit, type Visit } from '../caller/open-visit.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { decodeLockMemory, emptyMemory, encodeLockMemory, type LockMemory } from '../lock/lock-memory.js';
import { createLockSession, type LockSession } from '../lock/lock-session.js';
import type { LogEntry } from '../log/lock-log.js';
import { writeLogImage } from '../log/log-image.js';
import type { Right } from '../objects/rights.js';
import { createFakeTime, createProperty, epochSeconds } from '../session.test-rig.js';
import { type FirmwareManifest, signFirmwareManifest } from './firmware-manifest.js';
import type { FirmwareSlot } from './firmware-memory.js';
import type { FirmwareWrite } from './firmware-state.js';
import { startLockFirmware } from './start-lock-firmware.js';

/** An image that says its version, and whether it will pass its self-test. */
export function makeImage(version: number, o: { sizeBytes: number; passes?: boolean }): Uint8Array {
  const image = Uint8Array.from({ length: o.sizeBytes }, (_, at) => (at * 7 + version) & 0xff);
  image[0] = version;
  image[1] = o.passes === false ? 0 : 1;
  return image;
}

function makeFlash(image: Uint8Array): Uint8Array {
  const flash = new Uint8Array(slotSizeBytes).fill(0xff);
  flash.set(image);
  return flash;
}

/** What the test's power cuts throw. */
export class PowerCut extends Error {}

/** How a write ends at which the power fails: before it, in its midst, or just after it. */
export const cutModes = ['before', 'torn', 'after'] as const;

/** A lock with two slots, whose power may fail at any of its writes. */
export interface FirmwareLock {
  readonly maker: { readonly publicKey: Uint8Array; readonly secret: Uint8Array };
  readonly log: readonly LogEntry[];
  /** What is in them, after the images as much as it takes. */
  readonly slots: readonly [Uint8Array, Uint8Array];
  /** What runs. */
  readonly running: () => { readonly slot: FirmwareSlot; readonly version: number };
  readonly memory: () => LockMemory;
  /** Writes and restarts so far. */
  readonly writes: () => number;
  /** The power fails at the `count`th write from now. */
  cutAt(count: number, mode: (typeof cutModes)[number]): void;
  /** Switches the lock off and on until it stays on, as a visit does when it is off. */
  powerCycle(): void;
  /** Loses its power when the image on trial has started, before it has tested itself. */
  loseTrial(): void;
  factoryReset(): void;
  sign(manifest: Partial<FirmwareManifest> & { image: Uint8Array }, secret?: Uint8Array): Uint8Array;
  /** A visit by somebody with these rights, and how to lose its link. */
  visit(rights?: readonly Right[]): Promise<{ readonly visit: Visit; readonly shown: Shown; lose(): void }>;
}

interface Shown {
  readonly grant: Uint8Array;
  readonly certificate: Uint8Array;
}

export const model = 'Model One';
export const slotSizeBytes = 4096;

export function createFirmwareLock(
  crypto: CryptoProvider,
  o: { version?: number; knowsMaker?: boolean } = {},
): FirmwareLock {
  const { version: first = 1, knowsMaker = true } = o;
  const time = createFakeTime();
  const property = createProperty(crypto);
  const identity = crypto.x25519KeyPair();
  const tag = crypto.randomBytes(8);
  const signingSecret = crypto.randomBytes(32);
  const makerSecret = crypto.randomBytes(32);
  const maker = { secret: makerSecret, publicKey: crypto.ed25519KeyPair(makerSecret).publicKey };
  const slots = [makeFlash(makeImage(first, { sizeBytes: 100 })), makeFlash(new Uint8Array(0))] as const;
  const log: LogEntry[] = [];
  const segments = new Map<number, Uint8Array>();
  let memory = encodeLockMemory(emptyMemory);
  let resets = 0;
  let writes = 0;
  let cut: { readonly at: number; readonly mode: (typeof cutModes)[number] } | undefined;
  let slot: FirmwareSlot = 0;
  let session: LockSession | undefined;
  let isOff = false;
  let losesTrial = false;
  let closeLink: () => void = () => undefined;

  /** One write to flash; `part` of 1 is all of it. */
  function write(store: (part: number) => void): void {
    writes += 1;
    if (cut?.at !== writes) {
      store(1);
      return;
    }
    const { mode } = cut;
    cut = undefined;
    if (mode === 'torn') store(0.5);
    if (mode === 'after') store(1);
    isOff = true;
    throw new PowerCut();
  }

  const persist = (bytes: Uint8Array) =>
    write((part) => {
      if (part === 1) memory = bytes;
    });

  function writeFirmware(change: FirmwareWrite): void {
    if (change.slot === slot) throw new Error('It writes to the slot that runs.');
    const flash = slots[change.slot];
    write((part) => {
      if (change.erase) {
        flash.fill(0xff, 0, part * slotSizeBytes);
        return;
      }
      // Flash only ever clears bits, until it is erased.
      const { offset, bytes } = change;
      const cleared = bytes.slice(0, part * bytes.length).map((byte, at) => byte & (flash[offset + at] ?? 0));
      flash.set(cleared, offset);
    });
  }

  function powerOn(): void {
    session?.close();
    closeLink();
    isOff = false;
    const start = startLockFirmware(crypto, memory, slots);
    if (start.memory !== memory) persist(start.memory);
    slot = start.slot;
    if (losesTrial && slot !== decodeLockMemory(memory).firmware.slot) {
      losesTrial = false;
      powerOn();
      return;
    }
    const image = slots[slot];
    session = createLockSession({
      ...{ crypto, identity, tag, signingSecret, memory, persist, writeFirmware, firmwareSlots: slots },
      ...{ now: time.now, startTimer: time.startTimer, identityResets: resets },
      trust: () => property.trust,
      readings: () => ({
        ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false },
      }),
      actuate: async () => ({ outcome: 'executed', bolt: 'unlocked' }),
      forgetIdentity: (count) => {
        resets = count;
        return { identity, tag, signingSecret };
      },
      ...(knowsMaker
        ? { firmware: { makerPublicKey: maker.publicKey, model, version: image[0] ?? 0, slotSizeBytes } }
        : {}),
      restart: () => {
        isOff = true;
      },
      onLog: (entry) => log.push(entry),
      logSegments: [...segments.values()],
      writeLog: (changes) => writeLogImage(segments, changes),
    });
    session.booted({ slot, selfTest: image[1] === 1 ? 'passed' : 'failed' });
    if (isOff) powerOn();
  }

  function powerCycle(): void {
    for (;;) {
      try {
        powerOn();
        return;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
    }
  }

  function connect(mtu = 247): LockLink & { lose(): void } {
    let open = true;
    let listener: (frame: Uint8Array) => void = () => undefined;
    let onClosed: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    const lose = () => {
      if (!open) return;
      open = false;
      if (!isOff) session?.disconnected();
      onClosed();
    };
    closeLink = () => {
      open = false;
      onClosed();
    };
    const info = session?.connected({ mtu, notify: (frame) => open && listener(frame), disconnect: lose });
    if (info === undefined) throw new Error('The lock is busy.');
    return {
      ...{ mtu, closed, lose },
      readInfo: async () => info,
      async write(frame) {
        if (!open) throw new Error('The link is gone.');
        session?.received(frame);
      },
      onFrame(next) {
        listener = next;
      },
    };
  }

  powerOn();
  writes = 0;
  return {
    ...{ maker, log, slots },
    running: () => ({ slot, version: slots[slot][0] ?? 0 }),
    memory: () => decodeLockMemory(memory),
    writes: () => writes,
    cutAt(count, mode) {
      cut = { at: writes + count, mode };
    },
    powerCycle,
    loseTrial() {
      losesTrial = true;
    },
    factoryReset: () => session?.factoryReset(),
    sign({ image, ...change }, secret = maker.secret) {
      const digest = crypto.sha256(image);
      const manifest = { model, version: image[0] ?? 0, size: image.length, digest, ...change };
      return signFirmwareManifest(crypto, secret, manifest);
    },
    async visit(rights = ['update-firmware']) {
      if (isOff) powerCycle();
      const caller = crypto.x25519KeyPair();
      const link = connect();
      const visit = await openVisit({
        ...{ crypto, link, lockPublicKey: identity.publicKey, caller },
        ...{ now: time.now, startTimer: time.startTimer },
      });
      const grant = property.grant({ locks: [tag], holderPublicKey: caller.publicKey, rights });
      return { visit, shown: { grant, certificate: property.certificates.grant }, lose: link.lose };
    },
  };
}
