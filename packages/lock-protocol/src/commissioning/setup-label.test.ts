import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { LockProtocolError } from '../protocol-error.js';
import { encodeSetupLabel, parseSetupLabel, setupPsk } from './setup-label.js';

const crypto = createNodeCrypto();
const tag = Uint8Array.of(0x0f, 1, 2, 3, 4, 5, 6, 7);
const secret = Uint8Array.from({ length: 16 }, (_, at) => at * 16 + 1);
const text = encodeSetupLabel(crypto, { tag, secret });

function faultOf(wrong: string): unknown {
  try {
    return parseSetupLabel(crypto, wrong);
  } catch (error) {
    if (error instanceof LockProtocolError) return error.info;
    throw error;
  }
}

describe('the text of a label', () => {
  test('carries the tag and the secret in 54 characters that a QR code packs', () => {
    expect(text).toBe('OLP1:0F01020304050607:048J2CA1A5GQ30CHM6RW3MF1Y6XHYAEG');
    expect(text).toHaveLength(54);
    expect(text).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
    expect(parseSetupLabel(crypto, text)).toEqual({ tag, secret });
  });

  test('is read however it was typed', () => {
    const [, tagText = '', secretText = ''] = text.split(':');
    const typed = `olp1: ${tagText} : ${secretText.replace(/.{4}/g, '$&-').replaceAll('1', 'l').replaceAll('0', 'O')}`;
    expect(parseSetupLabel(crypto, typed)).toEqual({ tag, secret });
    expect(parseSetupLabel(crypto, ` ${text.toLowerCase().replaceAll('0', 'o')}`)).toEqual({ tag, secret });
  });

  test.each([
    ['', 'kind'],
    ['WIFI:S:hotel;T:WPA;P:secret;;', 'kind'],
    ['https://example.org/OLP1:', 'kind'],
    [text.replace('OLP1', 'OLP2'), 'version'],
    [text.slice(0, 21), 'parts'],
    [`${text}:1`, 'parts'],
    [text.replace('0F01', '0G01'), 'tag'],
    [text.replace('0F01', '0F0'), 'tag'],
    [text.slice(0, -1), 'secret'],
    [`${text}0`, 'secret'],
    [`${text.slice(0, -1)}U`, 'secret'],
    [`${text.slice(0, -1)}0`, 'check'],
    [text.replace('0F01', '0F02'), 'check'],
  ])('%s is refused as %s', (wrong, reason) => {
    expect(faultOf(wrong)).toEqual({ code: 'label', reason });
  });

  test('no single wrong letter and no two exchanged ones pass', () => {
    const first = text.lastIndexOf(':') + 1;
    for (let at = first; at < text.length; at += 1) {
      for (const letter of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
        if (letter === text[at]) continue;
        expect(faultOf(text.slice(0, at) + letter + text.slice(at + 1))).toEqual({ code: 'label', reason: 'check' });
      }
      const [here, next] = [text[at], text[at + 1]];
      if (next === undefined || here === next) continue;
      expect(faultOf(text.slice(0, at) + next + here + text.slice(at + 2))).toEqual({ code: 'label', reason: 'check' });
    }
  });

  test('any secret comes back, and any text is read or refused', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(8), bytes(16), (anyTag, anySecret) => {
        const label = { tag: anyTag, secret: anySecret };
        expect(parseSetupLabel(crypto, encodeSetupLabel(crypto, label))).toEqual(label);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(faultOf(`OLP1:${any}`)).toMatchObject({ code: 'label' });
      }),
    );
  });
});

test.each([createNodeCrypto(), createPortableCrypto()])('the psk is RFC 5869 on the $name provider', (provider) => {
  const psk = setupPsk(provider, secret);
  expect(Buffer.from(psk).toString('hex')).toBe('7461f02bfefd243726418c4d40aebc4ffebdbf87fcfc33ca7d6f37404f450fc0');
  expect(() => setupPsk(provider, secret.subarray(1))).toThrow(LockProtocolError);
});
