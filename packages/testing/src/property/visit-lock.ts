import {
  deliverParcel,
  type KeyPair,
  type LockParcel,
  LockProtocolError,
  type LogFinding,
  openVisit,
  readLogReport,
  type Visit,
} from '@latchwork/lock-protocol';
import { renewWords, takeReceipt } from './desired-lock.js';
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
  /** How many words of the property behind the newest the carrier is. */
  readonly behind: number;
  /** It says that it brought the set, and brought none of its boxes. */
  readonly isEmptyHanded: boolean;
}

const carrierRights = ['status', 'log', 'deliver'] as const;
const monthSeconds = 30 * 86_400;

/** The carrier's grant for a lock, by the newest keys; a new one when there is none that is good for another day. */
export function carrierGrant(world: World, lock: WatchedLock, carrier: CarrierVisit['carrier']): GrantTruth {
  const name = `${carrier.name} ${lock.known.place} ${world.property.epoch}`;
  const held = world.carriers.get(name);
  const now = Math.floor(world.utc());
  if (held !== undefined && held.expires > now + 86_400) return held;
  const draft = {
    ...{
      holder: carrier.name,
      holderPublicKey: carrier.keys.publicKey,
      locks: [lock.known.place],
      rights: carrierRights,
    },
    ...{ issuedAt: now, notBefore: now - 60, expires: now + monthSeconds, flags: [] },
    isGateway: carrier.name === 'gateway',
  };
  const grant = world.property.grant(draft, [lock.known.tag]);
  world.carriers.set(name, grant);
  world.grants.push(grant);
  return grant;
}

/**
 * Brings a lock the property's word and the time, and takes receipts and the log to the property, as far as radio, WAN
 * and lock allow.
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
  const { known, log } = lock;
  try {
    const parcel = pack(world, lock, o);
    visit = await openVisit({
      ...{ crypto: world.crypto, link, lockPublicKey: lock.known.publicKey, caller: o.carrier.keys },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    const delivery = await deliverParcel(visit, parcel, time);
    let isDone = true;
    for (const [part, became] of Object.entries(delivery.parts)) {
      const what = became.outcome === 'refused' ? `refused ${became.code}` : became.outcome;
      isDone = isDone && became.outcome === 'done';
      watch.note(lock.number, `${part}: ${what}`);
      watch.count(`${part}: ${what}`);
    }
    // The WAN may be gone by now: then nothing of it reaches the property.
    if (world.isOut('wan')) return false;
    // It was reset meanwhile: what it said before is of a lock that is no more.
    if (lock.known !== known || lock.log !== log || lock.isTorn) return false;
    for (const receipt of delivery.receipts) takeReceipt(world, lock, receipt);
    for (const page of delivery.pages) takePage(world, lock, page);
    watch.count(isDone ? 'visit: done' : 'visit: broken off');
    return isDone;
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    watch.count(`visit failed: ${error.info.code}`);
    return false;
  } finally {
    visit?.end();
    link.close();
  }
}

function pack(world: World, lock: WatchedLock, o: CarrierVisit): LockParcel {
  renewWords(world, lock);
  const { words } = world.desired[lock.number] ?? { words: [] };
  const { bulletin, set } = words[Math.max(0, words.length - 1 - o.behind)] ?? {};
  const grant = carrierGrant(world, lock, o.carrier);
  const cursor = world.views[lock.number]?.reader.cursor ?? { seq: 0, hash: new Uint8Array(32) };
  const { seq, hash } = cursor;
  const nothing = { delta: [], buckets: [], clearances: [] };
  return {
    ...(bulletin ? { bulletin } : {}),
    ...(set ? { set: o.isEmptyHanded ? { ...set, ...nothing } : set } : {}),
    ...(o.isTold
      ? { time: (challenge: Uint8Array) => fetchTime(world, lock, { challenge, heldMs: o.timeHeldMs }) }
      : {}),
    log: { after: seq, ...(o.acknowledges && seq > 0 ? { acknowledge: { seq, hash } } : {}) },
    shown: { grant: grant.bytes, certificate: grant.certificate },
  };
}

async function fetchTime(
  world: World,
  lock: WatchedLock,
  { challenge, heldMs }: { readonly challenge: Uint8Array; readonly heldMs: number },
): Promise<{ readonly object: Uint8Array; readonly certificate: Uint8Array }> {
  if (world.isOut('wan')) throw new Error('The WAN is out.');
  const { bytes, certificate } = world.property.time({ tag: lock.known.tag, challenge, utc: world.utc() });
  lock.link?.tellings.push({ lock: lock.known.place, challenge: toHex(challenge), at: world.time.now() });
  world.times.push({ lock: lock.number, bytes, certificate, challenge: toHex(challenge), at: world.time.now() });
  if (heldMs > 0) await world.time.wait(heldMs);
  return { object: bytes, certificate };
}

function takePage(world: World, lock: WatchedLock, bytes: Uint8Array): void {
  const view = world.views[lock.number];
  if (view === undefined) return;
  const signer = { tag: lock.known.tag, publicKey: lock.known.signingPublicKey };
  const report = { kind: 'page', bytes, lock: signer, at: world.time.now() } as const;
  const reading = readLogReport(world.crypto, view.reader, report);
  view.reader = reading.reader;
  for (const finding of reading.findings) takeFinding(world, lock, finding);
  for (const { seq, bytes: record } of reading.records) takeRecord(world, lock, { seq, record: toHex(record) });
}

/** So many of its newest entries a lock has always: a whole ring but for the segment it writes and one that a power cut tore. */
const ringLeast = 31 * 32;

