import {
  type CardTechnology,
  type CryptoProvider,
  compareRevisions,
  type LockAction,
  type SetCredential,
  type SetEntry,
} from '@latchwork/lock-protocol';
import { changeSet, revoke } from './desired-lock.js';
import { fromHex } from './hex.js';
import type { Action } from './history.js';
import type { LockKnowledge } from './judge.js';
import { judgeShown, type ShownAtDoor } from './judge-entry.js';
import type { Presented, WatchedLock } from './watch.js';
import type { World } from './world.js';

/** A card of the house, whoever has it in a pocket. */
export interface Card {
  readonly technology: CardTechnology;
  readonly uid: Uint8Array;
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

type Give = Extract<Action, { do: 'give-card' }>;
type Hold = Extract<Action, { do: 'hold' }>;

const technologies = ['mifare-classic', 'ntag-424', 'public-key', 'desfire', 'ultralight-aes', 'ntag-424'] as const;
const classes: Partial<Readonly<Record<CardTechnology, number>>> = {
  'ultralight-aes': 1,
  desfire: 2,
  'ntag-424': 2,
  'public-key': 3,
};
const classOf = (technology: CardTechnology): number => classes[technology] ?? 0;

/** No set has more entries than this: the oldest go. */
const entryLimit = 12;
/** A lock gives one try back each so often, and takes five wrong codes at once (SPEC §10.10). */
const tries = { burst: 5, refillMs: 900_000 } as const;
const cardMs = 2000;
/** Longer than a bolt moves. */
const busyMs = 2000;

/** The cards of a world, one of each kind and two of one. */
export function createCards(crypto: CryptoProvider): readonly Card[] {
  return technologies.map((technology) => ({
    technology,
    uid: Uint8Array.from([4, ...crypto.randomBytes(6)]),
    secret: crypto.randomBytes(16),
    publicKey: Uint8Array.from([2, ...crypto.randomBytes(32)]),
  }));
}

function cardAt({ cards }: World, number: number): Card {
  const card = cards[number % cards.length];
  if (card === undefined) throw new RangeError('A world has cards.');
  return card;
}

/** What an entry of a card says: what it can prove, or only its number. */
function credentialOf({ technology, uid, secret, publicKey }: Card, isNumberOnly: boolean): SetCredential {
  if (technology === 'public-key') return { kind: 'public-key', publicKey };
  return isNumberOnly || classOf(technology) === 0 ? { kind: 'uid', uid } : { kind: 'aes', uid, secret };
}

const newest = (world: World, lock: WatchedLock) => world.desired[lock.number]?.sets.at(-1);
const isOf = (card: Card, { credential: held }: SetEntry): boolean =>
  ('uid' in held && held.uid === card.uid) || ('publicKey' in held && held.publicKey === card.publicKey);

/** The property writes a card down for a lock. */
export function giveCard(world: World, lock: WatchedLock, o: Give): void {
  const sets = world.desired[lock.number]?.sets ?? [];
  const now = Math.floor(world.utc());
  const { slot, lasts, startsIn, flags, schedule } = o.terms;
  const issue = slot === undefined ? 0 : (world.issues.get(slot) ?? 0) + 1;
  if (slot !== undefined) world.issues.set(slot, issue);
  const notBefore = now + startsIn;
  const entry: SetEntry = {
    ...{ id: sets.length, credential: credentialOf(cardAt(world, o.card), o.isNumberOnly), notBefore },
    ...(lasts === undefined ? {} : { expires: notBefore + lasts }),
    ...(slot === undefined ? {} : { slot, issue }),
    ...(flags.length > 0 ? { flags } : {}),
    ...(schedule ? { schedule: { windows: schedule, offsets: [{ from: 0, offsetMinutes: 60 }] } } : {}),
  };
  const entries = [...(newest(world, lock)?.entries ?? []), entry].slice(-entryLimit);
  changeSet(world, lock, { ...o.set, entries });
  world.watch.count('card given');
}

/** The property denies a card, or leaves it out of the set. */
export function takeCard(world: World, lock: WatchedLock, o: Extract<Action, { do: 'take-card' }>): void {
  const set = newest(world, lock);
  if (set === undefined) return;
  const card = cardAt(world, o.card);
  const entries = set.entries.filter((entry) => isOf(card, entry));
  if (entries.length === 0) return;
  if (o.how === 'denied') for (const { id } of entries) revoke(world, lock, { what: 'entry', id });
  else changeSet(world, lock, { ...set, entries: set.entries.filter((entry) => !entries.includes(entry)) });
}

/** Door codes come and go with the set. */
export function changeDoorCodes(world: World, lock: WatchedLock, change: 'add' | 'remove'): void {
  const sets = world.desired[lock.number]?.sets ?? [];
  const entries = sets.at(-1)?.entries ?? [];
  const oldest = entries.find(({ credential }) => credential.kind === 'code');
  if (change === 'remove' && oldest !== undefined) {
    changeSet(world, lock, { ...sets.at(-1), entries: entries.filter((entry) => entry !== oldest) });
    return;
  }
  // A code that no set of this lock ever had.
  const id = sets.length;
  const digits = String(100_000 + 37 * (lock.number * 1000 + id));
  const salt = world.crypto.sha256(fromHex(`${digits}0${id}`.padStart(16, '0'))).slice(0, 16);
  // Now and then somebody takes a code for a member of staff.
  const staff = id % 5 === 4 ? { flags: ['staff'] as const } : {};
  const entry: SetEntry = { id, credential: { kind: 'code', digits, salt }, ...staff };
  changeSet(world, lock, { ...sets.at(-1), entries: [...entries, entry].slice(-entryLimit) });
}

/** Somebody holds a card at a lock: its holder, a thief with a copy of its number, or one who lies of more. */
export function holdCard(world: World, lock: WatchedLock, o: Hold): void {
  if (!lock.door.isPowered) return;
  const { technology, uid, secret, publicKey } = cardAt(world, o.card);
  const isSigning = technology === 'public-key';
  const held = {
    holder: { sighting: { technology, uid }, ...(isSigning ? { publicKey } : { secret }) },
    copy: { sighting: { technology: 'uid-only' as const, uid } },
    liar: { sighting: { technology, uid } },
  }[o.by];
  const card = { ...held, takesMs: o.takesMs, leaves: o.leaves };
  lock.presented.card = { what: { card }, at: world.time.now() };
  world.watch.count(`card held: ${o.by}`);
  lock.door.hold(card, o.wish);
}

/** Somebody types a door code that the lock has or had. */
export function typeCode(world: World, lock: WatchedLock, pick: number): void {
  const entries = (world.desired[lock.number]?.sets ?? []).flatMap((set) => set.entries);
  const all = [...new Set(entries.flatMap(({ credential }) => ('digits' in credential ? [credential.digits] : [])))];
  if (all.length > 0) type(world, lock, { digits: all[all.length - 1 - (pick % all.length)] ?? '', what: 'code' });
}

/** Somebody types what no lock ever had for a code. */
export async function guessCodes(world: World, lock: WatchedLock, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    type(world, lock, { digits: String(900_000 + number), what: 'guess' });
    await world.time.wait(100);
  }
}

