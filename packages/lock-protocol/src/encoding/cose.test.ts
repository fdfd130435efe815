import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { ObjectType } from '../objects/object-type.js';
import { LockProtocolError } from '../protocol-error.js';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.js';
import { kidOf, readObject, signObject, verifyObject } from './cose.js';

const crypto = createNodeCrypto();
const signer = crypto.ed25519KeyPair();
const kid = kidOf(crypto, signer.publicKey);
const types: readonly ObjectType[] = ['OLP1-pac', 'OLP1-cmd', 'OLP1-grant'];
const claims = new Map<number, CborValue>([
  [1, 'a'],
  [2, Uint8Array.of(1, 2)],
]);

function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof LockProtocolError) return error.info;
    throw error;
  }
  return 'accepted';
}

function sign(type: ObjectType, binding?: Uint8Array): Uint8Array {
  return signObject(crypto, { secret: signer.secret, kid, type, claims, ...(binding ? { binding } : {}) });
}

describe('COSE_Sign1', () => {
  it('gives back its claims and its kid', () => {
    const object = readObject(sign('OLP1-grant'));
    expect(object.kid).toEqual(kid);
    expect(verifyObject(crypto, object, { publicKey: signer.publicKey, type: 'OLP1-grant' })).toEqual(claims);
  });

  it('T5: an object of one type never verifies as another', () => {
    for (const signed of types) {
      for (const type of types) {
        const verified = verifyObject(crypto, readObject(sign(signed)), { publicKey: signer.publicKey, type });
        expect(verified !== undefined).toBe(signed === type);
      }
    }
  });

  it('verifies only with the binding it was signed with', () => {
    const object = readObject(sign('OLP1-cmd', Uint8Array.of(1)));
    const o = { publicKey: signer.publicKey, type: 'OLP1-cmd' } as const;
    expect(verifyObject(crypto, object, { ...o, binding: Uint8Array.of(1) })).toEqual(claims);
    expect(verifyObject(crypto, object, { ...o, binding: Uint8Array.of(2) })).toBeUndefined();
    expect(verifyObject(crypto, object, o)).toBeUndefined();
  });

  it('T2: no single flipped bit leaves it readable and verified', () => {
    const bytes = sign('OLP1-pac');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let verified: unknown;
      faultOf(() => {
        verified = verifyObject(crypto, readObject(flipped), { publicKey: signer.publicKey, type: 'OLP1-pac' });
      });
      expect(verified).toBeUndefined();
    }
  });

  it('refuses every other shape', () => {
    const [protectedHeader, unprotected, payload, signature] = decodeCbor(sign('OLP1-pac')) as readonly CborValue[];
    const rebuilt = (parts: readonly (CborValue | undefined)[]) => encodeCbor(parts.map((part) => part ?? null));
    const headers = (entries: readonly (readonly [number, CborValue])[]) => encodeCbor(new Map(entries));
    expect(faultOf(() => readObject(rebuilt([protectedHeader, unprotected, payload, signature])))).toBe('accepted');
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [encodeCbor(1), 'shape'],
      [rebuilt([protectedHeader, unprotected, payload]), 'shape'],
      [rebuilt([protectedHeader, unprotected, payload, signature, 0]), 'shape'],
      [rebuilt([protectedHeader, new Map([[4, kid]]), payload, signature]), 'shape'],
      [rebuilt([protectedHeader, unprotected, null, signature]), 'shape'],
      [rebuilt([protectedHeader, unprotected, payload, new Uint8Array(63)]), 'signature-size'],
      [rebuilt([headers([[1, -8]]), unprotected, payload, signature]), 'protected-header'],
      [
        rebuilt([
          headers([
            [1, -7],
            [4, kid],
          ]),
          unprotected,
          payload,
          signature,
        ]),
        'protected-header',
      ],
      [
        rebuilt([
          headers([
            [1, -8],
            [4, new Uint8Array(5)],
          ]),
          unprotected,
          payload,
          signature,
        ]),
        'protected-header',
      ],
      [
        rebuilt([
          headers([
            [1, -8],
            [2, [4]],
            [4, kid],
          ]),
          unprotected,
          payload,
          signature,
        ]),
        'protected-header',
      ],
      [rebuilt([encodeCbor([]), unprotected, payload, signature]), 'protected-header'],
    ];
    for (const [bytes, reason] of cases) expect(faultOf(() => readObject(bytes))).toEqual({ code: 'cose', reason });
    expect(faultOf(() => readObject(new Uint8Array([0xd2, ...sign('OLP1-pac')])))).toMatchObject({ code: 'cbor' });
  });

  it('throws only this room’s error, whatever the bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(faultOf(() => readObject(bytes))).toMatchObject({ code: expect.stringMatching(/^(cbor|cose)$/) });
      }),
    ));

  it('needs a kid of four bytes', () => {
    const request = { secret: signer.secret, kid: new Uint8Array(8), type: 'OLP1-pac', claims } as const;
    expect(faultOf(() => signObject(crypto, request))).toEqual({ code: 'crypto', reason: 'size', field: 'kid' });
  });
});
