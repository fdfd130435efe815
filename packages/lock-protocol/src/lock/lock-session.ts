import type { AnswerCode } from '../answer-code.js';
import type { LockAction } from '../caller/lock-link.js';
import type { CardSighting } from '../cards/card-technology.js';
import type { DoorMove } from '../cards/door-memory.js';
import type { CardChallenge, CardCheck, DoorWish } from '../cards/door-state.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { encodeInfo, maxMessageSizeBytes } from '../encoding/gatt.js';
import { type FirmwareSlots, openFirmware } from '../firmware/firmware-memory.js';
import type { FirmwareEvent, FirmwareParts, FirmwareWrite } from '../firmware/firmware-state.js';
import type { LogEntry } from '../log/lock-log.js';
import { type LogWrite, openLogRing } from '../log/log-ring.js';
import { areEventsWaiting, openWaitingEvents, withToldPage, withWrittenEntry } from '../log/waiting-events.js';
import { suiteBit } from '../noise/noise-suite.js';
import type { LockTrust } from '../objects/lock-trust.js';
import { openHeldSet } from '../sets/held-set.js';
import type { SetCapacity, SetWrite } from '../sets/set-bank.js';
import { createDeadline, type StartTimer } from '../start-timer.js';
import type { LockTime } from './lock-clock.js';
import { lockDeadline } from './lock-deadline.js';
import { lockStep, startLock } from './lock-machine.js';
import { decodeLockMemory, encodeLockMemory, type LockMemory } from './lock-memory.js';
import type { Actuation, LockContext, LockEffect, LockEvent, LockNotice, LockReadings } from './lock-state.js';

/** Who a lock is, from one reset to the next: drawn on the lock, and never leaving it but for the tag and public keys. */
export interface LockSelf {
  /** The lock's static X25519 key pair, for suite 1. */
  readonly identity: KeyPair;
  /** The lock's static P-256 key pair: with it the lock also offers suite 2, for keys that live in a phone's hardware. */
  readonly p256Identity?: KeyPair;
  /** The lock's random 8-byte tag. */
  readonly tag: Uint8Array;
  /** The lock's Ed25519 secret, with which it signs its log; without it nobody can read that over the air, or commission it. */
  readonly signingSecret?: Uint8Array;
}

