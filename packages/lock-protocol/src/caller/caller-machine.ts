import { frameDeadline } from '../encoding/frame.js';
import { lockLimits } from '../lock/lock-limits.js';
import { type CommandRequest, decodeResult, encodeRequest } from '../message.js';
import { bringStaticAgreement, type NoiseHandshake, split, writeMessage } from '../noise/noise.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { LockProtocolError } from '../protocol-error.js';
import { sendMessage, takeFrame } from './caller-connection.js';
import { commandSentences, readGreeting, startHandshake } from './caller-start.js';
import type { CallerContext, CallerEffect, CallerEvent, CallerState, CallerStep } from './caller-state.js';
import type { Authority } from './lock-link.js';

type StateAt<At extends CallerState['at']> = Extract<CallerState, { at: At }>;
type EventOf<Type extends CallerEvent['type']> = Extract<CallerEvent, { type: Type }>;
type Handlers = {
  readonly [At in CallerState['at']]: {
    readonly [Type in CallerEvent['type']]: (
      context: CallerContext,
      state: StateAt<At>,
      event: EventOf<Type>,
    ) => CallerStep;
  };
};

/** A call before anything is known of the lock. */
export const startCaller: CallerState = { at: 'start' };

/**
 * The caller's whole side of one command as a function: what one event leads to (SPEC §9).
 * Never throws for bytes of a lock: those end the call.
 */
export function callerStep(context: CallerContext, state: CallerState, event: CallerEvent): CallerStep {
  try {
    // The table is complete by its type; which cell belongs to which pair TypeScript cannot follow.
    return handlers[state.at][event.type](context, state as never, event as never);
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    const fault = { ...error.info, commandWritten: isCommandWritten(state) };
    return end({ kind: 'failed', fault, message: error.message, cause: error });
  }
}

/** Monotonic ms at which a `timer` event is due; `undefined` when the call has ended. */
export function callerDeadline(context: CallerContext, state: CallerState): number | undefined {
  switch (state.at) {
    case 'start':
      return context.deadlineAt;
    case 'greeting':
    case 'commanding':
      return Math.min(context.deadlineAt, frameDeadline(state.connection.reassembly) ?? Number.POSITIVE_INFINITY);
    case 'authorizing':
    case 'permitting':
      return Math.min(context.deadlineAt, state.secondMessageAt + lockLimits.thirdMessageMs);
    case 'ended':
      return undefined;
  }
}

/** Whether the lock may have been told to act. */
function isCommandWritten(state: CallerState): boolean {
  return state.at === 'commanding';
}

const stay = (_context: CallerContext, state: CallerState): CallerStep => ({ state, effects: [] });

const fail = (_context: CallerContext, state: CallerState, event: EventOf<'failed'>): CallerStep => {
  const fault = { code: 'command', reason: event.reason, commandWritten: isCommandWritten(state) } as const;
  return end({ kind: 'failed', fault, message: commandSentences[event.reason], cause: event.cause });
};

const expire = (context: CallerContext, state: CallerState, event: EventOf<'timer'>): CallerStep => {
  const deadline = callerDeadline(context, state);
  if (deadline === undefined || event.at < deadline) return { state, effects: [] };
  return fail(context, state, { type: 'failed', at: event.at, reason: 'late' });
};

const outOfTurn = (): CallerStep => {
  throw new LockProtocolError({ code: 'message', reason: 'out-of-turn' }, 'The lock spoke out of turn.');
};

const handlers: Handlers = {
  start: {
    started: start,
    authorized: stay,
    permitted: stay,
    // A notification of an earlier session on the same link; this one begins with message 1.
    frame: stay,
    failed: fail,
    timer: expire,
  },
  greeting: {
    started: stay,
    authorized: (_context, state, { authority }) => ({ state: { ...state, authority }, effects: [] }),
    permitted: stay,
    frame: (context, state, event) => {
      const { connection, message } = takeFrame(state.connection, event);
      return message
        ? readSecondMessage(context, { ...state, connection }, { event, message })
        : { state: { ...state, connection }, effects: [] };
    },
    failed: fail,
    timer: expire,
  },
  authorizing: {
    started: stay,
    authorized: (context, state, { authority }) => ({
      state: { ...state, at: 'permitting', authority },
      effects: [permit(context, state.noise)],
    }),
    permitted: stay,
    frame: outOfTurn,
    failed: fail,
    timer: expire,
  },
  permitting: {
    started: stay,
    authorized: stay,
    permitted: (context, state, event) => {
      const deadline = callerDeadline(context, state);
      if (deadline !== undefined && event.at >= deadline)
        return expire(context, state, { type: 'timer', at: event.at });
      return writeThirdMessage(context, state, event);
    },
    frame: outOfTurn,
    failed: fail,
    timer: expire,
  },
  commanding: {
    started: stay,
    authorized: stay,
    permitted: stay,
    frame: (context, state, event) => {
      const { connection, message } = takeFrame(state.connection, event);
      const next = { ...state, connection };
      return message ? readAnswer(context, next, { event, message }) : { state: next, effects: [] };
    },
    failed: fail,
    timer: expire,
  },
  ended: {
    started: stay,
    authorized: stay,
    permitted: stay,
    frame: stay,
    failed: stay,
    timer: stay,
  },
};

