import type { Authority, BoltState, LockAction, LockLink } from './caller/lock-link.js';
import type { CryptoProvider, KeyPair } from './crypto/crypto-provider.js';
import type { SuiteName } from './encoding/gatt.js';
import { type ClockSetting, readClock } from './lock/lock-clock.js';
import { createLockSession, type LockSession, type LockSessionOptions } from './lock/lock-session.js';
import type { ClockQuality, LogEntry } from './log/lock-log.js';
import { writeLogImage } from './log/log-image.js';
import type { LogWrite } from './log/log-ring.js';
import { signCommandToken } from './objects/command-token.js';
import { type Grant, signGrant } from './objects/grant.js';
import type { LockTrust } from './objects/lock-trust.js';
import { type PropertyCertificate, signPropertyCertificate } from './objects/property-certificate.js';
import { signTimeToken } from './objects/time-token.js';
import { type SetCapacity, type SetWrite, writeSetImage } from './sets/set-bank.js';
import type { StartTimer } from './start-timer.js';

/** UTC seconds at the rig's monotonic zero: a Monday, 2027-01-11T08:00:00Z. */
export const epochSeconds = 1_799_654_400;

/** A clock that moves only when told to, and the timers on it. */
export interface FakeTime {
  readonly now: () => number;
  readonly startTimer: StartTimer;
  /** Lets everything that is due within `ms` happen, in order. */
  advance(ms: number): Promise<void>;
}

/** Lets every promise that can go on, go on. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

export function createFakeTime(): FakeTime {
  let time = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    now: () => time,
    startTimer(delayMs, run) {
      const timer = { at: time + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = time + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        time = Math.max(time, next.at);
        next.run();
        await settle();
      }
      time = end;
    },
  };
}

/** The same provider with randomness that repeats from run to run. */
export function withSeed(crypto: CryptoProvider, seed: number): CryptoProvider {
  let drawn = 0;
  const randomBytes = (sizeBytes: number): Uint8Array => {
    const bytes = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes; at += 32) {
      drawn += 1;
      const block = Uint8Array.of(
        seed >>> 24,
        seed >>> 16,
        seed >>> 8,
        seed,
        drawn >>> 24,
        drawn >>> 16,
        drawn >>> 8,
        drawn,
      );
      bytes.set(crypto.sha256(block).subarray(0, Math.min(32, sizeBytes - at)), at);
    }
    return bytes;
  };
  return {
    ...crypto,
    randomBytes,
    x25519KeyPair: (secret) => crypto.x25519KeyPair(secret ?? randomBytes(32)),
    p256KeyPair: (secret) => crypto.p256KeyPair(secret ?? randomBytes(32)),
    ed25519KeyPair: (secret) => crypto.ed25519KeyPair(secret ?? randomBytes(32)),
  };
}

/** An organization with one property and the secrets that sign for it. */
export interface Property {
  readonly trust: LockTrust;
  readonly certificates: { readonly cmd: Uint8Array; readonly grant: Uint8Array };
  certify(change: Partial<PropertyCertificate>): Uint8Array;
  token(o: {
    lock: Uint8Array;
    commandId: Uint8Array;
    challenge: Uint8Array;
    action?: LockAction;
    lifetime?: number;
    at?: number;
  }): Uint8Array;
  grant(o: Pick<Grant, 'locks' | 'holderPublicKey'> & Partial<Grant>): Uint8Array;
  /** A time token of `at`, in monotonic ms. */
  time(o: { lock: Uint8Array; challenge: Uint8Array; at: number }): Uint8Array;
}

export function createProperty(crypto: CryptoProvider, epoch = 1): Property {
  const root = crypto.ed25519KeyPair();
  const cmd = crypto.ed25519KeyPair();
  const grant = crypto.ed25519KeyPair();
  const property = crypto.randomBytes(8);
  const certify = (change: Partial<PropertyCertificate>) =>
    signPropertyCertificate(crypto, root.secret, {
      property,
      publicKey: cmd.publicKey,
      use: 'cmd',
      epoch,
      notBefore: epochSeconds - 86_400,
      expires: epochSeconds + 300 * 86_400,
      ...change,
    });
  return {
    trust: { rootPublicKey: root.publicKey, property, epoch },
    certificates: { cmd: certify({}), grant: certify({ use: 'grant', publicKey: grant.publicKey }) },
    certify,
    token: ({ lock, commandId, challenge, action = 'unlock', lifetime = 10, at = 0 }) => {
      const issuedAt = epochSeconds + Math.floor(at / 1000);
      const expires = issuedAt + lifetime;
      return signCommandToken(crypto, cmd.secret, { lock, commandId, action, expires, issuedAt, challenge, epoch });
    },
    time: ({ lock, challenge, at }) => {
      const issuedAt = epochSeconds + Math.floor(at / 1000);
      return signTimeToken(crypto, cmd.secret, { lock, issuedAt, challenge, epoch });
    },
    grant: (change) =>
      signGrant(crypto, grant.secret, {
        grantId: crypto.randomBytes(8),
        notBefore: epochSeconds - 3600,
        expires: epochSeconds + 86_400,
        issuedAt: epochSeconds - 3600,
        rights: ['unlock', 'lock', 'hold-open', 'local'],
        epoch,
        ...change,
      }),
  };
}

