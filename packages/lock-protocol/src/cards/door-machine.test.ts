import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { lockLimits } from '../lock/lock-limits.js';
import { epochSeconds } from '../session.test-rig.js';
import type { SetCredential, SetEntry } from '../sets/set-entry.js';
import { decodeCardFact } from './card-log.js';
import { aesCard, createDoorScene, hex, signingCard, uidCard, unhex } from './door-scene.test-rig.js';

const crypto = createNodeCrypto();
const guestUid = '04a1b2c3d4e5f6';
const secret = unhex('000102030405060708090a0b0c0d0e0f');
const otherSecret = unhex('ff0102030405060708090a0b0c0d0e0f');
const publicKey = crypto.p256KeyPair().publicKey;
const uidEntry: SetEntry = { id: 7, credential: { kind: 'uid', uid: unhex(guestUid) } };
const aesEntry: SetEntry = { id: 7, credential: { kind: 'aes', uid: unhex(guestUid), secret } };
const keyEntry: SetEntry = { id: 7, credential: { kind: 'public-key', publicKey } };
const salt = new Uint8Array(16);
const code = (digits: string): SetCredential => ({ kind: 'code', salt, digits });
const codeEntry: SetEntry = { id: 9, credential: code('246810') };

/** What the newest entry of the log says. */
function lastFact(door: ReturnType<typeof createDoorScene>) {
  const entry = door.log.at(-1);
  return entry && { type: entry.type, result: entry.result, actor: hex(entry.actor), ...decodeCardFact(entry) };
}
const uidHash = (uid: string) => hex(crypto.sha256(unhex(uid)).slice(0, 12));

describe('what opens', () => {
  test.each([
    { name: 'a number', entry: uidEntry, card: uidCard(guestUid), proof: 0, actor: uidHash(guestUid) },
    { name: 'NTAG 424', entry: aesEntry, card: aesCard(guestUid, secret), proof: 2, actor: uidHash(guestUid) },
    {
      ...{ name: 'an AES card of class 1', entry: aesEntry, card: aesCard(guestUid, secret, 'ultralight-aes') },
      ...{ proof: 1, actor: uidHash(guestUid) },
    },
    {
      ...{ name: 'a signature', entry: keyEntry, card: signingCard(publicKey), proof: 3 },
      actor: hex(crypto.sha256(publicKey).slice(0, 12)),
    },
  ])(
    '$name: the bolt moves once, and the log says which entry and what was proven',
    ({ entry, card, proof, actor }) => {
      const door = createDoorScene([entry]);
      expect(door.tap(card)).toBe('opened');
      expect(door.moves).toHaveLength(1);
      expect(lastFact(door)).toEqual({ type: 'card', result: 'ok', actor, entryId: 7, proof, action: 'unlock' });
    },
  );

  test('a door code', () => {
    const door = createDoorScene([codeEntry]);
    expect(door.enter('246810')).toBe('opened');
    const fact = { type: 'card', result: 'ok', actor: '0'.repeat(24), entryId: 9, proof: 'code', action: 'unlock' };
    expect(lastFact(door)).toEqual(fact);
    expect(door.enter('246811')).toBe('code-unknown');
  });

  test('a door left open needs the flag', () => {
    const door = createDoorScene([aesEntry, { ...codeEntry, flags: ['hold-open'] }]);
    expect(door.tap(aesCard(guestUid, secret), 'hold-open')).toBe('no-right');
    expect(door.enter('246810', 'hold-open')).toBe('opened');
    expect(door.moves.map(({ action }) => action)).toEqual(['hold-open']);
  });

  test('a jammed bolt is logged as that', () => {
    const door = createDoorScene([uidEntry]);
    door.actuation = 'jammed';
    door.tap(uidCard(guestUid));
    expect(lastFact(door)).toMatchObject({ result: 'jammed', entryId: 7 });
  });
});

