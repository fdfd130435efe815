import type { AnswerCode } from '../answer-code.js';
import { giveUpCard } from '../cards/enrolling.js';
import { acceptFrame, emptyReassembly } from '../encoding/frame.js';
import { decodeInfo, maxMessageSizeBytes } from '../encoding/gatt.js';
import { readMessage, split } from '../noise/noise.js';
import { openRecord } from '../noise/noise-symmetric.js';
import { LockProtocolError } from '../protocol-error.js';
import { endAttemptHour, type LoggedAttempt, logAttempt, tellAttempts } from './attempt-log.js';
import { disconnect, endSession } from './end-session.js';
import { fullFlood, returnFloodToken, takeFloodToken } from './handshake-flood.js';
import { houseStep, isHouseEvent } from './house-machine.js';
import { lockDeadline } from './lock-deadline.js';
import { type LogFact, logAtLock } from './lock-entry.js';
import { answerFirstMessage, peerOf, startLockHandshake } from './lock-handshake.js';
import { emptyMemory, endCommand, type LockMemory } from './lock-memory.js';
import { answerCommand, type LockServing, replyFromLock, sendFromLock } from './lock-reply.js';
import type {
  LinkEvent,
  LockConnectionState,
  LockContext,
  LockEffect,
  LockEvent,
  LockKept,
  LockMoment,
  LockSessionState,
  LockState,
  LockStep,
} from './lock-state.js';
import { encodeOperationAnswer } from './operation-message.js';
import { decideRequest, type RequestContext } from './request-decision.js';

type StateAt<At extends LockState['at']> = Extract<LockState, { at: At }>;
type EventOf<Type extends LinkEvent['type']> = Extract<LinkEvent, { type: Type }>;
type Handlers = {
  readonly [At in LockState['at']]: {
    readonly [Type in LinkEvent['type']]: (context: LockContext, state: StateAt<At>, event: EventOf<Type>) => LockStep;
  };
};

/** A lock that was just switched on, with what it remembers. */
export function startLock(memory: LockMemory = emptyMemory): LockState {
  return { at: 'idle', memory, awake: { flood: fullFlood } };
}

/**
 * The lock's whole side of the protocol as a function: what one event leads to (SPEC §9).
 * Never throws for bytes of a caller: those end the session.
 */
export function lockStep(context: LockContext, before: LockState, event: LockEvent): LockStep {
  const { memory, awake, effects: told } = endAttemptHour(context, before, event);
  const state = { ...before, memory, awake };
  // The table is complete by its type; which cell belongs to which pair TypeScript cannot follow.
  const done = isHouseEvent(event)
    ? houseStep(context, state, event)
    : handlers[state.at][event.type](context, state as never, event as never);
  const step = { state: done.state, effects: [...told, ...done.effects] };
  if (step.state.memory === before.memory) return step;
  // What the memory points at is written before the memory.
  const isFirst = ({ type }: LockEffect) => type.startsWith('write-');
  const persist: LockEffect = { type: 'persist', memory: step.state.memory };
  return {
    state: step.state,
    effects: [...step.effects.filter(isFirst), persist, ...step.effects.filter((effect) => !isFirst(effect))],
  };
}

const stay = (_context: LockContext, state: LockState): LockStep => ({ state, effects: [] });

const refuseConnection = (_context: LockContext, state: LockState): LockStep => ({
  state,
  effects: [{ type: 'refuse-connection' }],
});

const toIdle = (_context: LockContext, { memory, awake }: LockState): LockStep => ({
  state: { at: 'idle', memory, awake },
  effects: [],
});

