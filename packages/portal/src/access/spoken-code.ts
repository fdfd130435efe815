import { randomBytes } from 'node:crypto';
import { tokenHash } from './bearer-token.js';

/** Without what is mistaken for something else when it is read out. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const groups = 5;
const groupChars = 4;

/** Makes a code that people read out and type: 98 random bits in groups. It is shown once; only its {@link spokenCodeHash} is kept. */
export function makeSpokenCode(): string {
  const chars: string[] = [];
  while (chars.length < groups * groupChars) {
    for (const byte of randomBytes(32)) {
      // Every character equally often.
      const char = byte < alphabet.length * 8 ? alphabet[byte % alphabet.length] : undefined;
      if (char !== undefined && chars.length < groups * groupChars) chars.push(char);
    }
  }
  return Array.from({ length: groups }, (_, at) => chars.slice(at * groupChars, (at + 1) * groupChars).join('')).join(
    '-',
  );
}

/** What the store keeps of a code: the same, however it was typed. */
export function spokenCodeHash(code: string): string {
  return tokenHash(code.toUpperCase().replace(/[^0-9A-Z]/g, ''));
}