function type(
  { watch, time }: World,
  lock: WatchedLock,
  { digits, what }: { readonly digits: string; readonly what: 'guess' | 'code' },
): void {
  if (!lock.door.isPowered) return;
  lock.presented.code = { what: { digits }, at: time.now() };
  // While the bolt moves the lock takes none.
  const isBusy = lock.movedAt >= 0 && time.now() - lock.movedAt <= busyMs;
  lock.typings.push({ at: time.now(), what: isBusy ? 'code' : what });
  watch.count(`${what} typed`);
  lock.door.type(digits, 'unlock');
}

/** Judges a move that something shown at the door has made, and what an honest lock learns by it. */
export function judgeDoorMove(
  world: World,
  lock: WatchedLock,
  { action, knows }: { readonly action: LockAction; readonly knows: LockKnowledge },
): void {
  const { watch, time } = world;
  const blame = (because: string): void => watch.blame(lock.number, { kind: 'unauthorized', because });
  const sets = (world.desired[lock.number]?.sets ?? []).filter((set) => compareRevisions(set, lock.set) >= 0);
  const judged = (['card', 'code'] as const).flatMap((by) => {
    const presented = lock.presented[by];
    const shown = presented && shownOf(presented, time.now());
    return shown && action !== 'lock'
      ? [{ by, shown, ...judgeShown(shown, sets, { knows, wish: action, utc: world.utc() }) }]
      : [];
  });
  // A code may be typed at the very moment at which a card is proven: one of them must be a reason.
  const reason = judged.find(({ objection }) => objection === undefined) ?? judged[0];
  if (reason === undefined) {
    blame('nobody showed anything for it at the door just now');
    return;
  }
  const { by, entry, objection } = reason;
  delete lock.presented[by];
  if (by === 'code' && isGuessedOut(lock, time.now())) blame('after more wrong codes than it takes');
  watch.count(`opened by ${by}`);
  if (objection) {
    watch.blame(lock.number, objection);
    return;
  }
  const typed = lock.typings.at(-1);
  if (by === 'code' && typed) typed.what = 'opened';
  const { slot, issue = 0, flags, id } = entry;
  if (slot !== undefined) lock.issues.set(slot, Math.max(issue, lock.issues.get(slot) ?? 0));
  if (flags?.includes('one-shot')) lock.used.set(`entry ${id}`, 'door');
}

/** What counts of something shown: a number at once, and what was proven at the moment of its proof, when that is in time. */
function shownOf({ what, at, provenAt }: Presented, now: number): ShownAtDoor | undefined {
  if ('digits' in what) return at === now ? what : undefined;
  const { sighting, secret, publicKey } = what.card;
  const shown = { uid: sighting.uid, class: classOf(sighting.technology) };
  if (provenAt === now && now - at <= cardMs)
    return { ...shown, ...(secret ? { secret } : {}), ...(publicKey ? { publicKey } : {}) };
  return at === now ? shown : undefined;
}

/** Whether nothing but guesses was typed of late, and more of them than a lock takes: then no code at all opens. */
function isGuessedOut({ typings }: WatchedLock, now: number): boolean {
  const before = typings.slice(0, -1);
  const late = before.filter(({ at }) => at > now - tries.refillMs);
  const quiet = before.filter(({ at }) => at > now - 8 * tries.refillMs && at <= now - tries.refillMs);
  const count = (of: (typeof late)[number]['what']): number => late.filter(({ what }) => what === of).length;
  // What opened took no try; of what did not nobody but the lock knows whether it was wrong.
  return quiet.length === 0 && count('code') === 0 && count('guess') >= tries.burst + count('cut');
}
