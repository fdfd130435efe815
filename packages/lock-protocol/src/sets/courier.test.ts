import { describe, expect, test } from 'vitest';
import { type BareLock, createBareLock } from '../bare-lock.test-rig.js';
import { deliverParcel } from '../caller/deliver-parcel.js';
import type { CarriedObject, LockParcel } from '../caller/lock-parcel.js';
import { createParcelScene } from '../caller/parcel-scene.test-rig.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createDice } from '../fuzz/dice.test-rig.js';
import type { OperationRequest } from '../lock/operation-message.js';
import { readLogReport, startLogReader } from '../log/log-reader.js';
import { decideReceipt, decideStanding, verifyReceipt } from '../objects/receipt.js';
import { createProperty, withSeed } from '../session.test-rig.js';
import { hashesOf, standingOf, toldSet } from './held-set.js';
import { sealSetBox } from './set-box.js';
import { encodeSetEntry, setDigest } from './set-entry.js';
import { encodeSetChange } from './set-message.js';
import { cardEntry, createSetProperty, type PublishedSet } from './set-property.test-rig.js';
import { compareRevisions, noRevision, type Revision } from './set-revision.js';

const done = { outcome: 'done' } as const;
const nothing = new Uint8Array(0);
const visits = Number(process.env['LATCHWORK_HISTORIES'] ?? 40);
/** Sealing takes long, so some visits share a house; each begins with a lock that knows nothing. */
const visitsPerHouse = 100;
const clock = { now: () => 0, startTimer: () => () => undefined };

test('T10: with the gateway off, phones that come by carry sets and bulletins in, and receipts and the log out', async () => {
  const scene = createParcelScene();
  const { crypto, door, sets, timeOf, courier, open, signer } = scene;
  const cards = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => cardEntry(crypto, first + index));
  let reader = startLogReader();
  let proven: Revision = noRevision;
  /** A phone comes with what its property gave it a while ago, and later has a network again. */
  const comeBy = async (parcel: LockParcel): Promise<void> => {
    const { deliver, shown } = courier();
    const link = door.connect({ mtu: 185 });
    const { seq: after, hash } = reader.cursor;
    const log = { after, ...(after > 0 ? { acknowledge: { seq: after, hash } } : {}) };
    const { parts, receipts, pages } = await deliver(link, { ...parcel, log, shown });
    link.close();
    expect(parts.log).toEqual(done);
    for (const bytes of pages) {
      const reading = readLogReport(crypto, reader, { kind: 'page', bytes, lock: signer, at: 0 });
      expect(reading.findings).toEqual([]);
      reader = reading.reader;
    }
    for (const bytes of receipts) {
      const receipt = verifyReceipt(crypto, bytes, signer);
      if (!receipt.ok) throw new Error(receipt.code);
      const { epoch, revision } = receipt.statement.standing ?? receipt.statement;
      if (compareRevisions({ epoch, revision }, proven) > 0) proven = { epoch, revision };
    }
  };
  door.clock = { quality: 'none', offsetSeconds: 0 };
  const first = sets.publish(cards(0, 40));
  await comeBy({ set: first.carried, time: timeOf() });
  for (let times = 0; times < 50; times += 1) await open();
  const bulletin = sets.revoke({ deniedEntries: [3] });
  const second = sets.publish(cards(4, 40));
  // One phone has only the bulletin, one has an old set, one has all of it and comes twice.
  await comeBy({ bulletin });
  expect(proven.revision).toBe(bulletin.revision);
  await comeBy({ set: first.carried });
  await comeBy({ bulletin, set: second.carried });
  await comeBy({ bulletin, set: second.carried });
  expect(proven.revision).toBe(second.revision);
  expect(reader.cursor.seq).toBe(door.log.length);
  expect(door.log.map(({ type }) => type)).toEqual([
    ...['clock-set', 'set-applied'],
    ...Array.from({ length: 50 }, () => 'unlock'),
    ...['bulletin', 'set-applied'],
  ]);
});

/** Two locks of one property, and everything that was ever signed for either. */
function createHouse(seed: number) {
  const crypto = withSeed(createNodeCrypto(), seed);
  const property = createProperty(crypto);
  const makeDoor = () => {
    const identity = crypto.x25519KeyPair();
    const lock = { lockPublicKey: identity.publicKey, tag: crypto.randomBytes(8) };
    const sets = createSetProperty(crypto, property, lock);
    const published: PublishedSet[] = [];
    const bulletins: (CarriedObject & { readonly revision: number })[] = [];
    for (let times = 0; times < 4; times += 1) {
      const entries = Array.from({ length: 6 + times }, (_, id) => cardEntry(crypto, id * 3 + times, times));
      published.push(sets.publish(entries, { floors: new Map([[1, 10 * times + 10]]) }));
      bulletins.push(sets.revoke({ floors: new Map([[1, 10 * times + 15]]), deniedEntries: [times] }));
    }
    const rubbish = encodeSetChange({ entries: [encodeSetEntry(cardEntry(crypto, 60, 9))], deleted: [3], bucket: 2 });
    return { identity, lock, published, bulletins, rubbish: sealSetBox(crypto, lock, rubbish) };
  };
  return { crypto, property, own: makeDoor(), other: makeDoor() };
}

type House = ReturnType<typeof createHouse>;

