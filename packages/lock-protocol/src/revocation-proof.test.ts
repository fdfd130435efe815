import { describe, expect, test } from 'vitest';
import { deliverParcel } from './caller/deliver-parcel.js';
import { openVisit } from './caller/open-visit.js';
import { createParcelScene } from './caller/parcel-scene.test-rig.js';
import { performUnlock } from './caller/perform-unlock.js';
import { readClaims, readObject, signObject } from './encoding/cose.js';
import { decideReceipt, decideStanding, verifyReceipt } from './objects/receipt.js';
import { createDoor } from './session.test-rig.js';
import { cardEntry, createSetProperty } from './sets/set-property.test-rig.js';
import type { Revision } from './sets/set-revision.js';

const nothing = new Uint8Array(0);

/** A property that waits for the proof that one lock obeys a revocation. */
function createProof() {
  const scene = createParcelScene();
  const { crypto, time, door, property, sets, courier, signer } = scene;
  const holder = crypto.x25519KeyPair();
  const grantId = crypto.randomBytes(8);
  const grant = property.grant({ grantId, locks: [door.tag], holderPublicKey: holder.publicKey });
  const certificate = property.certificates.grant;
  const tryToOpen = async () => {
    const link = door.connect();
    const { code } = await performUnlock({
      ...{ crypto, link, lockPublicKey: door.publicKey, caller: holder, now: time.now, startTimer: time.startTimer },
      command: { commandId: crypto.randomBytes(8), action: 'unlock', ttlMs: 5000, intent: 'biometric' },
      authority: async () => ({ kind: 'grant', grant, certificate }),
    });
    link.close();
    return code;
  };
  /** What the property says to whoever asks, with a receipt in its hands. */
  const stateOf = (receipt: Uint8Array | undefined, wanted: Revision): 'pending' | 'proven' => {
    const read = verifyReceipt(crypto, receipt ?? nothing, signer);
    return read.ok && decideStanding(read.statement, wanted).ok ? 'proven' : 'pending';
  };
  const bring = async (parcel: Parameters<ReturnType<typeof courier>['deliver']>[1]) => {
    const link = door.connect();
    const { receipts } = await courier().deliver(link, parcel);
    link.close();
    return receipts.at(-1) ?? nothing;
  };
  return { ...scene, grantId, tryToOpen, stateOf, bring, sets };
}

describe('T8: a revocation', () => {
  test('is pending until the lock that shall obey it says so, and from then on the key does not open', async () => {
    const { crypto, time, property, sets, clock, grantId, tryToOpen, stateOf, bring } = createProof();
    const older = await bring({ set: sets.publish([cardEntry(crypto, 1)]).carried });
    expect(await tryToOpen()).toBe('ok');
    const bulletin = sets.revoke({ revokedGrants: [grantId] });
    const wanted = { epoch: 1, revision: bulletin.revision };
    expect(stateOf(undefined, wanted)).toBe('pending');
    expect(stateOf(older, wanted)).toBe('pending');
    expect(await tryToOpen()).toBe('ok');

    // Another lock of the property stands at the same number, and its receipt is good.
    const other = createDoor({ crypto, time, trust: property.trust });
    const { tag, publicKey: lockPublicKey } = other;
    const elsewhere = createSetProperty(crypto, property, { lockPublicKey, tag });
    elsewhere.publish([]);
    const same = elsewhere.revoke({ revokedGrants: [grantId] });
    expect(same.revision).toBe(bulletin.revision);
    const visit = await openVisit({
      ...{ crypto, link: other.connect(), lockPublicKey, caller: crypto.x25519KeyPair() },
      ...{ now: time.now, startTimer: time.startTimer },
    });
    const { receipts } = await deliverParcel(visit, { bulletin: same }, clock);
    const foreign = verifyReceipt(crypto, receipts[0] ?? nothing, { tag, publicKey: other.signingPublicKey });
    expect(foreign.ok && decideStanding(foreign.statement, wanted)).toEqual({ ok: true });
    expect(stateOf(receipts[0], wanted)).toBe('pending');
    expect(await tryToOpen()).toBe('ok');

    const receipt = await bring({ bulletin });
    expect(stateOf(receipt, wanted)).toBe('proven');
    expect(await tryToOpen()).toBe('revoked');

    // Nothing that is not that very receipt proves it.
    const claims = readClaims(readObject(receipt));
    const stranger = crypto.ed25519KeyPair();
    const kid = readObject(receipt).kid;
    for (const type of ['OLP1-receipt', 'OLP1-head'] as const) {
      expect(stateOf(signObject(crypto, { secret: stranger.secret, kid, type, claims }), wanted)).toBe('pending');
    }
    for (let bit = 0; bit < receipt.length * 8; bit += 1) {
      const changed = receipt.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(stateOf(changed, wanted)).toBe('pending');
    }
  });

  test('of an entry is proven by the set without it, and by no receipt of a lock that has it only staged', async () => {
    const { crypto, door, sets, courier, stateOf, bring } = createProof();
    const [staying, leaving] = [cardEntry(crypto, 1), cardEntry(crypto, 2)];
    await bring({ set: sets.publish([staying, leaving]).carried });
    const without = sets.publish([staying]);
    const bulletin = sets.revoke({ deniedEntries: [7] });
    const link = door.connect();
    const { ask } = await courier().visit(link);
    const { manifest, certificate, delta } = without.carried;
    await ask({ name: 'set-begin', body: manifest }, { certificate });
    await ask({ name: 'set-put', body: delta[0] ?? nothing });
    link.close();
    // What is staged is not obeyed: the receipt that the lock gives for something else does not speak of it.
    const standing = await bring({ bulletin });
    expect(stateOf(standing, { epoch: 1, revision: bulletin.revision })).toBe('proven');
    const read = verifyReceipt(crypto, standing, { publicKey: door.signingPublicKey, tag: door.tag });
    expect(read.ok && decideReceipt(read.statement, without)).toEqual({ ok: false, code: 'revision-old' });
    const applied = await bring({ set: without.carried });
    const receipt = verifyReceipt(crypto, applied, { publicKey: door.signingPublicKey, tag: door.tag });
    expect(receipt.ok && decideReceipt(receipt.statement, without)).toEqual({ ok: true });
  });
});
