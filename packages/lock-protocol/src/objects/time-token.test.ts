import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { type CborValue, encodeCbor } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import { signCommandToken } from './command-token.js';
import type { PropertyCertificate } from './property-certificate.js';
import {
  decodeTimeToken,
  signTimeToken,
  type TimeToken,
  type TimeTokenContext,
  verifyTimeToken,
} from './time-token.js';

const crypto = createNodeCrypto();
const signer = crypto.ed25519KeyPair();
const now = 1_800_000_000;
const certificate: PropertyCertificate = {
  property: crypto.randomBytes(8),
  publicKey: signer.publicKey,
  use: 'cmd',
  epoch: 3,
  notBefore: now - 1000,
  expires: now + 1000,
};
const token: TimeToken = { lock: crypto.randomBytes(8), issuedAt: now, challenge: crypto.randomBytes(8), epoch: 3 };
const context: TimeTokenContext = {
  certificate,
  epoch: 3,
  lock: token.lock,
  challenge: token.challenge,
  connectionAgeMs: 200,
};
const bytes = signTimeToken(crypto, signer.secret, token);
const kid = kidOf(crypto, signer.publicKey);
const other = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function signClaims(changes: readonly (readonly [number, CborValue | undefined])[]): Uint8Array {
  const claims = new Map(readClaims(readObject(bytes)));
  for (const [label, value] of changes) {
    if (value === undefined) claims.delete(label);
    else claims.set(label, value);
  }
  return signObject(crypto, { secret: signer.secret, kid, type: 'OLP1-time', claims, binding: encodeCbor(3) });
}

describe('time tokens', () => {
  it('have the draft’s 107 bytes', () => expect(bytes.length).toBe(107));

  it('are what was signed', () =>
    fc.assert(
      fc.property(fc.integer({ min: now - 1000, max: now + 999 }), fc.nat(0xffff_ffff), (issuedAt, epoch) => {
        const made = { ...token, issuedAt, epoch };
        const { epoch: _, ...carried } = made;
        const signed = signTimeToken(crypto, signer.secret, made);
        expect(decodeTimeToken(signed)).toEqual(carried);
        const o = { ...context, epoch, certificate: { ...certificate, epoch } };
        expect(verifyTimeToken(crypto, signed, o)).toEqual({ ok: true, token: made });
      }),
      { numRuns: 30 },
    ));

  const refusals: readonly (readonly [string, Partial<TimeTokenContext>])[] = [
    ['certificate-unknown', { certificate: undefined }],
    ['certificate-unknown', { certificate: { ...certificate, publicKey: crypto.ed25519KeyPair().publicKey } }],
    ['auth', { certificate: { ...certificate, use: 'set' } }],
    ['auth', { certificate: { ...certificate, epoch: 4 }, epoch: 4 }],
    ['epoch', { epoch: 4 }],
    ['auth', { certificate: { ...certificate, notBefore: now + 1 } }],
    ['auth', { certificate: { ...certificate, expires: now } }],
    ['wrong-lock', { lock: other }],
    ['late', { challenge: other }],
    ['late', { connectionAgeMs: 30_001 }],
  ];
  it.each(refusals)('T7: are refused with %s for %o', (code, change) => {
    expect(verifyTimeToken(crypto, bytes, { ...context, ...change })).toEqual({ ok: false, code });
  });

  it('T7: are taken to the last millisecond of their life', () =>
    expect(verifyTimeToken(crypto, bytes, { ...context, connectionAgeMs: 30_000 }).ok).toBe(true));

  it('are no command tokens, nor those time tokens', () => {
    const { lock, issuedAt, challenge, epoch } = token;
    const command = { lock, issuedAt, challenge, epoch, commandId: other, action: 'unlock', expires: now + 9 } as const;
    const signed = signCommandToken(crypto, signer.secret, command);
    expect(verifyTimeToken(crypto, signed, context)).toEqual({ ok: false, code: 'auth' });
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(verifyTimeToken(crypto, signClaims([[25, 1]]), context).ok).toBe(true);
    expect(verifyTimeToken(crypto, signClaims([[24, 1]]), context)).toEqual({ ok: false, code: 'critical-field' });
  });

  it('with claims of another kind are refused with auth, though the signer signed them', () => {
    const wrong: readonly (readonly [number, CborValue | undefined])[] = [
      [3, new Uint8Array(7)],
      [6, undefined],
      [6, 2 ** 32],
      [14, 'challenge'],
    ];
    for (const change of wrong) {
      expect(verifyTimeToken(crypto, signClaims([change]), context)).toEqual({ ok: false, code: 'auth' });
    }
  });

  it('cannot be signed outside the limits', () => {
    const wrong: readonly Partial<TimeToken>[] = [
      { lock: new Uint8Array(0) },
      { challenge: new Uint8Array(7) },
      { issuedAt: 0.5 },
      { issuedAt: 2 ** 32 },
      { epoch: -1 },
    ];
    for (const change of wrong) {
      expect(() => signTimeToken(crypto, signer.secret, { ...token, ...change })).toThrow('OLP1-time');
    }
  });

  it('decide on any bytes without throwing', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (any) => {
        expect(verifyTimeToken(crypto, any, context)).toEqual({ ok: false, code: 'auth' });
      }),
    ));
});
