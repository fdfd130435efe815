import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { blankAreas, createByteStorage, setFoundIn } from '../byte-flash.test-rig.js';
import { performUnlock } from '../caller/perform-unlock.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { Grant } from '../objects/grant.js';
import { sealSetBox } from './set-box.js';
import { encodeSetEntry } from './set-entry.js';
import { encodeSetChange } from './set-message.js';
import { cardEntry, createSetProperty } from './set-property.test-rig.js';
import { createSetScene } from './set-scene.test-rig.js';

const slot = 1;
const setCapacity = { entries: 20, bytes: 2000 };

/** A lock without a network, the phones of its guests, and whoever comes by with something signed. */
function createGuests(crypto: CryptoProvider = createNodeCrypto()) {
  const areas = blankAreas(setCapacity);
  const storage = createByteStorage(crypto, areas, { capacity: setCapacity, eraseFrom: 'start' });
  const scene = createSetScene({ crypto, setCapacity, storage });
  const { door, property, caller, time, sets, visit } = scene;
  const grantOf = (change: Partial<Grant> = {}) =>
    property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, ...change });
  /** Opens with these bytes as the grant. */
  const openWith = async (grant: Uint8Array): Promise<string> => {
    const link = door.connect();
    const answer = await performUnlock({
      ...{ crypto, link, lockPublicKey: door.publicKey, caller },
      command: { commandId: crypto.randomBytes(8), action: 'unlock', ttlMs: 5000, intent: 'tap' },
      authority: async () => ({ kind: 'grant', grant, certificate: property.certificates.grant }),
      ...{ now: time.now, startTimer: time.startTimer },
    });
    link.close();
    return answer.code;
  };
  const open = async (issue: number, change: Partial<Grant> = {}) =>
    await openWith(grantOf({ slot, issue, ...change }));
  /** Brings a bulletin. */
  const tell = async (change: Parameters<typeof sets.revoke>[0]) => {
    const { object, certificate } = sets.revoke(change);
    const { ask, link } = await visit();
    const answer = await ask('bulletin', object, certificate);
    link.close();
    return answer?.code;
  };
  /** Entries that the lock would deny if it were switched on now. */
  const denied = () => setFoundIn(crypto, areas)?.deniedEntries;
  return { ...scene, grantOf, openWith, open, tell, denied };
}

