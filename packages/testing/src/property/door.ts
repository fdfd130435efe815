import {
  type BoltState,
  type CardSighting,
  type CryptoProvider,
  createLockSession,
  type LockAction,
  type LockConnection,
  type LockSession,
  type LockTime,
  type LockTrust,
  type LogEntry,
  type SetupLabel,
} from '@latchwork/lock-protocol';
import { type CounterFate, createDoorClock, type DoorClock } from './door-clock.js';
import { createDoorFlash } from './door-flash.js';
import { toHex } from './hex.js';
import type { VirtualTime } from './virtual-time.js';

/** When the power of a door fails: after so many more bytes of flash, or around the next move of its bolt. */
export type PowerCut = { readonly bytes: number } | { readonly at: CutMoment };

/** Around the next move of the bolt, or between a reset and the new keys. */
export type CutMoment = 'before-bolt' | 'after-bolt' | 'before-keys';

/** What a door does that somebody beside it could see, and what its log says. */
export interface DoorWitness {
  moved(o: { readonly action: LockAction; readonly commandId: Uint8Array }): void;
  logged(entry: LogEntry): void;
  told(time: LockTime): void;
  /** The card in the reader's field has proven what it was asked for. */
  proven(): void;
  /** It has other keys and another tag, after so many resets. */
  reborn(resets: number): void;
  dark(): void;
}

/** Something that somebody holds at a reader. */
export interface CardInField {
  readonly sighting: CardSighting;
  /** What it holds of secrets; nothing for a card that only says that it does. */
  readonly secret?: Uint8Array;
  readonly publicKey?: Uint8Array;
  /** How long it takes over a challenge. */
  readonly takesMs: number;
  /** It leaves the field before it has answered. */
  readonly leaves: boolean;
}

/** A door with a lock: the real machine, and parts that fail. */
export interface Door {
  /** Tag and keys are drawn anew at every reset. */
  readonly tag: Uint8Array;
  /** Static X25519 public key. */
  readonly publicKey: Uint8Array;
  /** Ed25519 public key. */
  readonly signingPublicKey: Uint8Array;
  readonly clock: DoorClock;
  /** What its label says, through all its lives. */
  readonly label: SetupLabel;
  /** Whom it obeys, by its own word. */
  readonly obeys: LockTrust | undefined;
  readonly isPowered: boolean;
  jammed: boolean;
  privacy: boolean;
  /** INFO, or `undefined` when it is dark or busy. */
  connect(connection: LockConnection): Uint8Array | undefined;
  received(frame: Uint8Array): void;
  disconnected(): void;
  /** Somebody enters a door code. */
  type(digits: string, wish: 'unlock' | 'hold-open'): void;
  /** Somebody holds a card at the reader. */
  hold(card: CardInField, wish: 'unlock' | 'hold-open'): void;
  /** The housing is opened, so many times. */
  shake(times: number): void;
  /** Somebody inside shows to be there. */
  present(): void;
  /** Somebody inside resets it to the factory state. */
  reset(): void;
  cut(cut: PowerCut): void;
  /** Pulls the batteries now. */
  pull(): void;
  /** Whatever cut was to come does not come. */
  calm(): void;
  /** Power again, on what the flash has. */
  wake(fate: CounterFate): void;
  close(): void;
}

/** How a door is made. */
export interface DoorOptions {
  readonly crypto: CryptoProvider;
  readonly time: VirtualTime;
  readonly trust: LockTrust;
  readonly witness: DoorWitness;
  readonly driftPpm: number;
  readonly actuationMs: number;
  /** How long the door stays unlocked. */
  readonly relockMs: number;
}

/** Tag, two secrets and the number of resets. */
const selfSizeBytes = 76;
const setCapacity = { entries: 40, bytes: 4096 } as const;