const handlers: Handlers = {
  idle: {
    connected: (_context, { memory, awake }, { at, mtu, info, ephemeral, p256Ephemeral }) => ({
      state: {
        at: 'ready',
        memory,
        awake,
        connection: { mtu, info, connectedAt: at, reassembly: emptyReassembly, sendCounter: 0 },
        ephemeral,
        ...(p256Ephemeral ? { p256Ephemeral } : {}),
      },
      effects: [],
    }),
    frame: stay,
    actuated: stay,
    timer: stay,
    disconnected: stay,
  },
  ready: {
    connected: refuseConnection,
    // A caller waits for message 2; whoever writes before it has come invents frames.
    frame: (context, state, event) =>
      state.waiting
        ? endSession(context, state, { event, code: 'auth' })
        : receive(context, { state, event }, { frameCode: 'auth', read: readFirstMessage }),
    actuated: stay,
    timer: (context, state, event) => {
      if (!isDue(state, event)) return { state, effects: [] };
      const { waiting, ...ready } = state;
      if (waiting) return readFirstMessage(context, ready, { event, message: waiting });
      return hasBegun(state.connection) ? endSession(context, state, { event, code: 'auth' }) : disconnect(state);
    },
    disconnected: (context, state, event) => {
      if (!state.waiting && !hasBegun(state.connection)) return toIdle(context, state);
      const { state: ended, effects } = endSession(context, state, { event, code: state.waiting ? 'busy' : 'auth' });
      return { ...toIdle(context, ended), effects: effects.filter(({ type }) => type !== 'disconnect') };
    },
  },
  handshake: {
    connected: refuseConnection,
    frame: (context, state, event) => receive(context, { state, event }, { frameCode: 'auth', read: readThirdMessage }),
    actuated: stay,
    timer: (context, state, event) => {
      if (!isDue(state, event)) return { state, effects: [] };
      return endSession(context, state, { event, code: state.connection.reassembly.partial ? 'auth' : 'late' });
    },
    disconnected: toIdle,
  },
  session: {
    connected: refuseConnection,
    frame: (context, state, event) => receive(context, { state, event }, { frameCode: 'bad-frame', read: readRecord }),
    actuated: stay,
    timer: (context, state, event) => {
      if (!isDue(state, event)) return { state, effects: [] };
      return state.connection.reassembly.partial
        ? endSession(context, state, { event, code: 'bad-frame' })
        : disconnect(state);
    },
    disconnected: toIdle,
  },
  moving: {
    connected: refuseConnection,
    // A caller waits for its answer; whoever writes now repeats or invents frames. The move itself goes on.
    frame: (context, state, event) => {
      const ended = endSession(context, state, { event, code: 'bad-frame' });
      const { memory, awake } = ended.state;
      return { ...ended, state: { at: 'finishing', memory, awake, move: state.move, connected: true } };
    },
    actuated: (context, state, event) => {
      const done = finishMove(context, state, event);
      return answerCommand({ ...state, memory: done.memory }, event, {
        code: done.code,
        bolt: event.actuation.bolt,
        repeated: false,
        effects: done.effects,
      });
    },
    timer: (_context, state, event) => {
      if (!isDue(state, event)) return { state, effects: [] };
      const { memory, awake, move } = state;
      return { state: { at: 'finishing', memory, awake, move, connected: true }, effects: [{ type: 'disconnect' }] };
    },
    disconnected: (_context, { memory, awake, move }) => ({
      state: { at: 'finishing', memory, awake, move, connected: false },
      effects: [],
    }),
  },
  enrolling: {
    connected: refuseConnection,
    // A caller waits for its answer, as while the bolt moves.
    frame: (context, state, event) => endSession(context, state, { event, code: 'bad-frame' }),
    actuated: stay,
    timer: (context, state, event) =>
      isDue(state, event) ? giveUpCard(context, state, event) : { state, effects: [] },
    disconnected: toIdle,
  },
  finishing: {
    connected: refuseConnection,
    frame: stay,
    actuated: (context, state, event) => {
      const { memory, effects } = finishMove(context, state, event);
      const { awake } = state;
      return { state: state.connected ? { at: 'closing', memory, awake } : { at: 'idle', memory, awake }, effects };
    },
    timer: stay,
    disconnected: (_context, state) => ({ state: { ...state, connected: false }, effects: [] }),
  },
  closing: {
    connected: refuseConnection,
    frame: stay,
    actuated: stay,
    timer: stay,
    disconnected: toIdle,
  },
};