describe('T9: a new guest at a lock without a network', () => {
  it('opens with issue n+1, and n is refused for ever after, also after a power cut', async () => {
    const { door, open } = createGuests();
    expect(await open(41)).toBe('ok');
    expect(await open(42)).toBe('ok');
    for (const restarts of [false, true, true]) {
      if (restarts) door.restart();
      expect(await open(41)).toBe('superseded');
      expect(await open(42)).toBe('ok');
    }
    expect(await open(41, { slot: 2 })).toBe('ok');
  });

  it('opens with issue n+1,000,000 too: no number is too far ahead', async () => {
    const { open } = createGuests();
    expect(await open(41)).toBe('ok');
    expect(await open(1_000_041)).toBe('ok');
    expect(await open(42)).toBe('superseded');
    expect(await open(0xffff_ffff)).toBe('ok');
    expect(await open(1_000_041)).toBe('superseded');
  });

  it('is not kept out by numbers that nobody signed, or that did not open', async () => {
    const { crypto, open, openWith, grantOf, tell, sets, visit } = createGuests();
    expect(await open(41)).toBe('ok');
    const far = grantOf({ slot, issue: 99 });
    for (const at of [2, 40, 90, far.length - 1]) {
      const edited = far.slice();
      edited[at] = (edited[at] ?? 0) ^ 1;
      expect(['auth', 'certificate-unknown', 'critical-field']).toContain(await openWith(edited));
    }
    expect(await open(41)).toBe('ok');
    expect(await open(99, { holderPublicKey: crypto.x25519KeyPair().publicKey })).toBe('auth');
    expect(await open(99, { locks: [crypto.randomBytes(8)] })).toBe('wrong-lock');
    expect(await open(99, { rights: ['status'] })).toBe('no-right');
    expect(await open(99, { expires: 1_799_654_400 })).toBe('expired');
    const { object, certificate } = sets.revoke({ floors: new Map([[slot, 99]]) });
    const { ask, link } = await visit();
    const edited = object.slice();
    edited[60] = (edited[60] ?? 0) ^ 1;
    expect((await ask('bulletin', edited, certificate))?.code).toBe('auth');
    link.close();
    expect(await tell({ lock: crypto.randomBytes(8), floors: new Map([[slot, 99]]) })).toBe('wrong-lock');
    expect(await open(41)).toBe('ok');
  });

  it('is announced by a bulletin or a manifest, and the guest before is refused before the new one comes', async () => {
    const { door, open, tell, bring, sets } = createGuests();
    expect(await open(41)).toBe('ok');
    expect(await tell({ floors: new Map([[slot, 42]]) })).toBe('ok');
    door.restart();
    expect(await open(41)).toBe('superseded');
    expect(await open(42)).toBe('ok');
    await bring(sets.publish([], { floors: new Map([[slot, 50]]) }));
    door.restart();
    expect(await open(49)).toBe('superseded');
    expect(await tell({ floors: new Map([[slot, 3]]) })).toBe('ok');
    expect(await open(49)).toBe('superseded');
    expect(await open(50)).toBe('ok');
  });

  it('holds over any history of guests, bulletins, manifests and power cuts', async () => {
    const issues = fc.integer({ min: 1, max: 12 });
    const happenings = fc.oneof(
      fc.record({ use: issues }),
      fc.record({ use: issues }),
      fc.record({ bulletin: issues }),
      fc.record({ manifest: issues }),
      fc.constant({ cut: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(happenings, { maxLength: 14 }), async (history) => {
        const { door, open, tell, bring, sets } = createGuests();
        let floor = 0;
        for (const step of history) {
          if ('use' in step) {
            expect(await open(step.use)).toBe(step.use < floor ? 'superseded' : 'ok');
            floor = Math.max(floor, step.use);
          } else if ('cut' in step) door.restart();
          else {
            const told = 'bulletin' in step ? step.bulletin : step.manifest;
            const floors = new Map([[slot, told]]);
            if ('bulletin' in step) expect(await tell({ floors })).toBe('ok');
            else await bring(sets.publish([], { floors }));
            floor = Math.max(floor, told);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the kill-list', () => {
  test('T8: a revoked grant is refused until a newer list leaves it out, also after a power cut', async () => {
    const { crypto, door, open, tell, sets, bring } = createGuests();
    const [first, second] = [crypto.randomBytes(8), crypto.randomBytes(8)];
    expect(await open(1, { grantId: first })).toBe('ok');
    expect(await tell({ revokedGrants: [first] })).toBe('ok');
    door.restart();
    expect(await open(1, { grantId: first })).toBe('revoked');
    await bring(sets.publish([], { revokedGrants: [second] }));
    door.restart();
    expect(await open(1, { grantId: first })).toBe('ok');
    expect(await open(1, { grantId: second })).toBe('revoked');
  });

  test('T8: of a bulletin stays when an older set arrives after it, and goes with a newer one', async () => {
    const { crypto, door, open, tell, sets, visit, bring, status, denied } = createGuests();
    const grantId = crypto.randomBytes(8);
    const older = sets.publish([cardEntry(crypto, 3)], { floors: new Map([[slot, 7]]) });
    const early = await visit();
    expect(await early.begin(older)).toBe('begun');
    early.link.close();
    expect(await tell({ revokedGrants: [grantId], deniedEntries: [3] })).toBe('ok');
    const later = await visit();
    expect(await later.begin(older)).toBe('resumed');
    for (const box of older.carried.delta) expect(await later.put(box)).toBe('ok');
    expect((await later.commit()).receipt).toMatchObject({ revision: 1, standing: { epoch: 1, revision: 2 } });
    later.link.close();
    door.restart();
    expect(await open(7, { grantId })).toBe('revoked');
    expect(await open(6)).toBe('superseded');
    expect((await status()).set).toMatchObject({ revision: 1, standing: { epoch: 1, revision: 2 } });
    expect(denied()).toEqual([3]);
    await bring(sets.publish([cardEntry(crypto, 3)]));
    expect(await open(7, { grantId })).toBe('ok');
    expect(denied()).toEqual([]);
  });
});

describe('a new epoch', () => {
  test('refuses what was staged, boxed or revoked with keys of the one before, and a new set counts from 1', async () => {
    const scene = createGuests();
    const { crypto, door, property, sets, bring, visit, tell, receiptOf } = scene;
    await bring(sets.publish([cardEntry(crypto, 1)], { revision: 900 }));
    const old = sets.publish([cardEntry(crypto, 1), cardEntry(crypto, 2)], { revision: 901 });
    const { begin, ask, link } = await visit();
    expect(await begin(old)).toBe('begun');
    const { trust, certify } = property;
    const renewed = createSetProperty(
      crypto,
      { ...property, trust: { ...trust, epoch: 2 }, certify: (change) => certify({ epoch: 2, ...change }) },
      { lockPublicKey: door.publicKey, tag: door.tag },
    );
    const { object, certificate } = renewed.revoke({});
    // The certificate comes along with what it does not sign: the lock's epoch rises all the same.
    expect((await ask('set-summary', new Uint8Array(0), certificate))?.code).toBe('ok');
    const box = encodeSetChange({ entries: [encodeSetEntry(cardEntry(crypto, 2))] });
    const sealed = sealSetBox(crypto, { lockPublicKey: door.publicKey, tag: door.tag }, box);
    expect((await ask('set-put', sealed))?.code).toBe('epoch');
    expect((await ask('set-commit'))?.code).toBe('epoch');
    expect(await begin(old)).toBe('epoch');
    link.close();
    expect(await tell({ revision: 902 })).toBe('epoch');
    const later = await visit();
    const answer = await later.ask('bulletin', object, certificate);
    later.link.close();
    const receipt = receiptOf(answer?.body ?? new Uint8Array(0));
    expect(receipt).toMatchObject({ epoch: 2, setEpoch: 1, revision: 900, standing: { epoch: 2, revision: 1 } });
    const next = await bring(renewed.publish([cardEntry(crypto, 1)]));
    expect(next).toMatchObject({ epoch: 2, revision: 2 });
    expect(next.setEpoch).toBe(undefined);
  });
});
