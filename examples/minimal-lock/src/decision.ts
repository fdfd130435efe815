import { type Calendar, type Certificate, demandWindow, verifyCertificate } from './certificate.js';
import { type CommandToken, verifyCommandToken } from './command-token.js';
import { type Grant, rights, verifyGrant } from './grant.js';
import {
  flooredCalendar,
  type LockMemory,
  type RememberedCommand,
  raiseTimeFloor,
  rememberCertificate,
} from './memory.js';
import { sha256 } from './primitives.js';
import { type AnswerCode, demand, RefusalError } from './refusal.js';
import type { Command, LockRequest, ShownAuthority } from './request.js';
import { isInSchedule } from './schedule.js';
import { readSignedObject } from './signed-object.js';

/** What a decision about a command needs to know of the lock and of its connection. */
export interface Circumstances {
  readonly tag: Uint8Array;
  readonly clock: Calendar;
  readonly roomIsPrivate: boolean;
  readonly lockNonce: Uint8Array;
  readonly callerPublicKey: Uint8Array;
  readonly connectionAgeMs: number;
  /** Since message 1, or since the last result; undefined when a later request does not quote that one's nonce. */
  readonly askedMsAgo: number | undefined;
}

/** What becomes of a command, with the memory that must be stored before anything else happens. */
export interface Decision {
  readonly memory: LockMemory;
  /** Who verified, as the log says it; undefined when nobody did. */
  readonly actor: Uint8Array | undefined;
  readonly verdict:
    | { readonly kind: 'move' }
    | { readonly kind: 'repeated'; readonly command: RememberedCommand }
    | { readonly kind: 'refused'; readonly code: AnswerCode };
}

const longestMs = 5000;
const rememberedUses = 64;

/** What becomes of an operation, which leaves no entry. */
export interface StatusDecision extends Pick<Decision, 'memory' | 'actor'> {
  readonly code: AnswerCode;
}

/** Decides about a command, in the order of SPEC §10.3 from step 2 on; the first no is the answer. */
export function decideCommand(
  memory: LockMemory,
  request: LockRequest & { asks: Command },
  circumstances: Circumstances,
): Decision {
  let decided = memory;
  let actor: Uint8Array | undefined;
  const { asks: command } = request;
  const { clock } = circumstances;
  try {
    decided = learnCertificate(memory, request.certificate, clock);
    demand(request.authority !== undefined, 'no-right', 'nothing shown');
    const authority = verifyAuthority(decided, request.authority, flooredCalendar(decided, clock));
    actor = sha256(authority.kind === 'token' ? authority.commandId : authority.grantId);
    if (authority.kind === 'token') decideToken(authority, command, circumstances);
    else decideGrant(authority, { memory: decided, command, circumstances });
    const privacyOverride = authority.kind === 'grant' && (authority.rights & rights.privacyOverride) !== 0;
    demand(!circumstances.roomIsPrivate || command.action === 2 || privacyOverride, 'privacy', 'the room is private');
    const { askedMsAgo, connectionAgeMs } = circumstances;
    demand(askedMsAgo !== undefined && askedMsAgo <= Math.min(command.ttlMs, longestMs), 'late', 'past the deadline');
    const lifetimeMs = authority.kind === 'token' ? authority.lifetimeSeconds * 1000 : Number.POSITIVE_INFINITY;
    demand(connectionAgeMs <= lifetimeMs, 'late', 'the token has expired');
    const commandId = Buffer.from(command.commandId).toString('hex');
    const known = decided.commands.find((remembered) => remembered.commandId === commandId);
    if (known !== undefined) return { memory: decided, actor, verdict: { kind: 'repeated', command: known } };
    decided = raiseTimeFloor(
      authority.kind === 'grant' ? useGrant(decided, authority) : decided,
      authority.issuedAt,
      clock,
    );
    return { memory: decided, actor, verdict: { kind: 'move' } };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return { memory: decided, actor, verdict: { kind: 'refused', code: error.info.code } };
  }
}

/** Decides whether the status may be told (SPEC §10.8): by a grant, at any place and with no condition. */
export function decideStatus(memory: LockMemory, request: LockRequest, circumstances: Circumstances): StatusDecision {
  let decided = memory;
  let actor: Uint8Array | undefined;
  const { clock } = circumstances;
  try {
    decided = learnCertificate(memory, request.certificate, clock);
    demand(request.authority?.kind === 'grant', 'no-right', 'no grant shown');
    const grant = verifyAuthority(decided, request.authority, flooredCalendar(decided, clock));
    demand(grant.kind === 'grant', 'no-right', 'no grant shown');
    actor = sha256(grant.grantId);
    demandGrantHere(grant, decided, circumstances);
    demand((grant.rights & rights.status) !== 0, 'no-right', 'not the status');
    return { memory: decided, actor, code: 'ok' };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return { memory: decided, actor, code: error.info.code };
  }
}

