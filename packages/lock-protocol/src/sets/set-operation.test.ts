import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerCodes } from '../answer-code.js';
import { openRawCaller } from '../lock/raw-caller.test-rig.js';
import { encodeLogNumbers } from '../log/lock-log.js';
import { encodeRequest } from '../message.js';
import { decideReceipt, decideStanding } from '../objects/receipt.js';
import { rightNames } from '../objects/rights.js';
import { epochSeconds } from '../session.test-rig.js';
import { sealSetBox } from './set-box.js';
import { encodeSetEntry, type SetEntry } from './set-entry.js';
import { encodeSetChange } from './set-message.js';
import { cardEntry } from './set-property.test-rig.js';
import { createSetScene } from './set-scene.test-rig.js';
import { decodeSetSummary, encodeSetSummaryRequest } from './set-summary.js';

const nothing = new Uint8Array(0);
const code: SetEntry = { id: 7, credential: { kind: 'code', salt: new Uint8Array(16), digits: '482913' } };

const createCards = (scene: ReturnType<typeof createSetScene>, count: number, seed = 0) =>
  Array.from({ length: count }, (_, index) => cardEntry(scene.crypto, 3 * index, seed));

describe('a set', () => {
  it('is begun, filled, committed, and proven by a receipt that stands on the log', async () => {
    const scene = createSetScene();
    const { door, sets, visit, status } = scene;
    expect((await status()).set).toEqual({ epoch: 0, revision: 0, standing: { epoch: 0, revision: 0 } });
    const set = sets.publish([...createCards(scene, 40), code]);
    const { link, begin, put, commit } = await visit();
    expect(await begin(set)).toBe('begun');
    for (const box of set.carried.delta) expect(await put(box)).toBe('ok');
    const { receipt } = await commit();
    expect(receipt).toMatchObject({ epoch: 1, revision: 1, digest: set.digest, seq: 1 });
    expect(receipt?.standing).toBe(undefined);
    expect(door.log.at(-1)).toMatchObject({ type: 'set-applied', result: 'ok', actor: set.digest.slice(0, 12) });
    expect(door.log.at(-1)?.commandId).toEqual(encodeLogNumbers(1, 1));
    link.close();
    const { epoch, revision, digest } = set;
    expect((await status()).set).toEqual({ epoch, revision, digest, standing: { epoch, revision } });
  });

  it('survives a power cut, and no code in it can be read from flash', async () => {
    const scene = createSetScene();
    const { door, sets, bring, status } = scene;
    const set = sets.publish([...createCards(scene, 5), code]);
    await bring(set);
    door.restart();
    expect((await status()).set).toMatchObject({ revision: 1, digest: set.digest });
    const flash = Buffer.concat([...door.setFlash.values()]);
    expect(flash.includes(Buffer.from('482913'))).toBe(false);
    const [first] = set.entries;
    const secret = first?.credential.kind === 'aes' ? first.credential.secret : nothing;
    expect(flash.includes(Buffer.from(secret))).toBe(true);
  });

  it('follows another by what differs, and a bucket by what is in it', async () => {
    const scene = createSetScene();
    const { crypto, sets, bring, visit } = scene;
    const cards = createCards(scene, 40);
    await bring(sets.publish(cards));
    const changed = [...cards.slice(1, 39), cardEntry(crypto, 6, 9), cardEntry(crypto, 500)].filter(
      ({ id }, at, all) => all.findLastIndex((other) => other.id === id) === at,
    );
    const second = sets.publish(changed);
    expect((await bring(second)).revision).toBe(2);
    const third = sets.publish(cards);
    const { begin, put, commit } = await visit();
    expect(await begin(third)).toBe('begun');
    for (const box of third.carried.buckets.flat()) expect(await put(box)).toBe('ok');
    expect((await commit()).receipt).toMatchObject({ revision: 3, digest: third.digest });
  });

  it('is applied once: again it changes, writes and logs nothing, and gives the receipt', async () => {
    const scene = createSetScene();
    const { door, sets, bring, visit } = scene;
    const set = sets.publish(createCards(scene, 4));
    await bring(set);
    const [flash, logged] = [Buffer.concat([...door.setFlash.values()]), door.log.length];
    const { begin, put, commit } = await visit();
    expect(await begin(set)).toBe('applied');
    expect(await put(set.carried.delta[0] ?? nothing)).toBe('no-right');
    expect((await commit()).receipt).toMatchObject({ revision: 1 });
    expect([Buffer.concat([...door.setFlash.values()]), door.log.length]).toEqual([flash, logged]);
  });

  it('T19, in part: an older one is revision-old, before and after; another one of the same number is an alarm, said once', async () => {
    const scene = createSetScene();
    const { door, sets, bring, visit, status } = scene;
    const [first, second] = [sets.publish(createCards(scene, 2)), sets.publish(createCards(scene, 3))];
    const twin = sets.publish(createCards(scene, 4), { revision: 2 });
    await bring(second);
    const logged = door.log.length;
    const { begin, link } = await visit();
    expect(await begin(first)).toBe('revision-old');
    expect(await begin(twin)).toBe('digest');
    expect(await begin(twin)).toBe('digest');
    link.close();
    expect(door.log.slice(logged)).toMatchObject([
      { type: 'set-applied', result: 'digest', actor: twin.digest.slice(0, 12) },
    ]);
    expect((await status()).set).toMatchObject({ revision: 2, digest: second.digest });
  });

  it('that is newer begins anew beside one that is staged, and the older one then is revision-old', async () => {
    const scene = createSetScene();
    const { sets, visit, status } = scene;
    const [first, second] = [sets.publish(createCards(scene, 5)), sets.publish(createCards(scene, 6, 1))];
    const { begin, put, commit, link } = await visit();
    expect(await begin(first)).toBe('begun');
    for (const box of first.carried.delta) await put(box);
    expect(await begin(second)).toBe('begun');
    expect(await begin(first)).toBe('revision-old');
    expect((await commit()).code).toBe('digest');
    for (const box of second.carried.buckets.flat()) expect(await put(box)).toBe('ok');
    expect((await commit()).receipt).toMatchObject({ revision: 2, digest: second.digest });
    link.close();
    expect((await status()).set.revision).toBe(2);
  });

  it('that did not arrive complete is digest, and stays staged until the rest has come', async () => {
    const scene = createSetScene();
    const { sets, bring, visit, status } = scene;
    const before = sets.publish(createCards(scene, 3));
    await bring(before);
    const set = sets.publish([...createCards(scene, 3), cardEntry(scene.crypto, 900), cardEntry(scene.crypto, 901)]);
    const { begin, put, commit, link } = await visit();
    await begin(set);
    expect((await commit()).code).toBe('digest');
    const wrong = encodeSetChange({ entries: [encodeSetEntry(cardEntry(scene.crypto, 902))] });
    const { publicKey: lockPublicKey, tag } = scene.door;
    expect(await put(sealSetBox(scene.crypto, { lockPublicKey, tag }, wrong))).toBe('ok');
    expect((await commit()).code).toBe('digest');
    link.close();
    expect((await status()).set).toMatchObject({ revision: 1, digest: before.digest, staged: 4 });
    const again = await visit();
    expect(await again.begin(set)).toBe('resumed');
    for (const box of set.carried.buckets.flat()) await again.put(box);
    expect((await again.commit()).receipt).toMatchObject({ revision: 2 });
  });

  it('is dropped by set-abort, by whoever has its manifest', async () => {
    const scene = createSetScene();
    const { sets, visit, status } = scene;
    const set = sets.publish(createCards(scene, 3));
    const { begin, link } = await visit();
    await begin(set);
    link.close();
    const stranger = await visit();
    for (const name of ['set-abort', 'set-put', 'set-commit'] as const) {
      expect((await stranger.ask(name))?.code).toBe('no-right');
    }
    stranger.link.close();
    expect((await status()).set.staged).toBe(0);
    const carrier = await visit();
    expect(await carrier.begin(set)).toBe('resumed');
    expect((await carrier.ask('set-abort'))?.code).toBe('ok');
    expect((await carrier.ask('set-commit'))?.code).toBe('no-right');
    carrier.link.close();
    expect((await status()).set.staged).toBe(undefined);
  });

  it('T19, in part: that is too large is full, at once or on the way, and the old set stays', async () => {
    const scene = createSetScene({ setCapacity: { entries: 20, bytes: 600 } });
    const { sets, bring, visit, status } = scene;
    const old = sets.publish(createCards(scene, 4));
    await bring(old);
    const many = sets.publish(createCards(scene, 21));
    const { begin, put, commit, link } = await visit();
    expect(await begin(many)).toBe('full');
    expect(await put(many.carried.delta[0] ?? nothing)).toBe('no-right');
    const heavy = sets.publish(createCards(scene, 19));
    expect(await begin(heavy)).toBe('begun');
    const codes: string[] = [];
    for (const box of heavy.carried.buckets.flat()) codes.push(await put(box));
    expect(codes).toContain('full');
    expect((await commit()).code).toBe('digest');
    link.close();
    expect((await status()).set).toMatchObject({ revision: 1, digest: old.digest });
    const fitting = sets.publish(createCards(scene, 10, 5));
    const next = await visit();
    expect(await next.begin(fitting)).toBe('begun');
    for (const box of fitting.carried.buckets.flat()) expect(await next.put(box)).toBe('ok');
    expect((await next.commit()).receipt).toMatchObject({ digest: fitting.digest });
  });

  it('that flash has lost is told as no set, opens nothing, and is brought again under its own number', async () => {
    const scene = createSetScene();
    const { door, sets, bring, visit, status } = scene;
    const [older, set] = [sets.publish(createCards(scene, 2)), sets.publish(createCards(scene, 8))];
    await bring(set);
    const bank = [...door.setFlash.values()][0];
    bank?.set([0], 60);
    door.restart();
    expect((await status()).set).toEqual({ epoch: 0, revision: 0, standing: { epoch: 1, revision: 2 } });
    const { begin, put, commit, link } = await visit();
    expect(await begin(older)).toBe('revision-old');
    expect(await begin(set)).toBe('begun');
    for (const box of set.carried.buckets.flat()) expect(await put(box)).toBe('ok');
    expect((await commit()).receipt).toMatchObject({ revision: 2, digest: set.digest });
    link.close();
    door.restart();
    expect((await status()).set).toMatchObject({ revision: 2, digest: set.digest });
  });

  it('moves the floor of time, as every object that is obeyed', async () => {
    const scene = createSetScene();
    const { door, sets, bring, status } = scene;
    door.clock = { quality: 'stale', offsetSeconds: -7200 };
    await bring(sets.publish(createCards(scene, 1), { issuedAt: epochSeconds - 500 }));
    expect((await status()).utcSeconds).toBe(epochSeconds - 500);
  });

  it('is refused by a lock that has no room at all', async () => {
    const scene = createSetScene({ setCapacity: { entries: 0, bytes: 0 } });
    const set = scene.sets.publish(createCards(scene, 1));
    expect(await (await scene.visit()).begin(set)).toBe('full');
  });
});

