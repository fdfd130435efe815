import { p256 } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import { diversifySecret, encryptBlocks } from './cards/card-aes.js';
import { decodeCardFact } from './cards/card-log.js';
import { aesCardWith, signingCardWith } from './cards/copied-card.test-rig.js';
import { codeMac } from './cards/door-code.js';
import { createNodeCrypto } from './crypto/node-crypto.js';
import { concatBytes } from './encoding/byte-strings.js';
import { lockLimits } from './lock/lock-limits.js';
import { openSetBox, sealSetBox } from './sets/set-box.js';
import { encodeSetEntry, hashSetEntry } from './sets/set-entry.js';
import { encodeSetChange } from './sets/set-message.js';
import { createHouse, entriesIn, foundIn, hex } from './stolen-lock.test-rig.js';

const crypto = createNodeCrypto();
const nothing = new Uint8Array(0);
const aesCards = ['ntag-424', 'desfire'] as const;
const fourDigits = Array.from({ length: 10_000 }, (_, code) => `${code}`.padStart(4, '0'));

type House = Awaited<ReturnType<typeof createHouse>>;

/** What is in a lock, one by one, as hex; and all of it cut to secrets of this size. */
function secretsOfSize({ a }: House, sizeBytes: number): Uint8Array[] {
  const cuts = foundIn(crypto, a.lock.dump()).flatMap((bytes) =>
    bytes.length < sizeBytes ? [] : [bytes.slice(0, sizeBytes), bytes.slice(-sizeBytes)],
  );
  return [...new Map(cuts.map((bytes) => [hex(bytes), bytes])).values()];
}

/** The digits that somebody finds who can compare guesses. */
function guess(fits: (digits: string) => boolean): string[] {
  return fourDigits.filter(fits);
}

