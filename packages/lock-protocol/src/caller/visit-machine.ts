import { frameDeadline } from '../encoding/frame.js';
import { lockLimits } from '../lock/lock-limits.js';
import { split, writeMessage } from '../noise/noise.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { LockProtocolError } from '../protocol-error.js';
import { sendMessage, takeFrame } from './caller-connection.js';
import { commandSentences, readGreeting, startHandshake } from './caller-start.js';
import type { VisitContext, VisitEvent, VisitState, VisitStep } from './visit-state.js';

type StateAt<At extends VisitState['at']> = Extract<VisitState, { at: At }>;
type EventOf<Type extends VisitEvent['type']> = Extract<VisitEvent, { type: Type }>;
type Handlers = {
  readonly [At in VisitState['at']]: {
    readonly [Type in VisitEvent['type']]: (
      context: VisitContext,
      state: StateAt<At>,
      event: EventOf<Type>,
    ) => VisitStep;
  };
};

/** For how long a caller waits for INFO, for message 2, and for the answer to a request. */
export const visitAnswerMs = 10_000;

/** A visit before anything is known of the lock, begun at this monotonic ms. */
export function startVisit(begunAt: number): VisitState {
  return { at: 'start', begunAt };
}

/**
 * The caller's side of a session with any number of operations, as a function: what one event leads to (SPEC §9.6).
 * Never throws for bytes of a lock: those end the visit.
 */
export function visitStep(context: VisitContext, state: VisitState, event: VisitEvent): VisitStep {
  try {
    // The table is complete by its type; which cell belongs to which pair TypeScript cannot follow.
    return handlers[state.at][event.type](context, state as never, event as never);
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return end({ fault: error.info, message: error.message, cause: error });
  }
}

/** Monotonic ms at which a `timer` event is due; `undefined` when the visit waits for its driver, or has ended. */
export function visitDeadline(state: VisitState): number | undefined {
  switch (state.at) {
    case 'start':
      return state.begunAt + visitAnswerMs;
    case 'ended':
      return undefined;
    case 'greeting':
      return earliest(state, state.startedAt + visitAnswerMs);
    case 'open':
      // The lock has hung up by then; who asks later would wait in vain.
      return state.heardAt + ('send' in state.session ? lockLimits.idleMs : lockLimits.thirdMessageMs);
    case 'asking':
      return earliest(state, state.askedAt + state.waitMs + visitAnswerMs);
  }
}

function earliest({ connection }: StateAt<'greeting' | 'asking'>, limit: number): number {
  return Math.min(limit, frameDeadline(connection.reassembly) ?? Number.POSITIVE_INFINITY);
}

const stay = (_context: VisitContext, state: VisitState): VisitStep => ({ state, effects: [] });

const fail = (_context: VisitContext, _state: VisitState, { reason, cause }: EventOf<'failed'>): VisitStep =>
  end({ fault: { code: 'command', reason }, message: commandSentences[reason], cause });

const expire = (context: VisitContext, state: VisitState, { at }: EventOf<'timer'>): VisitStep => {
  const deadline = visitDeadline(state);
  if (deadline === undefined || at < deadline) return { state, effects: [] };
  return fail(context, state, { type: 'failed', at, reason: 'late' });
};

const outOfTurn = (): VisitStep => {
  throw new LockProtocolError({ code: 'message', reason: 'out-of-turn' }, 'The lock spoke out of turn.');
};

const askTwice = (): VisitStep => {
  throw new LockProtocolError({ code: 'message', reason: 'out-of-turn' }, 'One request at a time.');
};

function end(how: StateAt<'ended'>['end']): VisitStep {
  return { state: { at: 'ended', end: how }, effects: [] };
}

const handlers: Handlers = {
  start: {
    started: (context, _state, event) => {
      const { connection, noise, effect } = startHandshake(context, event);
      return { state: { at: 'greeting', connection, noise, startedAt: event.at }, effects: [effect] };
    },
    asked: askTwice,
    // A notification of an earlier session on the same link; this one begins with message 1.
    frame: stay,
    failed: fail,
    timer: expire,
  },
  greeting: {
    started: stay,
    asked: askTwice,
    frame: (_context, state, event) => {
      const { connection, message } = takeFrame(state.connection, event);
      if (!message) return { state: { ...state, connection }, effects: [] };
      const { noise, hello } = readGreeting(state, message);
      const greeting = { challenge: hello.nonce, clockQuality: hello.clockQuality };
      return {
        state: { at: 'open', connection, session: noise, heardAt: event.at },
        effects: [{ type: 'greeted', greeting }],
      };
    },
    failed: fail,
    timer: expire,
  },
  open: {
    started: stay,
    asked: (context, state, { at, request, waitMs = 0 }) => {
      const { message, transport } = seal(state.session, request);
      const sent = sendMessage(context, state.connection, message);
      return {
        state: { at: 'asking', connection: sent.connection, transport, askedAt: at, waitMs },
        effects: [sent.effect],
      };
    },
    frame: outOfTurn,
    failed: fail,
    timer: expire,
  },
  asking: {
    started: stay,
    asked: askTwice,
    frame: (_context, state, event) => {
      const { connection, message } = takeFrame(state.connection, event);
      if (!message) return { state: { ...state, connection }, effects: [] };
      const { cipher, plaintext } = openRecord(state.transport.receive, message);
      const session = { ...state.transport, receive: cipher };
      return {
        state: { at: 'open', connection, session, heardAt: event.at },
        effects: [{ type: 'answered', answer: plaintext }],
      };
    },
    failed: fail,
    timer: expire,
  },
  ended: { started: stay, asked: stay, frame: stay, failed: stay, timer: stay },
};

/** The first request travels in message 3, every other in a record of its own. */
function seal(session: StateAt<'open'>['session'], request: Uint8Array) {
  if ('send' in session) {
    const { cipher, record } = sealRecord(session.send, request);
    return { message: record, transport: { ...session, send: cipher } };
  }
  const third = writeMessage(session, request);
  return { message: third.message, transport: split(third.state) };
}
