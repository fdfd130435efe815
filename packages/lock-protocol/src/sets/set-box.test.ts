import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { openSetBox, sealSetBox, setBoxOverheadBytes } from './set-box.js';

describe.each([createNodeCrypto(), createPortableCrypto()])('a box on the $name provider', (crypto) => {
  const identity = crypto.x25519KeyPair();
  const tag = crypto.randomBytes(8);
  const plaintext = encodeUtf8('what only this lock may read') ?? new Uint8Array(0);
  const lock = { lockPublicKey: identity.publicKey, tag };

  test('is read by the lock it was made for, and by no other', () => {
    const box = sealSetBox(crypto, lock, plaintext);
    expect(box).toHaveLength(plaintext.length + setBoxOverheadBytes);
    expect(openSetBox(crypto, { identity, tag }, box)).toEqual(plaintext);
    expect(openSetBox(crypto, { identity: crypto.x25519KeyPair(), tag }, box)).toBeUndefined();
    expect(openSetBox(crypto, { identity, tag: crypto.randomBytes(8) }, box)).toBeUndefined();
    // Sealed twice it has nothing in common with itself.
    expect(sealSetBox(crypto, lock, plaintext)).not.toEqual(box);
  });

  test('does not open when a bit of it is another, or an end is missing', () => {
    const box = sealSetBox(crypto, lock, plaintext);
    for (let bit = 0; bit < box.length * 8; bit += 1) {
      const changed = box.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openSetBox(crypto, { identity, tag }, changed)).toBeUndefined();
    }
    expect(openSetBox(crypto, { identity, tag }, box.slice(0, -1))).toBeUndefined();
    expect(openSetBox(crypto, { identity, tag }, concatBytes(box, Uint8Array.of(0)))).toBeUndefined();
  });

  test('throws for no bytes whatever', () => {
    const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(new Uint8Array(64)));
    return fc.assert(
      fc.property(anything, (bytes) => {
        expect(openSetBox(crypto, { identity, tag }, bytes)).toBeUndefined();
      }),
    );
  });

  test('is made for no key or tag of another size', () => {
    expect(() => sealSetBox(crypto, { ...lock, lockPublicKey: new Uint8Array(33) }, plaintext)).toThrow('32 bytes');
    expect(() => sealSetBox(crypto, { ...lock, tag: new Uint8Array(7) }, plaintext)).toThrow('8 bytes');
  });
});
