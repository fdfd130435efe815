import { sendMessage, takeFrame } from '../caller/caller-connection.js';
import { commandSentences, readGreeting } from '../caller/caller-start.js';
import type { CallerConnection } from '../caller/caller-state.js';
import { visitAnswerMs } from '../caller/visit-machine.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { emptyReassembly, frameDeadline } from '../encoding/frame.js';
import { decodeInfo, suites } from '../encoding/gatt.js';
import { lockLimits } from '../lock/lock-limits.js';
import { decodeOperationAnswer, type OperationAnswer, type OperationRequest } from '../lock/operation-message.js';
import { verifyLogHead } from '../log/log-head.js';
import { encodeRequest } from '../message.js';
import { createHandshake, type NoiseHandshake, type NoiseTransport, split, writeMessage } from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { type CommissionFault, LockProtocolError, type PartFault } from '../protocol-error.js';
import { orderMarkOf } from './commission-order.js';
import { decodeIdentity, verifyIdentity } from './identity-statement.js';
import type { InstallProgress } from './installer-progress.js';
import type {
  InstallerContext,
  InstallerEffect,
  InstallerEvent,
  InstallerState,
  InstallerStep,
} from './installer-state.js';
import { setupPsk } from './setup-label.js';

type StateAt<At extends InstallerState['at']> = Extract<InstallerState, { at: At }>;
type EventOf<Type extends InstallerEvent['type']> = Extract<InstallerEvent, { type: Type }>;
type Handlers = {
  readonly [At in InstallerState['at']]: {
    readonly [Type in InstallerEvent['type']]: (
      context: InstallerContext,
      state: StateAt<At>,
      event: EventOf<Type>,
    ) => InstallerStep;
  };
};

/** OLP/1: bit 0 of INFO's list of versions. */
const firstVersion = 1;

const sentences: Readonly<Record<CommissionFault, string>> = {
  'not-admitted': 'The lock lets no installer in: nobody has shown to be inside, or it obeys another order.',
  'secret-refused': 'The lock ended the session: most likely this label is of another lock.',
  identity: 'What the lock says of itself does not verify.',
  refused: 'The lock refused.',
  confirmation: 'What the lock confirms does not verify.',
  progress: 'These bytes are no progress of an installer.',
};

/** An installer with a label, and what an earlier connection kept, from this monotonic ms on. */
export function startInstaller(begunAt: number, progress?: InstallProgress): InstallerState {
  return { at: 'scanned', begunAt, progress };
}

/**
 * The side of who commissions a lock, as a function: what one event leads to (SPEC §9.8). Killed at any step it goes on
 * from what was kept last, on a new connection. Never throws for bytes of a lock: those end the connection.
 */
export function installerStep(context: InstallerContext, state: InstallerState, event: InstallerEvent): InstallerStep {
  try {
    // The table is complete by its type; which cell belongs to which pair TypeScript cannot follow.
    return handlers[state.at][event.type](context, state as never, event as never);
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return fail(error.info, { message: error.message, cause: error });
  }
}

/** Monotonic ms at which a `timer` event is due; `undefined` when the installer has ended. */
export function installerDeadline(state: InstallerState): number | undefined {
  switch (state.at) {
    case 'scanned':
      return state.begunAt + visitAnswerMs;
    case 'connected':
      return earliest(state, state.startedAt + visitAnswerMs);
    case 'proving':
    case 'ordered':
      return earliest(state, state.askedAt + visitAnswerMs);
    case 'identified':
    case 'certified':
      // The lock has hung up by then.
      return state.heardAt + lockLimits.installerIdleMs;
    case 'ended':
      return undefined;
  }
}

function earliest({ connection }: { readonly connection: CallerConnection }, limit: number): number {
  return Math.min(limit, frameDeadline(connection.reassembly) ?? Number.POSITIVE_INFINITY);
}

const stay = (_context: InstallerContext, state: InstallerState): InstallerStep => ({ state, effects: [] });

const outOfTurn = (): InstallerStep => {
  throw new LockProtocolError({ code: 'message', reason: 'out-of-turn' }, 'The lock spoke out of turn.');
};

/** Ends as the driver says; where a lost link tells something of the lock, it is said. */
const failAs =
  (lost?: CommissionFault) =>
  (_context: InstallerContext, state: InstallerState, { reason, cause }: EventOf<'failed'>): InstallerStep => {
    const isProven = state.at === 'ordered' && state.isProven;
    if (lost !== undefined && reason === 'link-closed' && !isProven) {
      return fail({ code: 'commission', reason: lost }, { message: sentences[lost], cause });
    }
    return fail({ code: 'command', reason }, { message: commandSentences[reason], cause });
  };

