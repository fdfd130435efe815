import { randomBytes as platformRandomBytes } from 'node:crypto';
import { type Attempts, countAttempt, goOn, tellsAttempts } from './attempts.js';
import type { Calendar } from './certificate.js';
import { type Connection, createConnection, limits } from './connection.js';
import { type Circumstances, decideCommand, decideStatus } from './decision.js';
import { appendEntry, type LogFact, numberPair } from './log.js';
import { flooredCalendar, type LockMemory, rememberCommand } from './memory.js';
import { type AnswerCode, RefusalError } from './refusal.js';
import { type Command, type LockRequest, parseRequest } from './request.js';
import { type Bolt, encodeHello, encodeResult, encodeStatusAnswer } from './result.js';

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

/** Of suite 1; whatever has another size is of no suite that this lock offers. */
const message1Bytes = 48;
const nothing: LockEffects = { frames: [], end: false };
/** The bucket of SPEC §9.3: handshakes that may fail, and how long it takes for one more. */
const patience = { handshakes: 10, refillMs: 2000 } as const;

/** Makes a lock that goes on with a memory. */
export function createLock(options: LockOptions): Lock {
  const { tag, secret, hardware, randomBytes = platformRandomBytes } = options;
  let { memory } = options;
  let connection: Connection | undefined;
  let attempts: Attempts | undefined;
  let tries = { left: patience.handshakes as number, atMs: 0 };

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
    if (message.length !== message1Bytes) return end(live, nowMs, 'auth');
    const readableMs = tries.atMs + Math.max(0, Math.ceil((1 - tries.left) * patience.refillMs));
    if (nowMs < readableMs) {
      live.waiting = message;
      live.dueMs = readableMs;
      return nothing;
    }
    live.waiting = undefined;
    const left = Math.min(patience.handshakes, tries.left + (nowMs - tries.atMs) / patience.refillMs);
    tries = { left: Math.max(0, left - 1), atMs: nowMs };
    if (!live.responder.readMessage1(message)) return end(live, nowMs, 'auth');
    live.stage = 'handshake';
    live.askedAtMs = nowMs;
    live.dueMs = nowMs + limits.message3;
    const hello = encodeHello(live.lockNonce, hardware.clock.quality);
    return { frames: live.writeFrames(live.responder.writeMessage2(hello)), end: false };
  };

  const reply = (live: Connection, encode: (nonce: Uint8Array) => Uint8Array, nowMs: number): LockEffects => {
    save();
    const nonce = randomBytes(8);
    live.stage = 'session';
    live.resultNonce = nonce;
    live.askedAtMs = nowMs;
    live.dueMs = Math.min(nowMs + limits.request, live.connectedAtMs + limits.connection);
    const record = live.transport?.seal(encode(nonce));
    return { frames: record === undefined ? [] : live.writeFrames(record), end: false };
  };
  const answer = (
    live: Connection,
    o: { code: AnswerCode; bolt: Bolt; repeated: boolean },
    nowMs: number,
  ): LockEffects => {
    const { sequence, head } = memory.log;
    const { batteryPercent } = hardware;
    return reply(live, (nonce) => encodeResult({ ...o, batteryPercent, sequence, head, nonce }), nowMs);
  };
  /** What was decided about a request is remembered; the log gets the epoch first, then what was counted. */
  const learn = (decided: { memory: LockMemory; actor: Uint8Array | undefined }, nowMs: number) => {
    const epochBefore = memory.trust?.epoch ?? 0;
    memory = decided.memory;
    const epoch = memory.trust?.epoch ?? 0;
    if (epoch > epochBefore) {
      const kid = Buffer.from(memory.certificates.at(-1)?.kid ?? '', 'hex');
      log({ type: 8, result: 'ok', actor: kid, commandId: numberPair(epochBefore, epoch) });
    }
    if (decided.actor === undefined) return;
    tries = { ...tries, left: Math.min(patience.handshakes, tries.left + 1) };
    tellAttempts(nowMs, true);
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
    live.authority = request.authority ?? live.authority;
    const { authority, lockNonce, callerPublicKey } = live;
    const circumstances: Circumstances = {
      tag,
      clock: hardware.clock,
      roomIsPrivate: hardware.roomIsPrivate,
      lockNonce,
      callerPublicKey,
      connectionAgeMs: nowMs - live.connectedAtMs,
      askedMsAgo: nowMs - live.askedAtMs,
    };
    const { asks } = request;
    if (asks === 'status') return tellStatus(live, { ...request, authority }, { circumstances, nowMs });
    return obey(live, { ...request, authority, asks }, { circumstances, nowMs });
  };

  interface Served {
    readonly circumstances: Circumstances;
    readonly nowMs: number;
  }

  const tellStatus = (live: Connection, request: LockRequest, { circumstances, nowMs }: Served): LockEffects => {
    const decision = decideStatus(memory, request, circumstances);
    learn(decision, nowMs);
    const { quality, utcSeconds } = flooredCalendar(memory, hardware.clock);
    const { bolt, batteryPercent } = hardware;
    const { sequence, head } = memory.log;
    const time = { quality, utcSeconds: quality === 'none' ? 0 : utcSeconds, epoch: memory.trust?.epoch ?? 0 };
    const status = { bolt, batteryPercent, ...time, sequence, head };
    return reply(live, (nonce) => encodeStatusAnswer(decision.code, nonce, status), nowMs);
  };

  const obey = (
    live: Connection,
    request: LockRequest & { asks: Command },
    { circumstances, nowMs }: Served,
  ): LockEffects => {
    const { asks: command } = request;
    const { resultNonce, lockNonce } = live;
    const quotes = resultNonce === undefined || Buffer.compare(command.nonce ?? lockNonce, resultNonce) === 0;
    const askedMsAgo = quotes ? circumstances.askedMsAgo : undefined;
    const decision = decideCommand(memory, request, { ...circumstances, askedMsAgo });
    learn(decision, nowMs);
    const { actor, verdict } = decision;
    const fact = { type: command.action, actor, commandId: command.commandId };
    if (verdict.kind === 'refused') {
      if (verdict.code !== 'certificate-unknown') logRefusal({ ...fact, result: verdict.code }, nowMs);
      return answer(live, { code: verdict.code, bolt: hardware.bolt, repeated: false }, nowMs);
    }
    if (verdict.kind === 'repeated') {
      log({ ...fact, result: 'duplicate' });
      const code = verdict.command.answer ?? 'position-unknown';
      return answer(live, { code, bolt: hardware.bolt, repeated: true }, nowMs);
    }
    const commandId = Buffer.from(command.commandId).toString('hex');
    memory = rememberCommand(memory, { commandId, answer: undefined });
    save();
    const code = hardware.moveBolt(command.action);
    memory = rememberCommand(memory, { commandId, answer: code });
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
