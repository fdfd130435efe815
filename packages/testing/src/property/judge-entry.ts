import type { SetCredential, SetEntry } from '@latchwork/lock-protocol';
import { toHex } from './hex.js';
import { judgeTime, type LockKnowledge, no, type Objection } from './judge.js';

/** What somebody showed at a door, and what of it was proven in time. */
export type ShownAtDoor =
  | { readonly digits: string }
  | {
      readonly uid: Uint8Array;
      /** What it said of itself: of class 0 to 3. */
      readonly class: number;
      readonly secret?: Uint8Array;
      readonly publicKey?: Uint8Array;
    };

/** A set that a lock may obey, as the property knows it. */
export interface SetTruth {
  readonly entries: readonly SetEntry[];
  readonly minimumClass: number;
  /** UTC seconds; absent: it never ends. */
  readonly endsAt?: number;
}

/** The entry for which a bolt may move, or why it must not have. */
export type DoorJudgment =
  | { readonly entry: SetEntry; readonly objection?: undefined }
  | { readonly entry?: undefined; readonly objection: Objection };

/**
 * Whether what was shown at a door may move its bolt: whether any set that the lock may obey by now has an entry that opens.
 * From the text of SPEC §10.10, and without the code of the machines.
 *
 * @param utc True time in UTC seconds, with a fraction.
 */
export function judgeShown(
  shown: ShownAtDoor,
  sets: readonly SetTruth[],
  o: { readonly knows: LockKnowledge; readonly wish: 'unlock' | 'hold-open'; readonly utc: number },
): DoorJudgment {
  if (!o.knows.isOurs) return { objection: no('unauthorized', 'it obeys nobody') };
  let objection = no('unauthorized', 'no set that it may obey has it');
  for (const set of sets) {
    for (const entry of fitting(shown, set.entries)) {
      const judged = judgeEntry(entry, shown, { ...o, set });
      if (judged === undefined) return { entry };
      objection = judged;
    }
  }
  return { objection };
}

const isSame = (a: Uint8Array, b: Uint8Array | undefined): boolean => b !== undefined && toHex(a) === toHex(b);

/** The entries that somebody fits; a number alone is nothing where the same card has a secret to prove. */
function fitting(shown: ShownAtDoor, entries: readonly SetEntry[]): readonly SetEntry[] {
  const fits = (held: SetCredential): boolean => {
    if ('digits' in shown) return held.kind === 'code' && held.digits === shown.digits;
    if (held.kind === 'uid') return isSame(held.uid, shown.uid);
    if (held.kind === 'aes') return isSame(held.uid, shown.uid) && isSame(held.secret, shown.secret);
    return held.kind === 'public-key' && isSame(held.publicKey, shown.publicKey);
  };
  const isProving = entries.some(
    ({ credential }) => credential.kind === 'aes' && 'uid' in shown && isSame(credential.uid, shown.uid),
  );
  return entries.filter(({ credential }) => fits(credential) && !(isProving && credential.kind === 'uid'));
}

function judgeEntry(
  entry: SetEntry,
  shown: ShownAtDoor,
  o: {
    readonly set: SetTruth;
    readonly knows: LockKnowledge;
    readonly wish: 'unlock' | 'hold-open';
    readonly utc: number;
  },
): Objection | undefined {
  const { knows, set, utc } = o;
  const { id, slot, issue = 0, flags = [], notBefore = 0, expires = Number.POSITIVE_INFINITY, schedule } = entry;
  const { kind } = entry.credential;
  const proven = 'digits' in shown || kind === 'uid' ? 0 : kind === 'public-key' ? 3 : shown.class;
  if (!('digits' in shown) && proven < set.minimumClass)
    return no('unauthorized', `class ${proven} where ${set.minimumClass} is asked`);
  if (proven < 1 && flags.includes('staff')) return no('unauthorized', 'staff that proves nothing');
  if (knows.revoked.has(`entry ${id}`)) return no('revoked', `entry ${id} is proven to be denied`);
  if (slot !== undefined && issue < (knows.issues.get(slot) ?? 0))
    return no('revoked', `issue ${issue} of entry ${id} after ${knows.issues.get(slot)}`);
  if (flags.includes('one-shot') && knows.used.has(`entry ${id}`)) return no('unauthorized', 'used up');
  if (knows.isPrivate && !flags.includes('privacy-override')) return no('unauthorized', 'the room is private');
  if (o.wish === 'hold-open' && !flags.includes('hold-open')) return no('unauthorized', 'no right to hold open');
  const hours = { notBefore, expires, flags, ...(schedule ? { schedule } : {}) };
  const time = judgeTime(hours, knows, utc);
  if (time !== undefined || set.endsAt === undefined) return time;
  return judgeTime({ notBefore: 0, expires: set.endsAt, flags }, knows, utc);
}
