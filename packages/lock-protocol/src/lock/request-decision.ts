import type { AnswerCode } from '../answer-code.js';
import type { LockAction } from '../caller/lock-link.js';
import { decideInstallerRequest } from '../commissioning/installer-request.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import { kidOf } from '../encoding/cose.js';
import { encodeLogNumbers } from '../log/lock-log.js';
import { type CommandRequest, decodeRequest, type LockRequest, type ShownObjects } from '../message.js';
import { type CommandToken, decodeCommandToken, verifyCommandToken } from '../objects/command-token.js';
import { decodeGrant, type Grant } from '../objects/grant.js';
import { verifyGrant } from '../objects/grant-decision.js';
import { certificateOf, clockOf, learnCertificate } from '../objects/known-certificates.js';
import type { LockTrust } from '../objects/lock-trust.js';
import { type LockClock, unverifiedCodes } from '../objects/object-decision.js';
import { decodePropertyCertificate } from '../objects/property-certificate.js';
import type { OperationRight } from '../objects/rights.js';
import { type LogFact, logAtLock, nobody, noCommand } from './lock-entry.js';
import { lockLimits } from './lock-limits.js';
import {
  beginCommand,
  grantMemory,
  isGrantUsed,
  type LockMemory,
  memoryUnder,
  raiseFloor,
  raiseTimeFloor,
  storedCommandOf,
  useGrant,
} from './lock-memory.js';
import type {
  LockAwake,
  LockContext,
  LockEffect,
  LockMove,
  LockReadings,
  SessionPeer,
  ShownAuthority,
} from './lock-state.js';
import type { OperationOutcome } from './operation-context.js';
import { decideOperation } from './operation-decision.js';

/** What a lock knows when a request of an established session arrives. */
export interface RequestContext {
  readonly crypto: CryptoProvider;
  /** The request as decrypted. */
  readonly payload: Uint8Array;
  /** The lock's own tag. */
  readonly tag: Uint8Array;
  /** LN of this connection. */
  readonly challenge: Uint8Array;
  /** The caller's static public key, proven by the handshake. */
  readonly callerPublicKey: Uint8Array;
  /** What the caller has shown in this session already. */
  readonly shown: ShownAuthority;
  readonly peer: SessionPeer;
  readonly readings: LockReadings;
  readonly memory: LockMemory;
  /** What stays the same over the lock's life. */
  readonly lock: LockContext;
  /** What the lock knows since it has power. */
  readonly awake: LockAwake;
  /** Monotonic ms. */
  readonly at: number;
  /** Hash of everything both sides said to open this session. */
  readonly handshakeHash: Uint8Array;
  /** Absent before commissioning. */
  readonly trust?: LockTrust;
  /** Age of message 1, or of the last result. */
  readonly ageMs: number;
  /** Age of the connection, and so of its challenge. */
  readonly connectionAgeMs: number;
  /** Nonce of the last result; absent in message 3. */
  readonly lastNonce?: Uint8Array;
}

interface Decided {
  readonly shown: ShownAuthority;
  readonly memory: LockMemory;
  /** Somebody whom the property trusts signed the authority. */
  readonly verified: boolean;
  /** What learning a certificate of a higher epoch leaves in the log, before anything else that is done. */
  readonly learned?: readonly LockEffect[];
}

/** What the lock does about a request: move the bolt, answer an operation, repeat a stored answer, or refuse. */
export type RequestDecision = Decided &
  (
    | { readonly verdict: 'move'; readonly move: LockMove }
    | ({ readonly verdict: 'operation' } & OperationOutcome)
    | {
        readonly verdict: 'repeat' | 'refuse';
        readonly code: AnswerCode;
        /** Absent when nothing was decided yet: the certificate must come first. */
        readonly entry?: LogFact;
      }
  );

const nothing = new Uint8Array(0);

const rightOf = { unlock: 'unlock', lock: 'lock', 'hold-open': 'hold-open' } as const satisfies Record<
  LockAction,
  OperationRight
>;

