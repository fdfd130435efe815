import {
  type CryptoProvider,
  createLockSession,
  type LockConnection,
  type LockTrust,
  serviceFlags,
} from '@latchwork/lock-protocol';
import { EventEmitter } from 'eventemitter3';
import type { Clock } from './clock.js';
import {
  type Central,
  type CentralEvents,
  type HeardLock,
  type Link,
  type LinkEnd,
  RadioError,
} from './radio/central.js';

/** A lock of the protocol's own machine at the end of an in-memory link; its bolt only counts. */
export interface MemoryLock {
  /** 16 hex digits. */
  readonly tag: string;
  readonly tagBytes: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Ids of the commands that moved the bolt, in order. */
  readonly moves: readonly string[];
  /** Whether it advertises. */
  audible: boolean;
  /** Connections opened to it so far. */
  readonly connections: number;
  /** Called for each frame on its way to the lock, counted from 0 on each connection; `lose` breaks the link instead. */
  onWrite: ((frame: number) => 'pass' | 'lose') | undefined;
  /** The same for each frame on its way back; a promise holds the frame until it resolves. */
  onNotify: ((frame: number) => 'pass' | 'lose' | Promise<void>) | undefined;
  /** Breaks the link that is up. */
  loseLink(): void;
  /** Ed25519 public key of its receipts. */
  readonly signingPublicKey: Uint8Array;
  /** Times it was told, UTC seconds. */
  readonly timesTold: readonly number[];
  /** Somebody enters a code at the door. */
  enterCode(digits: string): void;
}

/** A radio without a radio: connects at once to a lock that is audible. */
export interface MemoryCentral extends Central {
  addLock(trust: LockTrust): MemoryLock;
  /** Connects under way and links up; at most one of either in a sane program. */
  readonly busy: number;
  setState(state: 'ready' | 'failed'): void;
  /** Every audible lock is heard once; each also is when it becomes audible and when its link ends. */
  advertise(): void;
}

interface KnownLock extends MemoryLock {
  /** What it advertises. */
  readonly flags: number;
  open(): Link;
}

