import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { CborValue } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import { LockProtocolError } from '../protocol-error.js';
import { decodeLogHead, type SignedLogHead, signLogHead, verifyLogHead } from './log-head.js';

const crypto = createNodeCrypto();
const pair = crypto.ed25519KeyPair();
const kid = kidOf(crypto, pair.publicKey);
const lock = crypto.randomBytes(8);
const signer = { publicKey: pair.publicKey, tag: lock };
const head: SignedLogHead = {
  lock,
  issuedAt: 1_799_654_400,
  quality: 'good',
  epoch: 1,
  seq: 300,
  hash: crypto.randomBytes(32),
  newest: 300,
  overwritten: 0,
  acknowledged: 0,
  resets: 0,
};
const bytes = signLogHead(crypto, pair.secret, head);

function signClaims(changes: readonly (readonly [number, CborValue | undefined])[], type = 'OLP1-head' as const) {
  const claims = new Map(readClaims(readObject(bytes)));
  for (const [label, value] of changes) {
    if (value === undefined) claims.delete(label);
    else claims.set(label, value);
  }
  return signObject(crypto, { secret: pair.secret, kid, type, claims });
}

describe('signed heads of a log', () => {
  it('have 140 bytes for a short log, 148 in most pages, 171 at most', () => {
    expect(bytes.length).toBe(140);
    const inPage = { ...head, newest: 900, acknowledged: 268 };
    expect(signLogHead(crypto, pair.secret, inPage).length).toBe(148);
    const most = 0xffff_ffff;
    const longest = {
      ...head,
      ...{ epoch: most, seq: most - 1, newest: most, overwritten: 1e5, acknowledged: 1e5, resets: most },
    };
    expect(signLogHead(crypto, pair.secret, longest).length).toBe(171);
  });

  it('are what was signed', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('none', 'stale', 'good'),
        fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)),
        fc.tuple(fc.nat(0x7fff_ffff), fc.nat(0xffff), fc.nat(0xffff), fc.nat(0xffff)),
        (quality, [issuedAt, epoch, resets], [seq, further, less, acknowledged]) => {
          const newest = seq + further;
          const made: SignedLogHead = {
            ...head,
            ...{ quality, issuedAt, epoch, resets, seq, newest },
            overwritten: Math.max(0, seq - less),
            acknowledged: Math.min(newest, acknowledged),
          };
          const signed = signLogHead(crypto, pair.secret, made);
          expect(decodeLogHead(signed)).toEqual(made);
          expect(verifyLogHead(crypto, signed, signer)).toEqual({ ok: true, statement: made });
        },
      ),
      { numRuns: 50 },
    ));

  it('of another lock are refused, in the order of the SPEC', () => {
    const stranger = crypto.ed25519KeyPair();
    const decide = (o: { publicKey?: Uint8Array; tag?: Uint8Array }, object = bytes) =>
      verifyLogHead(crypto, object, { ...signer, ...o });
    expect(decide({ publicKey: stranger.publicKey })).toEqual({ ok: false, code: 'auth' });
    expect(decide({ tag: new Uint8Array(8) })).toEqual({ ok: false, code: 'wrong-lock' });
    const forged = signObject(crypto, {
      secret: stranger.secret,
      kid,
      type: 'OLP1-head',
      claims: readClaims(readObject(bytes)),
    });
    expect(decide({}, forged)).toEqual({ ok: false, code: 'auth' });
    expect(decide({ tag: new Uint8Array(8) }, signClaims([[26, 1]]))).toEqual({ ok: false, code: 'critical-field' });
    const named = { secret: pair.secret, kid: new Uint8Array(4), type: 'OLP1-head' } as const;
    const misnamed = signObject(crypto, { ...named, claims: readClaims(readObject(bytes)) });
    expect(decide({}, misnamed)).toEqual({ ok: false, code: 'auth' });
    // Signed by the lock, but as a receipt.
    const claims = readClaims(readObject(bytes));
    const receipt = signObject(crypto, { secret: pair.secret, kid, type: 'OLP1-receipt', claims });
    expect(decide({}, receipt)).toEqual({ ok: false, code: 'auth' });
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(verifyLogHead(crypto, signClaims([[25, 1]]), signer).ok).toBe(true);
    expect(verifyLogHead(crypto, signClaims([[26, 1]]), signer)).toEqual({ ok: false, code: 'critical-field' });
  });

  it('with claims of another kind are refused with auth, though the lock signed them', () => {
    const wrong: readonly (readonly [number, CborValue | undefined])[] = [
      [3, new Uint8Array(7)],
      [6, undefined],
      [10, -1],
      [12, undefined],
      [14, new Uint8Array(31)],
      [16, 3],
      // A default that is written out is a second encoding of one meaning.
      [18, 300],
      [18, 299],
      [20, 0],
      [20, 301],
      [22, 0],
      [22, 301],
      [24, 0],
    ];
    for (const change of wrong) {
      expect(verifyLogHead(crypto, signClaims([change]), signer)).toEqual({ ok: false, code: 'auth' });
      expect(() => decodeLogHead(signClaims([change]))).toThrow(LockProtocolError);
    }
  });

  it('cannot be signed outside the limits', () => {
    const wrong: readonly Partial<SignedLogHead>[] = [
      { lock: new Uint8Array(0) },
      { hash: new Uint8Array(16) },
      { seq: -1 },
      { newest: 299 },
      { overwritten: 301 },
      { acknowledged: 301 },
      { quality: 'bad' as 'good' },
      { epoch: 0.5 },
      { resets: 2 ** 32 },
      { issuedAt: -1 },
    ];
    for (const change of wrong) {
      expect(() => signLogHead(crypto, pair.secret, { ...head, ...change })).toThrow('OLP1-head');
    }
  });

  it('decide on any bytes without throwing', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 180 }),
          fc
            .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
            .map(([at, flip]) => bytes.map((byte, index) => (index === at ? byte ^ flip : byte))),
        ),
        (any) => {
          expect(verifyLogHead(crypto, any, signer)).toEqual({ ok: false, code: 'auth' });
        },
      ),
    ));
});
