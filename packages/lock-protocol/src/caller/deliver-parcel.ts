import { equalBytes } from '../encoding/byte-strings.js';
import type { OperationAnswer, OperationName } from '../lock/operation-message.js';
import { decodeLogHead } from '../log/log-head.js';
import { encodeLogAcknowledge, encodeLogRead } from '../log/log-operation.js';
import { decodeLogPage, mostPageEntries } from '../log/log-page.js';
import { logSlotCount } from '../log/log-segment.js';
import type { ShownObjects } from '../message.js';
import { LockProtocolError } from '../protocol-error.js';
import { decodeSetBeginning } from '../sets/set-message.js';
import { decodeSetSummary, encodeSetSummaryRequest } from '../sets/set-summary.js';
import { createDeadline, type StartTimer } from '../start-timer.js';
import {
  type CarriedObject,
  type CarriedSet,
  type Delivery,
  type LockParcel,
  type LogErrand,
  type ParcelPart,
  type PartOutcome,
  parcelParts,
} from './lock-parcel.js';
import type { Visit } from './open-visit.js';

/** For how long a delivery waits for its time token, and goes on without it. */
export const timeTokenWaitMs = 3000;

/** The clock that a delivery waits by. */
export interface DeliveryClock {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

const nothing = new Uint8Array(0);
const done: PartOutcome = { outcome: 'done' };
// A whole log, with pages that begin within a segment, and a second start after a reset.
const mostLogPages = Math.ceil(logSlotCount / mostPageEntries) + 2;

type Refusal = Extract<PartOutcome, { outcome: 'refused' }>;

/** What a lock answered to an operation: a body, or a no. */
type Answered = { readonly ok: true; readonly body: Uint8Array } | { readonly ok: false; readonly outcome: Refusal };

type Ask = (name: OperationName, body: Uint8Array, shown?: ShownObjects) => Promise<Answered>;

/** What a delivery has gathered so far. */
interface Gathered {
  readonly receipts: Uint8Array[];
  readonly pages: Uint8Array[];
}

/**
 * Delivers a parcel in an open visit: what revokes first, then the time, the set, and last what comes out of the log
 * (SPEC §10.12). It may be begun anew at any time, by anybody: what a lock has already costs one question. A lock that says no to
 * one part is still asked for the others; a visit that ends leaves the rest to the next one.
 *
 * @returns what became of each part, and what the lock gave.
 */
export async function deliverParcel(
  visit: Pick<Visit, 'ask' | 'challenge'>,
  parcel: LockParcel,
  clock: DeliveryClock,
): Promise<Delivery> {
  const { bulletin, time, set, log, shown } = parcel;
  const ask: Ask = async (name, body, objects) => answeredOf(name, await visit.ask({ name, body }, objects));
  const gathered: Gathered = { receipts: [], pages: [] };
  // Asked for at once, so that it comes while the bulletin travels.
  const token = time && heardOf(time(visit.challenge));
  const acknowledge = log?.acknowledge;
  const works: Readonly<Record<ParcelPart, (() => Promise<PartOutcome>) | undefined>> = {
    bulletin: bulletin && (() => deliverBulletin(ask, bulletin, gathered)),
    time: token && (() => deliverTime(ask, token, clock)),
    set: set && (() => deliverSet(ask, set, gathered)),
    log: log && (() => fetchLog(ask, { ...log, ...(shown ? { shown } : {}) }, gathered)),
    acknowledgement:
      acknowledge && (async () => outcomeOf(await ask('log-acknowledge', encodeLogAcknowledge(acknowledge), shown))),
  };
  const parts: Partial<Record<ParcelPart, PartOutcome>> = {};
  for (const part of parcelParts) {
    const work = works[part];
    if (work === undefined) continue;
    try {
      parts[part] = await work();
    } catch (error) {
      if (!(error instanceof LockProtocolError)) throw error;
      parts[part] = { outcome: 'cut', error };
      break;
    }
  }
  return { parts, ...gathered };
}

function answeredOf(during: OperationName, { code, body }: OperationAnswer): Answered {
  return code === 'ok' ? { ok: true, body } : { ok: false, outcome: { outcome: 'refused', code, during } };
}

function outcomeOf(answered: Answered): PartOutcome {
  return answered.ok ? done : answered.outcome;
}

async function deliverBulletin(ask: Ask, bulletin: CarriedObject, { receipts }: Gathered): Promise<PartOutcome> {
  const { object, certificate } = bulletin;
  const answered = await ask('bulletin', object, { certificate });
  if (answered.ok) receipts.push(answered.body);
  return outcomeOf(answered);
}

type Heard = { readonly token: CarriedObject } | { readonly cause: unknown };

/** Waits for a token as a value, so that nobody need wait for it and no failure is lost. */
function heardOf(token: Promise<CarriedObject>): Promise<Heard> {
  return token.then(
    (given) => ({ token: given }),
    (cause: unknown) => ({ cause }),
  );
}

async function deliverTime(ask: Ask, token: Promise<Heard>, { now, startTimer }: DeliveryClock): Promise<PartOutcome> {
  const heard = await new Promise<Heard>((resolve) => {
    const onElapsed = () =>
      resolve({ cause: new LockProtocolError({ code: 'command', reason: 'late' }, 'No time token came in time.') });
    const deadline = createDeadline({ now, startTimer, onElapsed });
    deadline.set(now() + timeTokenWaitMs);
    void token.then((given) => {
      deadline.set(undefined);
      resolve(given);
    });
  });
  if ('cause' in heard) return { outcome: 'not-given', cause: heard.cause };
  const { object, certificate } = heard.token;
  return outcomeOf(await ask('time', object, { certificate }));
}

async function deliverSet(ask: Ask, set: CarriedSet, { receipts }: Gathered): Promise<PartOutcome> {
  const { manifest, certificate, delta } = set;
  const begun = await ask('set-begin', manifest, { certificate });
  if (!begun.ok) return begun.outcome;
  const beginning = decodeSetBeginning(begun.body);
  // A lock that has just begun most likely has the set before this one. To be wrong costs a box; to ask first, always a
  // round trip.
  const isGuess = beginning === 'begun' && delta.length <= 1;
  const isGuessed = isGuess && (await putBoxes(ask, delta)).ok;
  if (beginning !== 'applied' && !isGuessed) {
    const put = await putDifferences(ask, set, beginning === 'begun');
    if (!put.ok) return put.outcome;
  }
  let committed = await ask('set-commit', nothing);
  if (!committed.ok && committed.outcome.code === 'digest' && isGuessed) {
    const put = await putDifferences(ask, set, false);
    if (!put.ok) return put.outcome;
    committed = await ask('set-commit', nothing);
  }
  if (committed.ok) receipts.push(committed.body);
  return outcomeOf(committed);
}

/** Makes what the lock has staged the parcel's set: by the delta where that leads there, else bucket by bucket. */
async function putDifferences(ask: Ask, set: CarriedSet, mayHaveSetBefore: boolean): Promise<Answered> {
  const answered = await ask('set-summary', encodeSetSummaryRequest({}));
  if (!answered.ok) return answered;
  const summary = decodeSetSummary(answered.body);
  const hashes = summary.kind === 'buckets' ? summary.hashes : [];
  const isAt = (expected: readonly Uint8Array[], bucket: number) =>
    equalBytes(hashes[bucket] ?? nothing, expected[bucket] ?? nothing);
  if (mayHaveSetBefore && set.buckets.every((_, bucket) => isAt(set.summaryBefore, bucket))) {
    return await putBoxes(ask, set.delta);
  }
  const different = set.buckets.flatMap((_, bucket) => (isAt(set.summary, bucket) ? [] : [bucket]));
  const postponed: number[] = [];
  for (const bucket of different) {
    const put = await putBoxes(ask, set.buckets[bucket] ?? []);
    if (put.ok) continue;
    if (put.outcome.code !== 'full') return put;
    postponed.push(bucket);
  }
  // What is left of the old set is in these buckets: without it there is room for the new one, or for none.
  const clearances = postponed.flatMap((bucket) => set.clearances[bucket] ?? []);
  return await putBoxes(ask, [...clearances, ...postponed.flatMap((bucket) => set.buckets[bucket] ?? [])]);
}

async function putBoxes(ask: Ask, boxes: readonly Uint8Array[]): Promise<Answered> {
  for (const box of boxes) {
    const put = await ask('set-put', box);
    if (!put.ok) return put;
  }
  return { ok: true, body: nothing };
}

async function fetchLog(
  ask: Ask,
  { after, mostPages = mostLogPages, shown }: LogErrand & { readonly shown?: ShownObjects },
  { pages }: Gathered,
): Promise<PartOutcome> {
  let from = after;
  for (let count = 0; count < mostPages; count += 1) {
    const answered = await ask('log-read', encodeLogRead({ after: from }), shown);
    if (!answered.ok) return answered.outcome;
    pages.push(answered.body);
    const { seq, newest } = decodeLogHead(decodeLogPage(answered.body).head);
    // A log that ends before what was read of it has begun anew since.
    const isAnew = seq < from;
    if (seq >= newest && !isAnew) break;
    from = isAnew ? 0 : seq;
  }
  return done;
}
