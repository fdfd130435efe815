import { expect, test } from 'vitest';
import { type BareLock, createBareLock } from '../bare-lock.test-rig.js';
import { deliverParcel } from '../caller/deliver-parcel.js';
import type { Delivery, LockParcel } from '../caller/lock-parcel.js';
import type { Visit } from '../caller/open-visit.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { createDice } from '../fuzz/dice.test-rig.js';
import { decideReceipt, verifyReceipt } from '../objects/receipt.js';
import { LockProtocolError } from '../protocol-error.js';
import { createProperty, withSeed } from '../session.test-rig.js';
import { hashesOf, toldSet } from './held-set.js';
import { type SetEntry, setDigest } from './set-entry.js';
import { cardEntry, createSetProperty, type PublishedSet } from './set-property.test-rig.js';
import { compareRevisions, type Revision } from './set-revision.js';

// All of them take minutes: LATCHWORK_HISTORIES=10000 is the whole property, and what is run without it is a part.
const histories = Number(process.env['LATCHWORK_HISTORIES'] ?? 60);
const historiesPerWorld = 50;
/** More than the largest set that a world has, but for those that are made not to fit. */
const capacity = { entries: 24, bytes: 2048 };
const clock = { now: () => 0, startTimer: () => () => undefined };

/** A lock's identity, and what its property signed for it over time: the same for some histories, as sealing takes long. */
function createWorld(seed: number) {
  const crypto = withSeed(createNodeCrypto(), seed);
  const { below: draw } = createDice(seed);
  const property = createProperty(crypto);
  const identity = crypto.x25519KeyPair();
  const lock = { lockPublicKey: identity.publicKey, tag: crypto.randomBytes(8) };
  const sets = createSetProperty(crypto, property, lock);
  const withOneMore = (entries: readonly SetEntry[], id: number) => [
    ...entries.filter((entry) => entry.id !== id),
    cardEntry(crypto, id, draw(200)),
  ];
  const cards = (count: number) => {
    const ids = new Set<number>();
    while (ids.size < count) ids.add(draw(40));
    return [...ids].map((id) => cardEntry(crypto, id, draw(3)));
  };
  const published: PublishedSet[] = [];
  for (let index = 0; index < 8; index += 1) {
    const before = published.at(-1)?.entries ?? [];
    if (index > 0 && index < 7 && draw(4) === 0) published.push(sets.publish(cards(capacity.entries + 1)));
    else if (draw(3) === 0) published.push(sets.publish(cards(draw(capacity.entries + 1))));
    // Mostly a card comes, or one goes, as in a house.
    else published.push(sets.publish(before.length > 10 ? before.slice(1) : withOneMore(before, draw(40))));
  }
  return { crypto, property, identity, tag: lock.tag, published };
}

type World = ReturnType<typeof createWorld>;

/** A visit whose every question waits until the history lets it through, or cuts it. */
interface GatedVisit {
  readonly visit: Pick<Visit, 'ask' | 'challenge'>;
  readonly delivery: Promise<Delivery>;
  step(how: 'ask' | 'ask-twice' | 'cut' | 'cut-after'): Promise<void>;
  readonly isOver: () => boolean;
}

function startDelivery(lock: BareLock, parcel: LockParcel): GatedVisit {
  const inner = lock.visit();
  let pending: ((how: 'ask' | 'ask-twice' | 'cut' | 'cut-after') => void) | undefined;
  let isOver = false;
  const cut = () => new LockProtocolError({ code: 'command', reason: 'link-closed' }, 'The link closed.');
  const visit: GatedVisit['visit'] = {
    challenge: inner.challenge,
    async ask(operation, shown) {
      const how = await new Promise<'ask' | 'ask-twice' | 'cut' | 'cut-after'>((resolve) => {
        pending = resolve;
      });
      if (how === 'cut') throw cut();
      if (how === 'ask-twice') await inner.ask(operation, shown);
      const answer = await inner.ask(operation, shown);
      if (how === 'cut-after') throw cut();
      return answer;
    },
  };
  const delivery = deliverParcel(visit, parcel, clock).finally(() => {
    isOver = true;
  });
  return {
    visit,
    delivery,
    isOver: () => isOver,
    async step(how) {
      const go = pending;
      pending = undefined;
      go?.(how);
      while (!isOver && pending === undefined) await Promise.resolve();
    },
  };
}