/** What stands between caller and lock; each hook passes on, changes, keeps or repeats what it is given. */
export interface Adversary {
  info?(bytes: Uint8Array): Uint8Array;
  toLock?(frame: Uint8Array, deliver: (frame: Uint8Array) => void): void;
  toCaller?(frame: Uint8Array, deliver: (frame: Uint8Array) => void): void;
}

/** An in-memory link; `close` is the radio losing it. */
export interface RigLink extends LockLink {
  /** Every frame that the caller wrote, as written. */
  readonly written: { readonly frame: Uint8Array; readonly withResponse: boolean }[];
  /** Every frame that the lock notified, as notified. */
  readonly notified: Uint8Array[];
  readonly isClosed: () => boolean;
  close(): void;
}

/** A door with a lock on the driver of this package. */
export interface Door {
  readonly tag: Uint8Array;
  /** Of the suite that this door's callers use. */
  readonly publicKey: Uint8Array;
  readonly publicKeys: Readonly<Record<SuiteName, Uint8Array>>;
  /** Ed25519 public key with which it signs what it says of itself. */
  readonly signingPublicKey: Uint8Array;
  readonly log: LogEntry[];
  /** The flash of its set, by bank. */
  readonly setFlash: Map<number, Uint8Array>;
  readonly moves: { readonly action: LockAction; readonly commandId: Uint8Array; readonly at: number }[];
  bolt: BoltState;
  trust: LockTrust | undefined;
  privacy: boolean;
  clock: { quality: ClockQuality; offsetSeconds: number };
  /** A counter of seconds that the door has instead of `clock`; it may run fast or slow, and another `run` begins at 0. */
  counter: { readonly run: number; readonly since: number; readonly driftPpm: number } | undefined;
  /** How the next move goes. */
  actuation: { jammed: boolean; takesMs: number };
  connect(o?: { mtu?: number; adversary?: Adversary }): RigLink;
  /** The power fails and comes back: the link is lost, only persisted memory is left. */
  restart(): void;
}

export interface DoorOptions {
  readonly crypto: CryptoProvider;
  readonly time: FakeTime;
  readonly trust?: LockTrust;
  readonly identity?: KeyPair;
  readonly tag?: Uint8Array;
  /** What this door's callers use: the ordinary one when absent; with suite 2 the door has both. */
  readonly suite?: SuiteName;
  /** How much of a set it can keep. */
  readonly setCapacity?: SetCapacity;
  /** Where it keeps everything; in RAM that survives when absent. */
  readonly storage?: DoorStorage;
}

/** What a door's lock finds when it is switched on, and where it writes. */
export interface DoorStorage extends Required<Pick<LockSessionOptions, 'persist' | 'writeLog' | 'writeSet'>> {
  found(): Pick<LockSessionOptions, 'memory' | 'logSegments' | 'setBanks'>;
}