/** Every request that a courier could make of what came into its hands, as it came. */
function requestsOf({ published, bulletins, rubbish }: House['own']) {
  const ask = (name: OperationRequest['name'], body: Uint8Array, certificate?: Uint8Array) => ({
    operation: { name, body },
    certificate,
  });
  return [
    ...published.flatMap(({ carried }) => [
      ask('set-begin', carried.manifest, carried.certificate),
      ask('set-begin', carried.manifest, carried.certificate),
      ask('bulletin', carried.manifest, carried.certificate),
      ...[...carried.delta, ...carried.buckets.flat(), ...carried.clearances].map((box) => ask('set-put', box)),
    ]),
    ...bulletins.flatMap(({ object, certificate }) => [
      ask('bulletin', object, certificate),
      ask('set-begin', object, certificate),
    ]),
    ...Array.from({ length: 20 }, () => ask('set-put', rubbish)),
    ...Array.from({ length: 20 }, () => ask('set-commit', nothing)),
    ...Array.from({ length: 4 }, () => ask('set-abort', nothing)),
  ];
}

/** The requests that would bring one set, as an honest courier makes them. */
function requestsFor({ carried }: PublishedSet): ReturnType<typeof requestsOf> {
  const begin = { operation: { name: 'set-begin', body: carried.manifest }, certificate: carried.certificate } as const;
  const puts = carried.buckets
    .flat()
    .map((body) => ({ operation: { name: 'set-put', body } as const, certificate: undefined }));
  return [begin, ...puts, { operation: { name: 'set-commit', body: nothing }, certificate: undefined }];
}

/** What must be true whatever a courier does. */
function expectTrue(lock: BareLock, { crypto, own }: House, before: { told: Revision; standing: Revision }) {
  const { set, floors } = lock.memory();
  const told = toldSet(crypto, set);
  const standing = standingOf(set);
  expect(compareRevisions(told, before.told)).toBeGreaterThanOrEqual(0);
  expect(compareRevisions(standing, before.standing)).toBeGreaterThanOrEqual(0);
  const signed = own.published.find(({ revision }) => revision === told.revision);
  if (told.revision > 0) expect(told.digest).toEqual(signed?.digest);
  expect(setDigest(crypto, hashesOf(set.entries))).toEqual(told.digest);
  // The floor is that of the newest object that was obeyed, or of a later one; and what was denied last, stays so.
  const bulletin = own.bulletins.find(({ revision }) => revision === standing.revision);
  if (standing.revision > 0) expect(floors.get(1)).toBeGreaterThanOrEqual(Math.ceil(standing.revision / 2) * 10);
  if (bulletin) expect(set.deniedEntries).toEqual([own.bulletins.indexOf(bulletin)]);
  return { told, standing };
}

describe('T10: a courier that drops, repeats, reorders, edits and mixes whatever it carries', () => {
  test(`gains nothing in ${visits} visits, and the next honest one finishes`, async () => {
    let applied = 0;
    let left = 0;
    let house = createHouse(0);
    for (let seed = 0; seed < visits; seed += 1) {
      if (seed % visitsPerHouse === visitsPerHouse - 1) house = createHouse(seed);
      const { crypto, property, own, other } = house;
      const { below: draw } = createDice(seed);
      const lock = createBareLock(crypto, {
        ...{ trust: property.trust, capacity: { entries: 24, bytes: 2048 } },
        ...{ identity: own.identity, tag: own.lock.tag },
      });
      const requests = [...requestsOf(own), ...requestsOf(own), ...requestsOf(other)];
      let state: { told: Revision; standing: Revision } = { told: noRevision, standing: noRevision };
      let visit = lock.visit();
      const script: ReturnType<typeof requestsOf> = [];
      for (let steps = 0; steps < 60; steps += 1) {
        const set = own.published[draw(own.published.length)];
        if (script.length === 0 && set) script.push(...requestsFor(set));
        // For the most part it goes as it should, with something dropped, repeated or of another making between.
        const chance = draw(12);
        if (chance === 0) script.shift();
        const request = chance < 3 ? requests[draw(requests.length)] : chance === 3 ? script[0] : script.shift();
        if (request === undefined) continue;
        const body = request.operation.body.slice();
        if (draw(20) === 0 && body.length > 0) body[draw(body.length)] = draw(256);
        const shown = request.certificate ? { certificate: request.certificate } : {};
        const { code } = await visit.ask({ ...request.operation, body }, shown);
        if (code === 'ok' && request.operation.name === 'set-commit') applied += 1;
        if (draw(40) === 0) visit = lock.visit();
        if (draw(20) === 0) lock.restart();
        state = expectTrue(lock, house, state);
      }
      const newest = own.published.at(-1);
      const bulletin = own.bulletins.at(-1);
      if (newest === undefined || bulletin === undefined) throw new Error('Nothing was signed.');
      if (lock.memory().set.staging) left += 1;
      // Somebody who came late with the newest of both may find the bulletin obeyed, and the set not.
      const { parts, receipts } = await deliverParcel(lock.visit(), { bulletin, set: newest.carried }, clock);
      expect(parts).toEqual({ bulletin: done, set: done });
      expectTrue(lock, house, state);
      const signer = { publicKey: lock.signingPublicKey, tag: lock.tag };
      const receipt = verifyReceipt(crypto, receipts.at(-1) ?? nothing, signer);
      expect(receipt.ok && decideReceipt(receipt.statement, newest)).toEqual({ ok: true });
      expect(receipt.ok && decideStanding(receipt.statement, { epoch: 1, revision: bulletin.revision })).toEqual({
        ok: true,
      });
    }
    // The couriers must have come close.
    expect(applied).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(0);
  }, 600_000);
});