const expire = (context: InstallerContext, state: InstallerState, { at }: EventOf<'timer'>): InstallerStep => {
  const deadline = installerDeadline(state);
  if (deadline === undefined || at < deadline) return { state, effects: [] };
  return failAs()(context, state, { type: 'failed', at, reason: 'late' });
};

function fail(
  fault: PartFault,
  o: { readonly message: string; readonly cause?: unknown; readonly effects?: readonly InstallerEffect[] },
): InstallerStep {
  const { message, cause, effects = [] } = o;
  return { state: { at: 'ended', end: { kind: 'failed', fault, message, cause } }, effects };
}

const handlers: Handlers = {
  scanned: {
    started: startConnection,
    certified: stay,
    kept: stay,
    // A notification of an earlier session on the same link; this one begins with message 1.
    frame: stay,
    failed: failAs(),
    timer: expire,
  },
  connected: {
    started: stay,
    certified: stay,
    kept: stay,
    frame: hearGreeting,
    failed: failAs('not-admitted'),
    timer: expire,
  },
  proving: {
    started: stay,
    certified: stay,
    kept: stay,
    frame: hearIdentity,
    failed: failAs('secret-refused'),
    timer: expire,
  },
  identified: {
    started: stay,
    certified: (_context, { connection, session, stated, heardAt }, { order }) => {
      const progress = { ...stated, at: 'certified', order } as const;
      const state = { at: 'certified', connection, session, progress, heardAt } as const;
      return { state, effects: [{ type: 'keep', progress }] };
    },
    kept: stay,
    frame: outOfTurn,
    failed: failAs(),
    timer: expire,
  },
  certified: {
    started: stay,
    certified: stay,
    kept: (context, state, { step, at }) =>
      step === 'certified' ? giveOrder(context, state, at) : { state, effects: [] },
    frame: outOfTurn,
    failed: failAs(),
    timer: expire,
  },
  ordered: {
    started: stay,
    certified: stay,
    kept: stay,
    frame: hearConfirmation,
    failed: failAs('secret-refused'),
    timer: expire,
  },
  ended: { started: stay, certified: stay, kept: stay, frame: stay, failed: stay, timer: stay },
};

function startConnection(
  context: InstallerContext,
  { progress }: StateAt<'scanned'>,
  event: EventOf<'started'>,
): InstallerStep {
  const { crypto, setupSecret, installer } = context;
  const info = decodeInfo(event.info);
  if ((info.versions & firstVersion) === 0) {
    throw new LockProtocolError({ code: 'message', reason: 'info' }, 'The lock does not offer OLP/1.');
  }
  const noise = createHandshake({
    ...{ crypto, role: 'initiator', pattern: noisePatterns.XXpsk3, psk: setupPsk(crypto, setupSecret) },
    prologue: sessionPrologue(crypto, event.info, suites.x25519ChaChaPoly),
    ...{ staticKeyPair: installer, ephemeral: event.ephemeral },
  });
  const first = writeMessage(noise, orderMarkOf(crypto, orderOf(progress)));
  const { maxMessageSizeBytes, nonce, tag } = info;
  const connection = { reassembly: emptyReassembly, sendCounter: 0, maxMessageSizeBytes, nonce };
  const sent = sendMessage(context, connection, first.message);
  const state = { at: 'connected', connection: sent.connection, tag, noise: first.state, progress } as const;
  return { state: { ...state, startedAt: event.at }, effects: [sent.effect] };
}

function orderOf(progress: InstallProgress | undefined): Uint8Array | undefined {
  return progress && 'order' in progress ? progress.order : undefined;
}

/** Only the key tells whether this is the lock of before: what it says of itself comes once it has shown the secret. */
function hearGreeting(context: InstallerContext, state: StateAt<'connected'>, event: EventOf<'frame'>): InstallerStep {
  const { connection, message } = takeFrame(state.connection, event);
  if (!message) return { state: { ...state, connection }, effects: [] };
  const { noise } = readGreeting(state, message);
  const { progress, tag } = state;
  const heardAt = event.at;
  const known = progress && decodeIdentity(progress.statement).publicKey;
  if (progress === undefined || !known || !equalBytes(known, noise.remoteStatic ?? tag)) {
    const asked = ask(context, { connection, session: noise }, { name: 'identify', body: new Uint8Array(0) });
    const proving = { at: 'proving', connection: asked.connection, tag, transport: asked.transport } as const;
    return { state: { ...proving, askedAt: heardAt }, effects: [asked.effect] };
  }
  const { statement, handshakeHash } = progress;
  const stated = { statement, handshakeHash };
  if (progress.at === 'identified') {
    const identified = { at: 'identified', connection, session: noise, stated, heardAt } as const;
    return { state: identified, effects: [{ type: 'certify', stated }] };
  }
  const { order } = progress;
  const certified = { at: 'certified', connection, session: noise, heardAt } as const;
  return giveOrder(context, { ...certified, progress: { ...stated, at: 'certified', order } }, heardAt);
}