function isDue(state: LockState, event: LockEvent): boolean {
  const deadline = lockDeadline(state);
  return deadline !== undefined && event.at >= deadline;
}

function hasBegun({ reassembly }: LockConnectionState): boolean {
  return reassembly.partial !== undefined;
}

type Connected = StateAt<'ready' | 'handshake' | 'session'>;

interface ReceivedMessage<Event extends LockMoment = EventOf<'frame'>> {
  readonly event: Event;
  /** Put together from this event's frame and those before it. */
  readonly message: Uint8Array;
}

/** Takes a frame, and hands the message it completes to `read`; whatever the bytes fail at ends the session. */
function receive<State extends Connected>(
  context: LockContext,
  { state, event }: { readonly state: State; readonly event: EventOf<'frame'> },
  o: {
    readonly frameCode: 'auth' | 'bad-frame';
    readonly read: (context: LockContext, state: State, received: ReceivedMessage) => LockStep;
  },
): LockStep {
  try {
    const { reassembly, message } = acceptFrame(state.connection.reassembly, event, maxMessageSizeBytes);
    const received = {
      ...state,
      connection: { ...state.connection, reassembly, mtu: event.mtu ?? state.connection.mtu },
    };
    return message ? o.read(context, received, { event, message }) : { state: received, effects: [] };
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return endSession(context, state, { event, code: error.info.code === 'frame' ? o.frameCode : 'auth' });
  }
}

function readFirstMessage(
  context: LockContext,
  state: StateAt<'ready'>,
  { event, message }: ReceivedMessage<LockMoment>,
): LockStep {
  const { connection, memory } = state;
  let { awake } = state;
  try {
    const start = startLockHandshake(context, state, { sizeBytes: message.length, moment: event });
    const flood = takeFloodToken(awake.flood, event.at);
    // It waits where it is, and keeps the connection: who is served cannot be pushed aside by those who are not.
    if (!flood) return { state: { ...state, waiting: message }, effects: [] };
    awake = { ...awake, flood };
    const second = answerFirstMessage(state, { noise: start, message, moment: event });
    const sent = sendFromLock(connection, second.message);
    const next = { memory, awake, connection: sent.connection, noise: second.noise, firstMessageAt: event.at };
    return { state: { at: 'handshake', ...next }, effects: [sent.effect] };
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return endSession(context, { ...state, awake }, { event, code: 'auth' });
  }
}

function readThirdMessage(
  context: LockContext,
  state: StateAt<'handshake'>,
  { event, message }: ReceivedMessage,
): LockStep {
  const { state: noise, payload } = readMessage(state.noise, message);
  const session: LockSessionState = { peer: peerOf(noise), transport: split(noise), shown: {} };
  const request = { payload, ageMs: event.at - state.firstMessageAt };
  return runRequest(context, { ...state, session }, { event, request });
}

function readRecord(context: LockContext, state: StateAt<'session'>, { event, message }: ReceivedMessage): LockStep {
  const { transport, lastResult } = state.session;
  const { cipher, plaintext } = openRecord(transport.receive, message);
  const session = { ...state.session, transport: { ...transport, receive: cipher } };
  const ageMs = lastResult ? event.at - lastResult.at : Number.POSITIVE_INFINITY;
  const request = { payload: plaintext, ageMs, ...(lastResult ? { lastNonce: lastResult.nonce } : {}) };
  return runRequest(context, { ...state, session }, { event, request });
}

