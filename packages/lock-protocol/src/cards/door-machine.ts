import type { AnswerCode } from '../answer-code.js';
import { logAttempt } from '../lock/attempt-log.js';
import { logAtLock, nobody } from '../lock/lock-entry.js';
import { lockLimits } from '../lock/lock-limits.js';
import { type LockMemory, memoryUnder } from '../lock/lock-memory.js';
import type { LockContext, LockMoment, LockState, LockStep } from '../lock/lock-state.js';
import { clockOf } from '../objects/known-certificates.js';
import type { HeldEntry } from '../sets/held-entry.js';
import { ordinaryKeyNumber } from '../sets/set-entry.js';
import { type CardRefusalCode, decideEntries, provenClass, refusalOfClass, rememberEntry } from './card-decision.js';
import { cardActor, encodeCardFact } from './card-log.js';
import { type CardSighting, classOfTechnology } from './card-technology.js';
import { returnCodeTry, takeCodeTry } from './code-tries.js';
import { codeMac } from './door-code.js';
import { type FoundEntries, findByCode, findByUid, findProven } from './door-lookup.js';
import type { DoorMove } from './door-memory.js';
import {
  type CardChallenge,
  type CardCheck,
  type CardChecking,
  type DoorAwake,
  type DoorEvent,
  type DoorWish,
  quietDoor,
} from './door-state.js';
import { reportCard } from './enrolling.js';

type EventOf<Type extends DoorEvent['type']> = Extract<DoorEvent, { type: Type }> & LockMoment;

/** What goes on at the door: the rows of SPEC §9.7. */
export type DoorAt = 'free' | 'enrolling' | 'checking' | 'moving';

/** Where the door is, seen together with its link: there is one bolt. */
export function doorAt({ at, awake }: LockState): DoorAt {
  if (at === 'moving' || at === 'finishing') return 'moving';
  const now = awake.door?.now?.at;
  if (now !== undefined) return now;
  return at === 'enrolling' ? 'enrolling' : 'free';
}

/** What happens at the reader, the keypad and the bolt of the door itself (SPEC §9.7). */
export const doorHandlers = {
  card: seeCard,
  'card-checked': seeProof,
  code: enterCode,
  'door-actuated': endMove,
} as const satisfies {
  readonly [Type in DoorEvent['type']]: (context: LockContext, state: LockState, event: EventOf<Type>) => LockStep;
};

/** One moment at the door. */
interface Scene {
  readonly context: LockContext;
  readonly state: LockState;
  readonly event: LockMoment;
}

/** Whose card or code it is. */
interface Presented {
  /** Absent for a code. */
  readonly sighting?: CardSighting;
  /** Proven. */
  readonly publicKey?: Uint8Array;
}

const stay = (state: LockState): LockStep => ({ state, effects: [] });

/** Nobody waits at a door: who comes while the bolt moves comes again, so that nothing opens after its moment. */
const busy = (state: LockState): LockStep => ({ state, effects: [{ type: 'card-refused', code: 'busy' }] });

function withDoor(state: LockState, change: Partial<DoorAwake>): LockState {
  return { ...state, awake: { ...state.awake, door: { ...(state.awake.door ?? quietDoor), ...change } } };
}

function withoutNow(state: LockState): LockState {
  const { now: _over, ...door } = state.awake.door ?? quietDoor;
  return { ...state, awake: { ...state.awake, door } };
}

/** What the lock remembers of the property that it obeys now; `undefined` before commissioning. */
function knownAt({ memory }: LockState, event: LockMoment): LockMemory | undefined {
  const trust = event.trust ?? memory.trust;
  return trust && memoryUnder(memory, trust);
}

