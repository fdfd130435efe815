import {
  type CarriedObject,
  type CarriedSet,
  compareRevisions,
  planSetBoxes,
  type Revision,
  type SetEntry,
  signBulletin,
  signSetManifest,
  verifyReceipt,
} from '@latchwork/lock-protocol';
import { fromHex, toHex } from './hex.js';
import type { WatchedLock } from './watch.js';
import type { World } from './world.js';

/** Something the property wants a lock to refuse, since a revision of its word on that lock. */
export type Revocation = Revision &
  (
    | { readonly what: 'grant'; readonly id: string }
    | { readonly what: 'issue'; readonly slot: number; readonly issue: number }
  );

/** The property's word on one lock, as carriers take it along. */
export interface LockWord {
  readonly bulletin?: CarriedObject;
  readonly set?: CarriedSet;
}

/** A set as the property signed it. */
export interface SignedSet extends Revision {
  /** Hex. */
  readonly digest: string;
  /** Door codes by the ids of their entries. */
  readonly codes: ReadonlyMap<number, string>;
}

/** What the property wants of one lock. */
export interface DesiredLock {
  revision: number;
  readonly revocations: Revocation[];
  readonly sets: SignedSet[];
  /** Oldest first; the last is the one that holds. */
  readonly words: LockWord[];
}

const listLimit = 32;

/** The property wants nothing of a lock yet. */
export function startDesiredLock(): DesiredLock {
  return { revision: 0, revocations: [], sets: [], words: [{}] };
}

function desiredOf(world: World, lock: WatchedLock): DesiredLock {
  const desired = world.desired[lock.number];
  if (desired === undefined) throw new RangeError('Every lock of a world is wanted something of.');
  return desired;
}

function next(world: World, desired: DesiredLock): Revision {
  desired.revision += 1;
  return { epoch: world.property.epoch, revision: desired.revision };
}

/** What both bulletin and manifest say: everything that is revoked here. */
function revocationsOf({ revocations }: DesiredLock) {
  const floors = new Map<number, number>();
  for (const { what, ...rest } of revocations)
    if (what === 'issue' && 'slot' in rest) floors.set(rest.slot, Math.max(rest.issue, floors.get(rest.slot) ?? 0));
  const ids = revocations.flatMap((revoked) => (revoked.what === 'grant' ? [revoked.id] : [])).slice(-listLimit);
  const revokedGrants = [...new Set(ids)].sort().map(fromHex);
  return { ...(floors.size > 0 ? { floors } : {}), ...(revokedGrants.length > 0 ? { revokedGrants } : {}) };
}

function signWord(world: World, lock: WatchedLock, at: Revision): void {
  const desired = desiredOf(world, lock);
  const { secret, certificate } = world.property.signer('set');
  const word = { ...at, lock: lock.door.tag, issuedAt: Math.floor(world.utc()), ...revocationsOf(desired) };
  const object = signBulletin(world.crypto, secret, word);
  desired.words.push({ ...desired.words.at(-1), bulletin: { object, certificate } });
}

/** The property revokes a grant, or every issue of a slot up to the newest, at each lock it is for. */
export function revoke(
  world: World,
  lock: WatchedLock,
  what: Pick<Revocation, 'what'> & Record<string, unknown>,
): void {
  const desired = desiredOf(world, lock);
  const at = next(world, desired);
  // The caller names what is revoked; this only adds since when.
  desired.revocations.push({ ...what, ...at } as Revocation);
  signWord(world, lock, at);
  world.watch.count('revoked');
}

/** The property changes the door codes of a lock. */
export function changeCodes(world: World, lock: WatchedLock, codes: ReadonlyMap<number, string>): void {
  const desired = desiredOf(world, lock);
  const at = next(world, desired);
  const entriesOf = (of: ReadonlyMap<number, string>): readonly SetEntry[] =>
    [...of].map(([id, digits]) => ({
      id,
      credential: {
        kind: 'code',
        digits,
        salt: world.crypto.sha256(fromHex(`${digits}0${id}`.padStart(16, '0'))).slice(0, 16),
      },
    }));
  const before = desired.sets.at(-1)?.codes ?? new Map<number, string>();
  const plan = planSetBoxes(world.crypto, {
    ...{ lockPublicKey: lock.door.publicKey, tag: lock.door.tag, before: entriesOf(before), after: entriesOf(codes) },
  });
  const { secret, certificate } = world.property.signer('set');
  const { digest, count } = plan;
  const word = { ...at, lock: lock.door.tag, issuedAt: Math.floor(world.utc()), ...revocationsOf(desired) };
  const manifest = signSetManifest(world.crypto, secret, { ...word, digest, count });
  desired.sets.push({ ...at, digest: toHex(digest), codes });
  // The manifest revokes whatever the bulletin before it did, and that one is refused from now on.
  desired.words.push({ set: { ...plan, manifest, certificate } });
  world.watch.count('set changed');
}

