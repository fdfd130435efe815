import { describe, expect, test } from 'vitest';
import { splitMessage } from './frame.js';
import { decodeInfo, encodeInfo, type LockInfo } from './gatt.js';
import type { LockLink } from './lock-link.js';
import { encodeHello } from './message.js';
import { createNodeCrypto } from './node-crypto.js';
import { createXkResponder, readMessage, writeMessage } from './noise.js';
import { performUnlock } from './perform-unlock.js';
import { createPortableCrypto } from './portable-crypto.js';
import { LockProtocolError } from './protocol-error.js';
import { byToken, createDoor, createFakeTime, createProperty } from './session.test-rig.js';
import { sessionPrologue } from './session-prologue.js';

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

test('T3: a lock that echoes another nonce than INFO’s is not told the command', async () => {
  const crypto = createNodeCrypto();
  const identity = crypto.x25519KeyPair();
  const time = createFakeTime();
  const nonce = crypto.randomBytes(8);
  const info = encodeInfo({ versions: 1, suites: 1, maxMessageSizeBytes: 4096, tag: nonce, nonce });
  let hear: (frame: Uint8Array) => void = () => undefined;
  const written: Uint8Array[] = [];
  const link: LockLink = {
    mtu: 247,
    readInfo: async () => info,
    onFrame: (listener) => {
      hear = listener;
    },
    closed: new Promise(() => undefined),
    async write(frame) {
      written.push(frame);
      const prologue = sessionPrologue(crypto, info, 1);
      const first = readMessage(createXkResponder({ crypto, prologue, staticKeyPair: identity }), frame.slice(3));
      const hello = encodeHello({ nonce: crypto.randomBytes(8), clockQuality: 'good', capabilities: 7 });
      const { message } = writeMessage(first.state, hello);
      for (const second of splitMessage(message, { mtu: 247, firstCounter: 0 }).frames) hear(second);
    },
  };
  const call = performUnlock({
    crypto,
    link,
    lockPublicKey: identity.publicKey,
    caller: crypto.x25519KeyPair(),
    command: { commandId: nonce, action: 'unlock', ttlMs: 5000, intent: 'tap' },
    authority: async () => ({ kind: 'token', token: nonce, certificate: nonce }),
    now: time.now,
    startTimer: time.startTimer,
  });
  await expect(call).rejects.toMatchObject({ info: { code: 'message', reason: 'hello', commandWritten: false } });
  expect(written).toHaveLength(1);
});
