import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { CborValue } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import { LockProtocolError } from '../protocol-error.js';
import { decideReceipt, decideStanding, decodeReceipt, type Receipt, signReceipt, verifyReceipt } from './receipt.js';

const crypto = createNodeCrypto();
const pair = crypto.ed25519KeyPair();
const kid = kidOf(crypto, pair.publicKey);
const lock = crypto.randomBytes(8);
const signer = { publicKey: pair.publicKey, tag: lock };
const receipt: Receipt = {
  lock,
  issuedAt: 1_799_654_400,
  quality: 'good',
  epoch: 3,
  revision: 17,
  digest: crypto.randomBytes(32),
  seq: 300,
  hash: crypto.randomBytes(32),
  resets: 0,
};
const bytes = signReceipt(crypto, pair.secret, receipt);

function signClaims(label: number, value: CborValue | undefined): Uint8Array {
  const claims = new Map(readClaims(readObject(bytes)));
  if (value === undefined) claims.delete(label);
  else claims.set(label, value);
  return signObject(crypto, { secret: pair.secret, kid, type: 'OLP1-receipt', claims });
}

describe('receipts', () => {
  it('have 177 bytes for a short log and a small revision', () => {
    expect(bytes.length).toBe(177);
  });

  it('are what was signed', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('none', 'stale', 'good'),
        fc.array(fc.nat(0xffff_ffff), { minLength: 5, maxLength: 5 }),
        (quality, [issuedAt = 0, epoch = 0, revision = 0, seq = 0, resets = 0]) => {
          const made: Receipt = { ...receipt, quality, issuedAt, epoch, revision, seq, resets };
          const signed = signReceipt(crypto, pair.secret, made);
          expect(decodeReceipt(signed)).toEqual(made);
          expect(verifyReceipt(crypto, signed, signer)).toEqual({ ok: true, statement: made });
        },
      ),
      { numRuns: 50 },
    ));

  it('T8: a forged one, or one of another lock, proves nothing', () => {
    const stranger = crypto.ed25519KeyPair();
    const claims = readClaims(readObject(bytes));
    const forged = signObject(crypto, { secret: stranger.secret, kid, type: 'OLP1-receipt', claims });
    expect(verifyReceipt(crypto, forged, signer)).toEqual({ ok: false, code: 'auth' });
    const other = { ...signer, publicKey: stranger.publicKey };
    expect(verifyReceipt(crypto, bytes, other)).toEqual({ ok: false, code: 'auth' });
    const elsewhere = { ...signer, tag: new Uint8Array(8) };
    expect(verifyReceipt(crypto, bytes, elsewhere)).toEqual({ ok: false, code: 'wrong-lock' });
    const head = signObject(crypto, { secret: pair.secret, kid, type: 'OLP1-head', claims });
    expect(verifyReceipt(crypto, head, signer)).toEqual({ ok: false, code: 'auth' });
  });

  it('T8: an older one does not prove a revision, and a later one does', () => {
    const digest = crypto.randomBytes(32);
    expect(decideReceipt(receipt, receipt)).toEqual({ ok: true });
    expect(decideReceipt(receipt, { epoch: 2, revision: 16, digest })).toEqual({ ok: true });
    expect(decideReceipt(receipt, { ...receipt, revision: 18 })).toEqual({ ok: false, code: 'revision-old' });
    expect(decideReceipt(receipt, { ...receipt, epoch: 4, revision: 1 })).toEqual({ ok: false, code: 'epoch' });
    expect(decideReceipt(receipt, { ...receipt, digest })).toEqual({ ok: false, code: 'digest' });
  });

  it('T8: of a set of an older epoch proves nothing that a newer key signed, whatever its number', () => {
    const old: Receipt = { ...receipt, setEpoch: 2, revision: 900 };
    expect(decodeReceipt(signReceipt(crypto, pair.secret, old))).toEqual(old);
    const { digest } = receipt;
    expect(decideReceipt(old, { epoch: 3, revision: 1, digest })).toEqual({ ok: false, code: 'epoch' });
    expect(decideReceipt(old, { epoch: 2, revision: 900, digest })).toEqual({ ok: true });
    expect(decideReceipt(receipt, { epoch: 2, revision: 900, digest })).toEqual({ ok: true });
  });

  it('T8: proves a bulletin by what the lock stands at, and no set by it', () => {
    const told: Receipt = { ...receipt, standing: { epoch: 3, revision: 19 } };
    const signed = signReceipt(crypto, pair.secret, told);
    expect(decodeReceipt(signed)).toEqual(told);
    expect(verifyReceipt(crypto, signed, signer)).toEqual({ ok: true, statement: told });
    expect(decideStanding(told, { epoch: 3, revision: 19 })).toEqual({ ok: true });
    expect(decideStanding(told, { epoch: 2, revision: 90 })).toEqual({ ok: true });
    expect(decideStanding(told, { epoch: 3, revision: 20 })).toEqual({ ok: false, code: 'revision-old' });
    expect(decideStanding(told, { epoch: 4, revision: 1 })).toEqual({ ok: false, code: 'epoch' });
    expect(decideStanding(receipt, { epoch: 3, revision: 17 })).toEqual({ ok: true });
    expect(decideStanding(receipt, { epoch: 3, revision: 18 })).toEqual({ ok: false, code: 'revision-old' });
    expect(decideReceipt(told, { ...receipt, revision: 18 })).toEqual({ ok: false, code: 'revision-old' });
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(verifyReceipt(crypto, signClaims(25, 1), signer).ok).toBe(true);
    expect(verifyReceipt(crypto, signClaims(28, 1), signer)).toEqual({ ok: false, code: 'critical-field' });
  });

  it('with claims of another kind are refused with auth, though the lock signed them', () => {
    const wrong: readonly (readonly [number, CborValue | undefined])[] = [
      [3, undefined],
      [14, undefined],
      [16, 'good'],
      [18, undefined],
      [18, -1],
      [20, new Uint8Array(16)],
      [22, 17],
      [22, [3, 17]],
      [22, [3, 18, 0]],
      [26, 3],
      [24, 0],
    ];
    for (const [label, value] of wrong) {
      expect(verifyReceipt(crypto, signClaims(label, value), signer)).toEqual({ ok: false, code: 'auth' });
      expect(() => decodeReceipt(signClaims(label, value))).toThrow(LockProtocolError);
    }
  });

  it('cannot be signed outside the limits', () => {
    const wrong: readonly Partial<Receipt>[] = [
      { lock: new Uint8Array(9) },
      { digest: new Uint8Array(31) },
      { revision: 2 ** 32 },
      { seq: 0.5 },
    ];
    for (const change of wrong) {
      expect(() => signReceipt(crypto, pair.secret, { ...receipt, ...change })).toThrow('OLP1-receipt');
    }
  });

  it('decide on any bytes without throwing', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 220 }), (any) => {
        expect(verifyReceipt(crypto, any, signer)).toEqual({ ok: false, code: 'auth' });
      }),
    ));
});