/** New keys must say again what the old ones said, or nobody would be heard any more. */
export function repeatWords(world: World, locks: readonly WatchedLock[] = world.locks): void {
  for (const lock of locks) {
    const desired = desiredOf(world, lock);
    const codes = desired.sets.at(-1)?.codes;
    if (codes !== undefined) changeCodes(world, lock, codes);
    if (desired.revocations.length > 0) signWord(world, lock, next(world, desired));
  }
}

/** The property says again what a key signed whose certificate has been replaced by now: it will soon be refused. */
export function renewWords(world: World, lock: WatchedLock): void {
  const { bulletin, set } = desiredOf(world, lock).words.at(-1) ?? {};
  const { certificate } = world.property.signer('set');
  if ([bulletin, set].some((signed) => signed !== undefined && signed.certificate !== certificate))
    repeatWords(world, [lock]);
}

/** What a receipt proves, the property may count on from now on; the lock is held to it for ever. */
export function takeReceipt(world: World, lock: WatchedLock, bytes: Uint8Array): void {
  const { watch, crypto } = world;
  const desired = desiredOf(world, lock);
  const read = verifyReceipt(crypto, bytes, { tag: lock.door.tag, publicKey: lock.door.signingPublicKey });
  if (!read.ok) {
    watch.blame(lock.number, { kind: 'untrue', because: `a receipt is refused: ${read.code}` });
    return;
  }
  const { epoch, setEpoch = epoch, revision, digest, standing, seq } = read.statement;
  const set = { epoch: setEpoch, revision };
  const stands = standing ?? set;
  watch.note(lock.number, `receipt ${JSON.stringify([set, stands])}`);
  watch.count('receipt');
  watch.obeyed(lock, epoch);
  for (const revoked of desired.revocations) {
    if (compareRevisions(revoked, stands) > 0) continue;
    if (revoked.what === 'grant' && !lock.revoked.has(revoked.id)) {
      lock.revoked.add(revoked.id);
      watch.count('revocation proven');
    } else if (revoked.what === 'issue') {
      lock.issues.set(revoked.slot, Math.max(revoked.issue, lock.issues.get(revoked.slot) ?? 0));
      watch.count('revocation proven');
    }
  }
  // Carriers do not come in the order in which they went.
  if (seq < lock.receiptAt) return;
  lock.receiptAt = seq;
  if (compareRevisions(stands, lock.standing) < 0)
    watch.blame(lock.number, { kind: 'revoked', because: 'it stands at an older revision than it signed before' });
  if (compareRevisions(set, lock.set) < 0)
    watch.blame(lock.number, { kind: 'revoked', because: 'it obeys an older set than it signed before' });
  lock.standing = stands;
  lock.set = set;
  const signed = desired.sets.find((known) => compareRevisions(known, set) === 0);
  if (revision > 0 && signed?.digest !== toHex(digest))
    watch.blame(lock.number, { kind: 'untrue', because: `it signs a set of revision ${revision} that nobody made` });
}

/** Whether a lock may open for a door code: some set that it may obey by now has it. */
export function isCodeGood(world: World, lock: WatchedLock, digits: string): boolean {
  return desiredOf(world, lock).sets.some(
    (set) => compareRevisions(set, lock.set) >= 0 && [...set.codes.values()].includes(digits),
  );
}

/** Whether what a lock has signed is the last word. */
export function hasLastWord(world: World, lock: WatchedLock): boolean {
  const desired = desiredOf(world, lock);
  const at = { epoch: world.property.epoch, revision: desired.revision };
  const set = desired.sets.at(-1);
  if (desired.revision > 0 && compareRevisions(lock.standing, at) !== 0) return false;
  return set === undefined || compareRevisions(lock.set, set) === 0;
}
