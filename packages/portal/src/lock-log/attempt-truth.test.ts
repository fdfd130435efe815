import type { Instant } from '@latchwork/core';
import { emptyLog, startLogReader } from '@latchwork/lock-protocol';
import { expect, test } from 'vitest';
import { clockErrorMs, reachOf } from './attempt-truth.js';
import { storeReader } from './stored-reader.js';

const lostAt = null;
const issuedAt = 1_800_000_000;
const reachedBy = (newest: { readonly seq: number; readonly quality: 'good' | 'none' }) => {
  const reader = startLogReader({ ...emptyLog, seq: 7, resets: 0 });
  return reachOf({ reader: storeReader({ ...reader, newest: { ...reader.newest, issuedAt, ...newest } }), lostAt });
};

test('T16: what a log does not say is proven up to its newest word, less what the clock of the lock may be wrong by', () => {
  expect(reachedBy({ seq: 7, quality: 'good' })).toEqual({
    until: (issuedAt * 1000 - clockErrorMs) as Instant,
    lostAt,
  });
});

test('T16: a log of which entries have not come proves nothing by what it does not say, nor does one without a clock', () => {
  expect(reachedBy({ seq: 8, quality: 'good' }).until).toBeNull();
  expect(reachedBy({ seq: 7, quality: 'none' }).until).toBeNull();
});
