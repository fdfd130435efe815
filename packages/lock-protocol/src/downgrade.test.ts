import { describe, expect, test } from 'vitest';
import { decodeInfo, encodeInfo, type LockInfo } from './gatt.js';
import { createNodeCrypto } from './node-crypto.js';
import { performUnlock } from './perform-unlock.js';
import { createPortableCrypto } from './portable-crypto.js';
import { LockProtocolError } from './protocol-error.js';
import { byToken, createDoor, createFakeTime, createProperty } from './session.test-rig.js';

/** What somebody in the middle may make of INFO. */
const edits: [string, (info: LockInfo) => LockInfo][] = [
  ['another version beside OLP/1', (info) => ({ ...info, versions: 3 })],
  ['no version of ours', (info) => ({ ...info, versions: 2 })],
  ['another suite beside ours', (info) => ({ ...info, suites: 3 })],
  ['only a suite that does not exist', (info) => ({ ...info, suites: 2 })],
  ['no suite at all', (info) => ({ ...info, suites: 0 })],
  ['a smaller message limit', (info) => ({ ...info, maxMessageSizeBytes: 512 })],
  ['another tag', (info) => ({ ...info, tag: new Uint8Array(8) })],
  ['an older nonce', (info) => ({ ...info, nonce: new Uint8Array(8) })],
];

describe.each([createNodeCrypto(), createPortableCrypto()])('INFO edited on the $name provider', (crypto) => {
  test.each(edits)('T3: %s: the handshake fails for both sides', async (_name, edit) => {
    const time = createFakeTime();
    const property = createProperty(crypto);
    const door = createDoor({ crypto, time, trust: property.trust });
    const commandId = crypto.randomBytes(8);
    const link = door.connect({ adversary: { info: (bytes) => encodeInfo(edit(decodeInfo(bytes))) } });
    const call = performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller: crypto.x25519KeyPair(),
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'tap' },
      authority: byToken(property, door, commandId),
      now: time.now,
      startTimer: time.startTimer,
    }).catch((error: unknown) => error);
    await time.advance(6000);
    const error = await call;
    expect(error).toBeInstanceOf(LockProtocolError);
    expect(error).toMatchObject({ info: { commandWritten: false } });
    expect(link.notified).toHaveLength(0);
    expect(link.isClosed()).toBe(true);
    expect(door.moves).toHaveLength(0);
    // Nothing but a log entry, and that only when a message was sent at all.
    expect(door.log.every(({ type, result }) => type === 'session' && result === 'auth')).toBe(true);
    expect(door.log).toHaveLength(link.written.length === 0 ? 0 : 1);
  });
});