function hearIdentity(context: InstallerContext, state: StateAt<'proving'>, event: EventOf<'frame'>): InstallerStep {
  const { connection, tag } = state;
  const heard = hearAnswer(state, event);
  if (!heard.answer) return { state: { ...state, connection: heard.connection ?? connection }, effects: [] };
  const { answer, transport } = heard;
  if (answer.code !== 'ok') return refused(answer);
  const { handshakeHash, remoteStatic } = transport;
  const verified = verifyIdentity(context.crypto, answer.body, { handshakeHash, publicKey: remoteStatic, tag });
  if (!verified.ok) {
    const fault = { code: 'commission', reason: 'identity', answer: verified.code } as const;
    return fail(fault, { message: sentences.identity });
  }
  const stated = { statement: answer.body, handshakeHash };
  const identified = { at: 'identified', connection: heard.connection, session: transport, stated } as const;
  return {
    state: { ...identified, heardAt: event.at },
    effects: [
      { type: 'keep', progress: { ...stated, at: 'identified' } },
      { type: 'certify', stated },
    ],
  };
}

function giveOrder(context: InstallerContext, state: StateAt<'certified'>, at: number): InstallerStep {
  const { progress, session } = state;
  const asked = ask(context, state, { name: 'commission', body: progress.order });
  const ordered = { at: 'ordered', connection: asked.connection, transport: asked.transport, progress } as const;
  return { state: { ...ordered, askedAt: at, isProven: 'send' in session }, effects: [asked.effect] };
}

function hearConfirmation(
  { crypto }: InstallerContext,
  state: StateAt<'ordered'>,
  event: EventOf<'frame'>,
): InstallerStep {
  const heard = hearAnswer(state, event);
  if (!heard.answer) return { state: { ...state, connection: heard.connection }, effects: [] };
  const { answer } = heard;
  const { statement, handshakeHash, order } = state.progress;
  // A lock that refuses an order does not obey it: another may be asked for.
  if (answer.code !== 'ok') return refused(answer, { statement, handshakeHash, at: 'identified' });
  const { lock, signingPublicKey } = decodeIdentity(statement);
  const verified = verifyLogHead(crypto, answer.body, { publicKey: signingPublicKey, tag: lock });
  if (!verified.ok) {
    const fault = { code: 'commission', reason: 'confirmation', answer: verified.code } as const;
    return fail(fault, { message: sentences.confirmation });
  }
  const progress = { statement, handshakeHash, at: 'confirmed', order, head: answer.body } as const;
  return { state: { at: 'ended', end: { kind: 'confirmed', progress } }, effects: [{ type: 'keep', progress }] };
}

function refused({ code }: OperationAnswer, progress?: InstallProgress): InstallerStep {
  const effects = progress ? [{ type: 'keep', progress } as const] : [];
  const fault = { code: 'commission', reason: 'refused', answer: code } as const;
  return fail(fault, { message: `${sentences.refused.slice(0, -1)}: ${code}.`, effects });
}

function hearAnswer(
  { connection: before, transport }: { readonly connection: CallerConnection; readonly transport: NoiseTransport },
  event: EventOf<'frame'>,
) {
  const { connection, message } = takeFrame(before, event);
  if (!message) return { connection, transport };
  const { cipher, plaintext } = openRecord(transport.receive, message);
  return { connection, transport: { ...transport, receive: cipher }, answer: decodeOperationAnswer(plaintext) };
}

/** The first request travels in message 3, every other in a record of its own. */
function ask(
  context: InstallerContext,
  at: { readonly connection: CallerConnection; readonly session: NoiseHandshake | NoiseTransport },
  operation: OperationRequest,
) {
  const request = encodeRequest({ operation });
  if ('send' in at.session) {
    const { cipher, record } = sealRecord(at.session.send, request);
    return { ...sendMessage(context, at.connection, record), transport: { ...at.session, send: cipher } };
  }
  const third = writeMessage(at.session, request);
  return { ...sendMessage(context, at.connection, third.message), transport: split(third.state) };
}
