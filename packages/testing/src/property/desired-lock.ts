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
import type { SetTruth } from './judge-entry.js';
import type { WatchedLock } from './watch.js';
import type { World } from './world.js';

/** Something the property wants a lock to refuse, since a revision of its word on that lock. */
export type Revocation = Revision &
  (
    | { readonly what: 'grant'; readonly id: string }
    | { readonly what: 'issue'; readonly slot: number; readonly issue: number }
    | { readonly what: 'entry'; readonly id: number }
  );

/** The property's word on one lock, as carriers take it along. */
export interface LockWord {
  readonly bulletin?: CarriedObject;
  readonly set?: CarriedSet;
}

/** A set as the property wants it. */
export interface SetDraft {
  readonly entries: readonly SetEntry[];
  readonly minimumClass?: number;
  readonly leaseSeconds?: number;
}

/** A set as the property signed it. */
export interface SignedSet extends Revision, SetTruth {
  /** Hex. */
  readonly digest: string;
  readonly leaseSeconds?: number;
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
const deniedLimit = 64;

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

/** Entries that must not open any more, ascending. */
function deniedBy({ revocations }: DesiredLock): readonly number[] {
  const ids = revocations.flatMap((revoked) => (revoked.what === 'entry' ? [revoked.id] : []));
  return [...new Set(ids)].slice(-deniedLimit).sort((a, b) => a - b);
}

function signWord(world: World, lock: WatchedLock, at: Revision): void {
  const desired = desiredOf(world, lock);
  const { secret, certificate } = world.property.signer('set');
  const denied = deniedBy(desired);
  const word = {
    ...{ ...at, lock: lock.known.tag, issuedAt: Math.floor(world.utc()), ...revocationsOf(desired) },
    ...(denied.length > 0 ? { deniedEntries: denied } : {}),
  };
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

/** The property changes the set of a lock: what opens at its door, and on which terms. What it has denied it leaves out. */
export function changeSet(world: World, lock: WatchedLock, wanted: SetDraft): void {
  const desired = desiredOf(world, lock);
  const at = next(world, desired);
  const denied = deniedBy(desired);
  const entries = wanted.entries.filter(({ id }) => !denied.includes(id));
  const before = desired.sets.at(-1)?.entries ?? [];
  const plan = planSetBoxes(world.crypto, {
    ...{ lockPublicKey: lock.known.publicKey, tag: lock.known.tag, before, after: entries },
  });
  const { secret, certificate } = world.property.signer('set');
  const { digest, count } = plan;
  const issuedAt = Math.floor(world.utc());
  const { minimumClass = 0, leaseSeconds } = wanted;
  const terms = { ...(minimumClass > 0 ? { minimumClass } : {}), ...(leaseSeconds ? { leaseSeconds } : {}) };
  const word = { ...at, lock: lock.known.tag, issuedAt, ...revocationsOf(desired) };
  const manifest = signSetManifest(world.crypto, secret, { ...word, digest, count, ...terms });
  const ends = leaseSeconds ? { leaseSeconds, endsAt: issuedAt + leaseSeconds } : {};
  desired.sets.push({ ...at, digest: toHex(digest), entries, minimumClass, ...ends });
  // The manifest revokes whatever the bulletin before it did, and that one is refused from now on.
  desired.words.push({ set: { ...plan, manifest, certificate } });
  world.watch.count('set changed');
}

/** New keys must say again what the old ones said, or nobody would be heard any more. */
export function repeatWords(world: World, locks: readonly WatchedLock[] = world.locks): void {
  for (const lock of locks) {
    const desired = desiredOf(world, lock);
    const set = desired.sets.at(-1);
    if (set !== undefined) changeSet(world, lock, set);
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
  const read = verifyReceipt(crypto, bytes, { tag: lock.known.tag, publicKey: lock.known.signingPublicKey });
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
    if (revoked.what === 'issue') {
      lock.issues.set(revoked.slot, Math.max(revoked.issue, lock.issues.get(revoked.slot) ?? 0));
      watch.count('revocation proven');
      continue;
    }
    const id = revoked.what === 'grant' ? revoked.id : `entry ${revoked.id}`;
    if (lock.revoked.has(id)) continue;
    lock.revoked.add(id);
    watch.count(`revocation proven: ${revoked.what}`);
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

/** Whether what a lock has signed is the last word. */
export function hasLastWord(world: World, lock: WatchedLock): boolean {
  const desired = desiredOf(world, lock);
  const at = { epoch: world.property.epoch, revision: desired.revision };
  const set = desired.sets.at(-1);
  if (desired.revision > 0 && compareRevisions(lock.standing, at) !== 0) return false;
  return set === undefined || compareRevisions(lock.set, set) === 0;
}
