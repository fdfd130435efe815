import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { type CborValue, encodeCbor } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import {
  type CommandToken,
  type CommandTokenContext,
  decodeCommandToken,
  signCommandToken,
  verifyCommandToken,
} from './command-token.js';
import type { PropertyCertificate } from './property-certificate.js';

const crypto = createNodeCrypto();
const signer = crypto.ed25519KeyPair();
const start = 1_800_000_000;
const certificate: PropertyCertificate = {
  property: crypto.randomBytes(8),
  publicKey: signer.publicKey,
  use: 'cmd',
  epoch: 3,
  notBefore: start - 1000,
  expires: start + 1000,
};
const token: CommandToken = {
  lock: crypto.randomBytes(8),
  commandId: crypto.randomBytes(8),
  action: 'unlock',
  issuedAt: start,
  expires: start + 10,
  challenge: crypto.randomBytes(8),
  epoch: 3,
};
const context: CommandTokenContext = {
  certificate,
  epoch: 3,
  lock: token.lock,
  challenge: token.challenge,
  commandId: token.commandId,
  action: 'unlock',
  clock: { quality: 'good', utcSeconds: start },
};
const bytes = signCommandToken(crypto, signer.secret, token);
const kid = kidOf(crypto, signer.publicKey);

function signClaims(changes: readonly (readonly [number, CborValue | undefined])[]): Uint8Array {
  const claims = new Map(readClaims(readObject(bytes)));
  for (const [label, value] of changes) {
    if (value === undefined) claims.delete(label);
    else claims.set(label, value);
  }
  return signObject(crypto, { secret: signer.secret, kid, type: 'OLP1-cmd', claims, binding: encodeCbor(3) });
}

describe('command tokens', () => {
  it('have the draft’s 119 bytes to unlock, 122 at most', () => {
    expect(bytes.length).toBe(119);
    const longest = { ...token, action: 'hold-open', expires: start + 30 } as const;
    expect(signCommandToken(crypto, signer.secret, longest).length).toBe(122);
  });

  it('are what was signed', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('unlock', 'lock', 'hold-open'),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(0xffff_ffff),
        (action, lifetime, epoch) => {
          const made = { ...token, action, expires: start + lifetime, epoch } as CommandToken;
          const { epoch: _, ...carried } = made;
          const signed = signCommandToken(crypto, signer.secret, made);
          expect(decodeCommandToken(signed)).toEqual(carried);
          const o = { ...context, action: made.action, epoch, certificate: { ...certificate, epoch } };
          expect(verifyCommandToken(crypto, signed, o)).toEqual({ ok: true, token: made });
        },
      ),
      { numRuns: 30 },
    ));

  const other = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const refusals: readonly (readonly [string, Partial<CommandTokenContext>])[] = [
    ['certificate-unknown', { certificate: undefined }],
    ['certificate-unknown', { certificate: { ...certificate, publicKey: crypto.ed25519KeyPair().publicKey } }],
    ['auth', { certificate: { ...certificate, use: 'grant' } }],
    ['auth', { certificate: { ...certificate, epoch: 4 }, epoch: 4 }],
    ['epoch', { epoch: 4 }],
    ['auth', { certificate: { ...certificate, notBefore: start + 1 } }],
    ['auth', { certificate: { ...certificate, expires: start } }],
    ['wrong-lock', { lock: other }],
    ['late', { challenge: other }],
    ['late', { clock: { quality: 'good', utcSeconds: start + 10 } }],
    ['no-right', { commandId: other }],
    ['no-right', { action: 'hold-open' }],
  ];
  it.each(refusals)('T6: are refused with %s for %o', (code, change) => {
    expect(verifyCommandToken(crypto, bytes, { ...context, ...change })).toEqual({ ok: false, code });
  });

  it('T6: are good from the first second of their certificate to its last', () => {
    for (const validity of [{ notBefore: start }, { expires: start + 1 }]) {
      const o = { ...context, certificate: { ...certificate, ...validity } };
      expect(verifyCommandToken(crypto, bytes, o).ok).toBe(true);
    }
  });

  it('T4: a token of another connection is late by any clock, and one of this connection needs none', () => {
    const clocks = [
      { quality: 'none', utcSeconds: 0 },
      { quality: 'stale', utcSeconds: start + 3600 },
      { quality: 'stale', utcSeconds: start - 3600 },
      { quality: 'good', utcSeconds: start + 9 },
      { quality: 'good', utcSeconds: start - 3600 },
    ] as const;
    for (const clock of clocks) {
      expect(verifyCommandToken(crypto, bytes, { ...context, clock }).ok).toBe(true);
      const elsewhere = { ...context, clock, challenge: other };
      expect(verifyCommandToken(crypto, bytes, elsewhere)).toEqual({ ok: false, code: 'late' });
    }
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(verifyCommandToken(crypto, signClaims([[25, 1]]), context).ok).toBe(true);
    const decision = verifyCommandToken(crypto, signClaims([[24, 1]]), context);
    expect(decision).toEqual({ ok: false, code: 'critical-field' });
  });

  it('with claims of another kind are refused with auth, though the signer signed them', () => {
    const wrong: readonly (readonly [number, CborValue | undefined])[] = [
      [3, new Uint8Array(7)],
      [6, undefined],
      [7, 'command'],
      [12, 1],
      [12, 4],
      [14, undefined],
      [16, 0],
      [16, 31],
    ];
    for (const change of wrong) {
      expect(verifyCommandToken(crypto, signClaims([change]), context)).toEqual({ ok: false, code: 'auth' });
    }
  });

  it('cannot be signed outside the limits', () => {
    const wrong: readonly Partial<CommandToken>[] = [
      { lock: new Uint8Array(0) },
      { commandId: new Uint8Array(16) },
      { challenge: new Uint8Array(7) },
      { expires: start },
      { expires: start + 31 },
      { issuedAt: start + 0.5, expires: start + 1.5 },
      { epoch: -1 },
      { action: 'open' as 'unlock' },
    ];
    for (const change of wrong) {
      expect(() => signCommandToken(crypto, signer.secret, { ...token, ...change })).toThrow('OLP1-cmd');
    }
  });

  it('decide on any bytes without throwing', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (any) => {
        expect(verifyCommandToken(crypto, any, context)).toEqual({ ok: false, code: 'auth' });
      }),
    ));
});