function learnCertificate(memory: LockMemory, signed: Uint8Array | undefined, clock: Calendar): LockMemory {
  demand(memory.trust !== undefined, 'auth', 'not commissioned');
  if (signed === undefined) return memory;
  const certificate = verifyCertificate(signed, memory.trust, flooredCalendar(memory, clock));
  return rememberCertificate(memory, { kid: kidOf(sha256(certificate.publicKey)), certificate });
}

function kidOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 4)).toString('hex');
}

function isWithin({ notBefore, expires }: Certificate, { quality, utcSeconds }: Calendar): boolean {
  return quality === 'none' || (notBefore <= utcSeconds && utcSeconds < expires);
}

function verifyAuthority(memory: LockMemory, shown: ShownAuthority, calendar: Calendar): CommandToken | Grant {
  const object = readSignedObject(shown.bytes);
  const kid = kidOf(object.kid);
  const held = memory.certificates.find((remembered) => remembered.kid === kid)?.certificate;
  const serves = held !== undefined && isWithin(held, calendar) && held.epoch >= (memory.trust?.epoch ?? 0);
  demand(serves, 'certificate-unknown', 'no certificate of this kid');
  return shown.kind === 'token'
    ? verifyCommandToken(object, held)
    : verifyGrant(object, held, memory.trust?.epoch ?? 0);
}

function decideToken(token: CommandToken, command: Command, { tag, lockNonce }: Circumstances): void {
  demand(Buffer.compare(token.lock, tag) === 0, 'wrong-lock', 'a token for another lock');
  demand(Buffer.compare(token.challenge, lockNonce) === 0, 'late', 'a token of another connection');
  const same = token.action === command.action && Buffer.compare(token.commandId, command.commandId) === 0;
  demand(same, 'no-right', 'a token for another command');
}

/** The time, which a grant's own issue proves to have come, but for one far ahead of a good clock (SPEC §5.4). */
function calendarSince(issuedAt: number, { quality, utcSeconds }: Calendar): Calendar {
  const isFarAhead = quality === 'good' && issuedAt > utcSeconds + 600;
  return { quality, utcSeconds: isFarAhead ? utcSeconds : Math.max(utcSeconds, issuedAt) };
}

function demandGrantHere(grant: Grant, memory: LockMemory, { tag, clock, callerPublicKey }: Circumstances): void {
  const floor = grant.issue === undefined ? 0 : (memory.issueFloors.get(grant.issue.slot) ?? 0);
  demand(grant.issue === undefined || grant.issue.number >= floor, 'superseded', 'a newer issue was used');
  demand(
    grant.locks.some((lock) => Buffer.compare(lock, tag) === 0),
    'wrong-lock',
    'a grant for other locks',
  );
  const calendar = calendarSince(grant.issuedAt, flooredCalendar(memory, clock));
  demand(clock.quality !== 'none' || grant.noClockOk, 'no-clock', 'no clock');
  demandWindow(grant, calendar);
  const open =
    clock.quality === 'none' || grant.schedule === undefined || isInSchedule(grant.schedule, calendar.utcSeconds);
  demand(open, 'schedule', 'outside of the schedule');
  demand(Buffer.compare(grant.holderPublicKey, callerPublicKey) === 0, 'auth', 'somebody else’s grant');
}

function decideGrant(
  grant: Grant,
  { memory, command, circumstances }: { memory: LockMemory; command: Command; circumstances: Circumstances },
): void {
  demandGrantHere(grant, memory, circumstances);
  const operation = [rights.unlock, rights.lock, rights.holdOpen][command.action - 1] ?? 0;
  demand((grant.rights & operation) !== 0, 'no-right', 'not this action');
  const isPlaced = (grant.rights & (command.remote ? rights.remote : rights.local)) !== 0;
  demand(isPlaced, command.remote ? 'remote-denied' : 'no-right', 'not from here');
  demand(!grant.userVerify || command.intent === 1, 'no-right', 'the holder was not verified');
  // The repeat of the command that used it up gets the stored answer.
  const isRepeat = memory.commands.some(
    ({ commandId }) => commandId === Buffer.from(command.commandId).toString('hex'),
  );
  const used = grant.oneShot && !isRepeat && memory.usedGrants.includes(Buffer.from(grant.grantId).toString('hex'));
  demand(!used, 'superseded', 'used before');
}

function useGrant(memory: LockMemory, grant: Grant): LockMemory {
  demand(!grant.oneShot || memory.usedGrants.length < rememberedUses, 'full', 'no room for one more use');
  const { issue } = grant;
  const issueFloors = new Map(memory.issueFloors);
  if (issue !== undefined) issueFloors.set(issue.slot, issue.number);
  const grantId = Buffer.from(grant.grantId).toString('hex');
  return { ...memory, issueFloors, usedGrants: grant.oneShot ? [...memory.usedGrants, grantId] : memory.usedGrants };
}
