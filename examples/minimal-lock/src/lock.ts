import { randomBytes as platformRandomBytes } from 'node:crypto';
import { type Attempts, countAttempt, goOn, tellsAttempts } from './attempts.js';
import type { Calendar } from './certificate.js';
import { type Connection, createConnection, limits } from './connection.js';
import { decideCommand } from './decision.js';
import { appendEntry, type LogFact, numberPair } from './log.js';
import { flooredCalendar, type LockMemory, rememberCommand } from './memory.js';
import { type AnswerCode, RefusalError } from './refusal.js';
import { type LockRequest, parseRequest } from './request.js';
import { type Bolt, encodeHello, encodeResult } from './result.js';

/** What a lock is made of. */
export interface LockHardware {
  /** Moves the bolt to its end (1 unlock, 2 lock, 3 hold-open) and says what became of it. */
  moveBolt(action: number): 'ok' | 'jammed' | 'low-battery';
  readonly bolt: Bolt;
  readonly batteryPercent: number | null;
  readonly clock: Calendar;
  readonly roomIsPrivate: boolean;
  /** Returns only when the memory would survive a power cut. */
  store(memory: LockMemory): void;
}

/** What the radio has to do: send frames, and then end the connection when asked to. */
export interface LockEffects {
  readonly frames: readonly Uint8Array[];
  readonly end: boolean;
}

/** A lock, as its radio sees it; times are monotonic milliseconds. No bytes make it throw. */
export interface Lock {
  /** The INFO of a new connection; undefined when there is one already, and the newcomer must be disconnected. */
  connect(mtu: number, nowMs: number): Uint8Array | undefined;
  frame(frame: Uint8Array, nowMs: number): LockEffects;
  /** To be called when {@link Lock.dueMs} has come. */
  timer(nowMs: number): LockEffects;
  disconnect(nowMs: number): void;
  readonly dueMs: number | undefined;
  readonly memory: LockMemory;
}

/** What a lock is made with; `randomBytes` is the platform's unless a test has another. */
export interface LockOptions {
  readonly tag: Uint8Array;
  readonly secret: Uint8Array;
  readonly memory: LockMemory;
  readonly hardware: LockHardware;
  readonly randomBytes?: (sizeBytes: number) => Uint8Array;
}

const nothing: LockEffects = { frames: [], end: false };
const patience = { handshakes: 10, betweenMs: 2000 } as const;

