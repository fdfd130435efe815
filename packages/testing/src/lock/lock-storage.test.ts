import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createLockFile } from './lock-storage.js';

describe("a lock's file", () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-lock-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['Uint8Array', (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))],
    ['Buffer', (text: string) => Buffer.from(text, 'hex')],
  ])('gives back a record whose byte strings were each a %s', (_kind, bytes) => {
    const file = createLockFile(join(folder, 'deep', 'lock.json'));
    const record = {
      identity: {
        tag: bytes('01'.repeat(8)),
        staticSecret: bytes('02'.repeat(32)),
        signingSecret: bytes('03'.repeat(32)),
      },
      trust: { rootPublicKey: bytes('04'.repeat(32)), property: bytes('05'.repeat(8)), epoch: 7 },
      memory: bytes('a0'),
      log: [],
      boltMoves: 3,
    };
    file.save(record);
    const found = file.load();
    expect(Buffer.from(found?.trust?.rootPublicKey ?? []).toString('hex')).toBe('04'.repeat(32));
    expect(Buffer.from(found?.identity.tag ?? []).toString('hex')).toBe('01'.repeat(8));
    expect(found).toMatchObject({ trust: { epoch: 7 }, boltMoves: 3, log: [] });
  });

  test('is absent before the first save', () => {
    expect(createLockFile(join(folder, 'none.json')).load()).toBeUndefined();
  });
});
