import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import type { PropertyCertificate } from '../objects/property-certificate.js';
import { LockProtocolError } from '../protocol-error.js';
import { epochSeconds, withSeed } from '../session.test-rig.js';
import {
  type CommissionOrder,
  encodeCommissionOrder,
  orderHashOf,
  orderMarkOf,
  readCommissionOrder,
} from './commission-order.js';
import { decodeIdentity, type LockIdentity, signIdentity, verifyIdentity } from './identity-statement.js';
import {
  decodeLockCertificate,
  type LockCertificate,
  signLockCertificate,
  verifyLockCertificate,
} from './lock-certificate.js';

const none = new Uint8Array(0);

describe.each([createNodeCrypto(), createPortableCrypto()])('on the $name provider', (provider) => {
  const crypto = withSeed(provider, 7);
  const signing = crypto.ed25519KeyPair();
  const identity: LockIdentity = {
    lock: crypto.randomBytes(8),
    publicKey: crypto.x25519KeyPair().publicKey,
    signingPublicKey: signing.publicKey,
    resets: 0,
  };
  const p256PublicKey = crypto.p256KeyPair().publicKey;
  const handshakeHash = crypto.randomBytes(32);
  const session = { handshakeHash, publicKey: identity.publicKey, tag: identity.lock };
  const statement = (change: Partial<LockIdentity> = {}) =>
    signIdentity(crypto, signing.secret, { identity: { ...identity, ...change }, handshakeHash });

  describe('an identity', () => {
    test.each([{}, { resets: 3 }, { p256PublicKey }])('comes back as it was stated: %o', (change) => {
      const bytes = statement(change);
      expect(verifyIdentity(crypto, bytes, session)).toEqual({ ok: true, identity: { ...identity, ...change } });
      expect(decodeIdentity(bytes)).toEqual({ ...identity, ...change });
    });

    test('has the sizes of the specification', () => {
      expect([statement(), statement({ p256PublicKey })].map(({ length }) => length)).toEqual([161, 197]);
    });

    test('is good in its own session, for its own keys and tag, and in no other', () => {
      const refused = (change: Partial<typeof session>) =>
        verifyIdentity(crypto, statement(), { ...session, ...change });
      expect(refused({ handshakeHash: crypto.randomBytes(32) })).toEqual({ ok: false, code: 'auth' });
      expect(refused({ publicKey: crypto.randomBytes(32) })).toEqual({ ok: false, code: 'auth' });
      expect(refused({ tag: crypto.randomBytes(8) })).toEqual({ ok: false, code: 'wrong-lock' });
    });

    test('is signed by the key that it names, as this type, and says nothing critical that is not known', () => {
      const claims = readClaims(readObject(statement()));
      const sign = (o: Partial<Parameters<typeof signObject>[1]>) =>
        signObject(crypto, {
          ...{ secret: signing.secret, kid: kidOf(crypto, signing.publicKey), type: 'OLP1-identity' as const },
          ...{ claims, binding: handshakeHash },
          ...o,
        });
      expect(verifyIdentity(crypto, sign({}), session)).toMatchObject({ ok: true });
      const other = crypto.ed25519KeyPair();
      for (const wrong of [
        sign({ secret: other.secret }),
        sign({ secret: other.secret, kid: kidOf(crypto, other.publicKey) }),
        sign({ kid: kidOf(crypto, other.publicKey) }),
        sign({ type: 'OLP1-lock' }),
        sign({ claims: new Map([...claims, [24, 0]]) }),
        sign({ claims: new Map([...claims].filter(([label]) => label !== 8)) }),
        none,
      ]) {
        expect(verifyIdentity(crypto, wrong, session)).toEqual({ ok: false, code: 'auth' });
      }
      const critical = sign({ claims: new Map([...claims, [26, 1]]) });
      expect(verifyIdentity(crypto, critical, session)).toEqual({ ok: false, code: 'critical-field' });
      expect(verifyIdentity(crypto, sign({ claims: new Map([...claims, [25, 1]]) }), session).ok).toBe(true);
    });

    test.each([{ lock: none }, { publicKey: none }, { p256PublicKey: new Uint8Array(33) }, { resets: -1 }])(
      'cannot be stated with %o',
      (change) => expect(() => statement(change)).toThrow(LockProtocolError),
    );
  });

  describe('a lock certificate', () => {
    const cert = crypto.ed25519KeyPair();
    const property = crypto.randomBytes(8);
    const certificate: LockCertificate = {
      ...{ lock: identity.lock, publicKey: identity.publicKey, signingPublicKey: identity.signingPublicKey },
      ...{ property, issuedAt: epochSeconds, epoch: 4 },
    };
    const signed = signLockCertificate(crypto, cert.secret, certificate);
    const signer: PropertyCertificate = {
      ...{ property, publicKey: cert.publicKey, use: 'cert', epoch: 4 },
      ...{ notBefore: epochSeconds - 60, expires: epochSeconds + 60 },
    };
    const verify = (change: Partial<PropertyCertificate> = {}, epoch = 4, bytes = signed) =>
      verifyLockCertificate(crypto, bytes, { certificate: { ...signer, ...change }, epoch });

    test('comes back as it was signed, in the sizes of the specification', () => {
      expect(verify()).toEqual({ ok: true, certificate });
      const both = signLockCertificate(crypto, cert.secret, { ...certificate, p256PublicKey });
      expect(verify({}, 4, both)).toEqual({ ok: true, certificate: { ...certificate, p256PublicKey } });
      expect(decodeLockCertificate(both)).toMatchObject({ property, p256PublicKey });
      expect([signed.length, both.length]).toEqual([177, 213]);
    });

    test('counts only under a certificate of its signer, use, epoch, time and property', () => {
      const unknown = verifyLockCertificate(crypto, signed, { certificate: undefined, epoch: 4 });
      expect(unknown).toEqual({ ok: false, code: 'certificate-unknown' });
      expect(verify({ publicKey: crypto.randomBytes(32) })).toEqual({ ok: false, code: 'certificate-unknown' });
      for (const use of ['set', 'grant', 'cmd'] as const) expect(verify({ use })).toEqual({ ok: false, code: 'auth' });
      expect(verify({ epoch: 5 })).toEqual({ ok: false, code: 'auth' });
      expect(verify({}, 5)).toEqual({ ok: false, code: 'epoch' });
      expect(verify({ notBefore: epochSeconds + 1 })).toEqual({ ok: false, code: 'auth' });
      expect(verify({ expires: epochSeconds })).toEqual({ ok: false, code: 'auth' });
      expect(verify({ property: crypto.randomBytes(8) })).toEqual({ ok: false, code: 'wrong-lock' });
      const flipped = signed.map((byte, at) => (at === 100 ? byte ^ 1 : byte));
      expect(verify({}, 4, flipped)).toEqual({ ok: false, code: 'auth' });
    });
  });

  describe('an order', () => {
    const order: CommissionOrder = {
      ...{ rootPublicKey: crypto.randomBytes(32), property: crypto.randomBytes(8) },
      ...{ certificate: crypto.randomBytes(142), lockCertificate: crypto.randomBytes(181) },
    };
    const body = encodeCommissionOrder(order);

    test('comes back as it was written, and its mark is the beginning of its hash', () => {
      expect(readCommissionOrder(body)).toEqual({ ok: true, order });
      expect(orderMarkOf(crypto, body)).toEqual(orderHashOf(crypto, body).slice(0, 8));
      expect(orderMarkOf(crypto, undefined)).toEqual(new Uint8Array(8));
    });

    test('is refused when it is none', () => {
      const wrong = [none, Uint8Array.of(0xa0), Uint8Array.of(0x80), body.subarray(1)];
      const short = [{ property: none }, { rootPublicKey: none }].map((change) =>
        encodeCommissionOrder({ ...order, ...change }),
      );
      for (const bytes of [...wrong, ...short]) {
        expect(readCommissionOrder(bytes)).toEqual({ ok: false, code: 'bad-frame' });
      }
      // The map of four becomes one of five, with label 10.
      const critical = Uint8Array.of(0xa5, ...body.subarray(1), 0x0a, 0x00);
      expect(readCommissionOrder(critical)).toEqual({ ok: false, code: 'critical-field' });
      expect(readCommissionOrder(Uint8Array.of(0xa5, ...body.subarray(1), 0x0b, 0x00))).toMatchObject({ ok: true });
    });
  });
});