/** Makes a lock that goes on with a memory. */
export function createLock(options: LockOptions): Lock {
  const { tag, secret, hardware, randomBytes = platformRandomBytes } = options;
  let { memory } = options;
  let connection: Connection | undefined;
  let attempts: Attempts | undefined;
  let failedHandshakes = 0;
  let lastTryMs = Number.NEGATIVE_INFINITY;

  let stored = memory;
  // A refused attempt that is only counted must not wear the flash.
  const save = () => {
    if (memory !== stored) hardware.store(memory);
    stored = memory;
  };
  const log = (fact: LogFact) => {
    memory = { ...memory, log: appendEntry(memory.log, flooredCalendar(memory, hardware.clock), fact) };
  };
  const tellAttempts = (nowMs: number, beforeKnown: boolean) => {
    if (attempts === undefined) return;
    const told = tellsAttempts(attempts, nowMs, beforeKnown);
    if (told) log({ type: 15, result: 'auth', commandId: numberPair(attempts.counted, attempts.firstCountedAt) });
    attempts = goOn(attempts, nowMs, told);
    if (told) save();
  };
  const logRefusal = (fact: LogFact, nowMs: number) => {
    const { quality, utcSeconds } = flooredCalendar(memory, hardware.clock);
    const isKnown = fact.actor !== undefined;
    const attempt = { isKnown, nowMs, utcSeconds: quality === 'none' ? 0 : utcSeconds };
    const counted = countAttempt(attempts, attempt);
    attempts = counted.attempts;
    if (counted.logged) log(fact);
  };
  const end = (live: Connection, nowMs: number, result?: AnswerCode): LockEffects => {
    live.stage = 'closing';
    live.dueMs = Number.POSITIVE_INFINITY;
    if (result !== undefined) logRefusal({ type: 0, result }, nowMs);
    save();
    return { frames: [], end: true };
  };

  const readMessage1 = (live: Connection, message: Uint8Array, nowMs: number): LockEffects => {
    if (failedHandshakes >= patience.handshakes && nowMs < lastTryMs + patience.betweenMs) {
      live.waiting = message;
      live.dueMs = lastTryMs + patience.betweenMs;
      return nothing;
    }
    live.waiting = undefined;
    failedHandshakes += 1;
    lastTryMs = nowMs;
    if (!live.responder.readMessage1(message)) return end(live, nowMs, 'auth');
    live.stage = 'handshake';
    live.askedAtMs = nowMs;
    live.dueMs = nowMs + limits.message3;
    const hello = encodeHello(live.lockNonce, hardware.clock.quality);
    return { frames: live.writeFrames(live.responder.writeMessage2(hello)), end: false };
  };

  const answer = (
    live: Connection,
    o: { code: AnswerCode; bolt: Bolt; repeated: boolean },
    nowMs: number,
  ): LockEffects => {
    save();
    const { sequence, head } = memory.log;
    const nonce = randomBytes(8);
    live.stage = 'session';
    live.resultNonce = nonce;
    live.askedAtMs = nowMs;
    live.dueMs = Math.min(nowMs + limits.request, live.connectedAtMs + limits.connection);
    const { batteryPercent } = hardware;
    const record = live.transport?.seal(encodeResult({ ...o, batteryPercent, sequence, head, nonce }));
    return { frames: record === undefined ? [] : live.writeFrames(record), end: false };
  };

  const serve = (live: Connection, payload: Uint8Array, nowMs: number): LockEffects => {
    let request: LockRequest;
    try {
      request = parseRequest(payload);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      logRefusal({ type: 0, result: error.info.code }, nowMs);
      return answer(live, { code: error.info.code, bolt: hardware.bolt, repeated: false }, nowMs);
    }
    const { command } = request;
    live.authority = request.authority ?? live.authority;
    const { resultNonce, lockNonce, callerPublicKey } = live;
    const quotes = resultNonce === undefined || Buffer.compare(command.nonce ?? lockNonce, resultNonce) === 0;
    const decision = decideCommand(
      memory,
      { command, authority: live.authority, certificate: request.certificate },
      {
        tag,
        clock: hardware.clock,
        roomIsPrivate: hardware.roomIsPrivate,
        lockNonce,
        callerPublicKey,
        connectionAgeMs: nowMs - live.connectedAtMs,
        askedMsAgo: quotes ? nowMs - live.askedAtMs : undefined,
      },
    );
    const epochBefore = memory.trust?.epoch ?? 0;
    const { actor, verdict } = decision;
    memory = decision.memory;
    const epoch = memory.trust?.epoch ?? 0;
    if (epoch > epochBefore) {
      const kid = Buffer.from(memory.certificates.at(-1)?.kid ?? '', 'hex');
      log({ type: 8, result: 'ok', actor: kid, commandId: numberPair(epochBefore, epoch) });
    }
    if (actor !== undefined) {
      failedHandshakes = 0;
      tellAttempts(nowMs, true);
    }
    const fact = { type: command.action, actor, commandId: command.commandId };
    if (verdict.kind === 'refused') {
      if (verdict.code !== 'certificate-unknown') logRefusal({ ...fact, result: verdict.code }, nowMs);
      return answer(live, { code: verdict.code, bolt: hardware.bolt, repeated: false }, nowMs);
    }
    if (verdict.kind === 'repeated') {
      log({ ...fact, result: 'duplicate' });
      const stored = verdict.command.answer ?? { code: 'position-unknown', bolt: 'unknown' };
      return answer(live, { ...stored, repeated: true }, nowMs);
    }
    const commandId = Buffer.from(command.commandId).toString('hex');
    memory = rememberCommand(memory, { commandId, answer: undefined });
    save();
    const code = hardware.moveBolt(command.action);
    memory = rememberCommand(memory, { commandId, answer: { code, bolt: hardware.bolt } });
    log({ ...fact, result: code });
    return answer(live, { code, bolt: hardware.bolt, repeated: false }, nowMs);
  };

  const takeMessage = (live: Connection, message: Uint8Array, nowMs: number): LockEffects => {
    if (live.stage === 'ready') return readMessage1(live, message, nowMs);
    if (live.stage === 'session') {
      const payload = live.transport?.open(message);
      return payload === undefined ? end(live, nowMs, 'auth') : serve(live, payload, nowMs);
    }
    const opened = live.responder.readMessage3(message);
    if (opened === undefined) return end(live, nowMs, 'auth');
    live.transport = opened.transport;
    live.callerPublicKey = opened.callerPublicKey;
    return serve(live, opened.payload, nowMs);
  };

  const timer = (nowMs: number): LockEffects => {
    tellAttempts(nowMs, false);
    const live = connection;
    if (live === undefined || nowMs < live.dueMs) return nothing;
    if (live.waiting !== undefined) return readMessage1(live, live.waiting, nowMs);
    const { collecting } = live.reader;
    if (live.stage === 'handshake') return end(live, nowMs, collecting ? 'auth' : 'late');
    const code = live.stage === 'ready' ? 'auth' : 'bad-frame';
    return end(live, nowMs, collecting ? code : undefined);
  };

  return {
    connect(mtu, nowMs) {
      tellAttempts(nowMs, false);
      if (connection !== undefined) return undefined;
      connection = createConnection({ tag, secret, mtu, nowMs, randomBytes });
      return connection.info;
    },
    frame(frame, nowMs) {
      const due = timer(nowMs);
      const live = connection;
      if (live === undefined || live.stage === 'closing') return due;
      if (live.waiting !== undefined) return end(live, nowMs, 'auth');
      const collected = live.reader.collect(frame);
      if (collected.kind === 'fault') return end(live, nowMs, live.stage === 'session' ? 'bad-frame' : 'auth');
      if (collected.kind === 'message') return takeMessage(live, collected.message, nowMs);
      const most = live.connectedAtMs + (live.stage === 'ready' ? limits.message1 : limits.connection);
      live.dueMs = Math.min(nowMs + limits.frame, most);
      return due;
    },
    timer,
    disconnect(nowMs) {
      const live = connection;
      connection = undefined;
      if (live === undefined || live.stage === 'closing') return;
      if (live.waiting !== undefined) logRefusal({ type: 0, result: 'busy' }, nowMs);
      else if (live.stage === 'ready' && live.reader.collecting) logRefusal({ type: 0, result: 'auth' }, nowMs);
      save();
    },
    get dueMs() {
      return connection?.dueMs === Number.POSITIVE_INFINITY ? undefined : connection?.dueMs;
    },
    get memory() {
      return memory;
    },
  };
}
