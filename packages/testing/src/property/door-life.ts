import {
  commissionLock,
  encodeDecommission,
  type LockIdentity,
  LockProtocolError,
  openVisit,
  readLogReport,
  startLogReader,
  type Visit,
} from '@latchwork/lock-protocol';
import { startDesiredLock } from './desired-lock.js';
import { toHex } from './hex.js';
import type { Action } from './history.js';
import { placeOf, presenceMs, type WatchedLock } from './watch.js';
import type { World } from './world.js';

type Commission = Extract<Action, { do: 'commission' }>;
type Decommission = Extract<Action, { do: 'decommission' }>;

const retryMs = 3000;
/** Whoever resets a lock does it again as long as it is not done, as often as this. */
const mostResets = 12;

function showPresence(world: World, lock: WatchedLock): void {
  if (!lock.door.isPowered) return;
  lock.presentAt = world.time.now();
  lock.door.present();
}

/** Somebody inside resets a lock, and does it once more when the power has failed meanwhile. */
export async function resetLock(world: World, lock: WatchedLock): Promise<void> {
  const { life } = lock;
  for (let times = 0; times < mostResets && lock.life === life; times += 1) {
    lock.isTorn = true;
    if (lock.door.isPowered) lock.door.reset();
    if (lock.life === life) await world.time.wait(retryMs);
  }
}

