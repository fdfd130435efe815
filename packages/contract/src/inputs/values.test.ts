import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { timestampInput } from './values.js';

it('a moment has an offset, exists, and lies in UTC within the years that a reply can write', () => {
  const fits = (text: string) => z.safeParse(timestampInput, text).success;
  const good = [
    '2026-03-01T10:00:00Z',
    '2026-03-01T10:00:00.123+05:45',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ];
  const bad = [
    '2026-03-01T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-03-01',
    'now',
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ];
  expect(good.filter(fits)).toEqual(good);
  expect(bad.filter(fits)).toEqual([]);
});