describe('T17: each card that must not open is refused with its own event', () => {
  const good = { ...aesEntry, slot: 1, issue: 5 } satisfies SetEntry;
  test('a copy of the number of a card that can prove itself', () => {
    const door = createDoorScene([good]);
    expect(door.tap(uidCard(guestUid))).toBe('card-clone-suspect');
    expect(door.tap(aesCard(guestUid, otherSecret))).toBe('card-clone-suspect');
    expect(lastFact(door)).toMatchObject({ type: 'card', result: 'card-clone-suspect', entryId: 7 });
    expect(door.tap({ ...aesCard(guestUid, secret), technology: 'ntag-21x' })).toBe('card-clone-suspect');
  });

  test('a card known by its number besides does not open by it', () => {
    const door = createDoorScene([good, { ...uidEntry, id: 8 }]);
    expect(door.tap(uidCard(guestUid))).toBe('card-clone-suspect');
  });

  test('a number that is another one at every tap', () => {
    const door = createDoorScene([good]);
    expect(door.tap(uidCard('08a1b2c3'))).toBe('card-random');
    expect(lastFact(door)).toMatchObject({ type: 'card', result: 'card-random' });
    expect(lastFact(door)).not.toHaveProperty('entryId');
  });

  test('a number of another length, and the half of a longer one', () => {
    const door = createDoorScene([good]);
    for (const uid of ['', '04', '88a1b2c3', `${guestUid}00`]) expect(door.tap(uidCard(uid))).toBe('card-unknown');
  });

  test('a card below the class of the lock, whatever it is', () => {
    const door = createDoorScene([uidEntry], { minimumClass: 1 });
    expect(door.tap(uidCard(guestUid))).toBe('card-class');
    // A good card that is known by its number alone proves no more than that.
    expect(door.tap(aesCard(guestUid, secret))).toBe('card-class');
    door.hold([aesEntry], { minimumClass: 2 });
    expect(door.tap(aesCard(guestUid, secret, 'ultralight-aes'))).toBe('card-class');
    expect(door.tap(aesCard(guestUid, secret, 'desfire'))).toBe('opened');
    door.hold([aesEntry, { ...keyEntry, id: 8 }], { minimumClass: 3 });
    expect(door.tap(aesCard(guestUid, secret))).toBe('card-class');
    expect(door.tap(signingCard(publicKey))).toBe('opened');
  });

  test('a copy of a number opens only where the lock takes class 0, and the log says so', () => {
    const door = createDoorScene([uidEntry]);
    expect(door.tap(uidCard(guestUid))).toBe('opened');
    expect(lastFact(door)).toMatchObject({ result: 'ok', proof: 0 });
  });

  test('staff never open with class 0 or a code, whatever the lock takes', () => {
    const staff = { flags: ['staff'] } as const;
    const door = createDoorScene([
      { ...uidEntry, ...staff },
      { ...codeEntry, ...staff },
    ]);
    expect(door.tap(uidCard(guestUid))).toBe('card-class');
    expect(door.enter('246810')).toBe('card-class');
    door.hold([{ ...aesEntry, ...staff }]);
    expect(door.tap(aesCard(guestUid, secret))).toBe('opened');
  });

  test('of several entries of one number or code, one of staff neither opens nor keeps another from opening', () => {
    const staff = { flags: ['staff'] } as const;
    for (const [id, other] of [
      [6, 8],
      [8, 6],
    ] as const) {
      const over = { id, expires: 1 } as const;
      const door = createDoorScene([
        { ...uidEntry, ...over },
        { ...uidEntry, ...staff, id: other },
        { ...codeEntry, ...over, id: id + 10 },
        { ...codeEntry, ...staff, id: other + 10 },
      ]);
      const because = id < other ? 'expired' : 'card-class';
      expect([door.tap(uidCard(guestUid)), door.enter('246810')]).toEqual([because, because]);
      door.hold([
        { ...uidEntry, id },
        { ...uidEntry, ...staff, id: other },
      ]);
      expect(door.tap(uidCard(guestUid))).toBe('opened');
      expect(lastFact(door)).toMatchObject({ entryId: id });
    }
  });

  test('an old issue, also after a power cut; the first use of a newer one raises the floor before the bolt moves', () => {
    const newer: SetEntry = { id: 8, credential: { kind: 'uid', uid: unhex('01020304') }, slot: 1, issue: 6 };
    const door = createDoorScene([good, newer]);
    expect(door.tap(aesCard(guestUid, secret))).toBe('opened');
    door.actuation = undefined;
    expect(door.tap(uidCard('01020304'))).toBe('opened');
    expect(door.state.memory.floors.get(1)).toBe(6);
    door.restart();
    expect(door.tap(aesCard(guestUid, secret))).toBe('superseded');
    expect(lastFact(door)).toMatchObject({ result: 'superseded', entryId: 7 });
  });

  test('an expired card is expired and not unknown, and one that is not yet valid is that', () => {
    const door = createDoorScene([{ ...good, notBefore: epochSeconds - 60, expires: epochSeconds }]);
    expect(door.tap(aesCard(guestUid, secret))).toBe('expired');
    expect(lastFact(door)).toMatchObject({ result: 'expired', entryId: 7, proof: 2 });
    door.readings = { ...door.readings, utcSeconds: epochSeconds - 1 };
    expect(door.tap(aesCard(guestUid, secret))).toBe('opened');
    door.readings = { ...door.readings, utcSeconds: epochSeconds - 61 };
    expect(door.tap(aesCard(guestUid, secret))).toBe('not-yet');
  });

  test('a denied card', () => {
    const door = createDoorScene();
    door.hold([good], {}, [7]);
    expect(door.tap(aesCard(guestUid, secret))).toBe('revoked');
    expect(lastFact(door)).toMatchObject({ result: 'revoked', entryId: 7 });
    // Who copies a denied card learns nothing of that.
    expect(door.tap(uidCard(guestUid))).toBe('card-clone-suspect');
  });

  test('a card of nobody', () => {
    const door = createDoorScene([good]);
    expect(door.tap(uidCard('01020304'))).toBe('card-unknown');
    expect(door.tap(signingCard(crypto.p256KeyPair().publicKey))).toBe('card-unknown');
    expect(lastFact(door)).toMatchObject({ result: 'card-unknown', proof: 3 });
  });

  test('a phone that signs is not known by its number, and one that cannot prove its key is a copy', () => {
    const door = createDoorScene([keyEntry]);
    expect(door.tap(signingCard(publicKey))).toBe('opened');
    expect(door.tap({ ...signingCard(publicKey), answer: () => ({ outcome: 'refused' }) })).toBe('card-clone-suspect');
    expect(door.tap({ ...signingCard(publicKey), answer: () => ({ outcome: 'proven' }) })).toBe('card-clone-suspect');
  });
});

