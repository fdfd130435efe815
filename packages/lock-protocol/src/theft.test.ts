import { describe, expect, test } from 'vitest';
import type { Authority } from './caller/lock-link.js';
import { performUnlock } from './caller/perform-unlock.js';
import {
  createCommissioner,
  createFactoryLock,
  install,
  type LockDump,
} from './commissioning/commission-scene.test-rig.js';
import type { CryptoProvider, KeyPair } from './crypto/crypto-provider.js';
import { createNodeCrypto } from './crypto/node-crypto.js';
import { decodeCbor } from './encoding/cbor.js';
import { encodeInfo, encodeServiceData } from './encoding/gatt.js';
import { faultOf } from './lock/command-scene.test-rig.js';
import { signCommandToken } from './objects/command-token.js';
import { type Grant, signGrant } from './objects/grant.js';
import { LockProtocolError } from './protocol-error.js';
import { createFakeTime, epochSeconds } from './session.test-rig.js';

const crypto = createNodeCrypto();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Three locks of one property, each opened by its own guest, and one of another property. */
async function createHouse() {
  const time = createFakeTime();
  const by = createCommissioner(crypto);
  const signing = crypto.ed25519KeyPair();
  const cmd = crypto.ed25519KeyPair();
  const certificates = {
    grant: by.certify({ use: 'grant', publicKey: signing.publicKey }),
    cmd: by.certify({ use: 'cmd', publicKey: cmd.publicKey }),
  };
  const locks = await Promise.all(
    ['a', 'b', 'c'].map(async () => {
      const lock = createFactoryLock({ crypto, time, suite2: true });
      const holder = crypto.x25519KeyPair();
      lock.session().present();
      await install({ crypto, time, lock, by });
      const grant = signGrant(crypto, signing.secret, {
        ...{ grantId: crypto.randomBytes(8), locks: [lock.self().tag], holderPublicKey: holder.publicKey, epoch: 1 },
        ...{ notBefore: epochSeconds, expires: epochSeconds + 86_400, issuedAt: epochSeconds },
        ...{ rights: ['unlock', 'local'], slot: 0, issue: 7 },
      } satisfies Grant);
      return { lock, holder, grant };
    }),
  );
  const [a, b] = locks;
  if (!a || !b) throw new Error('There are three locks.');
  const unlock = (
    { lock }: Pick<typeof a, 'lock'>,
    o: {
      readonly caller: KeyPair;
      readonly authority: (challenge: Uint8Array) => Promise<Authority>;
      commandId?: Uint8Array;
    },
  ) => {
    const { caller, authority, commandId = crypto.randomBytes(8) } = o;
    const { identity, p256Identity } = lock.self();
    const link = lock.connect();
    const lockPublicKey = caller.publicKey.length === 33 && p256Identity ? p256Identity.publicKey : identity.publicKey;
    return performUnlock({
      ...{ crypto, link, lockPublicKey, caller, authority, now: time.now, startTimer: time.startTimer },
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'tap' },
    }).finally(() => link.close());
  };
  const byGrant =
    (grant: Uint8Array, certificate = certificates.grant) =>
    async (): Promise<Authority> => ({
      ...{ kind: 'grant', grant, certificate },
    });
  for (const { lock, holder, grant } of locks) {
    expect((await unlock({ lock }, { caller: holder, authority: byGrant(grant) })).code).toBe('ok');
    lock.moves.length = 0;
  }
  return { time, by, locks, a, b, unlock, byGrant, certificates, cmd };
}

/** Every byte string in a value, however deep, and in what is encoded in it. */
function stringsIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) {
    let inner: unknown;
    try {
      inner = decodeCbor(value, { sizeBytes: 1_000_000, depth: 16, items: 100_000 });
    } catch (error) {
      if (!(error instanceof LockProtocolError)) throw error;
    }
    return [value, ...(typeof inner === 'object' ? stringsIn(inner) : [])];
  }
  if (value instanceof Map) return [...value.values()].flatMap(stringsIn);
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(stringsIn);
  return [];
}

/** What is nobody's secret: public keys, tags, hashes of the log, what the property signed. */
function publicParts(dump: LockDump, shared: readonly Uint8Array[]): Set<string> {
  const { identity, p256Identity, signingSecret, tag } = dump.self;
  const keys = [
    identity.publicKey,
    p256Identity?.publicKey,
    signingSecret && crypto.ed25519KeyPair(signingSecret).publicKey,
  ];
  return new Set([...keys, tag, ...shared].flatMap((part) => (part ? stringsIn(part).map(hex) : [])));
}

const smallestSecretBytes = 16;

function secretsIn(dump: LockDump, shared: readonly Uint8Array[]): Set<string> {
  const open = publicParts(dump, shared);
  const found = stringsIn(dump).filter(({ length }) => length >= smallestSecretBytes);
  return new Set(found.map(hex).filter((text) => !open.has(text) && !/^(?:00)*$/.test(text)));
}

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

describe('T22: whoever dismantles one lock', () => {
  test('opens no other: as a phone, a gateway or with a command, with any key and any object that it holds', async () => {
    const { a, b, by, unlock, byGrant, certificates, time } = await createHouse();
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
    const held = stringsIn(
      decodeCbor(a.lock.dump().memory ?? setupSecret, { sizeBytes: 65_536, depth: 8, items: 4096 }),
    );
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
  }, 60_000);

  test('finds no secret that another lock has too', async () => {
    const { locks, by, certificates } = await createHouse();
    const { rootPublicKey, property } = by.trust;
    const whom = Uint8Array.of(...rootPublicKey, ...property);
    const shared = [rootPublicKey, property, whom, by.certify(), certificates.grant, certificates.cmd];
    const seen = new Map<string, number>();
    for (const [index, { lock }] of locks.entries()) {
      const secrets = secretsIn(lock.dump(), shared);
      const { self, setupSecret } = lock.dump();
      // The scanner sees what is there.
      for (const secret of [self.identity.secret, self.signingSecret ?? setupSecret, setupSecret]) {
        expect(secrets).toContain(hex(secret));
      }
      for (const secret of secrets) {
        expect([secret, seen.get(secret) ?? index]).toEqual([secret, index]);
        seen.set(secret, index);
      }
    }
    expect(seen.size).toBeGreaterThan(12);
  });

  test('and the scanner finds one, where there is one', async () => {
    const time = createFakeTime();
    const setupSecret = crypto.randomBytes(16);
    const [one, two] = [1, 2].map(() => secretsIn(createFactoryLock({ crypto, time, setupSecret }).dump(), []));
    expect([...(one ?? [])].filter((secret) => two?.has(secret))).toEqual([hex(setupSecret)]);
  });

  test('no secret is a function of what a lock shows to everybody', async () => {
    const { locks } = await createHouse();
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
      ];
      const derived = derivedFrom(crypto, shown);
      const secrets = secretsIn(lock.dump(), []);
      const known = [...secrets].filter((secret) => derived.has(secret));
      expect(known).toEqual([]);
      // A key that is made of the tag would be found.
      expect(derived.has(hex(crypto.sha256(self.tag)))).toBe(true);
    }
  });
});
