import type { CryptoProvider, KeyPair } from './crypto-provider.js';
import { encodeInfo, maxMessageSizeBytes } from './gatt.js';
import type { LockTime } from './lock-clock.js';
import { lockDeadline } from './lock-deadline.js';
import type { LockAction } from './lock-link.js';
import type { LogEntry } from './lock-log.js';
import { lockStep, startLock } from './lock-machine.js';
import { openHeldSet } from './held-set.js';
import { decodeLockMemory, encodeLockMemory, type LockMemory } from './lock-memory.js';
import type { Actuation, LockEffect, LockEvent, LockNotice, LockReadings } from './lock-state.js';
import type { LockTrust } from './lock-trust.js';
import { type LogWrite, openLogRing } from './log-ring.js';
import { suiteBit } from './noise-suite.js';
import type { SetCapacity, SetWrite } from './set-bank.js';
import { createDeadline, type StartTimer } from './start-timer.js';

/** What a lock needs to speak the protocol: its identity, its parts, and where its memory goes. */
export interface LockSessionOptions {
  readonly crypto: CryptoProvider;
  /** The lock's static X25519 key pair, for suite 1. */
  readonly identity: KeyPair;
  /** The lock's static P-256 key pair: with it the lock also offers suite 2, for keys that live in a phone's hardware. */
  readonly p256Identity?: KeyPair;
  /** The lock's random 8-byte tag. */
  readonly tag: Uint8Array;
  /** Asked at every event: whom the lock obeys now; `undefined` before commissioning. */
  readonly trust: () => LockTrust | undefined;
  readonly readings: () => LockReadings;
  /** Moves the bolt and must settle; a rejection counts as jammed. */
  readonly actuate: (action: LockAction, commandId: Uint8Array) => Promise<Actuation>;
  /** What an earlier run persisted. */
  readonly memory?: Uint8Array;
  /** Keeps the memory for the next run; called before the bolt moves and before the answer leaves. */
  readonly persist?: (memory: Uint8Array) => void;
  readonly onLog?: (entry: LogEntry) => void;
  /** The lock's Ed25519 secret, with which it signs its log; without it nobody can read that over the air. */
  readonly signingSecret?: Uint8Array;
  /** Every segment of the log as it is stored, in any order; see {@link LogWrite}. */
  readonly logSegments?: readonly Uint8Array[];
  /** Writes to where the log is kept, before `persist`. A lock without it says after a restart that its entries are gone. */
  readonly writeLog?: (writes: readonly LogWrite[]) => void;
  /** How much of a set the lock can keep; without it, and without `signingSecret`, it takes no set. */
  readonly setCapacity?: SetCapacity;
  /** The two banks of the set as they are in flash. */
  readonly setBanks?: readonly (Uint8Array | undefined)[];
  /** Writes to where the set is kept, before `persist`. A lock without it says after a restart that its set is damaged. */
  readonly writeSet?: (writes: readonly SetWrite[]) => void;
  /** Sets the clock, and keeps with what its counter says now for the next run. A lock without it takes no time. */
  readonly setClock?: (time: LockTime) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

/** One central's connection as the lock's radio hands it over. */
export interface LockConnection {
  /** ATT MTU of the connection; read at every frame, for a central agrees on it after connecting. */
  readonly mtu: number;
  /** Notifies one frame on TX. */
  notify(frame: Uint8Array): void;
  /** Ends the connection; for an accepted one this must lead to {@link LockSession.disconnected}. */
  disconnect(): void;
}

/** The lock's side of the protocol; one connection at a time. */
export interface LockSession {
  /**
   * A central connected. Returns the value of the INFO characteristic for this connection, or `undefined` when the lock
   * is busy: the newcomer is then disconnected, and nothing more of it may be reported.
   */
  connected(connection: LockConnection): Uint8Array | undefined;
  /** A frame was written to RX. */
  received(frame: Uint8Array): void;
  /** The link of the accepted connection is gone. */
  disconnected(): void;
  /** The lock's own parts noticed something that its log should say. */
  noticed(notice: LockNotice): void;
  /** Somebody inside did what only a person with access to the inside of the door can do: for two minutes they count as there. */
  present(): void;
  /** Stops every timer; nothing may be called afterwards. */
  close(): void;
}

/** An event without what the driver adds to every one. */
type Happening = LockEvent extends infer Event
  ? Event extends LockEvent
    ? Omit<Event, 'at' | 'readings' | 'trust'>
    : never
  : never;

/** Fresh pairs for one connection, one of each suite that the lock offers. */
type Ephemerals = Pick<Extract<LockEvent, { type: 'connected' }>, 'ephemeral' | 'p256Ephemeral'>;

const nonceSizeBytes = 8;
/** OLP/1: bit 0 of INFO's list of versions. */
const firstVersion = 1;

function openMemory(bytes: Uint8Array, o: LockSessionOptions): LockMemory {
  const { crypto, logSegments = [], setBanks = [] } = o;
  const memory = decodeLockMemory(bytes);
  const log = openLogRing(crypto, memory.log, logSegments);
  return { ...memory, log, set: openHeldSet(crypto, memory.set, setBanks) };
}

/**
 * Wires the lock's state machine to its radio, bolt, memory and clock.
 * @throws LockProtocolError when `memory` is damaged: such a lock must not start, or it would obey old commands again.
 */
export function createLockSession(o: LockSessionOptions): LockSession {
  const { crypto, identity, p256Identity, tag, now } = o;
  const { signingSecret } = o;
  const context = {
    ...{ crypto, identity },
    ...(p256Identity ? { p256Identity } : {}),
    ...(signingSecret ? { signingSecret } : {}),
    ...(o.setCapacity ? { setCapacity: o.setCapacity } : {}),
  };
  const suites = suiteBit('x25519ChaChaPoly') | (p256Identity ? suiteBit('p256AesGcm') : 0);
  let state = startLock(o.memory && openMemory(o.memory, o));
  let current: LockConnection | undefined;
  let newcomer: LockConnection | undefined;
  let closed = false;
  const waiting: Happening[] = [];
  let stepping = false;
  const timer = createDeadline({ now, startTimer: o.startTimer, onElapsed: () => dispatch({ type: 'timer' }) });

  const nonce = () => crypto.randomBytes(nonceSizeBytes);
  const drawEphemerals = (): Ephemerals => ({
    ephemeral: crypto.x25519KeyPair(),
    ...(p256Identity ? { p256Ephemeral: crypto.p256KeyPair() } : {}),
  });
  // The pairs for the next connection, drawn while nobody waits.
  let spare: Ephemerals | undefined = drawEphemerals();
  function takeEphemerals(): Ephemerals {
    const ephemerals = spare ?? drawEphemerals();
    spare = undefined;
    return ephemerals;
  }

  async function move(action: LockAction, commandId: Uint8Array): Promise<void> {
    let actuation: Actuation;
    try {
      actuation = await o.actuate(action, commandId);
    } catch {
      actuation = { outcome: 'jammed', bolt: 'unknown' };
    }
    dispatch({ type: 'actuated', actuation, nonce: nonce() });
  }

  function perform(effect: LockEffect): void {
    switch (effect.type) {
      case 'persist':
        o.persist?.(encodeLockMemory(effect.memory));
        break;
      case 'write-log':
        o.writeLog?.(effect.writes);
        break;
      case 'write-set':
        o.writeSet?.(effect.writes);
        break;
      case 'log':
        o.onLog?.(effect.entry);
        break;
      case 'notify':
        for (const frame of effect.frames) current?.notify(frame);
        break;
      case 'actuate':
        void move(effect.action, effect.commandId);
        break;
      case 'set-clock':
        o.setClock?.(effect.time);
        break;
      case 'disconnect':
        current?.disconnect();
        break;
      case 'refuse-connection':
        newcomer?.disconnect();
        newcomer = undefined;
        break;
    }
  }

  /** One event at a time: what an effect causes on the spot waits until the effects before it are done. */
  function dispatch(happening: Happening): void {
    if (closed) return;
    waiting.push(happening);
    if (stepping) return;
    stepping = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const trust = o.trust();
        const moment = { at: now(), readings: o.readings(), ...(trust ? { trust } : {}) };
        const step = lockStep(context, state, { ...next, ...moment });
        state = step.state;
        for (const effect of step.effects) perform(effect);
      }
      timer.set(lockDeadline(state));
    } finally {
      stepping = false;
    }
  }

  return {
    connected(connection) {
      newcomer = connection;
      const info = encodeInfo({
        versions: firstVersion,
        suites,
        maxMessageSizeBytes,
        tag,
        nonce: nonce(),
      });
      const ephemerals = takeEphemerals();
      dispatch({ type: 'connected', mtu: connection.mtu, info, ...ephemerals });
      if (newcomer !== connection) {
        // It was refused, and nobody has seen them: a crowd of newcomers costs no new pair each.
        spare = ephemerals;
        return undefined;
      }
      current = connection;
      newcomer = undefined;
      return info;
    },
    received: (frame) => dispatch({ type: 'frame', frame, nonce: nonce(), ...(current ? { mtu: current.mtu } : {}) }),
    disconnected() {
      current = undefined;
      dispatch({ type: 'disconnected' });
      spare ??= drawEphemerals();
    },
    noticed: (notice) => dispatch({ type: 'noticed', notice }),
    present: () => dispatch({ type: 'present' }),
    close() {
      closed = true;
      timer.set(undefined);
    },
  };
}