describe('a bulletin', () => {
  it('T8: revokes at once, and its receipt proves that and no set', async () => {
    const scene = createSetScene();
    const { crypto, sets, bring, visit, receiptOf, door, status } = scene;
    const set = sets.publish(createCards(scene, 3));
    await bring(set);
    const grantId = crypto.randomBytes(8);
    const { object, certificate } = sets.revoke({
      revokedGrants: [grantId],
      floors: new Map([[1, 5]]),
      deniedEntries: [3],
    });
    const { ask, link } = await visit();
    const answer = await ask('bulletin', object, certificate);
    const receipt = receiptOf(answer?.body ?? nothing);
    expect(receipt).toMatchObject({ revision: 1, standing: { epoch: 1, revision: 2 } });
    expect(decideStanding(receipt, { epoch: 1, revision: 2 })).toEqual({ ok: true });
    expect(decideReceipt(receipt, { ...set, revision: 2 })).toEqual({ ok: false, code: 'revision-old' });
    expect(door.log.at(-1)).toMatchObject({ type: 'bulletin', result: 'ok', commandId: encodeLogNumbers(1, 2) });
    const logged = door.log.length;
    expect((await ask('bulletin', object))?.code).toBe('ok');
    link.close();
    expect(door.log).toHaveLength(logged);
    door.restart();
    expect((await status()).set.standing).toEqual({ epoch: 1, revision: 2 });
  });

  it('that is older is revision-old, and one of a number that is taken an alarm', async () => {
    const scene = createSetScene();
    const { sets, bring, visit, door } = scene;
    const early = sets.revoke({});
    const set = sets.publish(createCards(scene, 1));
    const twin = sets.revoke({ revision: 2, floors: new Map([[1, 1]]) });
    await bring(set);
    const { ask, begin } = await visit();
    expect((await ask('bulletin', early.object, early.certificate))?.code).toBe('revision-old');
    expect((await ask('bulletin', twin.object))?.code).toBe('digest');
    expect(door.log.at(-1)).toMatchObject({ type: 'bulletin', result: 'digest' });
    const newest = sets.revoke({ revision: 4 });
    expect((await ask('bulletin', newest.object))?.code).toBe('ok');
    expect(await begin(sets.publish(createCards(scene, 2), { revision: 4 }))).toBe('digest');
    expect(await begin(sets.publish(createCards(scene, 2), { revision: 3 }))).toBe('begun');
  });
});