function seeCard(context: LockContext, before: LockState, event: EventOf<'card'>): LockStep {
  if (doorAt(before) === 'moving') return busy(before);
  // A card that is challenged meanwhile has gone: its proof will count for nothing.
  const state = withoutNow(before);
  const scene = { context, state, event };
  const { sighting, wish, nonce } = event;
  const { technology, uid } = sighting;
  const checking = { at: 'checking', since: event.at, sighting, wish, enrolling: state.at === 'enrolling' } as const;
  if (technology === 'public-key') return challenge(state, checking, { kind: 'public-key', nonce });
  if (state.at === 'enrolling') return reportCard(context, state, { event, sighting });
  const known = knownAt(state, event);
  if (!known) return refuse(scene, { sighting, code: 'auth' });
  const found = findByUid(known.set, sighting);
  if (typeof found === 'string') return refuse(scene, { sighting, code: found });
  const [entry] = found;
  const below = refusalOfClass(known.set, entry, classOfTechnology(technology));
  if (below) return refuse(scene, { sighting, entry, code: below });
  const { credential } = entry;
  if (credential.kind !== 'aes') return decide(scene, { known, found, sighting, wish });
  const { secret, keyNumber = ordinaryKeyNumber } = credential;
  return challenge(state, { ...checking, secret }, { kind: 'aes', technology, uid, secret, keyNumber, nonce });
}

function challenge(state: LockState, checking: Omit<CardChecking, 'check'>, asked: CardChallenge): LockStep {
  const check = (state.awake.door?.checks ?? 0) + 1;
  const next = withDoor(state, { checks: check, now: { ...checking, check } });
  return { state: next, effects: [{ type: 'challenge-card', check, challenge: asked }] };
}

function seeProof(context: LockContext, before: LockState, event: EventOf<'card-checked'>): LockStep {
  const now = before.awake.door?.now;
  // Of an earlier card, or of none.
  if (now?.at !== 'checking' || now.check !== event.check) return stay(before);
  const state = withoutNow(before);
  const scene = { context, state, event };
  const { sighting, wish } = now;
  const { result } = event;
  const failed = refusalOfCheck(now, event);
  const proven = !failed && result.outcome === 'proven' && result.publicKey ? { publicKey: result.publicKey } : {};
  if (now.enrolling) {
    if (state.at !== 'enrolling') return stay(state);
    if (failed) return { state, effects: [{ type: 'card-refused', code: failed }] };
    return reportCard(context, state, { event, sighting, ...proven });
  }
  if (doorAt(state) === 'moving') return busy(state);
  const known = knownAt(state, event);
  if (!known) return refuse(scene, { sighting, code: 'auth' });
  // The set may have become another one since.
  const { secret } = now;
  const found = findProven(known.set, { uid: sighting.uid, ...(secret ? { secret } : {}), ...proven });
  const shown = { sighting, ...proven, ...(found ? { entry: found[0] } : {}) };
  if (failed) return refuse(scene, { ...shown, code: failed });
  if (!found) return refuse(scene, { ...shown, code: 'card-unknown' });
  const below = refusalOfClass(known.set, found[0], classOfTechnology(sighting.technology));
  if (below) return refuse(scene, { ...shown, code: below });
  return decide(scene, { known, found, sighting, wish, ...proven });
}

function refusalOfCheck(
  { since, secret }: CardChecking,
  { at, result }: { readonly at: number; readonly result: CardCheck },
): CardRefusalCode | undefined {
  if (at - since > lockLimits.cardCheckMs) return 'late';
  if (result.outcome === 'lost') return 'bad-frame';
  if (result.outcome === 'unsupported') return 'unsupported';
  if (result.outcome === 'refused') return 'card-clone-suspect';
  return secret === undefined && result.publicKey === undefined ? 'card-clone-suspect' : undefined;
}

