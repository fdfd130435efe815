import {
  encodeLogAcknowledge,
  encodeLogRead,
  type KeyPair,
  LockProtocolError,
  openVisit,
  readLogReport,
  type Visit,
} from '@latchwork/lock-protocol';
import { fromHex, toHex } from './hex.js';
import type { LinkPlan } from './radio-link.js';
import type { GrantTruth } from './truth.js';
import type { WatchedLock } from './watch.js';
import type { World } from './world.js';

/** How somebody who carries for the property visits a lock. */
export interface CarrierVisit {
  /** The gateway, or a member of staff. */
  readonly carrier: { readonly name: string; readonly keys: KeyPair };
  readonly link: LinkPlan;
  readonly isTold: boolean;
  /** For how long the carrier sits on the time before it hands it over. */
  readonly timeHeldMs: number;
  readonly acknowledges: boolean;
}

const carrierRights = ['status', 'log', 'deliver'] as const;
const monthSeconds = 30 * 86_400;

/** The carrier's grant for a lock, by the newest keys; a new one when there is none that is good for another day. */
function grantFor(world: World, lock: WatchedLock, carrier: CarrierVisit['carrier']): GrantTruth {
  const name = `${carrier.name} ${lock.number} ${world.property.epoch}`;
  const held = world.carriers.get(name);
  const now = Math.floor(world.utc());
  if (held !== undefined && held.expires > now + 86_400) return held;
  const draft = {
    ...{ holder: carrier.name, holderPublicKey: carrier.keys.publicKey, locks: [lock.number], rights: carrierRights },
    ...{ issuedAt: now, notBefore: now, expires: now + monthSeconds, flags: [], isGateway: carrier.name === 'gateway' },
  };
  const grant = world.property.grant(draft, [lock.door.tag]);
  world.carriers.set(name, grant);
  world.grants.push(grant);
  return grant;
}

/**
 * Brings a lock the time and takes its log to the property, as far as radio, WAN and lock allow.
 *
 * @returns whether everything that was meant to be done was done.
 */
export async function visitLock(world: World, lock: WatchedLock, o: CarrierVisit): Promise<boolean> {
  const { time, watch } = world;
  const link = world.connect(lock, o.link);
  if (link === undefined || world.isOut('wan')) {
    watch.count('visit: not reached');
    link?.close();
    return false;
  }
  let visit: Visit | undefined;
  try {
    const grant = grantFor(world, lock, o.carrier);
    visit = await openVisit({
      ...{ crypto: world.crypto, link, lockPublicKey: lock.door.publicKey, caller: o.carrier.keys },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    if (o.isTold && !(await tellTime(world, lock, { visit, heldMs: o.timeHeldMs, challenge: link.challenge })))
      return false;
    const done = await fetchLog(world, lock, { visit, grant, acknowledges: o.acknowledges });
    watch.count(done ? 'visit: done' : 'visit: broken off');
    return done;
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    watch.count(`visit failed: ${error.info.code}`);
    return false;
  } finally {
    visit?.end();
    link.close();
  }
}

async function tellTime(
  world: World,
  lock: WatchedLock,
  { visit, heldMs, challenge }: { readonly visit: Visit; readonly heldMs: number; readonly challenge: string },
): Promise<boolean> {
  const { time, watch, property } = world;
  const token = property.time({ tag: lock.door.tag, challenge: fromHex(challenge), utc: world.utc() });
  const { epoch } = property;
  if (heldMs > 0) await time.wait(heldMs);
  const { code } = await visit.ask({ name: 'time', body: token.bytes }, { certificate: token.certificate });
  watch.note(lock.number, `time: ${code}`);
  watch.count(`time: ${code}`);
  if (code === 'ok') watch.obeyed(lock, epoch);
  return code === 'ok';
}

/** Reads the log from where the property stands to its end, and says so to the lock. */
async function fetchLog(
  world: World,
  lock: WatchedLock,
  o: { readonly visit: Visit; readonly grant: GrantTruth; readonly acknowledges: boolean },
): Promise<boolean> {
  const { visit, grant } = o;
  const { watch } = world;
  const shown = { grant: grant.bytes, certificate: grant.certificate };
  const view = world.views[lock.number];
  if (view === undefined) return false;
  for (let pages = 0; pages < 80; pages += 1) {
    const { seq: after } = view.reader.cursor;
    const { code, body } = await visit.ask({ name: 'log-read', body: encodeLogRead({ after }) }, shown);
    watch.count(`log-read: ${code}`);
    if (code !== 'ok') return false;
    watch.obeyed(lock, grant.signer.epoch);
    // The WAN may be gone by now: then the page is dropped and nothing acknowledged.
    if (world.isOut('wan')) return false;
    const signer = { tag: lock.door.tag, publicKey: lock.door.signingPublicKey };
    const reading = readLogReport(world.crypto, view.reader, {
      ...{ kind: 'page', bytes: body, lock: signer, at: world.time.now() },
    });
    view.reader = reading.reader;
    for (const { code: finding } of reading.findings)
      watch.blame(lock.number, { kind: 'log', because: `the reader finds ${finding}` });
    for (const { bytes } of reading.records) takeRecord(world, lock, toHex(bytes));
    if (view.reader.cursor.seq >= view.reader.newest.seq) break;
  }
  if (!o.acknowledges) return true;
  const { seq, hash } = view.reader.cursor;
  const { code } = await visit.ask({ name: 'log-acknowledge', body: encodeLogAcknowledge({ seq, hash }) }, shown);
  watch.count(`log-acknowledge: ${code}`);
  return code === 'ok';
}

/** What the reader hands out must be what the lock wrote, in its order. */
function takeRecord(world: World, lock: WatchedLock, record: string): void {
  const records = world.views[lock.number]?.records ?? [];
  const written = lock.log[records.length];
  records.push(record);
  world.watch.count('log entry proven');
  if (written !== record)
    world.watch.blame(lock.number, {
      kind: 'log',
      because: `entry ${records.length} was read as ${record}, written as ${written}`,
    });
}
