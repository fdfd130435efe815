import type { AnswerCode } from '../answer-code.js';
import type { LockLink } from '../caller/lock-link.js';
import type { TransmitApdu } from '../cards/card-dialogue.js';
import { checkCard } from '../cards/check-card.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { createLockSession, type LockSelf, type LockSession } from '../lock/lock-session.js';
import type { LogEntry } from '../log/lock-log.js';
import { writeLogImage } from '../log/log-image.js';
import type { LockTrust } from '../objects/lock-trust.js';
import { type PropertyCertificate, signPropertyCertificate } from '../objects/property-certificate.js';
import { type Adversary, epochSeconds, type FakeTime } from '../session.test-rig.js';
import { writeSetImage } from '../sets/set-bank.js';
import { type CommissionOptions, commissionLock } from './commission-lock.js';
import { encodeCommissionOrder } from './commission-order.js';
import { signLockCertificate } from './lock-certificate.js';
import type { LockKeys } from './lock-keys.js';
import { encodeSetupLabel, parseSetupLabel, type SetupLabel } from './setup-label.js';

/** Everything that a lock keeps when its power fails, as whoever dismantles it finds it. */
export interface LockDump {
  readonly self: LockSelf;
  readonly resets: number;
  readonly setupSecret: Uint8Array;
  readonly memory: Uint8Array | undefined;
  readonly segments: readonly Uint8Array[];
  /** Both banks of the set. */
  readonly setBanks: readonly Uint8Array[];
}

/** An in-memory link; `close` is the radio losing it. */
interface RigLink extends LockLink {
  close(): void;
}

/** A lock as it left the factory, on the driver of this package; its power may fail at any write. */
export interface FactoryLock {
  readonly label: SetupLabel;
  readonly log: LogEntry[];
  readonly moves: string[];
  /** Why the door stayed shut for cards and codes. */
  readonly refusals: AnswerCode[];
  /** What the card in the field of the reader answers. */
  field: TransmitApdu | undefined;
  readonly session: () => LockSession;
  readonly self: () => LockSelf;
  readonly keys: () => LockKeys;
  readonly dump: () => LockDump;
  /** Told by other means than the radio; `undefined` as it left the factory. */
  told: LockTrust | undefined;
  /** So many writes and messages more, and the power fails; `undefined`: it does not. */
  powerLeft: number | undefined;
  readonly isDead: () => boolean;
  /** How many writes and messages there were. */
  readonly done: () => number;
  connect(o?: { adversary?: Adversary; mtu?: number }): RigLink;
  /** The power comes back, or fails and comes back: what was written is what there is. */
  restart(): void;
}

const setCapacity = { entries: 50, bytes: 2048 };