describe('who may carry a set', () => {
  it('T5: nobody but who has its manifest; a summary also tells who has the right deliver or status', async () => {
    const scene = createSetScene();
    const { crypto, door, property, caller, sets, bring, visit } = scene;
    const set = sets.publish(createCards(scene, 20));
    await bring(set);
    for (const right of rightNames) {
      const link = door.connect();
      const raw = await openRawCaller({ crypto, link, lockPublicKey: door.publicKey, caller });
      const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights: [right] });
      const shown = { grant, certificate: property.certificates.grant };
      const ask = async (name: 'set-summary' | 'set-put' | 'set-commit' | 'set-abort') =>
        (await raw.ask(encodeRequest({ ...shown, operation: { name, body: nothing } })))?.code;
      expect(await ask('set-summary')).toBe(right === 'deliver' || right === 'status' ? 'ok' : 'no-right');
      for (const name of ['set-put', 'set-commit', 'set-abort'] as const) expect(await ask(name)).toBe('no-right');
      link.close();
    }
    const { begin, ask } = await visit();
    expect((await ask('set-summary'))?.code).toBe('no-right');
    await begin(set);
    const summary = decodeSetSummary((await ask('set-summary'))?.body ?? nothing);
    expect(summary).toEqual({ kind: 'buckets', hashes: set.carried.summary });
    const bucket = decodeSetSummary(
      (await ask('set-summary', encodeSetSummaryRequest({ bucket: 3 })))?.body ?? nothing,
    );
    const ids = bucket.kind === 'bucket' ? bucket.entries.map(({ id }) => id) : [];
    expect(ids).toEqual([3, 51]);
  });

  it('answers garbage in every body with a code, and loses nothing', async () => {
    const scene = createSetScene();
    const { sets, bring, visit, status, door, crypto } = scene;
    const old = sets.publish(createCards(scene, 3));
    await bring(old);
    const next = sets.publish(createCards(scene, 6));
    const names = ['set-begin', 'set-put', 'set-commit', 'set-abort', 'set-summary', 'bulletin'] as const;
    const lock = { lockPublicKey: door.publicKey, tag: door.tag };
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ bytes, boxed: false })),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ bytes, boxed: true })),
      fc
        .uint8Array({ maxLength: 60 })
        .map((bytes) => ({ bytes: encodeSetChange({ entries: [bytes], deleted: [1] }), boxed: true })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...names), bodies), { maxLength: 8 }), async (asked) => {
        const { begin, ask, link } = await visit();
        expect(['begun', 'resumed']).toContain(await begin(next));
        for (const [name, { bytes, boxed }] of asked) {
          const answer = await ask(name, boxed ? sealSetBox(crypto, lock, bytes) : bytes);
          expect(Object.keys(answerCodes)).toContain(answer?.code);
        }
        link.close();
        expect((await status()).set).toMatchObject({ revision: 1, digest: old.digest });
      }),
      { numRuns: 40 },
    );
    expect((await bring(next)).revision).toBe(2);
  });
});
