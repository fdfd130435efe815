import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { acceptFrame, emptyReassembly } from '../encoding/frame.js';
import { makeFrameVectors, makeSessionVector } from './session-vector.test-rig.js';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/session.json', import.meta.url), 'utf8'));
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe.each([createNodeCrypto(), createPortableCrypto()])(
  'T25: golden vectors of a session on the $name provider',
  (crypto) => {
    test('an unlock at a lock that holds the certificate: four messages, byte for byte', () => {
      expect(makeSessionVector(crypto, { warm: true, seed: 1 })).toEqual(vectors.warm);
      expect(vectors.warm.messages).toHaveLength(4);
    });

    test('an unlock at a lock that has to ask for it: six messages, byte for byte', () => {
      expect(makeSessionVector(crypto, { warm: false, seed: 2 })).toEqual(vectors.cold);
      expect(vectors.cold.messages).toHaveLength(6);
    });
  },
);

describe('T25: golden vectors of frames', () => {
  test('message 3 is cut as ever', () => {
    expect(makeFrameVectors(unhex(vectors.warm.messages[1].message))).toEqual(vectors.frames);
  });

  test.each(vectors.frames as { mtu: number; firstCounter: number; frames: string[] }[])(
    'and put together again at an MTU of $mtu',
    ({ firstCounter, frames }) => {
      let reassembly = { ...emptyReassembly, counter: firstCounter };
      const messages = frames.flatMap((frame) => {
        const accepted = acceptFrame(reassembly, { frame: unhex(frame), at: 0 });
        reassembly = accepted.reassembly;
        return accepted.message ? [Buffer.from(accepted.message).toString('hex')] : [];
      });
      expect(messages).toEqual([vectors.warm.messages[1].message]);
    },
  );
});