function enterCode(context: LockContext, before: LockState, event: EventOf<'code'>): LockStep {
  if (doorAt(before) === 'moving') return busy(before);
  const known = knownAt(before, event);
  if (!known) return refuse({ context, state: before, event }, { code: 'auth' });
  const since = before.awake.door?.codeSince;
  const taken = takeCodeTry({ tries: known.door.codeTries, ...(since === undefined ? {} : { since }) }, event.at);
  if (!taken) {
    const state = withDoor(before, { codeSince: since ?? event.at });
    return refuse({ context, state, event }, { code: 'busy' });
  }
  const found = findByCode(known.set, codeMac(context.crypto, context.identity.secret, event.digits));
  const { tries: codeTries, since: codeSince } = found ? returnCodeTry(taken) : taken;
  const memory = { ...known, door: { ...known.door, codeTries } };
  const state = withDoor({ ...before, memory }, codeSince === undefined ? {} : { codeSince });
  const scene = { context, state, event };
  if (!found) return refuse(scene, { code: 'code-unknown' });
  return decide(scene, { known: memory, found, wish: event.wish });
}

function decide(
  { context, state, event }: Scene,
  o: Presented & { readonly known: LockMemory; readonly found: FoundEntries; readonly wish: DoorWish },
): LockStep {
  const { known, found, wish, sighting } = o;
  const { readings } = event;
  const technology = sighting ? classOfTechnology(sighting.technology) : 0;
  const question = {
    memory: known,
    clock: clockOf(readings, known),
    privacy: readings.privacy,
    wish,
    technology,
  } as const;
  const decision = decideEntries(found, question);
  const { entry } = decision;
  if (!decision.ok) return refuse({ context, state, event }, { ...o, entry, code: decision.code });
  const fact = encodeCardFact({ entryId: entry.id, proof: proofOf(o, entry), action: wish });
  const move = { action: wish, actor: actorOf(context, o), fact };
  const memory = rememberEntry(known, entry);
  const begun = { ...state, memory: { ...memory, door: { ...memory.door, begun: move } } };
  return { state: withDoor(begun, { now: { at: 'moving', move } }), effects: [{ type: 'actuate-door', move }] };
}

function refuse(
  { context, state, event }: Scene,
  o: Presented & { readonly code: CardRefusalCode; readonly entry?: HeldEntry },
): LockStep {
  const { code, entry } = o;
  const commandId = encodeCardFact({ proof: proofOf(o, entry), ...(entry ? { entryId: entry.id } : {}) });
  const refused = { type: 'card', result: code, actor: actorOf(context, o), commandId } as const;
  const { memory, awake, effects } = logAttempt(context, state, { event, entry: refused });
  return { state: { ...state, memory, awake }, effects: [...effects, { type: 'card-refused', code }] };
}

function actorOf({ crypto }: LockContext, { sighting, publicKey }: Presented): Uint8Array {
  return sighting ? cardActor(crypto, publicKey ?? sighting.uid) : nobody;
}

function proofOf({ sighting }: Presented, entry: HeldEntry | undefined): Parameters<typeof encodeCardFact>[0]['proof'] {
  if (!sighting) return 'code';
  const technology = classOfTechnology(sighting.technology);
  return entry ? provenClass(entry, technology) : technology;
}

function endMove(context: LockContext, state: LockState, event: EventOf<'door-actuated'>): LockStep {
  const now = state.awake.door?.now;
  if (now?.at !== 'moving') return stay(state);
  const result = event.outcome === 'executed' ? 'ok' : event.outcome;
  return logMove({ context, state: withoutNow(state), event }, now.move, result);
}

/** Says of a move during which the power failed that nobody knows where it ended; nothing when there is none. */
export function settleDoor(context: LockContext, state: LockState, event: LockMoment): LockStep {
  const { begun } = state.memory.door;
  if (!begun || state.awake.door?.now?.at === 'moving') return stay(state);
  return logMove({ context, state, event }, begun, 'position-unknown');
}

function logMove({ context, state, event }: Scene, move: DoorMove, result: AnswerCode): LockStep {
  const { begun: _over, ...door } = state.memory.door;
  const entry = { type: 'card', result, actor: move.actor, commandId: move.fact } as const;
  const { memory, effects } = logAtLock(context, { ...state.memory, door }, { readings: event.readings, entry });
  return { state: { ...state, memory }, effects };
}