function standing(lock: BareLock, { crypto }: World) {
  const { set } = lock.memory();
  return { told: toldSet(crypto, set), digest: setDigest(crypto, hashesOf(set.entries)) };
}

/** What must be true after every single step, whatever happened; compared by hand, for it is asked a million times. */
function requireWhole(lock: BareLock, world: World, before: Revision): Revision {
  const { told, digest } = standing(lock, world);
  const signed = world.published.find(({ revision }) => revision === told.revision);
  const isSigned = told.revision === 0 || equalBytes(told.digest, signed?.digest ?? told.digest.subarray(1));
  const fits = lock.memory().set.entries.size <= capacity.entries;
  if (compareRevisions(told, before) < 0) throw new Error(`Revision ${told.revision} after ${before.revision}.`);
  if (!isSigned || !fits || !equalBytes(digest, told.digest)) throw new Error('The lock has a set that nobody signed.');
  return { epoch: told.epoch, revision: told.revision };
}

async function runHistory(world: World, seed: number): Promise<{ readonly full: number; readonly cuts: number }> {
  const { crypto, property, identity, tag, published } = world;
  const { below: draw } = createDice(seed);
  const lock = createBareLock(crypto, { trust: property.trust, capacity, identity, tag });
  const gateways: (GatedVisit | undefined)[] = [undefined, undefined];
  const counted = { full: 0, cuts: 0 };
  let known = 1;
  let last: Revision = { epoch: 0, revision: 0 };
  for (let steps = 0; steps < 60; steps += 1) {
    if (draw(6) === 0) known = Math.min(known + 1, published.length);
    const at = draw(2);
    const gateway = gateways[at];
    if (gateway === undefined || gateway.isOver()) {
      // Mostly the newest that there is, and sometimes one that a gateway has kept for too long.
      const set = published[draw(3) === 0 ? draw(known) : known - 1];
      gateways[at] = set && startDelivery(lock, { set: set.carried });
      continue;
    }
    const chance = draw(20);
    const how = chance === 0 ? 'cut' : chance === 1 ? 'cut-after' : chance < 5 ? 'ask-twice' : 'ask';
    await gateway.step(how);
    if (how.startsWith('cut')) counted.cuts += 1;
    if (draw(15) === 0) lock.restart();
    last = requireWhole(lock, world, last);
    if (!gateway.isOver()) continue;
    const { set } = (await gateway.delivery).parts;
    if (set?.outcome === 'refused') {
      expect(['revision-old', 'full', 'digest', 'no-right']).toContain(set.code);
      if (set.code === 'full') counted.full += 1;
    }
  }
  // Then somebody comes with the newest, and is let through.
  const newest = published.at(-1);
  if (newest === undefined) throw new Error('Nothing was published.');
  const { parts, receipts } = await deliverParcel(lock.visit(), { set: newest.carried }, clock);
  expect(parts).toEqual({ set: { outcome: 'done' } });
  requireWhole(lock, world, last);
  expect(standing(lock, world).told).toMatchObject({ revision: newest.revision, digest: newest.digest });
  const signer = { publicKey: lock.signingPublicKey, tag };
  const receipt = verifyReceipt(crypto, receipts[0] ?? new Uint8Array(0), signer);
  expect(receipt.ok && decideReceipt(receipt.statement, newest)).toEqual({ ok: true });
  return counted;
}

test(
  `T19: two gateways, retries, repeats, power cuts and stale manifests: ${histories} histories end at the newest set`,
  async () => {
    const total = { full: 0, cuts: 0 };
    let world: World | undefined;
    for (let seed = 0; seed < histories; seed += 1) {
      if (world === undefined || seed % historiesPerWorld === 0) world = createWorld(seed);
      const { full, cuts } = await runHistory(world, seed);
      total.full += full;
      total.cuts += cuts;
    }
    // The histories must have had what they are about.
    expect(total.full).toBeGreaterThan(0);
    expect(total.cuts).toBeGreaterThan(0);
  },
  histories * 1000,
);