/** The unlock decision of SPEC §10, in its order. Remembers what must be remembered before the bolt moves. */
export function decideRequest(o: RequestContext): RequestDecision {
  if (o.peer === 'installer') return decideInstallerRequest(o);
  const decoded = decodeRequest(o.payload);
  if (!decoded.readable) {
    const { code } = decoded;
    const entry = { type: 'session', result: code, actor: nobody, commandId: noCommand } as const;
    return { verdict: 'refuse', code, entry, shown: o.shown, memory: o.memory, verified: false };
  }
  const { request } = decoded;
  const shown = shownBy(o.shown, request);
  const unknown = { shown, memory: o.memory, verified: false };
  const command = 'command' in request ? request.command : undefined;
  if (!o.trust) return refuse(unknown, { command, code: 'auth', actor: nobody });
  const trust = { ...o.trust, epoch: Math.max(o.trust.epoch, memoryUnder(o.memory, o.trust).epoch) };
  const held = memoryUnder(o.memory, trust);
  const { certificate: signed } = request;
  const clock = clockOf(o.readings, held);
  const tellsTime = 'operation' in request && request.operation.name === 'time';
  const learned = learnCertificate(o.crypto, held, { signed, trust, clock, tellsTime });
  if (typeof learned === 'string') return refuse(unknown, { command, code: learned, actor: nobody });
  const raised = learned.epoch > trust.epoch ? logEpoch(o, learned, { signed, before: trust.epoch }) : undefined;
  const decision = decideRead(o, request, { known: raised?.memory ?? learned, shown, trust });
  return raised ? { ...decision, learned: raised.effects } : decision;
}

/** A raised epoch stands in the log before anything else that is done about the request. */
function logEpoch(
  o: RequestContext,
  memory: LockMemory,
  { signed, before }: { readonly signed: Uint8Array | undefined; readonly before: number },
): ReturnType<typeof logAtLock> {
  const kid = signed ? kidOf(o.crypto, decodePropertyCertificate(signed).publicKey) : nobody;
  const actor = concatBytes(kid, nobody).slice(0, nobody.length);
  const entry = { type: 'epoch', result: 'ok', actor, commandId: encodeLogNumbers(before, memory.epoch) } as const;
  return logAtLock(o.lock, memory, { readings: o.readings, entry });
}

/** What follows once the request is read and its certificate, if one came along, is learned. */
function decideRead(
  o: RequestContext,
  request: LockRequest,
  { known, shown, trust }: { readonly known: LockMemory; readonly shown: ShownAuthority; readonly trust: LockTrust },
): RequestDecision {
  const clock = clockOf(o.readings, known);
  if ('operation' in request) {
    const { operation } = request;
    const { manifest, ...outcome } = decideOperation({ ...o, memory: known, operation, shown, trust, clock });
    return { verdict: 'operation', shown: manifest ? { ...shown, manifest } : shown, ...outcome };
  }
  const { command: asked } = request;
  const authority = judge({ ...o, memory: known }, { command: asked, shown, trust, clock });
  const verified = !unverifiedCodes.includes(authority.code) && authority.actor !== nobody;
  const decided = { shown, memory: known, verified };
  if (authority.code !== 'ok') return refuse(decided, { command: asked, ...authority });
  return decideAllowed(o, decided, { command: asked, authority });
}

/** What follows once the authority allows the command: policy, age, repetition, and what to remember. */
function decideAllowed(
  o: RequestContext,
  decided: Decided,
  { command, authority }: { readonly command: CommandRequest; readonly authority: Allowed },
): RequestDecision {
  const { actor } = authority;
  const { commandId, action } = command;
  const mayOverride = authority.grant?.rights.includes('privacy-override') ?? false;
  if (o.readings.privacy && action !== 'lock' && !mayOverride)
    return refuse(decided, { command, code: 'privacy', actor });
  if (isLate(o, command, authority)) return refuse(decided, { command, code: 'late', actor });
  const stored = storedCommandOf(decided.memory, commandId);
  if (stored) {
    // Begun and never ended: the power failed while the bolt moved.
    const code = stored.code ?? 'position-unknown';
    const entry = { type: action, result: 'duplicate', actor, commandId } as const;
    return { ...decided, verdict: 'repeat', code, entry };
  }
  // One bolt: a move at the door is not waited for, so that nothing opens after its moment.
  if (o.awake.door?.now?.at === 'moving') return refuse(decided, { command, code: 'busy', actor });
  const memory = remember(decided.memory, authority, o.readings);
  if (!memory) return refuse(decided, { command, code: 'full', actor });
  const move = { action, commandId, actor };
  return { ...decided, verdict: 'move', move, memory: beginCommand(memory, commandId) };
}

function refuse(
  decided: Decided,
  o: { readonly command: CommandRequest | undefined; readonly code: AnswerCode; readonly actor: Uint8Array },
): RequestDecision {
  const { command, code, actor } = o;
  if (command === undefined) return { ...decided, verdict: 'operation', code, body: nothing };
  if (code === 'certificate-unknown') return { ...decided, verdict: 'refuse', code };
  const entry = { type: command.action, result: code, actor, commandId: command.commandId };
  return { ...decided, verdict: 'refuse', code, entry };
}