export function createFactoryLock(o: {
  readonly crypto: CryptoProvider;
  readonly time: FakeTime;
  readonly suite2?: boolean;
  readonly setupSecret?: Uint8Array;
  readonly withoutLabel?: boolean;
}): FactoryLock {
  const { crypto, time } = o;
  const draw = (): LockSelf => ({
    ...{ identity: crypto.x25519KeyPair(), tag: crypto.randomBytes(8), signingSecret: crypto.randomBytes(32) },
    ...(o.suite2 ? { p256Identity: crypto.p256KeyPair() } : {}),
  });
  const setupSecret = o.setupSecret ?? crypto.randomBytes(16);
  let self = draw();
  let resets = 0;
  let memory: Uint8Array | undefined;
  let done = 0;
  let dead = false;
  const segments = new Map<number, Uint8Array>();
  const setFlash = new Map<number, Uint8Array>();
  const label = parseSetupLabel(crypto, encodeSetupLabel(crypto, { tag: self.tag, secret: setupSecret }));
  let drop: (() => void) | undefined;

  /** One thing that the power is needed for; what comes after its failure does not happen. */
  function use(work: () => void): void {
    if (dead) return;
    if (lock.powerLeft !== undefined) {
      if (lock.powerLeft === 0) {
        dead = true;
        drop?.();
        return;
      }
      lock.powerLeft -= 1;
    }
    done += 1;
    work();
  }

  function start(): LockSession {
    return createLockSession({
      ...{ crypto, identityResets: resets, ...self },
      ...(o.withoutLabel ? {} : { setupSecret }),
      trust: () => lock.told,
      readings: () => ({
        ...{ utcSeconds: epochSeconds + Math.floor(time.now() / 1000), clockQuality: 'good', bolt: 'locked' },
        ...{ batteryPercent: 80, privacy: false },
      }),
      actuate: async (action) => {
        lock.moves.push(action);
        return { outcome: 'executed', bolt: 'unlocked' };
      },
      ...(memory ? { memory } : {}),
      persist: (bytes) =>
        use(() => {
          memory = bytes;
        }),
      onLog: (entry) => lock.log.push(entry),
      logSegments: [...segments.values()],
      writeLog: (writes) => {
        for (const write of writes) use(() => void writeLogImage(segments, [write]));
      },
      setCapacity,
      setBanks: [setFlash.get(0), setFlash.get(1)],
      writeSet: (writes) => {
        for (const write of writes) use(() => writeSetImage(setFlash, [write], setCapacity));
      },
      reader: {
        check: async (challenge, tag) => (lock.field ? checkCard(challenge, tag, lock.field) : { outcome: 'lost' }),
        refused: (code) => lock.refusals.push(code),
      },
      forgetIdentity: (count) => {
        const next = draw();
        use(() => {
          self = next;
          resets = count;
        });
        return next;
      },
      ...{ now: time.now, startTimer: time.startTimer },
    });
  }

  const lock: FactoryLock = {
    label,
    log: [],
    moves: [],
    refusals: [],
    field: undefined,
    session: () => session,
    self: () => self,
    keys: () => ({
      ...{ lock: self.tag, publicKey: self.identity.publicKey },
      signingPublicKey: crypto.ed25519KeyPair(self.signingSecret).publicKey,
      ...(self.p256Identity ? { p256PublicKey: self.p256Identity.publicKey } : {}),
    }),
    dump: () => ({
      self,
      resets,
      setupSecret,
      memory,
      segments: [...segments.values()],
      setBanks: [...setFlash.values()],
    }),
    told: undefined,
    powerLeft: undefined,
    isDead: () => dead,
    done: () => done,
    connect({ adversary = {}, mtu = 247 } = {}) {
      let open = true;
      let listener: (frame: Uint8Array) => void = () => undefined;
      let onClosed: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => {
        onClosed = resolve;
      });
      const mine = session;
      let accepted = false;
      const close = () => {
        if (!open) return;
        open = false;
        if (!dead && accepted) mine.disconnected();
        onClosed();
      };
      drop = close;
      const toCaller = (frame: Uint8Array) => open && listener(frame);
      const toLock = (frame: Uint8Array) => open && !dead && mine.received(frame);
      const info = mine.connected({
        mtu,
        notify: (frame) =>
          use(() => {
            if (adversary.toCaller) adversary.toCaller(frame, toCaller);
            else toCaller(frame);
          }),
        disconnect: close,
      });
      accepted = info !== undefined;
      return {
        mtu,
        closed,
        close,
        async readInfo() {
          if (!info || !open) throw new Error('The link is gone.');
          return adversary.info ? adversary.info(info) : info;
        },
        async write(frame) {
          if (!open) throw new Error('The link is gone.');
          if (adversary.toLock) adversary.toLock(frame, toLock);
          else toLock(frame);
        },
        onFrame(next) {
          listener = next;
        },
      };
    },
    restart() {
      session.close();
      dead = false;
      lock.powerLeft = undefined;
      session = start();
    },
  };
  let session = start();
  return lock;
}

/** A property as far as it commissions locks: it keeps the order for each lock, and signs one for none twice. */
export interface Commissioner {
  readonly trust: LockTrust;
  readonly cert: KeyPair;
  readonly rootSecret: Uint8Array;
  /** How many orders it has signed. */
  readonly signed: () => number;
  certify(change?: Partial<PropertyCertificate>): Uint8Array;
  orderFor(keys: LockKeys): Uint8Array;
}

export function createCommissioner(crypto: CryptoProvider, epoch = 1): Commissioner {
  const root = crypto.ed25519KeyPair();
  const cert = crypto.ed25519KeyPair();
  const property = crypto.randomBytes(8);
  const orders = new Map<string, Uint8Array>();
  const certify = (change: Partial<PropertyCertificate> = {}) =>
    signPropertyCertificate(crypto, root.secret, {
      ...{ property, publicKey: cert.publicKey, use: 'cert', epoch },
      ...{ notBefore: epochSeconds - 86_400, expires: epochSeconds + 300 * 86_400 },
      ...change,
    });
  return {
    trust: { rootPublicKey: root.publicKey, property, epoch },
    cert,
    rootSecret: root.secret,
    signed: () => orders.size,
    certify,
    orderFor(keys) {
      const name = keys.lock.join();
      const known = orders.get(name);
      if (known) return known;
      const lockCertificate = signLockCertificate(crypto, cert.secret, {
        ...{ ...keys, property, issuedAt: epochSeconds, epoch },
      });
      const order = encodeCommissionOrder({
        ...{ rootPublicKey: root.publicKey, property, certificate: certify(), lockCertificate },
      });
      orders.set(name, order);
      return order;
    },
  };
}

/** Somebody shows to be inside, and commissions the lock over a fresh link. */
export function install(o: {
  readonly crypto: CryptoProvider;
  readonly time: FakeTime;
  readonly lock: FactoryLock;
  readonly by: Commissioner;
  readonly change?: Partial<CommissionOptions>;
}) {
  const { crypto, time, lock, by, change = {} } = o;
  const link: RigLink = change.link ? { ...change.link, close: () => undefined } : lock.connect();
  return commissionLock({
    ...{ crypto, label: lock.label, now: time.now, startTimer: time.startTimer },
    certify: async (identity) => by.orderFor(identity),
    ...change,
    link,
  }).finally(() => link.close());
}