/** What a lock needs to speak the protocol: who it is, its parts, and where its memory goes. */
export interface LockSessionOptions extends LockSelf {
  readonly crypto: CryptoProvider;
  /** How often the lock had been reset when its keys and tag were drawn, as `forgetIdentity` was told; 0 when absent. */
  readonly identityResets?: number;
  /** The 16-byte secret that its label shows; without it the lock cannot be commissioned over the air. */
  readonly setupSecret?: Uint8Array;
  /**
   * The lock was reset for the `resets`th time, and its memory says so: draw other keys and another tag, store them with
   * `resets` before returning, and advertise the new tag. From then on the session is theirs. What `trust` answers, and the
   * time that the clock was told, must be forgotten too; the setup secret stays. Also called when the session is made,
   * if the power failed between the two. Absent: keys and tag are drawn and kept until the power fails.
   */
  readonly forgetIdentity?: (resets: number) => LockSelf;
  /**
   * Asked at every event: whom the lock was told to obey by other means than the radio; that comes before whom it was
   * commissioned to over the air. `undefined` when it was told nothing.
   */
  readonly trust: () => LockTrust | undefined;
  readonly readings: () => LockReadings;
  /**
   * Moves the bolt and must settle; a rejection counts as jammed. For a card or a code the 8 bytes are those of the log's
   * entry.
   */
  readonly actuate: (action: LockAction, commandId: Uint8Array) => Promise<Actuation>;
  /** The door's card reader; without one no card but those of class 0 opens. */
  readonly reader?: LockReader;
  /** What an earlier run persisted. */
  readonly memory?: Uint8Array;
  /** Keeps the memory for the next run; called before the bolt moves and before the answer leaves. */
  readonly persist?: (memory: Uint8Array) => void;
  readonly onLog?: (entry: LogEntry) => void;
  /** Bit 1 of the flags that the lock advertises has to change: {@link LockSession.eventsWaiting} says to what. */
  readonly onEventsWaiting?: () => void;
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
  /** Whose firmware the lock takes, and what it runs; without it, it takes none. */
  readonly firmware?: FirmwareParts;
  /** The two slots as they are in flash, at least the one that does not run. */
  readonly firmwareSlots?: FirmwareSlots;
  /** Writes to the slot that does not run, before `persist`. */
  readonly writeFirmware?: (write: FirmwareWrite) => void;
  /** Switches the lock off and on again as soon as no bolt moves; `startLockFirmware` says which slot starts then. */
  readonly restart?: () => void;
  /** Sets the clock, and keeps with what its counter says now for the next run. A lock without it takes no time. */
  readonly setClock?: (time: LockTime) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

/** The card reader of a lock, as far as its driver must ask it for something. */
export interface LockReader {
  /**
   * Challenges the card in the field, and says what came of it; a rejection counts as a card that has gone.
   * `lock` is the lock's own tag, to which a card's signature is bound.
   */
  check(challenge: CardChallenge, lock: Uint8Array): Promise<CardCheck>;
  /** Tells the person at the door that it stays shut, and why: a beep, a light. */
  refused?(code: AnswerCode): void;
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
  /** The lock has started from a slot, and tested itself; to be said once after each start, before anybody connects. */
  booted(boot: Omit<FirmwareEvent, 'type'>): void;
  /** A card came into the reader's field; `wish` is to open when absent. */
  card(sighting: CardSighting, wish?: DoorWish): void;
  /** Somebody entered a door code. */
  code(digits: string, wish?: DoorWish): void;
  /** Somebody inside did what only a person with access to the inside of the door can do: for two minutes they count as there. */
  present(): void;
  /** Somebody inside reset the lock to the factory state: it forgets whom it obeyed and who it was, and counts the reset. */
  factoryReset(): void;
  /** Whom the lock obeys now, if anybody; before that it can be commissioned while somebody is {@link LockSession.present}. */
  trust(): LockTrust | undefined;
  /** Whether the log has something of the door that nobody was given yet, for the flags that the lock advertises. */
  eventsWaiting(): boolean;
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
const cardNonceSizeBytes = 16;
/** OLP/1: bit 0 of INFO's list of versions. */
const firstVersion = 1;

function openMemory(bytes: Uint8Array, o: LockSessionOptions): LockMemory {
  const { crypto, logSegments = [], setBanks = [], firmwareSlots = [] } = o;
  const memory = decodeLockMemory(bytes);
  const log = openLogRing(crypto, memory.log, logSegments);
  const set = openHeldSet(crypto, memory.set, setBanks);
  return { ...memory, log, set, firmware: openFirmware(memory.firmware, firmwareSlots) };
}

/**
 * Wires the lock's state machine to its radio, bolt, memory and clock.
 * @throws LockProtocolError when `memory` is damaged: such a lock must not start, or it would obey old commands again.
 */
export function createLockSession(o: LockSessionOptions): LockSession {
  const { crypto, now } = o;
  const drawSelf = (self: LockSelf): LockSelf => ({
    ...{ identity: crypto.x25519KeyPair(), tag: nonce() },
    ...(self.p256Identity ? { p256Identity: crypto.p256KeyPair() } : {}),
    ...(self.signingSecret ? { signingSecret: crypto.ed25519KeyPair().secret } : {}),
  });
  const contextOf = ({ identity, p256Identity, signingSecret }: LockSelf): LockContext => ({
    ...{ crypto, identity },
    ...(p256Identity ? { p256Identity } : {}),
    ...(signingSecret ? { signingSecret } : {}),
    ...(o.setupSecret ? { setupSecret: o.setupSecret } : {}),
    ...(o.setCapacity ? { setCapacity: o.setCapacity } : {}),
    ...(o.firmware ? { firmware: o.firmware } : {}),
  });
  const nonce = () => crypto.randomBytes(nonceSizeBytes);
  let self: LockSelf = o;
  let context = contextOf(self);
  let state = startLock(o.memory && openMemory(o.memory, o));
  let events = openWaitingEvents(state.memory.log);
  let current: LockConnection | undefined;
  let newcomer: LockConnection | undefined;
  let closed = false;
  const waiting: Happening[] = [];
  let stepping = false;
  const timer = createDeadline({ now, startTimer: o.startTimer, onElapsed: () => dispatch({ type: 'timer' }) });

  function forgetIdentity(resets: number): void {
    self = o.forgetIdentity?.(resets) ?? drawSelf(self);
    context = contextOf(self);
  }
  // The power failed between the reset and the new keys: the old ones must not come back.
  const { resets } = state.memory.log;
  if (resets !== (o.identityResets ?? 0)) forgetIdentity(resets);
  const drawEphemerals = (): Ephemerals => ({
    ephemeral: crypto.x25519KeyPair(),
    ...(self.p256Identity ? { p256Ephemeral: crypto.p256KeyPair() } : {}),
  });
  // The pairs for the next connection, drawn while nobody waits.
  let spare: Ephemerals | undefined = drawEphemerals();
  function takeEphemerals(): Ephemerals {
    const ephemerals = spare ?? drawEphemerals();
    spare = undefined;
    return ephemerals;
  }

  async function actuated(action: LockAction, commandId: Uint8Array): Promise<Actuation> {
    try {
      return await o.actuate(action, commandId);
    } catch {
      return { outcome: 'jammed', bolt: 'unknown' };
    }
  }

  async function move(action: LockAction, commandId: Uint8Array): Promise<void> {
    dispatch({ type: 'actuated', actuation: await actuated(action, commandId), nonce: nonce() });
  }

  async function moveAtDoor({ action, fact }: DoorMove): Promise<void> {
    dispatch({ type: 'door-actuated', outcome: (await actuated(action, fact)).outcome });
  }

  async function checkCard(check: number, challenge: CardChallenge): Promise<void> {
    let result: CardCheck;
    try {
      result = (await o.reader?.check(challenge, self.tag)) ?? { outcome: 'unsupported' };
    } catch {
      result = { outcome: 'lost' };
    }
    dispatch({ type: 'card-checked', check, result });
  }

  function noteEvents(next: typeof events): void {
    const before = areEventsWaiting(events);
    events = next;
    if (areEventsWaiting(next) !== before) o.onEventsWaiting?.();
  }

  function perform(effect: LockEffect): void {
    switch (effect.type) {
      case 'challenge-card':
        void checkCard(effect.check, effect.challenge);
        break;
      case 'actuate-door':
        void moveAtDoor(effect.move);
        break;
      case 'card-refused':
        o.reader?.refused?.(effect.code);
        break;
      case 'persist':
        o.persist?.(encodeLockMemory(effect.memory));
        break;
      case 'write-log':
        o.writeLog?.(effect.writes);
        break;
      case 'write-set':
        o.writeSet?.(effect.writes);
        break;
      case 'write-firmware':
        o.writeFirmware?.(effect);
        break;
      case 'restart':
        o.restart?.();
        break;
      case 'log':
        o.onLog?.(effect.entry);
        noteEvents(withWrittenEntry(events, effect.entry));
        break;
      case 'log-told':
        noteEvents(withToldPage(events, effect.through));
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
      case 'forget-identity':
        forgetIdentity(effect.resets);
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
        suites: suiteBit('x25519ChaChaPoly') | (self.p256Identity ? suiteBit('p256AesGcm') : 0),
        maxMessageSizeBytes,
        tag: self.tag,
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
    booted: (boot) => dispatch({ type: 'booted', ...boot }),
    noticed: (notice) => dispatch({ type: 'noticed', notice }),
    card: (sighting, wish = 'unlock') =>
      dispatch({ type: 'card', sighting, wish, nonce: crypto.randomBytes(cardNonceSizeBytes) }),
    code: (digits, wish = 'unlock') => dispatch({ type: 'code', digits, wish }),
    present: () => dispatch({ type: 'present' }),
    factoryReset: () => dispatch({ type: 'factory-reset' }),
    trust: () => o.trust() ?? state.memory.trust,
    eventsWaiting: () => areEventsWaiting(events),
    close() {
      closed = true;
      timer.set(undefined);
    },
  };
}