function runRequest(
  context: LockContext,
  serving: LockServing,
  o: { readonly event: EventOf<'frame'>; readonly request: Pick<RequestContext, 'payload' | 'ageMs' | 'lastNonce'> },
): LockStep {
  const { event, request } = o;
  const { connection, memory } = serving;
  const trust = event.trust ?? memory.trust;
  const decision = decideRequest({
    crypto: context.crypto,
    tag: decodeInfo(connection.info).tag,
    challenge: decodeInfo(connection.info).nonce,
    callerPublicKey: serving.session.transport.remoteStatic,
    ...{ shown: serving.session.shown, peer: serving.session.peer },
    readings: event.readings,
    memory,
    ...{ lock: context, awake: serving.awake, at: event.at },
    handshakeHash: serving.session.transport.handshakeHash,
    connectionAgeMs: event.at - connection.connectedAt,
    ...(trust ? { trust } : {}),
    ...request,
  });
  const session = { ...serving.session, shown: decision.shown };
  // Only failures count against the flood limit, so that a busy door never waits.
  const kept = decision.verified
    ? tellAttempts(
        context,
        { memory: decision.memory, awake: { ...serving.awake, flood: returnFloodToken(serving.awake.flood) } },
        event,
      )
    : { memory: decision.memory, awake: serving.awake, effects: [] };
  const { memory: known, awake } = kept;
  const before = [...(decision.learned ?? []), ...((decision.verdict === 'operation' && decision.effects) || [])];
  if (decision.verdict === 'move') {
    const { move } = decision;
    const { action, commandId } = move;
    return {
      state: { at: 'moving', memory: known, awake, connection, session, move },
      effects: [...before, ...kept.effects, { type: 'actuate', action, commandId }],
    };
  }
  const decided = { ...serving, session, awake, memory: known };
  const { code } = decision;
  const { bolt } = event.readings;
  const outcome = { code, bolt, repeated: decision.verdict === 'repeat' };
  const { entry } = decision;
  const logged = entry ? logOf(context, decided, { event, entry, code }) : { ...decided, effects: [] };
  const serve = { ...decided, memory: logged.memory, awake: logged.awake };
  const effects = [...before, ...kept.effects, ...logged.effects];
  if (decision.verdict !== 'operation') return answerCommand(serve, event, { ...outcome, effects });
  const { awaitCard } = decision;
  if (awaitCard) {
    const enroll = { ...awaitCard, nonce: event.nonce };
    return { state: { ...serve, at: 'enrolling', enroll }, effects };
  }
  const plaintext = encodeOperationAnswer({ code, nonce: event.nonce, body: decision.body });
  const replied = replyFromLock(serve, event, { plaintext, effects });
  if (decision.farewell === undefined) return replied;
  const ended = disconnect(replied.state);
  return { state: ended.state, effects: [...replied.effects, ...ended.effects, ...decision.farewell] };
}

/** What was done has its entry; what was refused has one as long as there are few. */
function logOf(
  context: LockContext,
  kept: LockKept,
  o: { readonly event: LockMoment; readonly entry: LogFact; readonly code: AnswerCode },
): LoggedAttempt {
  const { event, entry, code } = o;
  if (code !== 'ok') return logAttempt(context, kept, { event, entry });
  return { awake: kept.awake, ...logAtLock(context, kept.memory, { readings: event.readings, entry }) };
}

function finishMove(
  context: LockContext,
  { memory, move }: StateAt<'moving' | 'finishing'>,
  event: EventOf<'actuated'>,
): { readonly memory: LockMemory; readonly code: AnswerCode; readonly effects: readonly LockEffect[] } {
  const { outcome } = event.actuation;
  const code = outcome === 'executed' ? 'ok' : outcome;
  const { action, commandId, actor } = move;
  const entry = { type: action, result: code, actor, commandId } as const;
  const logged = logAtLock(context, endCommand(memory, commandId, code), { readings: event.readings, entry });
  return { memory: logged.memory, code, effects: logged.effects };
}
