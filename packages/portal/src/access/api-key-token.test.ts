import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { apiKeyForm, hasChecksum, makeApiKeyToken } from './api-key-token.js';

it('an API key has the documented form, and its checksum tells it from look-alikes', () => {
  const tokens = Array.from({ length: 200 }, makeApiKeyToken);
  for (const token of tokens) {
    expect(token).toMatch(apiKeyForm);
    expect(hasChecksum(token)).toBe(true);
    for (const at of [4, 20, 52]) {
      const other = token[at] === 'a' ? 'b' : 'a';
      expect(hasChecksum(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
    }
  }
  expect(new Set(tokens).size).toBe(tokens.length);
});

it('the checksum is the one that a scanner computes from the documentation', () => {
  // CRC-32 of "123456789" is the check value of every catalog: 0xCBF43926.
  expect(crc32('123456789')).toBe(0xcbf4_3926);
  const random = '0'.repeat(43);
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const value = crc32(`lwk_${random}`);
  const six = [5, 4, 3, 2, 1, 0].map((power) => digits[Math.floor(value / 62 ** power) % 62]).join('');
  expect(hasChecksum(`lwk_${random}${six}`)).toBe(true);
});

it('nothing else has it', () => {
  for (const text of ['', 'lwk_', `lws_${'0'.repeat(49)}`, `lwk_${'-'.repeat(49)}`, ` ${makeApiKeyToken()}`]) {
    expect(hasChecksum(text), text).toBe(false);
  }
});
