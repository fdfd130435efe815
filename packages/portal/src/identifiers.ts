import { randomBytes } from 'node:crypto';
import { encodeId, type IdKind, type IdOf, type Instant } from '@latchwork/core';

/** Makes new ids. */
export interface Identifiers {
  next<Kind extends IdKind>(kind: Kind, at: Instant): IdOf<Kind>;
}

/** Ids from the machine's randomness, drawn in blocks: one system call per hundred ids instead of one per id. */
export function createIdentifiers(): Identifiers {
  let block = randomBytes(0);
  let used = 0;
  return {
    next: (kind, at) => {
      if (used + idRandomBytes > block.length) {
        block = randomBytes(100 * idRandomBytes);
        used = 0;
      }
      used += idRandomBytes;
      return encodeId(kind, at, block.subarray(used - idRandomBytes, used));
    },
  };
}

const idRandomBytes = 10;