/** Makes a door whose lock has power and was never told the time. */
export function createDoor(o: DoorOptions): Door {
  const { crypto, time, witness } = o;
  const draw = () => ({
    ...{ identity: crypto.x25519KeyPair(), signing: crypto.ed25519KeyPair(), tag: crypto.randomBytes(8), resets: 0 },
  });
  let self = draw();
  const label = { tag: self.tag, secret: crypto.randomBytes(16) };
  // A lock is told once whom to obey, and forgets it with the rest: from then on it must be commissioned.
  let told: LockTrust | undefined = o.trust;
  const clock = createDoorClock({ now: time.now, driftPpm: o.driftPpm });
  const flash = createDoorFlash({ bankSizeBytes: setCapacity.bytes, onEmpty: () => die() });
  let nextCut: CutMoment | undefined;
  let bolt: { readonly state: BoltState; readonly since: number } = { state: 'locked', since: 0 };
  let session: LockSession | undefined;
  let field: CardInField | undefined;
  let darkSince = 0;
  let count = 0;

  function die(): void {
    const dying = session;
    if (dying === undefined) return;
    session = undefined;
    nextCut = undefined;
    darkSince = time.now();
    dying.close();
    witness.dark();
  }

  function boltNow(): BoltState {
    const isRelocked = bolt.state === 'unlocked' && time.now() - bolt.since >= o.relockMs;
    return isRelocked ? 'locked' : bolt.state;
  }

  /** What the lock of one power-up may do: nothing any more, once the power is gone. */
  function start(): LockSession {
    count += 1;
    const isOn = (): boolean => session === own;
    const whenOn = <Value>(act: (value: Value) => void) => {
      return (value: Value): void => {
        // Before the session is there nothing has happened yet that it could say.
        if (isOn()) act(value);
      };
    };
    const { identity, tag, signing, resets } = self;
    let isStarting = true;
    const own: LockSession = createLockSession({
      ...{ crypto, identity, tag, signingSecret: signing.secret, identityResets: resets, setupSecret: label.secret },
      forgetIdentity: (times) => {
        const next = { ...draw(), resets: times };
        if (nextCut === 'before-keys' && isOn()) die();
        if ((isStarting || isOn()) && flash.spend(selfSizeBytes)) {
          self = next;
          told = undefined;
          clock.forget();
          witness.reborn(times);
        }
        return { identity: next.identity, tag: next.tag, signingSecret: next.signing.secret };
      },
      trust: () => told,
      readings: () => {
        const { quality, utcSeconds } = clock.read();
        return { utcSeconds, clockQuality: quality, bolt: boltNow(), batteryPercent: 80, privacy: door.privacy };
      },
      actuate: async (action, commandId) => {
        if (!isOn()) return await new Promise(() => undefined);
        if (nextCut === 'before-bolt') die();
        if (!isOn()) return await new Promise(() => undefined);
        if (!door.jammed) {
          const state = action === 'lock' ? 'locked' : action === 'unlock' ? 'unlocked' : 'held-open';
          bolt = { state, since: time.now() };
          witness.moved({ action, commandId });
        }
        if (nextCut === 'after-bolt') die();
        if (o.actuationMs > 0) await time.wait(o.actuationMs);
        if (!isOn()) return await new Promise(() => undefined);
        return { outcome: door.jammed ? 'jammed' : 'executed', bolt: boltNow() };
      },
      reader: {
        async check(challenge) {
          const card = field;
          await time.wait(card?.takesMs ?? 0);
          if (!isOn()) return await new Promise(() => undefined);
          if (card === undefined || card.leaves) return { outcome: 'lost' };
          const { publicKey } = card;
          const isProven =
            challenge.kind === 'aes'
              ? card.secret !== undefined && toHex(card.secret) === toHex(challenge.secret)
              : publicKey !== undefined;
          if (!isProven) return { outcome: 'refused' };
          // Who was swapped for another in the field has proven nothing for that one.
          if (card === field) witness.proven();
          return challenge.kind === 'aes' || !publicKey ? { outcome: 'proven' } : { outcome: 'proven', publicKey };
        },
      },
      ...(flash.memory ? { memory: flash.memory } : {}),
      persist: whenOn(flash.writeMemory),
      onLog: whenOn(witness.logged),
      setCapacity,
      setBanks: flash.banks(),
      writeSet: whenOn(flash.writeSet),
      logSegments: flash.segments(),
      writeLog: whenOn(flash.writeLog),
      setClock: whenOn((told: LockTime) => {
        clock.tell(told);
        witness.told(told);
      }),
      now: time.now,
      startTimer: time.startTimer,
    });
    isStarting = false;
    return own;
  }

  const door: Door = {
    get tag() {
      return self.tag;
    },
    get publicKey() {
      return self.identity.publicKey;
    },
    get signingPublicKey() {
      return self.signing.publicKey;
    },
    ...{ clock, label },
    get obeys() {
      return session?.trust();
    },
    get isPowered() {
      return session !== undefined;
    },
    jammed: false,
    privacy: false,
    connect: (connection) => session?.connected(connection),
    received: (frame) => session?.received(frame),
    disconnected: () => session?.disconnected(),
    type: (digits, wish) => session?.code(digits, wish),
    hold(card, wish) {
      field = card;
      session?.card(card.sighting, wish);
    },
    shake(times) {
      for (let done = 0; done < times; done += 1) session?.noticed({ type: 'tamper' });
    },
    present: () => session?.present(),
    reset: () => session?.factoryReset(),
    cut(cut) {
      if ('bytes' in cut) flash.cutAfter(cut.bytes);
      else nextCut = cut.at;
    },
    pull: die,
    calm() {
      nextCut = undefined;
      flash.restore();
    },
    wake(fate) {
      if (session !== undefined) return;
      flash.restore();
      clock.wake(fate, time.now() - darkSince);
      session = start();
      session.noticed({ type: 'boot', count });
    },
    close() {
      session?.close();
      session = undefined;
    },
  };
  session = start();
  return door;
}