/** Makes the radio; its locks run on the same clock. */
export function createMemoryCentral(o: { readonly crypto: CryptoProvider; readonly clock: Clock }): MemoryCentral {
  const events = new EventEmitter<CentralEvents>();
  const locks = new Map<string, KnownLock>();
  const waiting = new Set<() => void>();
  let connecting = 0;
  let links = 0;

  function advertise({ tag, audible, flags }: KnownLock): void {
    if (audible) {
      events.emit('advert', { tag, address: 'c0:00:00:00:00:01', rssi: -60, flags, at: o.clock.now() });
    }
  }

  function addLock(trust: LockTrust): KnownLock {
    const { crypto, clock } = o;
    const tagBytes = crypto.randomBytes(8);
    const tag = Buffer.from(tagBytes).toString('hex');
    const identity = crypto.x25519KeyPair();
    const signing = crypto.ed25519KeyPair();
    const moves: string[] = [];
    const timesTold: number[] = [];
    let audible = true;
    let connections = 0;
    let lose: () => void = () => undefined;
    const session = createLockSession({
      crypto,
      identity,
      tag: tagBytes,
      signingSecret: signing.secret,
      setCapacity: { entries: 1_000, bytes: 32_768 },
      setClock: ({ utcSeconds }) => void timesTold.push(utcSeconds),
      trust: () => trust,
      readings: () => ({
        utcSeconds: Math.floor(clock.now() / 1_000),
        clockQuality: 'good',
        bolt: moves.length === 0 ? 'locked' : 'unlocked',
        batteryPercent: 77,
        privacy: false,
      }),
      actuate: async (_action, commandId) => {
        moves.push(Buffer.from(commandId).toString('hex'));
        return { outcome: 'executed', bolt: 'unlocked' };
      },
      now: () => clock.monotonic(),
      startTimer: (delayMs, elapsed) => clock.after(delayMs, elapsed),
    });

    const lock: KnownLock = {
      tag,
      tagBytes,
      publicKey: identity.publicKey,
      moves,
      get audible() {
        return audible;
      },
      set audible(value) {
        audible = value;
        for (const look of waiting) {
          look();
        }
        advertise(lock);
      },
      signingPublicKey: signing.publicKey,
      timesTold,
      enterCode: (digits) => session.code(digits),
      get flags() {
        return session.eventsWaiting() ? serviceFlags.eventsWaiting : 0;
      },
      get connections() {
        return connections;
      },
      onWrite: undefined,
      onNotify: undefined,
      loseLink: () => lose(),
      open() {
        connections += 1;
        links += 1;
        let up = true;
        let written = 0;
        let notified = 0;
        let listener: ((frame: Uint8Array) => void) | undefined;
        const early: Uint8Array[] = [];
        let settle: (end: LinkEnd) => void;
        const closed = new Promise<LinkEnd>((resolve) => {
          settle = resolve;
        });
        const end = (why: LinkEnd): void => {
          if (up) {
            up = false;
            links -= 1;
            session.disconnected();
            settle(why);
            advertise(lock);
          }
        };
        lose = () => end('LINK_LOST');
        const connection: LockConnection = {
          mtu: 247,
          disconnect: () => end('LINK_LOST'),
          notify(frame) {
            const fate = up ? lock.onNotify?.(notified++) : undefined;
            if (fate === 'lose') {
              end('LINK_LOST');
            } else if (up) {
              void Promise.resolve(fate).then(() => (listener === undefined ? early.push(frame) : listener(frame)));
            }
          },
        };
        const info = session.connected(connection);
        if (info === undefined) {
          throw new RadioError({ code: 'LINK_LOST' }, 'The lock is busy.');
        }
        const close = async (): Promise<void> => end('closed');
        return {
          mtu: 247,
          info,
          spansMs: { heard: 0, connected: 0, discovered: 0, opened: 0 },
          async write(frame) {
            if (up && lock.onWrite?.(written++) === 'lose') {
              end('LINK_LOST');
            }
            if (!up) {
              throw new RadioError({ code: 'LINK_LOST' }, 'The link is gone.');
            }
            queueMicrotask(() => up && session.received(frame));
          },
          onNotify(next) {
            listener = next;
            early.splice(0).forEach(next);
          },
          closed,
          close,
          [Symbol.asyncDispose]: close,
        };
      },
    };
    locks.set(tag, lock);
    advertise(lock);
    return lock;
  }

  async function connect(tag: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Link> {
    if (connecting > 0) {
      throw new RadioError({ code: 'BUSY' }, 'Another connect is under way.');
    }
    connecting += 1;
    let settled: () => void = () => undefined;
    try {
      return await new Promise<Link>((resolve, reject) => {
        const giveUp = (): void => {
          waiting.delete(look);
          reject(new RadioError({ code: 'TIMEOUT' }, 'The lock was not heard.'));
        };
        const callOff = o.clock.after(options.timeoutMs, giveUp);
        const look = (): void => {
          const lock = locks.get(tag);
          if (lock?.audible) {
            callOff();
            waiting.delete(look);
            resolve(lock.open());
          }
        };
        settled = () => options.signal?.removeEventListener('abort', giveUp);
        options.signal?.addEventListener('abort', giveUp);
        waiting.add(look);
        look();
      });
    } finally {
      settled();
      connecting -= 1;
    }
  }

  return {
    events,
    addLock,
    connect,
    get busy() {
      return connecting + links;
    },
    ready: async () => undefined,
    heard: (): readonly HeardLock[] =>
      [...locks.values()]
        .filter((lock) => lock.audible)
        .map(({ tag, flags }) => ({ tag, address: 'c0:00:00:00:00:01', rssi: -60, flags, lastHeardAt: o.clock.now() })),
    setState(state) {
      events.emit('state', { state });
      if (state === 'ready') this.advertise();
    },
    advertise() {
      for (const lock of locks.values()) advertise(lock);
    },
    async [Symbol.asyncDispose]() {
      for (const lock of locks.values()) {
        lock.loseLink();
      }
    },
  };
}
