import { LockProtocolError } from '@latchwork/lock-protocol';
import { abuse, replay, tryEverything } from './abuse.js';
import { hasLastWord, repeatWords, revoke } from './desired-lock.js';
import { changeDoorCodes, giveCard, guessCodes, holdCard, takeCard, typeCode } from './door-cards.js';
import { issue, open, openRemotely } from './door-commands.js';
import { commission, decommission, judgeMaster, resetLock } from './door-life.js';
import type { Action, History } from './history.js';
import type { Violation } from './truth.js';
import { attackClock, visitLock } from './visit-lock.js';
import { placeOf, type WatchedLock } from './watch.js';
import { createWorld, type World } from './world.js';

/** What one history came to. */
export interface HistoryOutcome {
  /** Everything that must never happen and did; empty for locks that keep to SPEC. */
  readonly violations: readonly Violation[];
  /** How often each thing happened. */
  readonly counts: Readonly<Record<string, number>>;
  /** SHA-256 over everything that happened, hex: equal for equal histories, in any process. */
  readonly digest: string;
  /** Everything that happened, a line each. */
  readonly events: readonly string[];
}

/** After the last action, until everybody has given up. */
const settleMs = 90_000;
const calm = { mtu: 247, latencyMs: 10, faults: [] } as const;

/**
 * Runs a history to its end and then to peace: outages end, power is back, the gateway visits every lock, a new guest
 * must get in, and whoever kept an old key tries it once more.
 */
export async function runHistory(history: History): Promise<HistoryOutcome> {
  const world = createWorld(history);
  const { time, watch } = world;
  const thrown = (error: unknown): void => {
    const because = error instanceof Error ? (error.stack ?? error.message) : String(error);
    watch.blame(-1, { kind: 'thrown', because });
  };
  for (const action of history.actions) {
    time.at(action.at, () => {
      watch.note(-1, action.do);
      watch.count(`action: ${action.do}`);
      perform(world, action).catch(thrown);
    });
  }
  try {
    const end = (history.actions.at(-1)?.at ?? 0) + settleMs;
    await time.runUntil(end);
    let isOver = false;
    const over = makePeace(world).catch(thrown);
    void over.then(() => {
      isOver = true;
    });
    for (let until = end; !isOver && until < end + 3_600_000; until += 60_000) await time.runUntil(until + 60_000);
    if (!isOver) watch.blame(-1, { kind: 'stuck', because: 'there is no end to peace' });
  } catch (error) {
    thrown(error);
  }
  for (const { door } of world.locks) door.close();
  const { violations, counts, notes } = watch;
  return { violations, counts, digest: watch.digest(), events: notes };
}

async function perform(world: World, action: Action): Promise<void> {
  const lock = 'lock' in action ? world.locks[(action.lock ?? 0) % world.locks.length] : undefined;
  switch (action.do) {
    case 'issue':
      issue(world, action);
      return;
    case 'open':
      await open(world, action);
      return;
    case 'remote':
      await openRemotely(world, action);
      return;
    case 'visit': {
      if (action.carrier === 0 && world.isOut('gateway')) return;
      const key = action.carrier === 0 ? 'gateway' : 'phone';
      const carrier = world.keysOf({ key, phone: action.carrier - 1 });
      if (lock) await visitLock(world, lock, { ...action, carrier });
      return;
    }
    case 'cut':
      if (lock) cutPower(world, lock, action);
      return;
    case 'jam':
      if (lock) lock.door.jammed = action.isOn;
      return;
    case 'privacy':
      if (lock) lock.door.privacy = action.isOn;
      return;
    case 'raise-epoch':
      world.property.raiseEpoch();
      repeatWords(world);
      return;
    case 'revoke':
      revokeGrant(world, action);
      return;
    case 'reset':
      if (lock) await resetLock(world, lock);
      return;
    case 'decommission':
      if (lock) await decommission(world, lock, action);
      return;
    case 'commission':
      if (lock) await commission(world, lock, action);
      return;
    case 'shake':
      if (lock) lock.door.shake(action.times);
      return;
    case 'give-card':
      if (lock) giveCard(world, lock, action);
      return;
    case 'take-card':
      if (lock) takeCard(world, lock, action);
      return;
    case 'hold':
      if (lock) holdCard(world, lock, action);
      return;
    case 'guess':
      if (lock) await guessCodes(world, lock, action.count);
      return;
    case 'codes':
      if (lock) changeDoorCodes(world, lock, action.change);
      return;
    case 'type':
      if (lock) typeCode(world, lock, action.code);
      return;
    case 'tell':
      if (lock) await attackClock(world, lock, action);
      return;
    case 'outage': {
      const what = action.of === 'radio' ? `radio ${lock?.number}` : action.of;
      world.outages.set(what, world.time.now() + action.ms);
      if (action.of === 'radio') lock?.link?.close();
      return;
    }
    case 'replay':
      await replay(world, action);
      return;
    case 'abuse':
      await abuse(world, action);
      return;
  }
}

