import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

describe('UTF-8', () => {
  it('is that of the platform for every well-formed text', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeUtf8(text)).toEqual(new Uint8Array(Buffer.from(text)));
        expect(decodeUtf8(new Uint8Array(Buffer.from(text)))).toBe(text);
      }),
    ));

  it('refuses exactly the bytes that the platform’s strict decoder refuses', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const platform = (bytes: Uint8Array): string | undefined => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    };
    const tricky = fc.constantFrom(
      0x41,
      0x80,
      0xbf,
      0xc0,
      0xc2,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0x9f,
      0xa0,
      0x8f,
      0x90,
    );
    return fc.assert(
      fc.property(fc.array(tricky, { maxLength: 6 }), (list) => {
        const bytes = Uint8Array.from(list);
        expect(decodeUtf8(bytes)).toBe(platform(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  it('has no bytes for a lone surrogate', () => {
    expect(encodeUtf8('a\udc00')).toBeUndefined();
  });
});
