import { createHash } from 'node:crypto';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { describe, expect, it } from 'vitest';
import { PortalError } from '../portal-error.js';
import { Secret } from '../secret.js';
import { createSealer } from './sealer.js';

const crypto = createNodeCrypto();
const sealer = createSealer(crypto, new Secret('5a'.repeat(32)));
const plain = new TextEncoder().encode('a signing key of thirty-two byte');

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof PortalError ? error.info.code : 'another error';
  }
}

describe('a sealed secret', () => {
  it('opens where it was sealed, and looks different each time', () => {
    const sealed = sealer.seal(plain, 'property_signer/1');
    expect(sealer.open(sealed, 'property_signer/1')).toEqual(plain);
    expect(sealer.seal(plain, 'property_signer/1')).not.toBe(sealed);
  });

  it('A10: opens neither elsewhere, nor changed, nor with another key', () => {
    const sealed = sealer.seal(plain, 'property_signer/1');
    const bytes = Buffer.from(sealed, 'base64url');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    const other = createSealer(crypto, new Secret('a5'.repeat(32)));
    expect(codeOf(() => sealer.open(sealed, 'property_signer/2'))).toBe('sealed-data-unreadable');
    expect(codeOf(() => sealer.open(bytes.toString('base64url'), 'property_signer/1'))).toBe('sealed-data-unreadable');
    expect(codeOf(() => other.open(sealed, 'property_signer/1'))).toBe('sealed-data-unreadable');
  });
});

describe('a fingerprint', () => {
  it('is the same of the same, and another one of all else', () => {
    const other = createSealer(crypto, new Secret('a5'.repeat(32)));
    const same = createSealer(crypto, new Secret('5a'.repeat(32)));
    const fingerprint = sealer.fingerprint(plain, 'one');
    expect(same.fingerprint(plain, 'one')).toBe(fingerprint);
    const others = [
      other.fingerprint(plain, 'one'),
      sealer.fingerprint(plain, 'two'),
      sealer.fingerprint(plain.slice(1), 'one'),
      createHash('sha256').update(plain).digest('base64url'),
    ];
    expect(new Set([fingerprint, ...others]).size).toBe(5);
  });
});