function revokeGrant(world: World, { grant: pick, isSlot }: Extract<Action, { do: 'revoke' }>): void {
  const held = world.phones.flatMap(({ grants }) => grants);
  if (held.length === 0) return;
  const issued = world.grants.filter((grant) => held.includes(grant));
  const grant = issued[issued.length - 1 - (pick % issued.length)];
  if (grant === undefined) return;
  for (const lock of world.locks.filter(({ known }) => grant.locks.includes(known.place))) {
    const { slot } = grant;
    if (isSlot && slot !== undefined)
      revoke(world, lock, { what: 'issue', slot, issue: (world.issues.get(slot) ?? 0) + 1 });
    else revoke(world, lock, { what: 'grant', id: grant.id });
  }
  // The next key of the slot is above the floor.
  if (isSlot && grant.slot !== undefined) world.issues.set(grant.slot, (world.issues.get(grant.slot) ?? 0) + 1);
}

function cutPower(world: World, lock: WatchedLock, action: Extract<Action, { do: 'cut' }>): void {
  const { cut, darkMs, counter } = action;
  if (!lock.door.isPowered) return;
  world.nights.set(lock.number, { darkMs, counter });
  if (cut === 'now') lock.door.pull();
  else lock.door.cut(cut);
}

/** Ends every trouble and shows that everything still stands as it has to. */
async function makePeace(world: World): Promise<void> {
  const { time, locks, watch, property } = world;
  world.outages.clear();
  for (const { door } of locks) {
    door.calm();
    // A counter that stood still does not know it: only new batteries help.
    const isMistaken = !door.clock.isLost && door.clock.allowedError() === undefined;
    if (isMistaken) door.pull();
    door.wake(isMistaken ? 'begins-anew' : 'counts-on');
    door.jammed = false;
    door.privacy = false;
  }
  await time.wait(settleMs);
  const carrier = world.keysOf({ key: 'gateway' });
  const visit = {
    carrier,
    link: calm,
    isTold: true,
    timeHeldMs: 0,
    acknowledges: true,
    behind: 0,
    isEmptyHanded: false,
  };
  for (const lock of locks) {
    if (lock.isTorn) await resetLock(world, lock);
    const install = {
      do: 'commission',
      at: 0,
      lock: lock.number,
      isInside: true,
      who: 'installer',
      link: calm,
    } as const;
    if (!lock.isOrdered || world.installs[lock.number]) await commission(world, lock, { ...install, tries: 3 });
    if (world.installs[lock.number] || lock.known.place !== placeOf(lock))
      watch.blame(lock.number, { kind: 'stuck', because: 'a lock in peace is not commissioned' });
    judgeMaster(world, lock);
    const terms = { startsIn: -60, lasts: 86_400, flags: [], slot: 3 };
    const given = { do: 'give-card', at: 0, lock: lock.number, card: 1, isNumberOnly: false } as const;
    // Where no class is asked for, a copy of the number would do, if the lock took it.
    const minimumClass = lock.number === 0 ? 0 : 2;
    giveCard(world, lock, { ...given, terms, set: { minimumClass } });
    if (!(await visitLock(world, lock, visit)))
      watch.blame(lock.number, { kind: 'stuck', because: 'a visit in peace does not end well' });
    await time.wait(1000);
    await welcomeGuest(world, lock);
    await time.wait(1000);
    for (const phone of world.phones) {
      await tryEverything(world, lock, phone).catch((error: unknown) => {
        if (!(error instanceof LockProtocolError)) throw error;
      });
      await time.wait(1000);
    }
    await holdEverything(world, lock);
    for (let pick = 0; pick < 4; pick += 1) {
      typeCode(world, lock, pick);
      await time.wait(10_000);
    }
    await visitLock(world, lock, visit);
    if (lock.epoch !== property.epoch)
      watch.blame(lock.number, { kind: 'revoked', because: 'the epoch has not reached it' });
    if (!hasLastWord(world, lock))
      watch.blame(lock.number, { kind: 'revoked', because: 'the last word of the property has not reached it' });
    judgeLog(world, lock);
  }
}

