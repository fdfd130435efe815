import type { AnswerCode } from '../answer-code.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { type LockMemory, raiseFloor, usedGrantLimit } from '../lock/lock-memory.js';
import { isInSchedule } from '../objects/grant-schedule.js';
import type { LockClock } from '../objects/object-decision.js';
import type { HeldEntry } from '../sets/held-entry.js';
import type { HeldSet } from '../sets/held-set.js';
import type { SetEntryFlag } from '../sets/set-entry.js';
import type { CardClass } from './card-technology.js';
import { type DoorMemory, isEntryUsed } from './door-memory.js';
import type { DoorWish } from './door-state.js';

/** Why the lock stays shut for a card or a code. */
export type CardRefusalCode = Extract<
  AnswerCode,
  | 'auth'
  | 'busy'
  | 'late'
  | 'bad-frame'
  | 'unsupported'
  | 'card-unknown'
  | 'card-random'
  | 'card-clone-suspect'
  | 'card-class'
  | 'code-unknown'
  | 'revoked'
  | 'superseded'
  | 'no-clock'
  | 'not-yet'
  | 'expired'
  | 'schedule'
  | 'privacy'
  | 'no-right'
  | 'full'
>;

/** What the lock knows when a card has proven itself, or digits were entered that it knows. */
export interface DoorQuestion {
  readonly memory: Pick<LockMemory, 'set' | 'door' | 'floors'>;
  readonly clock: LockClock;
  /** The room is set to private. */
  readonly privacy: boolean;
  readonly wish: DoorWish;
  /** Of the card; 0 for digits. */
  readonly technology: CardClass;
}

/** Whether one entry opens, and for which reason not. */
export type DoorDecision =
  | { readonly ok: true; readonly entry: HeldEntry }
  | { readonly ok: false; readonly code: CardRefusalCode; readonly entry: HeldEntry };

const has = (entry: HeldEntry, flag: SetEntryFlag): boolean => entry.flags?.includes(flag) ?? false;

/**
 * Refuses what is below the class that the lock asks for (SPEC §10.10, step 3), or could not prove what its entries ask for, which
 * are all of one kind. What a card proves is never more than its entry asks of it: a good card that is known by its number alone
 * is of class 0.
 */
export function refusalOfClass(
  set: HeldSet,
  entry: HeldEntry,
  technology: CardClass,
): 'card-clone-suspect' | 'card-class' | undefined {
  const { kind } = entry.credential;
  // The number of a card that can prove itself, said by one that cannot.
  if (kind === 'aes' && technology < 1) return 'card-clone-suspect';
  return provenClass(entry, technology) < (set.mark?.minimumClass ?? 0) ? 'card-class' : undefined;
}

/** The class of what was proven for an entry; a code is known to whoever has watched, so it is worth no more than a number. */
export function provenClass({ credential }: HeldEntry, technology: CardClass): CardClass {
  if (credential.kind === 'public-key') return 3;
  return credential.kind === 'aes' ? technology : 0;
}

/**
 * The first of the entries that opens, or why the first of all does not: after class and proof, in the order of SPEC
 * §10.10.
 */
export function decideEntries(entries: readonly [HeldEntry, ...HeldEntry[]], question: DoorQuestion): DoorDecision {
  const [first] = entries;
  const refused = refusalOfEntry(first, question);
  if (refused === undefined) return { ok: true, entry: first };
  const entry = entries.find((other) => refusalOfEntry(other, question) === undefined);
  return entry ? { ok: true, entry } : { ok: false, code: refused, entry: first };
}

function refusalOfEntry(entry: HeldEntry, o: DoorQuestion): CardRefusalCode | undefined {
  const { set, door, floors } = o.memory;
  // Of each entry by itself: one card may be a guest's by one entry and of staff by another.
  if (has(entry, 'staff') && provenClass(entry, o.technology) < 1) return 'card-class';
  if (isDenied(set, entry)) return 'revoked';
  if (entry.slot !== undefined && (entry.issue ?? 0) < (floors.get(entry.slot) ?? 0)) return 'superseded';
  const time = refusalOfTime(entry, o);
  if (time !== undefined) return time;
  if (o.privacy && !has(entry, 'privacy-override')) return 'privacy';
  if (o.wish === 'hold-open' && !has(entry, 'hold-open')) return 'no-right';
  if (!has(entry, 'one-shot')) return undefined;
  if (isEntryUsed(door, entry.hash)) return 'superseded';
  return stillUsed(o.memory).length < usedGrantLimit ? undefined : 'full';
}

function refusalOfTime(
  entry: HeldEntry,
  { clock, memory }: DoorQuestion,
): 'no-clock' | 'not-yet' | 'expired' | 'schedule' | undefined {
  if (clock.quality === 'none') return has(entry, 'no-clock-ok') ? undefined : 'no-clock';
  const { notBefore = 0, expires = Number.POSITIVE_INFINITY, schedule } = entry;
  if (clock.utcSeconds < notBefore) return 'not-yet';
  if (clock.utcSeconds >= expires) return 'expired';
  if (schedule !== undefined && !isInSchedule(schedule, clock.utcSeconds)) return 'schedule';
  const { mark } = memory.set;
  const leased = mark?.leaseSeconds === undefined ? Number.POSITIVE_INFINITY : mark.issuedAt + mark.leaseSeconds;
  return clock.utcSeconds >= leased ? 'expired' : undefined;
}

function isDenied(set: HeldSet, { id }: HeldEntry): boolean {
  return set.deniedEntries.includes(id);
}

/** What the lock must know before the bolt moves for an entry: the floor of its slot, and that it was used. */
export function rememberEntry(memory: LockMemory, entry: HeldEntry): LockMemory {
  const { slot, issue } = entry;
  const raised = slot === undefined || issue === undefined ? memory : raiseFloor(memory, slot, issue);
  if (!has(entry, 'one-shot')) return raised;
  const usedEntries = [...stillUsed(raised), entry.hash];
  return { ...raised, door: { ...raised.door, usedEntries } };
}

/** The uses of what the present set still has; an entry that the property has changed since is another one. */
function stillUsed({ set, door }: Pick<LockMemory, 'set' | 'door'>): DoorMemory['usedEntries'] {
  if (door.usedEntries.length === 0) return door.usedEntries;
  const hashes = [...set.entries.values()].map(({ hash }) => hash);
  return door.usedEntries.filter((used) => hashes.some((hash) => equalBytes(hash, used)));
}
