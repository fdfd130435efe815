import { createHash } from 'node:crypto';
import {
  encodeLogEntry,
  type LockAction,
  type LockTime,
  type LogEntry,
  noRevision,
  type Revision,
} from '@latchwork/lock-protocol';
import type { CardInField, Door } from './door.js';
import { toHex } from './hex.js';
import { judgeAttempt, type LockKnowledge, type Objection } from './judge.js';
import type { RadioLink } from './radio-link.js';
import type { Attempt, Violation } from './truth.js';

/** UTC seconds at which every world begins: a Monday, 2027-01-11T08:00:00Z. */
export const worldBeginsAt = 1_799_654_400;

/** Longest time between the lock's last word and a bolt that obeys what was said to it, in milliseconds (SPEC §9.3). */
const freshMs = 5000;
/** A clock is asked in whole seconds, on both sides. */
const secondsCut = 2;
/** An issue this far ahead of a good clock says nothing of the time, in seconds (SPEC §10.5). */
const leadSeconds = 600;

/** For how long somebody inside counts as there, in milliseconds (SPEC §9.8). */
export const presenceMs = 120_000;

/** Tells the lives of all locks of a world apart. */
export function placeOf({ number, life }: Pick<WatchedLock, 'number' | 'life'>): number {
  return number + 100 * life;
}

/** What the oracle knows of one lock. */
export interface WatchedLock {
  readonly number: number;
  readonly door: Door;
  /** How often it was reset to the factory state. */
  life: number;
  /** As whom the property knows it. */
  known: KnownLock;
  /** Whether the property has given its word that the lock with these keys is its own. */
  isOrdered: boolean;
  /** When somebody inside showed to be there, and until when a reset is going on that a power cut may break off. */
  presentAt: number;
  isTorn: boolean;
  /** A decommission with somebody inside and the right to it is under way. */
  isReleased: boolean;
  link: RadioLink | undefined;
  epoch: number;
  newestIssue: number;
  issues: Map<number, number>;
  used: Map<string, string>;
  revoked: Set<string>;
  /** What it has signed that it stands at, and which set it obeys. */
  standing: Revision;
  set: Revision;
  /** Where its log stood at its newest receipt. */
  receiptAt: number;
  /** What was held at the door last, and what was typed there: a code takes no card out of the reader's field. */
  presented: { card?: Presented; code?: Presented };
  /** The move that what was presented has made, until the log has told of it. */
  doorMove: { readonly fact: string; result: 'ok' | 'position-unknown'; isForgotten?: boolean } | undefined;
  /** Codes that were typed, and power cuts between them. */
  /** How often its power failed. */
  cuts: number;
  /** When its bolt moved last; -1 before. */
  movedAt: number;
  typings: { readonly at: number; what: 'guess' | 'code' | 'opened' | 'cut' }[];
  /** Every move a command made: its id, and whether the log must speak of it. */
  readonly moves: Map<string, 'moving' | 'logged' | 'power failed' | 'forgotten'>;
  /** Every entry the lock wrote since its last reset, as its bytes in hex. */
  log: string[];
}

/** A lock as its property knows it: in one of its lives. */
export interface KnownLock {
  /** Another one in every life of every lock. */
  readonly place: number;
  readonly tag: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signingPublicKey: Uint8Array;
}

/** What somebody showed at a door. */
export interface Presented {
  readonly what: { readonly digits: string } | { readonly card: CardInField };
  readonly at: number;
  provenAt?: number;
}

/** Whoever watches every lock of a world and knows the truth. */
export interface Watch {
  readonly locks: readonly WatchedLock[];
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<string, number>>;
  count(what: string): void;
  /** Writes something down: what is written is the same in every run of a history. */
  note(lock: number, what: string): void;
  blame(lock: number, objection: Objection): void;
  moved(lock: WatchedLock, o: { readonly action: LockAction; readonly commandId: Uint8Array }): void;
  logged(lock: WatchedLock, entry: LogEntry): void;
  told(lock: WatchedLock, told: LockTime): void;
  /** The card at the door has proven what it was asked for. */
  proven(lock: WatchedLock): void;
  /** The lock has drawn other keys after so many resets. */
  reborn(lock: WatchedLock, resets: number): void;
  dark(lock: WatchedLock): void;
  /** The lock obeyed something of an epoch, by an answer that came through. */
  obeyed(lock: WatchedLock, epoch: number): void;
  /** Hash of everything noted. */
  digest(): string;
  readonly notes: readonly string[];
}