/** Every card is tried once more, by who should have it and by who made a copy; the one that was given last opens. */
async function holdEverything(world: World, lock: WatchedLock): Promise<void> {
  const { time, watch, cards } = world;
  const held = { do: 'hold', at: 0, lock: lock.number, wish: 'unlock', takesMs: 50, leaves: false } as const;
  for (const card of [1, ...cards.keys()]) {
    const opened = watch.counts['opened by card'] ?? 0;
    holdCard(world, lock, { ...held, card, by: 'holder' });
    await time.wait(10_000);
    if (card === 1 && watch.counts['opened by card'] === opened)
      watch.blame(lock.number, { kind: 'stuck', because: 'a card that was given just now does not open' });
    for (const by of ['copy', 'liar'] as const) {
      holdCard(world, lock, { ...held, card, by });
      await time.wait(10_000);
    }
  }
}

/** A new key of the newest issue opens in peace, whatever happened before. */
async function welcomeGuest(world: World, lock: WatchedLock): Promise<void> {
  const action = { do: 'issue', at: world.time.now() } as const;
  const rights = ['unlock', 'local'] as const;
  const phone = lock.number % world.phones.length;
  issue(world, {
    ...action,
    grant: { phone, locks: [lock.number], startsIn: -60, lasts: 86_400, rights, flags: [], slot: 1, isNewIssue: true },
  });
  const command = { action: 'unlock', intent: 'tap', via: 'local', ttlMs: 10_000 } as const;
  const link = calm;
  const answer = await open(world, {
    do: 'open',
    at: 0,
    phone,
    lock: lock.number,
    grant: 0,
    command,
    retries: 2,
    link,
  });
  if (answer?.code !== 'ok')
    world.watch.blame(lock.number, { kind: 'stuck', because: `a new guest is answered ${answer?.code ?? 'nothing'}` });
}

/** Every entry has come, or the log says that it is gone; and every move that a power cut did not swallow is among them. */
function judgeLog(world: World, lock: WatchedLock): void {
  const { watch } = world;
  const view = world.views[lock.number];
  const read = Math.max(0, ...(view?.records.keys() ?? []));
  // The last visit itself writes after it has read.
  if (lock.log.length - read > 2)
    watch.blame(lock.number, { kind: 'log', because: `${read} of ${lock.log.length} entries were read` });
  for (let seq = 1; seq <= read; seq += 1) {
    const isLost = view?.lost.some(({ from, to }) => from <= seq && seq <= to) ?? false;
    if (view?.records.has(seq) === isLost)
      watch.blame(lock.number, { kind: 'log', because: `entry ${seq} is ${isLost ? 'there and gone' : 'not there'}` });
  }
  for (const [id, state] of lock.moves)
    if (state === 'moving') watch.blame(lock.number, { kind: 'log', because: `no entry speaks of ${id}` });
  if (lock.doorMove && !lock.doorMove.isForgotten)
    watch.blame(lock.number, { kind: 'log', because: `no entry speaks of ${lock.doorMove.fact}` });
}
