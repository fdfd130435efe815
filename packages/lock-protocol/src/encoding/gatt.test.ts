import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LockProtocolError } from '../protocol-error.js';
import { decodeInfo, decodeServiceData, encodeInfo, encodeServiceData } from './gatt.js';

const tag = fc.uint8Array({ minLength: 8, maxLength: 8 });
const byte = fc.integer({ min: 0, max: 255 });

describe('what a lock says before anything is authenticated', () => {
  test('service data and INFO come back as they were, also when a later version appends fields', () => {
    fc.assert(
      fc.property(byte, byte, tag, tag, fc.integer({ min: 256, max: 4096 }), (version, flags, lock, nonce, size) => {
        const data = { version, flags, tag: lock };
        expect(encodeServiceData(data)).toHaveLength(10);
        expect(decodeServiceData(encodeServiceData(data))).toEqual(data);
        const info = { versions: version, suites: flags, maxMessageSizeBytes: size, tag: lock, nonce };
        expect(encodeInfo(info)).toHaveLength(20);
        expect(decodeInfo(encodeInfo(info))).toEqual(info);
        expect(decodeInfo(Uint8Array.of(...encodeInfo(info), 1, 2, 3))).toEqual(info);
      }),
    );
  });

  test('service data leaves three bytes of a scan response free', () => {
    // A scan response has 31 bytes; an element with a 128-bit UUID spends 1 + 1 + 16 on its header.
    expect(18 + encodeServiceData({ version: 1, flags: 0, tag: new Uint8Array(8) }).length).toBe(28);
  });

  test('bytes of any kind are read or refused with LockProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const decode of [decodeInfo, decodeServiceData]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(LockProtocolError);
          }
        }
      }),
    );
    expect(() => decodeServiceData(new Uint8Array(9))).toThrow(LockProtocolError);
    expect(() => decodeInfo(new Uint8Array(19))).toThrow(LockProtocolError);
    expect(() => decodeInfo(new Uint8Array(65))).toThrow(LockProtocolError);
    expect(() => decodeInfo(new Uint8Array(20))).toThrow('message limit of 0');
  });
});