/** Nothing may be missing but what the ring could not hold any more. */
function takeFinding(world: World, lock: WatchedLock, finding: LogFinding): void {
  const { watch } = world;
  if (finding.code === 'overwritten' && finding.to <= lock.log.length - ringLeast) {
    watch.count('log gap');
    world.views[lock.number]?.lost.push(finding);
  } else watch.blame(lock.number, { kind: 'log', because: `the reader finds ${JSON.stringify(finding)}` });
}

/** What the reader hands out must be what the lock wrote, in its order. */
function takeRecord(world: World, lock: WatchedLock, { seq, record }: { seq: number; record: string }): void {
  const { watch } = world;
  const records = world.views[lock.number]?.records;
  if (records?.has(seq)) watch.blame(lock.number, { kind: 'log', because: `entry ${seq} was read twice` });
  records?.set(seq, record);
  watch.count('log entry proven');
  const written = lock.log[seq - 1];
  if (written !== record)
    watch.blame(lock.number, { kind: 'log', because: `entry ${seq} was read as ${record}, written as ${written}` });
}

/** How somebody tries to make a lock take a time that is not the time. */
export interface ClockAttack {
  /** An old token of this lock, one for another lock on this connection, or a good one that is held back. */
  readonly token: 'old' | 'other-lock' | 'held-back';
  readonly heldMs: number;
  readonly link: LinkPlan;
}

const keepAliveMs = 8000;

/** A gateway with root on it tells a lock the time as it likes, as far as the property's signature lets it. */
export async function attackClock(world: World, lock: WatchedLock, o: ClockAttack): Promise<void> {
  const { time, watch, property } = world;
  const link = world.connect(lock, o.link);
  if (link === undefined) return;
  let visit: Visit | undefined;
  try {
    const grant = carrierGrant(world, lock, { name: 'gateway', keys: world.gateway });
    visit = await openVisit({
      ...{ crypto: world.crypto, link, lockPublicKey: lock.known.publicKey, caller: world.gateway },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    const other = world.locks[(lock.number + 1) % world.locks.length] ?? lock;
    const challenge = fromHex(link.challenge);
    const of = o.token === 'other-lock' ? other : lock;
    const old = world.times.find((known) => known.lock === lock.number);
    const fresh = property.time({ tag: of.known.tag, challenge, utc: world.utc() });
    const token = o.token === 'old' ? old : fresh;
    if (o.token !== 'old') link.tellings.push({ lock: of.known.place, challenge: link.challenge, at: time.now() });
    const shown = { grant: grant.bytes, certificate: grant.certificate };
    for (let held = 0; held < o.heldMs; held += keepAliveMs) {
      await visit.ask({ name: 'status', body: new Uint8Array(0) }, shown);
      await time.wait(Math.min(keepAliveMs, o.heldMs - held));
    }
    if (token === undefined) return;
    const { code } = await visit.ask({ name: 'time', body: token.bytes }, { certificate: token.certificate });
    watch.count(`clock attacked: ${code}`);
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
  } finally {
    visit?.end();
    link.close();
  }
}