/** Staff takes a lock from its property, which reads in its last word that it was reset. */
export async function decommission(world: World, lock: WatchedLock, o: Decommission): Promise<void> {
  const { time, watch, property } = world;
  const phone = world.phones[o.phone % world.phones.length];
  if (o.isInside) showPresence(world, lock);
  const link = world.connect(lock, o.link);
  const reader = world.views[lock.number]?.reader;
  if (link === undefined || phone === undefined || reader === undefined) return link?.close();
  const { life, known, cuts } = lock;
  const issuedAt = Math.floor(world.utc());
  const { bytes, certificate } = property.grant(
    {
      ...{ holder: phone.name, holderPublicKey: phone.keys.publicKey, locks: [known.place], issuedAt },
      ...{ notBefore: issuedAt - 60, expires: issuedAt + 3600, rights: o.hasRight ? ['commission'] : ['status'] },
      ...{ flags: [], isGateway: false },
    },
    [known.tag],
  );
  let visit: Visit | undefined;
  lock.isReleased = o.hasRight;
  try {
    visit = await openVisit({
      ...{ crypto: world.crypto, link, lockPublicKey: known.publicKey, caller: phone.keys },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    const body = encodeDecommission(world.crypto.randomBytes(8));
    const { code, body: head } = await visit.ask({ name: 'decommission', body }, { grant: bytes, certificate });
    watch.count(`decommission: ${code}`);
    const signer = { tag: known.tag, publicKey: known.signingPublicKey };
    const { findings } = readLogReport(world.crypto, reader, {
      ...{ kind: 'head', bytes: head, lock: signer, at: time.now() },
    });
    if (code === 'ok' && !findings.some((finding) => finding.code === 'reset' && finding.resets === life + 1))
      watch.blame(lock.number, { kind: 'untrue', because: 'its last word does not count the reset' });
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    watch.count(`decommission failed: ${error.info.code}`);
  } finally {
    visit?.end();
    link.close();
    lock.isReleased = false;
  }
  // The power failed in the midst of it: a set may be erased already that the lock still has to obey.
  if (o.isInside && o.hasRight && lock.life === life && lock.cuts > cuts) await resetLock(world, lock);
}

/** Somebody with or without the secret of the label tries to make a lock obey their property. */
export async function commission(world: World, lock: WatchedLock, o: Commission): Promise<void> {
  const { time, watch } = world;
  // A lock of nobody is anybody's who stands inside with its label.
  if (o.who === 'takes-over' && lock.door.obeys === undefined) return;
  for (let tries = 0; tries < o.tries; tries += 1) {
    if (o.isInside) showPresence(world, lock);
    const { life, presentAt } = lock;
    const began = time.now();
    const wasFree = lock.door.obeys === undefined;
    const isDone = await install(world, lock, o);
    judgeMaster(world, lock);
    const isTaken = wasFree && lock.door.isPowered && lock.door.obeys !== undefined && lock.life === life;
    if (isTaken && began - Math.max(presentAt, lock.presentAt) > presenceMs)
      watch.blame(lock.number, { kind: 'unauthorized', because: 'it was commissioned with nobody inside' });
    if (isDone) return;
    await time.wait(retryMs);
  }
}

/** Whom a lock obeys, that must be the property that has given its word for these keys, or nobody. */
export function judgeMaster(world: World, lock: WatchedLock): void {
  const { obeys } = lock.door;
  if (obeys === undefined) return;
  const { rootPublicKey, property } = world.property.trust;
  const isOurs = toHex(obeys.rootPublicKey) === toHex(rootPublicKey) && toHex(obeys.property) === toHex(property);
  if (!isOurs || !lock.isOrdered)
    world.watch.blame(lock.number, { kind: 'unauthorized', because: 'it obeys who has no word for it' });
}

async function install(world: World, lock: WatchedLock, o: Commission): Promise<boolean> {
  const { time, watch, crypto } = world;
  const link = world.connect(lock, o.link);
  if (link === undefined) return false;
  const isOwn = o.who === 'installer';
  const { label } = lock.door;
  const progress = isOwn ? world.installs[lock.number] : undefined;
  try {
    const { identity } = await commissionLock({
      ...{ crypto, link, label: o.who === 'stranger' ? { ...label, secret: crypto.randomBytes(16) } : label },
      ...(progress ? { progress } : {}),
      certify: async (of) => orderOf(world, lock, { of, who: o.who }),
      onProgress: (next) => {
        if (isOwn) world.installs[lock.number] = next;
      },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    watch.count(`commissioned by ${o.who}`);
    if (isOwn) takeOver(world, lock, identity);
    return true;
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    watch.count(`commissioning failed (${o.who}): ${'reason' in error.info ? error.info.reason : error.info.code}`);
    return false;
  } finally {
    world.recordings.push({ lock: lock.number, frames: link.written });
    link.close();
  }
}

/** The order that the installer is given, or finds somewhere. */
function orderOf(
  world: World,
  lock: WatchedLock,
  { of, who }: { readonly of: LockIdentity; readonly who: Commission['who'] },
): Uint8Array {
  if (who === 'takes-over' || who === 'stranger') return world.strangers.root.order(of).order;
  const tag = toHex(of.lock);
  const others = world.orders.filter((known) => known.tag !== tag);
  const found = who === 'installer' ? undefined : others.at(who === 'with-old-order' ? 0 : -1);
  if (who !== 'installer') {
    const { tag: lockTag, ...keys } = lock.known;
    return found?.order ?? world.property.order({ ...keys, lock: lockTag }).order;
  }
  const kept = world.orders.find((known) => known.tag === tag);
  const { order, epoch } = kept ?? world.property.order(of);
  if (kept === undefined) world.orders.push({ tag, order, epoch });
  if (tag === toHex(lock.door.tag)) {
    lock.isOrdered = true;
    lock.epoch = Math.max(lock.epoch, epoch);
  }
  if (of.resets !== lock.life)
    world.watch.blame(lock.number, { kind: 'untrue', because: `it says ${of.resets} resets after ${lock.life}` });
  return order;
}

/** The property knows the lock by its new keys, and begins anew with it. */
function takeOver(world: World, lock: WatchedLock, { lock: tag, publicKey, signingPublicKey }: LockIdentity): void {
  const { number } = lock;
  world.installs[number] = undefined;
  if (toHex(lock.known.tag) === toHex(tag)) return;
  lock.known = { place: placeOf(lock), tag, publicKey, signingPublicKey };
  world.desired[number] = startDesiredLock();
  world.views[number] = { reader: startLogReader({ ...emptyCursor, resets: lock.life }), records: new Map(), lost: [] };
}

const emptyCursor = { seq: 0, hash: new Uint8Array(32) };