describe('T22: whoever dismantles one lock opens no other with cards and codes', { timeout: 60_000 }, () => {
  test('the guest opens both, with each card and the code of each lock', async () => {
    const { a, b, cards } = await createHouse(crypto);
    for (const { lock, tap, enter, keyNumber, entries } of [a, b]) {
      const { tag } = lock.self();
      expect(await tap({ technology: 'uid-only', uid: cards.uid })).toBe('opened');
      for (const technology of aesCards) {
        const uid = technology === 'desfire' ? cards.desfire : cards.ntag;
        const card = aesCardWith((number) =>
          number === keyNumber ? cards.secretAt(uid, { tag, keyNumber }) : undefined,
        );
        expect(await tap({ technology, uid }, card)).toBe('opened');
      }
      const phone = signingCardWith(cards.signing.secret);
      expect(await tap({ technology: 'public-key', uid: Uint8Array.of(8, 1, 2, 3) }, phone)).toBe('opened');
      const digits = entries.flatMap(({ credential }) => ('digits' in credential ? credential.digits : []));
      expect(await enter(digits.join())).toBe('opened');
    }
  });

  test('by a card with AES: no secret of the dump, and none made of one, answers another lock', async () => {
    const house = await createHouse(crypto);
    const { a, b, cards } = house;
    const { tag } = b.lock.self();
    const held = secretsOfSize(house, 16);
    expect(held.map(hex)).toContain(
      hex(cards.secretAt(cards.ntag, { tag: a.lock.self().tag, keyNumber: a.keyNumber })),
    );
    let tried = 0;
    for (const technology of aesCards) {
      const uid = technology === 'desfire' ? cards.desfire : cards.ntag;
      const inputs = [b.keyNumber, a.keyNumber].map((number) => concatBytes(uid, tag, Uint8Array.of(number)));
      const made = held.flatMap((secret) => [
        secret,
        ...inputs.map((input) => diversifySecret(secret, input)),
        encryptBlocks(secret, new Uint8Array(16)),
      ]);
      for (const secret of made) {
        tried += 1;
        expect(
          await b.tap(
            { technology, uid },
            aesCardWith(() => secret),
          ),
        ).toBe('card-clone-suspect');
      }
      // Its number alone opens nothing either, although another card of the guest needs no more.
      expect(await b.tap({ technology: 'uid-only', uid })).toBe('card-clone-suspect');
    }
    expect(tried).toBeGreaterThan(200);
    expect(b.lock.moves).toEqual([]);
  });

  test('by a card that signs: a public key, every secret of the dump, and a challenge that the dismantled lock sets', async () => {
    const house = await createHouse(crypto);
    const { a, b, cards } = house;
    const sighting = { technology: 'public-key', uid: Uint8Array.of(8, 1, 2, 3) } as const;
    const known = entriesIn(crypto, a.lock.dump()).flatMap(({ credential }) =>
      credential.kind === 'public-key' ? [credential.publicKey] : [],
    );
    expect(known).toEqual([cards.signing.publicKey]);
    const [claims] = known;
    const secrets = secretsOfSize(house, 32).filter((bytes) => p256.utils.isValidSecretKey(bytes));
    expect(secrets.map(hex)).toContain(hex(a.lock.self().p256Identity?.secret ?? nothing));
    for (const secret of secrets) {
      expect(await b.tap(sighting, signingCardWith(secret, claims))).toBe('card-clone-suspect');
      expect(await b.tap(sighting, signingCardWith(secret))).toBe('card-unknown');
    }
    // The guest's card held to a reader that says the other's nonce: it signs for the lock whose tag that says.
    const genuine = signingCardWith(cards.signing.secret);
    const { tag } = a.lock.self();
    const dishonest = (apdu: Uint8Array) =>
      genuine(apdu[0] === 0 ? apdu : Uint8Array.of(...apdu.slice(0, 25), ...tag, 0));
    expect(await b.tap(sighting, dishonest)).toBe('card-clone-suspect');
    expect(b.lock.moves).toEqual([]);
  });

  test('but for a card that proves its number alone: it opens where the other lock takes class 0, and its log says so', async () => {
    const { a, b } = await createHouse(crypto);
    const copies = entriesIn(crypto, a.lock.dump()).flatMap(({ credential }) =>
      'uid' in credential ? [credential] : [],
    );
    const outcomes = async () => {
      const told: (readonly [string, string])[] = [];
      for (const { kind, uid } of copies) told.push([kind, await b.tap({ technology: 'uid-only', uid })]);
      return told;
    };
    const never = [
      ['aes', 'card-clone-suspect'],
      ['aes', 'card-clone-suspect'],
    ];
    expect(await outcomes()).toEqual([['uid', 'opened'], ...never]);
    const opened = b.lock.log.find(({ type, result }) => type === 'card' && result === 'ok');
    expect(opened && decodeCardFact(opened)).toMatchObject({ proof: 0, action: 'unlock' });
    for (const minimumClass of [1, 2, 3] as const) {
      await b.bring(b.entries, { minimumClass });
      expect(await outcomes()).toEqual([['uid', 'card-class'], ...never]);
    }
    expect(b.lock.moves).toEqual(['unlock']);
  });

  test('by a code: the digits of one lock are found with its secret alone, and are none of another’s', async () => {
    const house = await createHouse(crypto);
    const { a, b, cards } = house;
    const found = foundIn(crypto, a.lock.dump());
    const macs = new Set(found.map(hex));
    const { secret } = a.lock.self().identity;
    const recovered = guess((digits) => macs.has(hex(codeMac(crypto, secret, digits))));
    expect(recovered).toEqual([cards.codes[0]]);
    // Flash alone, as of a chip outside, tells no code: nothing in it makes the hash of the right digits.
    const code = a.entries.find(({ credential }) => credential.kind === 'code');
    if (code?.credential.kind !== 'code') throw new Error('There is a code.');
    const { id, credential } = code;
    const hashes = new Set(entriesIn(crypto, a.lock.dump()).map(({ hash }) => hex(hash)));
    const isHash = (salt: Uint8Array) =>
      hashes.has(hex(hashSetEntry(crypto, encodeSetEntry({ id, credential: { ...credential, salt } }))));
    expect(isHash(credential.salt)).toBe(true);
    const { memory = nothing, segments, setBanks } = a.lock.dump();
    const flash = concatBytes(memory, ...segments, ...setBanks);
    const parts = Array.from(flash.subarray(15), (_, at) => flash.subarray(at, at + 16));
    expect(parts.filter(isHash)).toEqual([]);
    for (const digits of recovered) expect(await b.enter(digits)).toBe('code-unknown');
    expect(b.lock.moves).toEqual([]);
  });

  test('by a code that the other lock was given too: its MAC says so to nobody, and guesses are counted as ever', async () => {
    const { a, b } = await createHouse(crypto);
    const code = (id: number) =>
      ({ id, credential: { kind: 'code', digits: '9035', salt: crypto.randomBytes(16) } }) as const;
    await a.bring([code(1)]);
    await b.bring([code(1)]);
    const [one, two] = [a, b].map(({ lock }) => foundIn(crypto, lock.dump()));
    const ofCode = [a, b].flatMap(({ lock }) =>
      entriesIn(crypto, lock.dump()).flatMap(({ id, credential }) =>
        id === 1 && 'mac' in credential ? [credential.mac] : [],
      ),
    );
    expect(new Set(ofCode.map(hex)).size).toBe(2);
    const twos = new Set(two?.map(hex));
    for (const key of [nothing, ...(one ?? [])]) expect(twos).not.toContain(hex(codeMac(crypto, key, '9035')));
    const guesses: string[] = [];
    for (const digits of fourDigits.slice(0, 20)) guesses.push(await b.enter(digits));
    expect(guesses.filter((outcome) => outcome !== 'busy')).toEqual(Array(lockLimits.codeTries).fill('code-unknown'));
    expect(await b.enter('9035')).toBe('busy');
  });

  test('boxes sealed to it open nowhere else, and what it held is no set of another lock', async () => {
    const { a, b } = await createHouse(crypto);
    const [own, other] = [a.lock.self(), b.lock.self()];
    const boxes = ({ carried }: typeof a) => [...carried.delta, ...carried.buckets.flat()];
    for (const box of boxes(a)) {
      expect(openSetBox(crypto, own, box)).toBeDefined();
      for (const tag of [own.tag, other.tag]) expect(openSetBox(crypto, { ...other, tag }, box)).toBeUndefined();
    }
    // The traffic of another lock, recorded, under the keys of the dismantled one.
    for (const box of boxes(b)) {
      for (const tag of [own.tag, other.tag]) expect(openSetBox(crypto, { ...own, tag }, box)).toBeUndefined();
    }
    expect(await b.ask(['set-begin', a.carried.manifest])).toEqual(['wrong-lock']);
    const before = b.lock.dump().setBanks.map(hex);
    const put = boxes(a).map((box) => ['set-put', box] as const);
    expect(new Set(await b.ask(...put))).toEqual(new Set(['no-right']));
    const next = b.sets.publish(b.entries.slice(1)).carried;
    const [begun, ...refused] = await b.ask(['set-begin', next.manifest], ...put);
    expect(begun).toBe('ok');
    expect(new Set(refused)).toEqual(new Set(['auth']));
    // Whoever knows its public key can seal to it: what comes of that is no set that anybody has signed.
    const lock = { lockPublicKey: other.identity.publicKey, tag: other.tag };
    const entries = a.entries.map(encodeSetEntry);
    const foreign = sealSetBox(crypto, lock, encodeSetChange({ entries }));
    expect(await b.ask(['set-begin', next.manifest], ['set-put', foreign], ['set-commit', nothing])).toEqual([
      'ok',
      'ok',
      'digest',
    ]);
    const [code] = a.entries.flatMap(({ credential }) => ('digits' in credential ? [credential.digits] : []));
    expect(await b.enter(code ?? '')).toBe('code-unknown');
    expect(before).toHaveLength(1);
    expect(hex(b.lock.dump().setBanks[0] ?? nothing)).toBe(before[0]);
  });
});
