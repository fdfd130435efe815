import { type Instant, isId } from '@latchwork/core';
import { expect, test } from 'vitest';
import { createIdentifiers } from './identifiers.js';

const now = 1_795_000_000_000 as Instant;

test('ids of one millisecond sort in the order in which they were made, and none comes twice', () => {
  const identifiers = createIdentifiers();
  const made = Array.from({ length: 2_000 }, () => identifiers.next('attempt', now));
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  expect(made.every((id) => isId('attempt', id))).toBe(true);
});

test('ids of a later millisecond sort after those of an earlier one', () => {
  const identifiers = createIdentifiers();
  const made = Array.from({ length: 500 }, (_, index) => identifiers.next('event', (now + index) as Instant));
  expect([...made].sort()).toEqual(made);
});