describe('when a card opens', () => {
  test('without a clock only the cards that may', () => {
    const door = createDoorScene([uidEntry]);
    door.readings = { ...door.readings, clockQuality: 'none' };
    expect(door.tap(uidCard(guestUid))).toBe('no-clock');
    door.hold([{ ...uidEntry, flags: ['no-clock-ok'], expires: 1 }]);
    expect(door.tap(uidCard(guestUid))).toBe('opened');
  });

  test('a set whose lease is over opens for nobody', () => {
    const door = createDoorScene([uidEntry], { leaseSeconds: 3600 });
    door.readings = { ...door.readings, utcSeconds: epochSeconds + 3599 };
    expect(door.tap(uidCard(guestUid))).toBe('opened');
    door.readings = { ...door.readings, utcSeconds: epochSeconds + 3600 };
    expect(door.tap(uidCard(guestUid))).toBe('expired');
  });

  test('a private room opens for the cards that may override', () => {
    const door = createDoorScene([uidEntry, { ...codeEntry, flags: ['privacy-override'] }]);
    door.readings = { ...door.readings, privacy: true };
    expect(door.tap(uidCard(guestUid))).toBe('privacy');
    expect(door.enter('246810')).toBe('opened');
  });

  test('a one-shot card opens once, also over a power cut; changed by the property, it is another one', () => {
    const once = { ...uidEntry, flags: ['one-shot'] } satisfies SetEntry;
    const door = createDoorScene([once]);
    door.actuation = undefined;
    expect(door.tap(uidCard(guestUid))).toBe('opened');
    door.restart();
    expect(door.tap(uidCard(guestUid))).toBe('superseded');
    door.hold([{ ...once, expires: epochSeconds + 3600 }]);
    door.actuation = 'executed';
    expect(door.tap(uidCard(guestUid))).toBe('opened');
    expect(door.tap(uidCard(guestUid))).toBe('superseded');
    expect(door.state.memory.door.usedEntries).toHaveLength(1);
  });

  test('of several entries of one card any that opens suffices', () => {
    const door = createDoorScene([
      { ...uidEntry, id: 3, expires: epochSeconds },
      { ...uidEntry, id: 5 },
    ]);
    expect(door.tap(uidCard(guestUid))).toBe('opened');
    expect(lastFact(door)).toMatchObject({ entryId: 5 });
  });

  test('nobody’s card opens a lock that was not commissioned', () => {
    const door = createDoorScene();
    const foreign = createDoorScene([uidEntry]);
    door.state = { ...foreign.state, memory: { ...foreign.state.memory, learnedUnder: new Uint8Array(1) } };
    expect(door.tap(uidCard(guestUid))).toBe('card-unknown');
  });
});

