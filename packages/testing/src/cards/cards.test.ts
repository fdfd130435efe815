import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { decodeCardFact, normalizeUid, type SetEntry } from '@latchwork/lock-protocol';
import { describe, expect, test } from 'vitest';
import { createCardLock } from './card-lock.test-rig.js';
import type { EmulatedCard } from './emulated-card.js';
import { createDesfireCard, createNtag424Card } from './ev2-card.js';
import { createSigningCard } from './signing-card.js';
import { createUidCard } from './uid-card.js';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const uid = unhex('04518dfaa96180');
/** The maker's over that UID (NXP AN12196, table 30). */
const originality = unhex(
  'd1940d17cfeda4bff80359ab975f9f6514313e8f90c1d3caaf5941ad744a1cdf9a83f883cafe0fe95d1939b1b7e47113993324473b785d21',
);
const secret = Uint8Array.from(randomBytes(16));
const makeKey = () =>
  Uint8Array.from(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
const privateKey = makeKey();
const phone = createSigningCard({ privateKey });

const aes: SetEntry = { id: 2, credential: { kind: 'aes', uid, secret } };
const entries: readonly SetEntry[] = [
  { id: 1, credential: { kind: 'uid', uid: unhex('01020304') } },
  aes,
  { id: 3, credential: { kind: 'public-key', publicKey: phone.publicKey } },
];
const secrets = new Map([[1, secret]]);

const good: readonly { name: string; make: () => EmulatedCard; technology: string; proof: number; commands: number }[] =
  [
    {
      name: 'NTAG 424 DNA',
      make: () => createNtag424Card({ uid, secrets }),
      technology: 'ntag-424',
      proof: 2,
      commands: 9,
    },
    {
      name: 'DESFire EV3',
      make: () => createDesfireCard({ uid, secrets }),
      technology: 'desfire',
      proof: 2,
      commands: 9,
    },
    {
      name: 'a phone that signs',
      make: () => createSigningCard({ privateKey }),
      technology: 'public-key',
      proof: 3,
      commands: 3,
    },
  ];

describe.each(good)('$name', ({ make, technology, proof, commands }) => {
  test('is recognized, proves its secret, and opens', async () => {
    const lock = createCardLock(entries, proof);
    expect(await lock.tap(make())).toBe('opened');
    expect(lock.sighted[0]?.technology).toBe(technology);
    const [entry] = lock.log;
    expect(entry && decodeCardFact(entry)).toMatchObject({ proof, action: 'unlock' });
  });

  test('lifted at any command, opens nothing, and opens when it is held again', async () => {
    for (let liftAfter = 0; liftAfter < commands; liftAfter += 1) {
      const lock = createCardLock(entries, proof);
      const card = make();
      card.faults.liftAfter = liftAfter;
      expect(['nothing', 'bad-frame']).toContain(await lock.tap(card));
      expect(lock.moves()).toBe(0);
      delete card.faults.liftAfter;
      expect(await lock.tap(card)).toBe('opened');
    }
    const lock = createCardLock(entries, proof);
    const card = make();
    card.faults.liftAfter = commands;
    expect(await lock.tap(card)).toBe('opened');
  });

  test('T17: what it said yesterday proves nothing today', async () => {
    const lock = createCardLock(entries, proof);
    const card = make();
    expect(await lock.tap(card)).toBe('opened');
    card.faults.replays = true;
    expect(await lock.tap(card)).toBe('card-clone-suspect');
    expect(lock.moves()).toBe(1);
    expect(lock.log.at(-1)).toMatchObject({ type: 'card', result: 'card-clone-suspect' });
  });
});

describe('T17: copies', () => {
  test('a magic card with the number of a card that can prove itself', async () => {
    const lock = createCardLock(entries);
    expect(await lock.tap(createUidCard(uid))).toBe('card-clone-suspect');
    expect(await lock.tap(createUidCard(unhex('01020304')))).toBe('opened');
    expect(await createCardLock(entries, 1).tap(createUidCard(unhex('01020304')))).toBe('card-class');
  });

  test('a card of the right kind with the number and another secret, or none', async () => {
    const lock = createCardLock(entries);
    const wrong = new Map([[1, Uint8Array.from(randomBytes(16))]]);
    for (const make of [createNtag424Card, createDesfireCard]) {
      expect(await lock.tap(make({ uid, secrets: wrong }))).toBe('card-clone-suspect');
      expect(await lock.tap(make({ uid, secrets: new Map() }))).toBe('card-clone-suspect');
    }
    expect(lock.moves()).toBe(0);
  });

  test('a card that claims a public key without the secret to it', async () => {
    const lock = createCardLock(entries);
    const thief = createSigningCard({ privateKey: makeKey(), claims: phone.publicKey });
    expect(await lock.tap(thief)).toBe('card-clone-suspect');
    expect(await lock.tap(createSigningCard({ privateKey: makeKey() }))).toBe('card-unknown');
    expect(lock.moves()).toBe(0);
  });

  test('a number that is another one at every tap', async () => {
    const lock = createCardLock(entries);
    const card = createNtag424Card({ uid, secrets });
    card.faults.randomUid = true;
    expect(await lock.tap(card)).toBe('card-random');
  });

  test('a number that a driver gives backwards, turned around', async () => {
    const lock = createCardLock(entries);
    const backwards = uid.slice().reverse();
    expect(await lock.tap(createNtag424Card({ uid: backwards, secrets }))).toBe('card-unknown');
    expect(await lock.tap(createNtag424Card({ uid: normalizeUid(backwards, 'reversed'), secrets }))).toBe('opened');
    expect(normalizeUid(uid, 'iso-14443-3')).toEqual(uid);
  });
});

describe('a card with several keys', () => {
  test('opens each door with its own, and no door holds another’s', async () => {
    const other = Uint8Array.from(randomBytes(16));
    const card = () => createNtag424Card({ uid, secrets: new Map([...secrets, [3, other]]) });
    const second: SetEntry = { id: 2, credential: { kind: 'aes', uid, secret: other, keyNumber: 3 } };
    expect(await createCardLock([aes]).tap(card())).toBe('opened');
    expect(await createCardLock([second]).tap(card())).toBe('opened');
    const mixed: SetEntry = { id: 2, credential: { kind: 'aes', uid, secret, keyNumber: 3 } };
    expect(await createCardLock([mixed]).tap(card())).toBe('card-clone-suspect');
  });
});

describe('the maker’s signature', () => {
  test.each([createNtag424Card, createDesfireCard])('is told, and decides nothing', async (make) => {
    const lock = createCardLock(entries);
    expect(await lock.tap(make({ uid, secrets, originality }))).toBe('opened');
    expect(await lock.tap(make({ uid, secrets, originality: originality.slice().reverse() }))).toBe('opened');
    expect(await lock.tap(make({ uid, secrets }))).toBe('opened');
    expect(lock.sighted.map(({ genuine }) => genuine)).toEqual([true, false, undefined]);
  });
});