function end(outcome: StateAt<'ended'>['outcome']): CallerStep {
  return { state: { at: 'ended', outcome }, effects: [] };
}

function start(context: CallerContext, _state: StateAt<'start'>, event: EventOf<'started'>): CallerStep {
  const { connection, noise, effect } = startHandshake(context, event);
  return {
    state: { at: 'greeting', connection, noise },
    effects: [{ type: 'authorize', challenge: connection.nonce }, effect],
  };
}

function readSecondMessage(
  context: CallerContext,
  state: StateAt<'greeting'>,
  { event, message }: { readonly event: EventOf<'frame'>; readonly message: Uint8Array },
): CallerStep {
  const { noise } = readGreeting(state, message);
  const { connection, authority } = state;
  const greeted = { connection, noise, secondMessageAt: event.at };
  return authority
    ? { state: { at: 'permitting', authority, ...greeted }, effects: [permit(context, noise)] }
    : { state: { at: 'authorizing', ...greeted }, effects: [] };
}

function permit({ caller }: CallerContext, { remoteEphemeral }: NoiseHandshake): CallerEffect {
  const isHeld = !('secret' in caller) && remoteEphemeral !== undefined;
  return { type: 'permit', ...(isHeld ? { agreeWith: remoteEphemeral } : {}) };
}

function writeThirdMessage(
  context: CallerContext,
  state: StateAt<'permitting'>,
  { se }: EventOf<'permitted'>,
): CallerStep {
  const { authority, connection } = state;
  const noise = se ? bringStaticAgreement(state.noise, se) : state.noise;
  const shown = authority.kind === 'token' ? { token: authority.token } : { grant: authority.grant };
  // The certificate stays behind: the lock remembers it, and asks when it does not.
  const payload = encodeRequest({ ...shown, command: commandFrom(context, authority, state.secondMessageAt) });
  const third = writeMessage(noise, payload);
  const sent = sendMessage(context, connection, third.message);
  const next = { connection: sent.connection, transport: split(third.state), authority, certificateSent: false };
  return { state: { at: 'commanding', ...next }, effects: [sent.effect] };
}

function readAnswer(
  context: CallerContext,
  state: StateAt<'commanding'>,
  { event, message }: { readonly event: EventOf<'frame'>; readonly message: Uint8Array },
): CallerStep {
  const { cipher, plaintext } = openRecord(state.transport.receive, message);
  const { nonce, ...answer } = decodeResult(plaintext);
  if (answer.code !== 'certificate-unknown' || state.certificateSent || event.at >= context.deadlineAt) {
    return end({ kind: 'answered', answer });
  }
  const { authority, connection, transport } = state;
  const command = { ...commandFrom(context, authority, event.at), nonce };
  const sealed = sealRecord(transport.send, encodeRequest({ certificate: authority.certificate, command }));
  const sent = sendMessage(context, connection, sealed.record);
  const next = { send: sealed.cipher, receive: cipher };
  return {
    state: { ...state, connection: sent.connection, transport: { ...transport, ...next }, certificateSent: true },
    effects: [sent.effect],
  };
}

/**
 * The command with what is left of its life. The lock counts from message 1, or from the result that is quoted; both
 * reached or left it before `heardAt`, so it stops no later than the caller's own deadline.
 */
function commandFrom({ command, deadlineAt }: CallerContext, authority: Authority, heardAt: number): CommandRequest {
  const { commandId, action, intent } = command;
  const via = authority.kind === 'token' ? 'remote' : (command.via ?? 'local');
  return { commandId, action, intent, via, ttlMs: Math.max(0, Math.floor(deadlineAt - heardAt)) };
}
