import { type Receipt, signReceipt } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readReceipts } from './visit-receipts.js';

const crypto = createNodeCrypto();
const { secret } = crypto.ed25519KeyPair();

function receipt(change: Partial<Receipt>): Uint8Array {
  return signReceipt(crypto, secret, {
    ...{ lock: crypto.randomBytes(8), issuedAt: 1_799_654_400, quality: 'good', epoch: 3, resets: 0 },
    ...{ seq: 9, hash: crypto.randomBytes(32), revision: 17, digest: crypto.randomBytes(32) },
    ...change,
  });
}

describe('what a lock answers where it owes a receipt', () => {
  test('says where it stands: by its set, or by a bulletin that came later', () => {
    expect(readReceipts([receipt({})]).reached).toEqual({
      standing: { epoch: 3, revision: 17 },
      set: { epoch: 3, revision: 17 },
    });
    const standing = { epoch: 3, revision: 4 };
    expect(readReceipts([receipt({ setEpoch: 2, standing })]).reached).toEqual({
      standing,
      set: { epoch: 2, revision: 17 },
    });
  });

  test('counts by the last, and all are handed on in order', () => {
    const answers = [receipt({ revision: 1 }), receipt({ revision: 2 })];
    const read = readReceipts(answers);
    expect(read.receipts).toEqual(answers);
    expect(read.reached?.set.revision).toBe(2);
  });

  test('may be any bytes of a hostile lock: they are left out, and nothing is thrown', () => {
    const good = receipt({});
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (answers) => {
        const read = readReceipts([...answers, good, ...answers]);
        expect(read.receipts).toEqual([good]);
        expect(read.reached?.set.revision).toBe(17);
      }),
    );
    expect(readReceipts([new Uint8Array(0)])).toEqual({ receipts: [], reached: null });
    expect(readReceipts([good.slice(0, -1)])).toEqual({ receipts: [], reached: null });
  });
});
