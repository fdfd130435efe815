import { describe, expect, test } from 'vitest';
import type { Authority } from './caller/lock-link.js';
import { createFactoryLock, install } from './commissioning/commission-scene.test-rig.js';
import type { CryptoProvider } from './crypto/crypto-provider.js';
import { createNodeCrypto } from './crypto/node-crypto.js';
import { encodeInfo, encodeServiceData } from './encoding/gatt.js';
import { faultOf } from './lock/command-scene.test-rig.js';
import { signCommandToken } from './objects/command-token.js';
import { signGrant } from './objects/grant.js';
import { createFakeTime, epochSeconds } from './session.test-rig.js';
import { createHouse, entriesIn, foundIn, hex, rawOf, secretsIn } from './stolen-lock.test-rig.js';

const crypto = createNodeCrypto();

/** Whatever somebody would try to make a key of: what a lock shows, alone, joined, hashed, and through HKDF. */
function derivedFrom(provider: CryptoProvider, shown: readonly Uint8Array[]): Set<string> {
  const joined = shown.flatMap((one) => shown.map((other) => Uint8Array.of(...one, ...other)));
  const materials = [...shown, ...shown.map((one) => one.slice().reverse()), ...joined];
  const salts = [
    new Uint8Array(0),
    new Uint8Array(32),
    ...['OLP/1', 'OLP1', 'setup', 'OLP/1-set'].map((text) => Buffer.from(text)),
  ];
  const derived = new Set<string>();
  const add = (bytes: Uint8Array) => {
    for (const size of [16, 32]) {
      derived.add(hex(bytes.slice(0, size)));
      derived.add(hex(bytes.slice(-size)));
    }
  };
  for (const material of materials) {
    add(material);
    const hash = provider.sha256(material);
    add(hash);
    add(provider.sha256(hash));
    for (const salt of salts) {
      for (const extracted of [provider.hmacSha256(salt, material), provider.hmacSha256(material, salt)]) {
        add(extracted);
        for (const info of [new Uint8Array(0), Buffer.from('setup'), ...shown]) {
          add(provider.hmacSha256(extracted, Uint8Array.of(...info, 1)));
        }
      }
    }
  }
  return derived;
}

