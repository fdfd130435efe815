import { describe, expect, test } from 'vitest';
import { readLogReport, startLogReader } from '../log/log-reader.js';
import { decideReceipt, decideStanding, verifyReceipt } from '../objects/receipt.js';
import type { RigLink } from '../session.test-rig.js';
import { sealSetBox } from '../sets/set-box.js';
import { encodeSetEntry, type SetEntry } from '../sets/set-entry.js';
import { encodeSetChange } from '../sets/set-message.js';
import { cardEntry, type PublishedSet } from '../sets/set-property.test-rig.js';
import { deliverParcel, timeTokenWaitMs } from './deliver-parcel.js';
import { parcelParts } from './lock-parcel.js';
import { createParcelScene } from './parcel-scene.test-rig.js';

const done = { outcome: 'done' } as const;
const nothing = new Uint8Array(0);

function createCards({ crypto }: ReturnType<typeof createParcelScene>) {
  return (first: number, count: number, seed = 0): SetEntry[] =>
    Array.from({ length: count }, (_, index) => cardEntry(crypto, first + index, seed));
}

/** What the lock's receipt proves of a set, to whoever has its key. */
function proofOf({ crypto, signer }: ReturnType<typeof createParcelScene>, receipt: Uint8Array | undefined) {
  const read = verifyReceipt(crypto, receipt ?? nothing, signer);
  return (wanted: PublishedSet) => (read.ok ? decideReceipt(read.statement, wanted) : read);
}

function bytesToLock(link: RigLink): number {
  return link.written.reduce((sum, { frame }) => sum + frame.length, 0);
}

