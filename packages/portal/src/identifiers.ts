import { randomBytes } from 'node:crypto';
import { encodeId, type IdKind, type IdOf, type Instant } from '@latchwork/core';

/** Makes new ids: each sorts after those made before it at the same instant, so that lists by id are lists by age. */
export interface Identifiers {
  next<Kind extends IdKind>(kind: Kind, at: Instant): IdOf<Kind>;
}

const idRandomBytes = 10;

/** Ids from the machine's randomness; further ids of one millisecond count up from its first. */
export function createIdentifiers(): Identifiers {
  let lastAt: Instant | undefined;
  let random = randomBytes(idRandomBytes);
  return {
    next: (kind, at) => {
      if (at !== lastAt) {
        lastAt = at;
        random = randomBytes(idRandomBytes);
        // Room to count up: the first bit is left free.
        random[0] = (random[0] ?? 0) & 0x7f;
      } else {
        countUp(random);
      }
      return encodeId(kind, at, random);
    },
  };
}

function countUp(bytes: Uint8Array): void {
  for (let index = bytes.length - 1; index >= 0; index -= 1) {
    bytes[index] = ((bytes[index] ?? 0) + 1) & 0xff;
    if (bytes[index] !== 0) return;
  }
}