/** Makes a {@link Watch}; locks are added by whoever makes the doors. */
export function createWatch(o: {
  readonly now: () => number;
  readonly judgeDoor: (lock: WatchedLock, action: LockAction, knows: LockKnowledge) => void;
}): Watch & { readonly locks: WatchedLock[] } {
  const { now } = o;
  const locks: WatchedLock[] = [];
  const violations: Violation[] = [];
  const counts: Record<string, number> = {};
  const notes: string[] = [];
  const hash = createHash('sha256');

  const utc = (): number => worldBeginsAt + now() / 1000;
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  /** Somebody with the right asks for it, and somebody is inside. */
  const mayBeTaken = ({ isReleased, presentAt }: WatchedLock): boolean => isReleased && now() - presentAt <= presenceMs;
  const note = (lock: number, what: string): void => {
    const line = `${now()} ${lock} ${what}`;
    notes.push(line);
    hash.update(line);
  };
  const blame = (lock: number, { kind, because }: Objection): void => {
    note(lock, `VIOLATION ${kind}: ${because}`);
    violations.push({ kind, at: now(), lock, because });
  };

  function knowledgeOf(lock: WatchedLock, link?: RadioLink): LockKnowledge {
    const { clock, privacy } = lock.door;
    const error = clock.allowedError();
    return {
      ...{
        lock: placeOf(lock),
        isOurs: lock.isOrdered,
        epoch: lock.epoch,
        issues: lock.issues,
        used: lock.used,
        revoked: lock.revoked,
      },
      ...{ newestIssue: lock.newestIssue, isPrivate: privacy, isClockLost: clock.isLost },
      ...{ shown: clock.read().utcSeconds, challenge: link?.challenge ?? '' },
      ...(error === undefined ? {} : { clockError: error + secondsCut }),
    };
  }

  /** What an honest lock has learned by obeying this. */
  function learn(lock: WatchedLock, { authority, commandId }: Attempt): void {
    if (authority === undefined) return;
    obeyed(lock, authority.signer.epoch, authority.signer.notBefore);
    const { quality, utcSeconds } = lock.door.clock.read();
    const counts_ = quality !== 'good' || authority.issuedAt <= utcSeconds + leadSeconds;
    if (counts_) lock.newestIssue = Math.max(lock.newestIssue, authority.issuedAt);
    if (authority.kind === 'token') return;
    const { slot, issue = 0, flags, id } = authority;
    if (slot !== undefined) lock.issues.set(slot, Math.max(issue, lock.issues.get(slot) ?? 0));
    if (flags.includes('one-shot')) lock.used.set(id, commandId);
  }

  function obeyed(lock: WatchedLock, epoch: number, notBefore = Number.POSITIVE_INFINITY): void {
    if (epoch <= lock.epoch) return;
    lock.epoch = epoch;
    lock.newestIssue = Math.min(lock.newestIssue, notBefore);
  }

  return {
    locks,
    violations,
    counts,
    notes,
    count,
    note,
    blame,
    obeyed,
    digest: () => hash.copy().digest('hex'),
    moved(lock, { action, commandId }) {
      const id = toHex(commandId);
      note(lock.number, `bolt ${action} ${id}`);
      count(`bolt: ${action}`);
      lock.movedAt = now();
      // What a card or code moves has no id of its own: its bytes are those of the log's entry.
      if (id.endsWith('000000')) {
        if (lock.doorMove && !lock.doorMove.isForgotten)
          blame(lock.number, { kind: 'log', because: `no entry speaks of ${lock.doorMove.fact}` });
        lock.doorMove = { fact: id, result: 'ok' };
        o.judgeDoor(lock, action, knowledgeOf(lock));
        return;
      }
      if (lock.moves.has(id)) blame(lock.number, { kind: 'doubled', because: `command ${id} moved the bolt again` });
      lock.moves.set(id, 'moving');
      const { link } = lock;
      const attempts = (link?.attempts ?? []).filter((a) => a.commandId === id && a.action === action);
      if (link === undefined || attempts.length === 0)
        return blame(lock.number, { kind: 'unauthorized', because: 'nobody asked for this on this connection' });
      if (now() - link.lastWordAt > freshMs)
        return blame(lock.number, {
          kind: 'late',
          because: `${now() - link.lastWordAt} ms after the lock's last word`,
        });
      const knows = knowledgeOf(lock, link);
      const judged = attempts.map((attempt) => judgeAttempt(attempt, knows, { utc: utc(), ms: now() }));
      const allowed = attempts.find((_attempt, at) => judged[at] === undefined);
      if (allowed) return learn(lock, allowed);
      const [objection] = judged;
      if (objection) blame(lock.number, objection);
    },
    logged(lock, entry) {
      if (entry.type === 'reset') lock.log = [];
      lock.log.push(toHex(encodeLogEntry(entry)));
      note(lock.number, `log ${lock.log.at(-1)}`);
      const id = toHex(entry.commandId);
      if (entry.type === 'card' && (entry.result === 'ok' || entry.result === 'position-unknown')) {
        // Before the bolt moves too, the power may fail.
        const isMeant = lock.doorMove
          ? lock.doorMove.fact === id && lock.doorMove.result === entry.result
          : entry.result !== 'ok';
        if (!isMeant) blame(lock.number, { kind: 'log', because: `the log says ${entry.result} of ${id}` });
        lock.doorMove = undefined;
      }
      const isMove = entry.type === 'unlock' || entry.type === 'lock' || entry.type === 'hold-open';
      if (!isMove || entry.result !== 'ok') return;
      const move = lock.moves.get(id);
      if (move !== 'moving' && move !== 'forgotten')
        blame(lock.number, { kind: 'log', because: `the log says that ${id} moved the bolt` });
      lock.moves.set(id, 'logged');
    },
    told(lock, { utcSeconds, errorSeconds }) {
      note(lock.number, `told ${utcSeconds} ±${errorSeconds}`);
      count('clock set');
      const off = Math.abs(utcSeconds - utc());
      const isMeant = lock.link?.tellings.some(
        (telling) =>
          telling.lock === placeOf(lock) && telling.challenge === lock.link?.challenge && now() - telling.at <= 30_000,
      );
      if (!isMeant) blame(lock.number, { kind: 'clock', because: 'told by a token that is not for this connection' });
      if (off > errorSeconds + 1 || errorSeconds > 17)
        blame(lock.number, { kind: 'clock', because: `told ${Math.round(off)} s wrong as ±${errorSeconds} s` });
    },
    proven(lock) {
      if (lock.presented.card) lock.presented.card.provenAt = now();
    },
    reborn(lock, resets) {
      note(lock.number, `reborn ${resets}`);
      count('reset');
      lock.life += 1;
      if (lock.life !== resets)
        blame(lock.number, { kind: 'untrue', because: `it was reset ${lock.life} times, not ${resets}` });
      if (!lock.isTorn && !mayBeTaken(lock))
        blame(lock.number, { kind: 'unauthorized', because: 'it was taken from its property by nobody who may' });
      for (const [id, state] of lock.moves) if (state === 'moving') lock.moves.set(id, 'forgotten');
      if (lock.doorMove) lock.doorMove.isForgotten = true;
      Object.assign(lock, {
        isTorn: false,
        isReleased: false,
        isOrdered: false,
        epoch: 0,
        newestIssue: 0,
        receiptAt: 0,
      });
      Object.assign(lock, {
        issues: new Map(),
        used: new Map(),
        revoked: new Set(),
        standing: noRevision,
        set: noRevision,
      });
      Object.assign(lock, { presented: {}, typings: [] });
    },
    dark(lock) {
      note(lock.number, 'dark');
      lock.cuts += 1;
      // It may have begun, and goes on when the lock has power again.
      if (mayBeTaken(lock)) lock.isTorn = true;
      if (lock.doorMove) lock.doorMove.result = 'position-unknown';
      lock.presented = {};
      lock.presentAt = Number.NEGATIVE_INFINITY;
      lock.typings.push({ at: now(), what: 'cut' });
      count('power cut');
      for (const [id, state] of lock.moves) if (state === 'moving') lock.moves.set(id, 'power failed');
      lock.link?.close();
    },
  };
}
