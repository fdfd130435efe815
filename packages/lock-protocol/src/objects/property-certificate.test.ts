import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { CborValue } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import {
  decodePropertyCertificate,
  longestCertificateSeconds,
  type PropertyCertificate,
  refusalOfCertificate,
  signPropertyCertificate,
  verifyCertificate,
} from './property-certificate.js';

const crypto = createNodeCrypto();
const root = crypto.ed25519KeyPair();
const signer = crypto.ed25519KeyPair();
const property = crypto.randomBytes(8);
const start = 1_800_000_000;
const certificate: PropertyCertificate = {
  property,
  publicKey: signer.publicKey,
  use: 'cmd',
  epoch: 3,
  notBefore: start,
  expires: start + 1000,
};
const trust = { rootPublicKey: root.publicKey, property, epoch: 3 };
const clock = { quality: 'good', utcSeconds: start } as const;
const bytes = signPropertyCertificate(crypto, root.secret, certificate);

function signClaims(changes: readonly (readonly [number, CborValue | undefined])[]): Uint8Array {
  const claims = new Map(readClaims(readObject(bytes)));
  for (const [label, value] of changes) {
    if (value === undefined) claims.delete(label);
    else claims.set(label, value);
  }
  return signObject(crypto, { secret: root.secret, kid: kidOf(crypto, root.publicKey), type: 'OLP1-pac', claims });
}

describe('property certificates', () => {
  it('have at most the draft’s 158 bytes', () => {
    expect(bytes.length).toBe(142);
    const late = { ...certificate, epoch: 0xffff_ffff, use: 'cert' } as const;
    expect(signPropertyCertificate(crypto, root.secret, late).length).toBeLessThanOrEqual(158);
  });

  it('are what was signed', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('set', 'grant', 'cmd', 'cert'),
        fc.nat(0xffff_ffff),
        fc.integer({ min: 1, max: longestCertificateSeconds }),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        (use, epoch, lifetime, tag) => {
          const made = { ...certificate, property: tag, use, epoch, expires: start + lifetime } as PropertyCertificate;
          const signed = signPropertyCertificate(crypto, root.secret, made);
          expect(decodePropertyCertificate(signed)).toEqual(made);
          const decision = verifyCertificate(crypto, signed, { trust: { ...trust, property: tag, epoch }, clock });
          expect(decision).toEqual({ ok: true, certificate: made, kid: kidOf(crypto, signer.publicKey) });
        },
      ),
      { numRuns: 30 },
    ));

  it.each([
    ['auth', { rootPublicKey: signer.publicKey }, {}],
    ['wrong-lock', { property: new Uint8Array(8) }, {}],
    ['epoch', { epoch: 4 }, {}],
    ['not-yet', {}, { utcSeconds: start - 1 }],
    ['expired', {}, { utcSeconds: start + 1000 }],
    ['expired', {}, { utcSeconds: start + 1000, quality: 'stale' }],
  ] as const)('T6: are refused with %s for %o %o', (code, trustChange, clockChange) => {
    const context = { trust: { ...trust, ...trustChange }, clock: { ...clock, ...clockChange } };
    expect(verifyCertificate(crypto, bytes, context)).toEqual({ ok: false, code });
  });

  it('are good to the last second, without a clock at any time, and in a lock of a lower epoch', () => {
    const last = { ...clock, utcSeconds: start + 999 };
    expect(verifyCertificate(crypto, bytes, { trust, clock: last }).ok).toBe(true);
    expect(verifyCertificate(crypto, bytes, { trust, clock: { quality: 'none', utcSeconds: 0 } }).ok).toBe(true);
    expect(verifyCertificate(crypto, bytes, { trust: { ...trust, epoch: 2 }, clock }).ok).toBe(true);
    expect(refusalOfCertificate(certificate, { trust: { ...trust, epoch: 4 }, clock })).toBe('epoch');
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(verifyCertificate(crypto, signClaims([[25, 1]]), { trust, clock }).ok).toBe(true);
    expect(verifyCertificate(crypto, signClaims([[-1, 1]]), { trust, clock }).ok).toBe(true);
    for (const label of [14, 24, -2]) {
      expect(verifyCertificate(crypto, signClaims([[label, 1]]), { trust, clock })).toEqual({
        ok: false,
        code: 'critical-field',
      });
    }
  });

  it('with claims of another kind are refused with auth, though the root signed them', () => {
    const wrong: readonly (readonly [number, CborValue | undefined])[] = [
      [2, undefined],
      [2, new Uint8Array(9)],
      [4, start],
      [4, start + longestCertificateSeconds + 1],
      [5, -1],
      [8, new Uint8Array(31)],
      [10, 'x'],
      [12, 0],
      [12, 5],
    ];
    for (const change of wrong) {
      expect(verifyCertificate(crypto, signClaims([change]), { trust, clock })).toEqual({ ok: false, code: 'auth' });
    }
  });

  it('cannot be signed outside the limits', () => {
    const wrong: readonly Partial<PropertyCertificate>[] = [
      { property: new Uint8Array(7) },
      { publicKey: new Uint8Array(33) },
      { epoch: -1 },
      { epoch: 0.5 },
      { expires: start },
      { expires: start + longestCertificateSeconds + 1 },
      { notBefore: 2 ** 32 },
    ];
    for (const change of wrong) {
      expect(() => signPropertyCertificate(crypto, root.secret, { ...certificate, ...change })).toThrow('OLP1-pac');
    }
  });

  it('decide on any bytes without throwing', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        expect(verifyCertificate(crypto, any, { trust, clock })).toEqual({ ok: false, code: 'auth' });
      }),
    ));
});
