import { orderMarkOf } from '../commissioning/commission-order.js';
import { setupPsk } from '../commissioning/setup-label.js';
import { acceptFrame, emptyReassembly, splitMessage } from '../encoding/frame.js';
import { lockDeadline } from '../lock/lock-deadline.js';
import { lockStep, startLock } from '../lock/lock-machine.js';
import { emptyMemory, memoryUnder, rememberCertificate } from '../lock/lock-memory.js';
import type { LockEffect, LockEvent, LockMoment, LockState } from '../lock/lock-state.js';
import {
  createHandshake,
  createXkInitiator,
  type NoiseHandshake,
  type NoiseTransport,
  readMessage,
  split,
  writeMessage,
} from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { FuzzFault, sizeOf } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** A world whose lock may obey nobody but whom its own memory names. */
export type LockWorld = Omit<FuzzWorld, 'trust'> & Partial<Pick<FuzzWorld, 'trust'>>;

/** Most bytes that a lock may keep of everything but its log and its set, which have limits of their own. */
const largestStateBytes = 65_536;
const mtu = 247;

/** A session at a lock, with both ends in hand; asking makes a new one and leaves this one as it was. */
export interface FuzzSession {
  readonly lock: LockState;
  readonly transport: NoiseTransport;
  readonly sendCounter: number;
}

/** The lock as it was left by whatever went before, and a moment at it. */
export interface AtLock {
  readonly lock: LockState;
  readonly effects: readonly LockEffect[];
}

/** A lock of the world's property, that holds every certificate. */
export function knowingLock(world: FuzzWorld): LockState {
  const known = Object.values(world.signedCertificates).reduce(
    rememberCertificate,
    memoryUnder(emptyMemory, world.trust),
  );
  return startLock(known);
}

/** One event at a lock; whatever a lock must never do is a fault. */
export function stepLock(world: LockWorld, lock: LockState, event: LockEvent): AtLock {
  const { state, effects } = lockStep(world.lockContext, lock, event);
  checkLock(state);
  const told = effects.map((effect) => (effect.type === 'log' ? `${effect.entry.type} ${effect.entry.result}` : ''));
  world.went(`${lock.at} ${event.type} ${state.at} ${state.awake.door?.now?.at ?? ''} ${told.join(' ')}`);
  const deadline = lockDeadline(state);
  if (deadline !== undefined && !Number.isFinite(deadline)) throw new FuzzFault('A lock waits for no moment.');
  return { lock: state, effects };
}

/** What every event at a lock brings along. */
export function momentAt({ readings, trust }: LockWorld, at: number): LockMoment {
  return { at, readings, ...(trust ? { trust } : {}) };
}

function checkLock(state: LockState): void {
  const { log, set, ...memory } = state.memory;
  const size = sizeOf({ ...state, memory });
  if (size > largestStateBytes) throw new FuzzFault(`The state of a lock has ${size} bytes.`);
  if (log.segments.length > 33) throw new FuzzFault(`A log has ${log.segments.length} segments.`);
  const staged = set.staging?.entries.size ?? 0;
  if (staged > 64 || (set.staging?.end ?? 0) > 4096)
    throw new FuzzFault(`A lock with room for 64 entries stages ${staged}.`);
  if (!('connection' in state)) return;
  const { partial } = state.connection.reassembly;
  const kept = partial?.parts.reduce((sum, part) => sum + part.length, 0) ?? 0;
  if (partial && (kept > partial.sizeBytes || partial.sizeBytes > 4096))
    throw new FuzzFault('Too much of a message is kept.');
}

function carry(
  world: LockWorld,
  lock: LockState,
  o: { readonly message: Uint8Array; readonly firstCounter: number; readonly at: number },
) {
  const { frames, nextCounter } = splitMessage(o.message, { mtu, firstCounter: o.firstCounter });
  const effects: LockEffect[] = [];
  let state = lock;
  for (const frame of frames) {
    const step = stepLock(world, state, { ...momentAt(world, o.at), type: 'frame', frame, nonce: world.challenge });
    state = step.lock;
    effects.push(...step.effects);
  }
  return { lock: state, effects, nextCounter };
}

function heard(effects: readonly LockEffect[], firstCounter: number): Uint8Array | undefined {
  let reassembly: Parameters<typeof acceptFrame>[0] = { ...emptyReassembly, counter: firstCounter };
  let message: Uint8Array | undefined;
  for (const effect of effects) {
    if (effect.type !== 'notify') continue;
    for (const frame of effect.frames) {
      const accepted = acceptFrame(reassembly, { frame, at: 0 });
      reassembly = accepted.reassembly;
      if (accepted.message && message) throw new FuzzFault('A lock answers one request twice.');
      message = accepted.message ?? message;
    }
  }
  return message;
}

