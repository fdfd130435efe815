import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const prefix = 'lwk_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62⁴³ is a little more than 2²⁵⁶. */
const randomLength = 43;
/** 62⁶ is more than 2³². */
const checksumLength = 6;

/**
 * What an API key looks like, for scanners that look for leaked ones: the prefix, 43 random letters and digits, and 6 more
 * that are their checksum, so that a match which {@link hasChecksum} is one and not something like one.
 */
export const apiKeyForm = /^lwk_[0-9A-Za-z]{49}$/;

/** Makes the token of an API key: 256 random bits in letters and digits alone, so that a double click marks all of it. */
export function makeApiKeyToken(): string {
  let random = '';
  while (random.length < randomLength) {
    for (const byte of randomBytes(64)) {
      // Bytes beyond the last whole multiple would make some letters likelier.
      if (byte < 248 && random.length < randomLength) random += alphabet[byte % 62];
    }
  }
  return `${prefix}${random}${checksum(random)}`;
}

/** Tells whether a text of the form of an API key carries the checksum of its own random part. */
export function hasChecksum(token: string): boolean {
  if (!apiKeyForm.test(token)) return false;
  const random = token.slice(prefix.length, -checksumLength);
  return token.endsWith(checksum(random));
}

/** CRC-32 (ISO 3309) of the prefix and the random part, as six digits of base 62, most significant first. */
function checksum(random: string): string {
  let rest = crc32(prefix + random);
  let text = '';
  for (let place = 0; place < checksumLength; place += 1) {
    text = `${alphabet[rest % 62]}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}