describe('T22: whoever dismantles one lock', { timeout: 60_000 }, () => {
  test('opens no other: as a phone, a gateway or with a command, with any key and any object that it holds', async () => {
    const { a, b, by, unlock, byGrant, certificates, time } = await createHouse(crypto);
    const { self, setupSecret } = a.lock.dump();
    const tag = b.lock.self().tag;
    const { identity, p256Identity, signingSecret = setupSecret } = self;
    // Every secret of the dump as the caller's, and as the signer's.
    const secrets = [
      identity.secret,
      signingSecret,
      p256Identity?.secret ?? identity.secret,
      crypto.sha256(setupSecret),
    ];
    const callers = [
      ...secrets.map((secret) => crypto.x25519KeyPair(secret)),
      ...(p256Identity ? [p256Identity] : []),
      a.holder,
    ];
    const held = foundIn(crypto, a.lock.dump());
    const now = () => epochSeconds + Math.floor(time.now() / 1000);
    let tried = 0;
    for (const caller of callers) {
      const rights = ['unlock', 'lock', 'local', 'remote', 'commission'] as const;
      const forged = secrets.map((secret) =>
        signGrant(crypto, secret, {
          ...{ grantId: crypto.randomBytes(8), locks: [tag], holderPublicKey: caller.publicKey, epoch: 1, rights },
          ...{ notBefore: epochSeconds, expires: epochSeconds + 86_400, issuedAt: epochSeconds },
        }),
      );
      const grants = [...forged, a.grant, b.grant, ...held.filter(({ length }) => length > 100)];
      const shownWith = [certificates.grant, certificates.cmd, ...held.filter(({ length }) => length > 100)];
      for (const grant of grants) {
        // Whoever holds what b's holder was given may open b: that needs the holder's secret.
        for (const certificate of shownWith) {
          tried += 1;
          await time.advance(2000);
          const answer = await unlock(b, { caller, authority: byGrant(grant, certificate) });
          expect(answer.code).not.toBe('ok');
        }
      }
      for (const secret of secrets) {
        const commandId = crypto.randomBytes(8);
        const authority = async (challenge: Uint8Array): Promise<Authority> => ({
          kind: 'token',
          token: signCommandToken(crypto, secret, {
            ...{ lock: tag, commandId, action: 'unlock', challenge, epoch: 1 },
            ...{ issuedAt: now(), expires: now() + 10 },
          }),
          certificate: certificates.cmd,
        });
        tried += 1;
        await time.advance(2000);
        expect((await unlock(b, { caller, authority, commandId })).code).not.toBe('ok');
      }
    }
    expect(tried).toBeGreaterThan(50);
    // Nor does the label of one commission another, whoever is inside.
    b.lock.session().factoryReset();
    b.lock.session().present();
    const wrong = install({ crypto, time, lock: b.lock, by, change: { label: a.lock.label } });
    expect(await faultOf(wrong)).toEqual({ code: 'commission', reason: 'secret-refused' });
    expect(b.lock.moves).toEqual([]);
  });

  test('finds no secret that another lock has too', async () => {
    const { locks, cards, shared } = await createHouse(crypto);
    const seen = new Map<string, number>();
    for (const [index, { lock, keyNumber }] of locks.entries()) {
      const dump = lock.dump();
      const { self, setupSecret } = dump;
      const secrets = secretsIn(crypto, dump, shared);
      // The scanner sees what is there, in the banks too.
      const ofCards = [cards.ntag, cards.desfire].map((uid) => cards.secretAt(uid, { tag: self.tag, keyNumber }));
      const macs = entriesIn(crypto, dump).flatMap(({ credential }) => ('mac' in credential ? credential.mac : []));
      expect(macs).toHaveLength(1);
      for (const secret of [
        self.identity.secret,
        self.signingSecret ?? setupSecret,
        setupSecret,
        ...ofCards,
        ...macs,
      ]) {
        expect(secrets).toContain(hex(secret));
      }
      // The public keys of cards that sign are in each of them, and these alone are let through.
      expect(secretsIn(crypto, dump, shared.slice(0, -1))).toEqual(new Set([...secrets, hex(cards.signing.publicKey)]));
      for (const secret of secrets) {
        expect([secret, seen.get(secret) ?? index]).toEqual([secret, index]);
        seen.set(secret, index);
      }
      // Nor does it stand in the midst of what the scanner could not read.
      const others = locks.filter((other) => other.lock !== lock).map((other) => rawOf(other.lock.dump()));
      for (const secret of secrets) expect(others.filter((raw) => raw.includes(secret))).toEqual([]);
    }
    expect(seen.size).toBeGreaterThan(30);
  });

  test('and the scanner finds one, where there is one', async () => {
    const time = createFakeTime();
    const setupSecret = crypto.randomBytes(16);
    const [one, two] = [1, 2].map(() => secretsIn(crypto, createFactoryLock({ crypto, time, setupSecret }).dump(), []));
    expect([...(one ?? [])].filter((secret) => two?.has(secret))).toEqual([hex(setupSecret)]);
  });

  test('and in the set, were a card given the same secret for two locks', async () => {
    const { a, b, cards, shared } = await createHouse(crypto);
    const secret = crypto.randomBytes(16);
    await a.bring([{ id: 1, credential: { kind: 'aes', uid: cards.ntag, secret } }]);
    await b.bring([{ id: 2, credential: { kind: 'aes', uid: cards.ntag, secret } }]);
    const [one, two] = [a, b].map(({ lock }) => secretsIn(crypto, lock.dump(), shared));
    expect([...(one ?? [])].filter((each) => two?.has(each))).toEqual([hex(secret)]);
    expect(rawOf(b.lock.dump())).toContain(hex(secret));
  });

  test('no secret is a function of what a lock shows to everybody', async () => {
    const { locks, cards } = await createHouse(crypto);
    for (const { lock } of locks) {
      const { self } = lock.dump();
      const nonce = new Uint8Array(8);
      const shown = [
        self.tag,
        encodeServiceData({ version: 1, flags: 1, tag: self.tag }),
        encodeInfo({ versions: 1, suites: 3, maxMessageSizeBytes: 4096, tag: self.tag, nonce }),
        // A serial number and an address as a label or a radio would say them.
        ...[Buffer.from('SN-000123'), Uint8Array.of(0xc0, 0xff, 0xee, 1, 2, 3), Buffer.from('c0:ff:ee:01:02:03')],
        ...[self.identity.publicKey, self.p256Identity?.publicKey ?? self.tag],
        // And the numbers of cards, which they say to any reader.
        ...[cards.ntag, Uint8Array.of(...cards.ntag, ...self.tag, 1)],
      ];
      const derived = derivedFrom(crypto, shown);
      const secrets = secretsIn(crypto, lock.dump(), []);
      const known = [...secrets].filter((secret) => derived.has(secret));
      expect(known).toEqual([]);
      // A key that is made of the tag would be found.
      expect(derived.has(hex(crypto.sha256(self.tag)))).toBe(true);
    }
  });
});