/** Opens a session of the world's holder with a first request; the lock must be idle. */
export function openSession(world: LockWorld, lock: LockState, o: { readonly first: Uint8Array; readonly at: number }) {
  const { crypto, info, holder } = world;
  const prologue = sessionPrologue(crypto, info, 1);
  const noise = createXkInitiator({ crypto, prologue, staticKeyPair: holder, remoteStatic: world.lock.publicKey });
  const { session, ...opened } = shakeHands(world, lock, { ...o, noise, greeting: new Uint8Array(0) });
  if (session === undefined) throw new FuzzFault('An honest caller gets no message 2.');
  return { ...opened, session };
}

/** The same for somebody with the label; the lock may not let him in. */
export function openInstallation(
  world: LockWorld,
  lock: LockState,
  o: { readonly first: Uint8Array; readonly at: number; readonly order?: Uint8Array | undefined },
) {
  const { crypto, info, lockContext } = world;
  const noise = createHandshake({
    ...{ crypto, role: 'initiator', pattern: noisePatterns.XXpsk3, staticKeyPair: crypto.x25519KeyPair() },
    prologue: sessionPrologue(crypto, info, 1),
    psk: setupPsk(crypto, lockContext.setupSecret ?? new Uint8Array(16)),
  });
  return shakeHands(world, lock, { ...o, noise, greeting: orderMarkOf(crypto, o.order) });
}

interface HandsToShake {
  readonly noise: NoiseHandshake;
  /** Payload of message 1. */
  readonly greeting: Uint8Array;
  readonly first: Uint8Array;
  readonly at: number;
}

/** A lock that was asked for a session. */
export interface ShakenHands extends AtLock {
  /** Absent when it gave none. */
  readonly session?: FuzzSession;
  /** To the first request; absent while the bolt moves, or when the session has ended. */
  readonly answer?: Uint8Array;
}

function shakeHands(world: LockWorld, lock: LockState, o: HandsToShake): ShakenHands {
  const { crypto, info } = world;
  const { at } = o;
  const ephemeral = crypto.x25519KeyPair();
  let state = stepLock(world, lock, { ...momentAt(world, at), type: 'connected', mtu, info, ephemeral }).lock;
  const first = writeMessage(o.noise, o.greeting);
  const greeted = carry(world, state, { message: first.message, firstCounter: 0, at });
  state = greeted.lock;
  let second = heard(greeted.effects, 0);
  const waits = lockDeadline(state);
  if (second === undefined && state.at === 'ready' && waits !== undefined) {
    const waited = stepLock(world, state, { ...momentAt(world, waits), type: 'timer' });
    state = waited.lock;
    second = heard(waited.effects, 0);
  }
  if (second === undefined) return { lock: state, effects: greeted.effects };
  const third = writeMessage(readMessage(first.state, second).state, o.first);
  const done = carry(world, state, { message: third.message, firstCounter: greeted.nextCounter, at: waits ?? at });
  const record = heard(done.effects, 1);
  const transport = split(third.state);
  const session: FuzzSession = { lock: done.lock, transport, sendCounter: done.nextCounter };
  const shaken = { lock: done.lock, effects: done.effects };
  if (record === undefined) return { ...shaken, session };
  const { cipher, plaintext } = openRecord(transport.receive, record);
  return {
    ...shaken,
    session: { ...session, transport: { ...transport, receive: cipher } },
    answer: plaintext,
  };
}

/** The session after something else happened at its lock: what was answered late is heard. */
export function listen(session: FuzzSession, { lock, effects }: AtLock): FuzzSession {
  const answer = 'connection' in session.lock ? heard(effects, session.lock.connection.sendCounter) : undefined;
  if (answer === undefined) return { ...session, lock };
  const { cipher } = openRecord(session.transport.receive, answer);
  return { ...session, lock, transport: { ...session.transport, receive: cipher } };
}

/** Asks within a session. No answer: the bolt moves, or the lock has ended the session. */
export function ask(world: LockWorld, session: FuzzSession, o: { readonly payload: Uint8Array; readonly at: number }) {
  const { transport, lock } = session;
  if (lock.at !== 'session') throw new FuzzFault(`A session is ${lock.at}.`);
  const { cipher, record } = sealRecord(transport.send, o.payload);
  const sent = { message: record, firstCounter: session.sendCounter, at: o.at };
  const done = carry(world, lock, sent);
  const next = { lock: done.lock, sendCounter: done.nextCounter };
  const answer = heard(done.effects, lock.connection.sendCounter);
  if (answer === undefined) {
    return { session: { ...next, transport: { ...transport, send: cipher } }, effects: done.effects };
  }
  const opened = openRecord(transport.receive, answer);
  return {
    session: { ...next, transport: { ...transport, send: cipher, receive: opened.cipher } },
    effects: done.effects,
    answer: opened.plaintext,
  };
}