export function createDoor(o: DoorOptions): Door {
  const { crypto, time, trust } = o;
  const { identity = crypto.x25519KeyPair(), tag = crypto.randomBytes(8) } = o;
  const { suite = 'x25519ChaChaPoly', setCapacity = { entries: 300, bytes: 32_768 } } = o;
  const p256Identity = suite === 'p256AesGcm' ? crypto.p256KeyPair() : undefined;
  const publicKeys = {
    x25519ChaChaPoly: identity.publicKey,
    p256AesGcm: p256Identity?.publicKey ?? new Uint8Array(0),
  };
  let memory: Uint8Array | undefined;
  const flash = new Map<number, Uint8Array>();
  const setFlash = new Map<number, Uint8Array>();
  const storage = o.storage ?? {
    found: () => ({
      ...(memory ? { memory } : {}),
      logSegments: [...flash.values()],
      setBanks: [setFlash.get(0), setFlash.get(1)],
    }),
    persist: (bytes: Uint8Array) => {
      memory = bytes;
    },
    writeLog: (writes: readonly LogWrite[]) => writeLogImage(flash, writes),
    writeSet: (writes: readonly SetWrite[]) => writeSetImage(setFlash, writes, setCapacity),
  };
  const signingSecret = crypto.sha256(identity.secret);
  let link: RigLink | undefined;
  let session = start();

  let setting: ClockSetting | undefined;
  const count = ({ run, since, driftPpm }: NonNullable<Door['counter']>) => {
    const seconds = Math.floor(((time.now() - since) / 1000) * (1 + driftPpm / 1_000_000));
    return { run, seconds };
  };
  function readTime() {
    const { clock, counter } = door;
    if (counter !== undefined) {
      const { quality, utcSeconds } = readClock(setting, count(counter));
      return { utcSeconds, clockQuality: quality };
    }
    const utcSeconds = epochSeconds + Math.floor(time.now() / 1000) + clock.offsetSeconds;
    return { utcSeconds, clockQuality: clock.quality };
  }

  function start(): LockSession {
    return createLockSession({
      crypto,
      identity,
      ...(p256Identity ? { p256Identity } : {}),
      tag,
      trust: () => door.trust,
      readings: () => ({
        ...readTime(),
        bolt: door.bolt,
        batteryPercent: 80,
        privacy: door.privacy,
      }),
      actuate: async (action, commandId) => {
        const { jammed, takesMs } = door.actuation;
        if (!jammed) {
          door.bolt = action === 'lock' ? 'locked' : action === 'unlock' ? 'unlocked' : 'held-open';
          door.moves.push({ action, commandId, at: time.now() });
        }
        if (takesMs > 0) await new Promise<void>((resolve) => time.startTimer(takesMs, resolve));
        return { outcome: jammed ? 'jammed' : 'executed', bolt: door.bolt };
      },
      ...storage.found(),
      persist: storage.persist,
      onLog: (entry) => door.log.push(entry),
      signingSecret,
      writeLog: storage.writeLog,
      setCapacity,
      writeSet: storage.writeSet,
      setClock: (told) => {
        const { utcSeconds } = told;
        if (door.counter !== undefined) setting = { ...told, counter: count(door.counter) };
        const offsetSeconds = utcSeconds - epochSeconds - Math.floor(time.now() / 1000);
        door.clock = { quality: 'good', offsetSeconds };
      },
      now: time.now,
      startTimer: time.startTimer,
    });
  }

  const door: Door = {
    tag,
    publicKey: publicKeys[suite],
    publicKeys,
    signingPublicKey: crypto.ed25519KeyPair(signingSecret).publicKey,
    log: [],
    setFlash,
    moves: [],
    bolt: 'locked',
    trust,
    privacy: false,
    clock: { quality: 'good', offsetSeconds: 0 },
    counter: undefined,
    actuation: { jammed: false, takesMs: 0 },
    connect({ mtu = 247, adversary = {} } = {}) {
      let open = true;
      let listener: (frame: Uint8Array) => void = () => undefined;
      let onClosed: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => {
        onClosed = resolve;
      });
      const toCaller = (frame: Uint8Array) => open && listener(frame);
      const toLock = (frame: Uint8Array) => open && session.received(frame);
      let accepted = false;
      const own: RigLink = {
        mtu,
        written: [],
        notified: [],
        closed,
        isClosed: () => !open,
        async readInfo() {
          if (!info) throw new Error('The link is gone.');
          return adversary.info ? adversary.info(info) : info;
        },
        async write(frame, { withResponse }) {
          if (!open) throw new Error('The link is gone.');
          own.written.push({ frame, withResponse });
          if (adversary.toLock) adversary.toLock(frame, toLock);
          else toLock(frame);
        },
        onFrame(next) {
          listener = next;
        },
        close() {
          if (!open) return;
          open = false;
          if (accepted) session.disconnected();
          onClosed();
        },
      };
      const info = session.connected({
        mtu,
        notify(frame) {
          own.notified.push(frame);
          if (adversary.toCaller) adversary.toCaller(frame, toCaller);
          else toCaller(frame);
        },
        disconnect: () => own.close(),
      });
      accepted = info !== undefined;
      if (accepted) link = own;
      return own;
    },
    restart() {
      session.close();
      link?.close();
      session = start();
    },
  };
  return door;
}

/** Authority by token, as a portal gives it; remembers nothing. */
export function byToken(
  property: Property,
  door: Pick<Door, 'tag'>,
  commandId: Uint8Array,
): (challenge: Uint8Array) => Promise<Authority> {
  return async (challenge) => ({
    kind: 'token',
    token: property.token({ lock: door.tag, commandId, challenge }),
    certificate: property.certificates.cmd,
  });
}