/** An authority shown later replaces the earlier one. */
function shownBy(shown: ShownAuthority, { token, grant }: ShownObjects): ShownAuthority {
  if (!token && !grant) return shown;
  const { manifest } = shown;
  return { ...(token ? { token } : {}), ...(grant ? { grant } : {}), ...(manifest ? { manifest } : {}) };
}

interface Allowed {
  readonly code: 'ok';
  readonly actor: Uint8Array;
  readonly grant?: Grant;
  readonly token?: CommandToken;
}

type Judgement = Allowed | { readonly code: Exclude<AnswerCode, 'ok'>; readonly actor: Uint8Array };

interface Question {
  readonly command: CommandRequest;
  readonly shown: ShownAuthority;
  readonly trust: LockTrust;
  readonly clock: LockClock;
}

function judge(o: RequestContext, { command, shown, trust, clock }: Question): Judgement {
  const { crypto, memory } = o;
  const { token, grant } = shown;
  // Who shows nothing the property signed has no right, whoever it is: so a gateway's own secret never opens.
  if (!token && !grant) return { code: 'no-right', actor: nobody };
  const signed = token ?? grant ?? nobody;
  const certificate = certificateOf(crypto, memory, { signed, trust, clock });
  const { commandId, action, intent, via } = command;
  const shared = { certificate, epoch: trust.epoch, lock: o.tag };
  if (token) {
    // The challenge makes the clock needless: a token is not older than its connection. See isLate.
    const clockless = { quality: 'none', utcSeconds: 0 } as const;
    const question = { ...shared, challenge: o.challenge, commandId, action, clock: clockless };
    const decision = verifyCommandToken(crypto, token, question);
    if (!decision.ok) return { code: decision.code, actor: actorOfToken(crypto, token, decision.code) };
    return { code: 'ok', actor: actorOf(crypto, commandId), token: decision.token };
  }
  const decision = verifyGrant(crypto, signed, {
    ...shared,
    clock,
    callerPublicKey: o.callerPublicKey,
    right: rightOf[action],
    via,
    intent,
    memory: {
      ...grantMemory(memory),
      // The repeat of the command that used it up gets the stored answer.
      isUsed: (grantId) => isGrantUsed(memory, grantId) && !storedCommandOf(memory, commandId),
    },
  });
  if (!decision.ok) return { code: decision.code, actor: actorOfGrant(crypto, signed, decision.code) };
  return { code: 'ok', actor: actorOf(crypto, decision.grant.grantId), grant: decision.grant };
}

/**
 * Whether the request is too old to run: the caller's word on its life, bounded by the lock's own monotonic clock. A
 * token is signed after its connection began, so it has not expired while the connection is younger than its lifetime.
 */
function isLate(o: RequestContext, command: CommandRequest, { token }: Allowed): boolean {
  if (o.lastNonce && !(command.nonce && equalBytes(command.nonce, o.lastNonce))) return true;
  if (o.ageMs > Math.min(command.ttlMs, lockLimits.thirdMessageMs)) return true;
  return token !== undefined && o.connectionAgeMs > (token.expires - token.issuedAt) * 1000;
}

/** What the lock must know before the bolt moves; `undefined` when there is no room for it. */
function remember(memory: LockMemory, { grant, token }: Allowed, readings: LockReadings): LockMemory | undefined {
  const issuedAt = grant?.issuedAt ?? token?.issuedAt ?? 0;
  const timed = raiseTimeFloor(memory, issuedAt, { quality: readings.clockQuality, utcSeconds: readings.utcSeconds });
  if (!grant) return timed;
  const { slot, issue, grantId, expires } = grant;
  const raised = slot === undefined || issue === undefined ? timed : raiseFloor(timed, slot, issue);
  return grant.flags?.includes('one-shot') ? useGrant(raised, { grantId, expires }) : raised;
}

function actorOf(crypto: CryptoProvider, id: Uint8Array): Uint8Array {
  return crypto.sha256(id).slice(0, nobody.length);
}

function actorOfToken(crypto: CryptoProvider, token: Uint8Array, code: AnswerCode): Uint8Array {
  return unverifiedCodes.includes(code) ? nobody : actorOf(crypto, decodeCommandToken(token).commandId);
}

function actorOfGrant(crypto: CryptoProvider, grant: Uint8Array, code: AnswerCode): Uint8Array {
  return unverifiedCodes.includes(code) ? nobody : actorOf(crypto, decodeGrant(grant).grantId);
}