describe('a parcel', () => {
  test('is delivered in one visit: what revokes first, then the time, the set, and the log comes out', async () => {
    const scene = createParcelScene();
    const { crypto, door, sets, timeOf, courier, signer } = scene;
    const { deliver, shown } = courier();
    const revoked = crypto.randomBytes(8);
    const set = sets.publish(createCards(scene)(0, 3));
    const bulletin = sets.revoke({ revokedGrants: [revoked] });
    door.clock = { quality: 'none', offsetSeconds: 0 };
    const link = door.connect();
    const delivery = await deliver(link, { bulletin, time: timeOf(), set: set.carried, log: { after: 0 }, shown });
    expect(delivery.parts).toEqual({ bulletin: done, time: done, set: done, log: done });
    expect(door.log.map(({ type }) => type)).toEqual(['bulletin', 'clock-set', 'set-applied']);
    const [first, last] = delivery.receipts.map((receipt) => verifyReceipt(crypto, receipt, signer));
    expect(first?.ok && decideStanding(first.statement, { epoch: 1, revision: bulletin.revision })).toEqual({
      ok: true,
    });
    expect(last?.ok && decideReceipt(last.statement, set)).toEqual({ ok: true });

    // The reader to whom the log is due gives its word, and the next courier brings it.
    const [page = nothing] = delivery.pages;
    const report = { kind: 'page', bytes: page, lock: signer, at: 0 } as const;
    const { reader, findings } = readLogReport(crypto, startLogReader(), report);
    expect([findings, reader.cursor.seq]).toEqual([[], 3]);
    link.close();
    const { seq, hash } = reader.cursor;
    const log = { after: seq, acknowledge: { seq, hash } };
    const stranger = door.connect();
    const refused = await courier().deliver(stranger, { log });
    expect(refused.parts.acknowledgement).toEqual({ outcome: 'refused', code: 'no-right', during: 'log-acknowledge' });
    stranger.close();
    const other = courier();
    const heard = await other.deliver(door.connect(), { log, shown: other.shown });
    expect(heard.parts).toEqual({ log: done, acknowledgement: done });
  });

  test('delivered again changes nothing, and brings the receipt again', async () => {
    const scene = createParcelScene();
    const { door, sets, courier } = scene;
    const set = sets.publish(createCards(scene)(0, 3));
    const bulletin = sets.revoke({ deniedEntries: [1] });
    for (let times = 0; times < 3; times += 1) {
      const link = door.connect();
      const { parts, receipts } = await courier().deliver(link, { bulletin, set: set.carried });
      expect(parts).toEqual({ bulletin: done, set: done });
      expect(receipts.map((receipt) => proofOf(scene, receipt)(set)).at(-1)).toEqual({ ok: true });
      link.close();
    }
    expect(door.log.map(({ type }) => type)).toEqual(['bulletin', 'set-applied']);
  });

  test('reaches a lock that has the set before it by its delta, in as many boxes as it takes', async () => {
    const scene = createParcelScene();
    const { door, sets, courier } = scene;
    const cards = createCards(scene);
    const first = sets.publish(cards(0, 160));
    const second = sets.publish([...cards(0, 160), ...cards(160, 1)]);
    const third = sets.publish([...cards(0, 160), ...cards(160, 2)]);
    const bytes: number[] = [];
    // A delta of more than one box; a delta of one; one that the lock has left behind; a delta of one again; nothing new.
    for (const set of [first, second, first, third, third]) {
      const isOld = bytes.length === 2;
      const link = door.connect();
      const { parts, receipts } = await courier().deliver(link, { set: set.carried });
      expect(parts.set).toEqual(isOld ? { outcome: 'refused', code: 'revision-old', during: 'set-begin' } : done);
      if (!isOld) expect(proofOf(scene, receipts[0])(set)).toEqual({ ok: true });
      bytes.push(bytesToLock(link));
      link.close();
    }
    const [whole = 0, delta = 0] = bytes;
    expect(delta * 8).toBeLessThan(whole);
    expect(door.log.filter(({ type }) => type === 'set-applied')).toHaveLength(3);
  });

  test('finds the two buckets that differ when a set was missed', async () => {
    const scene = createParcelScene();
    const { door, sets, courier } = scene;
    const cards = createCards(scene);
    const deliverSize = async (set: PublishedSet) => {
      const link = door.connect();
      expect((await courier().deliver(link, { set: set.carried })).parts).toEqual({ set: done });
      link.close();
      return bytesToLock(link);
    };
    const whole = await deliverSize(sets.publish(cards(0, 160)));
    sets.publish(cards(0, 161));
    // The delta of one card is tried first, and costs a box; then bucket 0 and bucket 1 are put, and the other 14 are not.
    const missed = await deliverSize(sets.publish(cards(0, 162)));
    expect(missed).toBeLessThan(whole / 3);
  });

  test.each([23, 247])('T18: cut after any frame at an MTU of %i, it is finished by the next courier', async (mtu) => {
    let isCut = true;
    for (let frames = 1; isCut; frames += mtu === 23 ? 3 : 1) {
      const scene = createParcelScene();
      const { door, sets, courier } = scene;
      const cards = createCards(scene);
      const before = sets.publish(cards(0, 4));
      const first = door.connect();
      await courier().deliver(first, { set: before.carried });
      first.close();
      const set = sets.publish([...cards(1, 4), ...cards(40, 2)]);
      const bulletin = sets.revoke({ deniedEntries: [0] });
      let counted = 0;
      const link: RigLink = door.connect({
        mtu,
        adversary: {
          toLock(frame, deliver) {
            deliver(frame);
            counted += 1;
            if (counted === frames) link.close();
          },
        },
      });
      const cut = await courier()
        .deliver(link, { bulletin, set: set.carried })
        .catch(() => undefined);
      isCut = cut === undefined || Object.values(cut.parts).some(({ outcome }) => outcome === 'cut');
      link.close();
      if (frames % 2 === 0) door.restart();
      const next = await courier().deliver(door.connect(), { bulletin, set: set.carried });
      expect(next.parts).toEqual({ bulletin: done, set: done });
      expect(proofOf(scene, next.receipts.at(-1))(set)).toEqual({ ok: true });
    }
  });

  test('says what was cut, and leaves what follows to the next visit', async () => {
    const scene = createParcelScene();
    const { door, sets, courier } = scene;
    const set = sets.publish(createCards(scene)(0, 2));
    const { visit, shown } = courier();
    const link = door.connect();
    const open = await visit(link);
    link.close();
    const cut = await deliverParcel(open, { set: set.carried, log: { after: 0 }, shown }, scene.clock);
    expect(cut).toMatchObject({ parts: { set: { outcome: 'cut', error: { info: { reason: 'link-closed' } } } } });
    expect(Object.keys(cut.parts)).toEqual(['set']);
  });

  test('with a part that the lock refuses is still delivered in its other parts', async () => {
    const scene = createParcelScene();
    const { crypto, door, sets, courier } = scene;
    const set = sets.publish(createCards(scene)(0, 2));
    const { deliver, shown } = courier();
    const bulletin = { ...sets.revoke({ deniedEntries: [0] }), object: crypto.randomBytes(90) };
    const time = () => Promise.reject(new Error('No network.'));
    const delivery = await deliver(door.connect(), { bulletin, time, set: set.carried, log: { after: 0 }, shown });
    expect(Object.keys(delivery.parts)).toEqual(parcelParts.slice(0, 4));
    expect(delivery.parts).toMatchObject({
      bulletin: { outcome: 'refused', during: 'bulletin' },
      time: { outcome: 'not-given', cause: { message: 'No network.' } },
      ...{ set: done, log: done },
    });
  });

  test('waits for a time token for three seconds, and not for ever', async () => {
    const scene = createParcelScene();
    const { door, sets, courier, time } = scene;
    const set = sets.publish(createCards(scene)(0, 2));
    const never = new Promise<never>(() => undefined);
    const delivering = courier().deliver(door.connect(), { time: () => never, set: set.carried });
    await time.advance(timeTokenWaitMs);
    expect((await delivering).parts).toMatchObject({
      time: { outcome: 'not-given', cause: { info: { code: 'command', reason: 'late' } } },
      set: done,
    });
  });

  test('reads a log that has begun anew from its beginning, and no more pages than it was told', async () => {
    const scene = createParcelScene();
    const { door, open, courier } = scene;
    for (let times = 0; times < 40; times += 1) await open();
    const { deliver, shown } = courier();
    for (const { log, pages } of [
      { log: { after: 0 }, pages: 2 },
      { log: { after: 38 }, pages: 1 },
      { log: { after: 5000 }, pages: 3 },
      { log: { after: 0, mostPages: 1 }, pages: 1 },
    ]) {
      const link = door.connect();
      const delivery = await deliver(link, { log, shown });
      expect([delivery.parts.log, delivery.pages.length]).toEqual([done, pages]);
      link.close();
    }
  });
});