describe('one bolt', () => {
  test('who comes while it moves is told to come again, and nothing opens after its moment', () => {
    const door = createDoorScene([uidEntry, codeEntry]);
    door.actuation = undefined;
    expect(door.tap(uidCard(guestUid))).toBe('opened');
    expect(door.tap(uidCard(guestUid))).toBe('busy');
    expect(door.enter('246810')).toBe('busy');
    door.step({ type: 'door-actuated', outcome: 'executed' });
    expect(door.moves).toHaveLength(1);
    expect(door.log.map(({ result }) => result)).toEqual(['ok']);
    expect(door.tap(uidCard(guestUid))).toBe('opened');
  });

  test('a power cut while it moves: the log says that nobody knows where it is', () => {
    const door = createDoorScene([uidEntry]);
    door.actuation = undefined;
    door.tap(uidCard(guestUid));
    expect(door.log).toEqual([]);
    door.restart();
    door.step({ type: 'noticed', notice: { type: 'boot', count: 2 } });
    expect(door.log.map(({ type, result }) => `${type} ${result}`)).toEqual(['card position-unknown', 'boot ok']);
    door.step({ type: 'noticed', notice: { type: 'tamper' } });
    expect(door.log).toHaveLength(3);
  });

  test('a proof that comes late, or after the next card, counts for nothing', () => {
    const door = createDoorScene([aesEntry]);
    const slow = { ...aesCard(guestUid, secret), answer: () => undefined as never };
    expect(door.tap(slow)).toBe('waiting');
    door.at += lockLimits.cardCheckMs + 1;
    door.step({ type: 'card-checked', check: 1, result: { outcome: 'proven' } });
    expect(door.refusals).toEqual(['late']);
    door.tap(slow);
    expect(door.tap(uidCard('01020304'))).toBe('card-unknown');
    door.step({ type: 'card-checked', check: 2, result: { outcome: 'proven' } });
    door.tap(slow);
    door.tap(slow);
    door.step({ type: 'card-checked', check: 3, result: { outcome: 'proven' } });
    expect(door.moves).toHaveLength(0);
    door.step({ type: 'card-checked', check: 4, result: { outcome: 'proven' } });
    expect(door.moves).toHaveLength(1);
    door.step({ type: 'card-checked', check: 4, result: { outcome: 'proven' } });
    expect(door.moves).toHaveLength(1);
  });

  test('a card that leaves the field, and one that the reader cannot challenge, open nothing', () => {
    const door = createDoorScene([aesEntry]);
    expect(door.tap({ ...aesCard(guestUid, secret), answer: () => ({ outcome: 'lost' }) })).toBe('bad-frame');
    expect(door.tap({ ...aesCard(guestUid, secret), answer: () => ({ outcome: 'unsupported' }) })).toBe('unsupported');
  });

  test('a proof is worth what the set says when it comes', () => {
    const door = createDoorScene([aesEntry]);
    const slow = { ...aesCard(guestUid, secret), answer: () => undefined as never };
    door.tap(slow);
    door.hold([{ ...aesEntry, credential: { kind: 'aes', uid: unhex(guestUid), secret: otherSecret } }]);
    door.step({ type: 'card-checked', check: 1, result: { outcome: 'proven' } });
    expect(door.refusals).toEqual(['card-unknown']);
    expect(door.moves).toHaveLength(0);
  });
});

describe('guessing codes', () => {
  const wrong = ['000000', '111111', '222222', '333333', '444444'];

  test('five wrong ones, and then one in a quarter of an hour; the right one waits too', () => {
    const door = createDoorScene([codeEntry]);
    for (const digits of wrong) expect(door.enter(digits)).toBe('code-unknown');
    expect(door.enter('246810')).toBe('busy');
    door.at += lockLimits.codeRefillMs - 1;
    expect(door.enter('246810')).toBe('busy');
    door.at += 1;
    expect(door.enter('555555')).toBe('code-unknown');
    expect(door.enter('246810')).toBe('busy');
    door.at += lockLimits.codeRefillMs;
    expect(door.enter('246810')).toBe('opened');
    expect(door.enter('246810')).toBe('opened');
  });

  test('a power cut buys no guesses', () => {
    const door = createDoorScene([codeEntry]);
    for (const digits of wrong) door.enter(digits);
    for (let cut = 0; cut < 3; cut += 1) {
      door.restart();
      expect(door.enter('246810')).toBe('busy');
    }
    door.at += lockLimits.codeRefillMs;
    expect(door.enter('246810')).toBe('opened');
  });

  test('a holder’s own code buys no guesses', () => {
    const door = createDoorScene([codeEntry]);
    let guesses = 0;
    for (let n = 0; n < 20; n += 1) {
      if (door.enter(`${100_000 + n}`) === 'code-unknown') guesses += 1;
      door.enter('246810');
    }
    expect(guesses).toBe(5);
  });

  test('cards open meanwhile', () => {
    const door = createDoorScene([codeEntry, uidEntry]);
    for (const digits of [...wrong, ...wrong]) door.enter(digits);
    expect(door.tap(uidCard(guestUid))).toBe('opened');
  });
});