describe('a lock with little room', () => {
  const setCapacity = { entries: 20, bytes: 2048 };

  test('T19: answers a set that is too large with full, and keeps the one it has', async () => {
    const scene = createParcelScene({ setCapacity });
    const { door, sets, courier } = scene;
    const cards = createCards(scene);
    const deliver = async (set: PublishedSet) => {
      const link = door.connect();
      const delivery = await courier().deliver(link, { set: set.carried });
      link.close();
      return delivery;
    };
    const small = sets.publish(cards(0, 20));
    expect((await deliver(small)).parts).toEqual({ set: done });
    const large = sets.publish(cards(0, 21));
    expect((await deliver(large)).parts).toEqual({ set: { outcome: 'refused', code: 'full', during: 'set-begin' } });
    expect(proofOf(scene, (await deliver(small)).receipts[0])(small)).toEqual({ ok: true });
  });

  test('takes another set of the same size, whose cards are in other buckets', async () => {
    const scene = createParcelScene({ setCapacity });
    const { door, sets, courier } = scene;
    const inBucket = (bucket: number, seed: number) =>
      Array.from({ length: 10 }, (_, index) => cardEntry(scene.crypto, bucket + 16 * index, seed));
    const first = sets.publish([...inBucket(3, 0), ...inBucket(4, 0)]);
    const link = door.connect();
    await courier().deliver(link, { set: first.carried });
    link.close();
    sets.publish([]);
    const other = sets.publish([...inBucket(1, 1), ...inBucket(2, 1)]);
    const { parts, receipts } = await courier().deliver(door.connect(), { set: other.carried });
    expect(parts).toEqual({ set: done });
    expect(proofOf(scene, receipts[0])(other)).toEqual({ ok: true });
  });

  test('takes a set that fits, though no bucket of it fits beside the others of the old one', async () => {
    const large = (id: number): SetEntry => ({
      id,
      credential: { kind: 'public-key', publicKey: new Uint8Array(33).fill(2) },
    });
    const small = (id: number): SetEntry => ({ id, credential: { kind: 'uid', uid: Uint8Array.of(4, id, 1, 2) } });
    const sizeBytes = (entries: readonly SetEntry[]) =>
      entries.reduce((sum, entry) => sum + encodeSetEntry(entry).length + 7, 13);
    const [old, next] = [
      [large(1), small(2), small(18)],
      [small(1), small(17), large(2)],
    ];
    expect(sizeBytes(old)).toBe(sizeBytes(next));
    const scene = createParcelScene({ setCapacity: { entries: 3, bytes: sizeBytes(old) } });
    const { door, sets, courier } = scene;
    const link = door.connect();
    expect((await courier().deliver(link, { set: sets.publish(old).carried })).parts).toEqual({ set: done });
    link.close();
    sets.publish([]);
    const set = sets.publish(next);
    const { parts, receipts } = await courier().deliver(door.connect(), { set: set.carried });
    expect(parts).toEqual({ set: done });
    expect(proofOf(scene, receipts[0])(set)).toEqual({ ok: true });
  });

  test('T10: that a courier filled with rubbish is put right by the next one', async () => {
    const scene = createParcelScene({ setCapacity });
    const { crypto, door, sets, courier } = scene;
    const set = sets.publish(createCards(scene)(0, 20));
    const { visit } = courier();
    const link = door.connect();
    const { ask } = await visit(link);
    const { manifest, certificate } = set.carried;
    await ask({ name: 'set-begin', body: manifest }, { certificate });
    const rubbish = Array.from({ length: 20 }, (_, index) => encodeSetEntry(cardEntry(crypto, 100 + index, 9)));
    const lock = { lockPublicKey: door.publicKey, tag: door.tag };
    const box = sealSetBox(crypto, lock, encodeSetChange({ entries: rubbish }));
    expect((await ask({ name: 'set-put', body: box })).code).toBe('ok');
    expect((await ask({ name: 'set-commit', body: nothing })).code).toBe('digest');
    link.close();
    const { parts, receipts } = await courier().deliver(door.connect(), { set: set.carried });
    expect(parts).toEqual({ set: done });
    expect(proofOf(scene, receipts[0])(set)).toEqual({ ok: true });
  });
});
