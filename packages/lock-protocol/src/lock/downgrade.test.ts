import { describe, expect, test } from 'vitest';
import type { LockLink } from '../caller/lock-link.js';
import { performUnlock } from '../caller/perform-unlock.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { splitMessage } from '../encoding/frame.js';
import { decodeInfo, encodeInfo, type LockInfo, type SuiteName, suites } from '../encoding/gatt.js';
import { encodeHello } from '../message.js';
import { createXkInitiator, createXkResponder, readMessage, writeMessage } from '../noise/noise.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { drawPair, everySuite, otherSuite } from '../noise/suite.test-rig.js';
import { LockProtocolError } from '../protocol-error.js';
import { type Adversary, byToken, createDoor, createFakeTime, createProperty } from '../session.test-rig.js';
import { liveThroughCommand } from './lived-command.test-rig.js';
import { lockStep } from './lock-machine.js';

const none = new Uint8Array(0);

/** Who calls what kind of lock. */
const places = [
  { place: 'suite 1 at a lock of suite 1', suite: 'x25519ChaChaPoly', lock: 'x25519ChaChaPoly' },
  { place: 'suite 1 at a lock of both', suite: 'x25519ChaChaPoly', lock: 'p256AesGcm' },
  { place: 'suite 2 at a lock of both', suite: 'p256AesGcm', lock: 'p256AesGcm' },
] as const satisfies readonly { place: string; suite: SuiteName; lock: SuiteName }[];

/** What somebody in the middle may make of INFO. */
const edits: [string, (info: LockInfo) => LockInfo][] = [
  ['another version beside OLP/1', (info) => ({ ...info, versions: 3 })],
  ['no version of ours', (info) => ({ ...info, versions: 2 })],
  ['a smaller message limit', (info) => ({ ...info, maxMessageSizeBytes: 512 })],
  ['another tag', (info) => ({ ...info, tag: new Uint8Array(8) })],
  ['an older nonce', (info) => ({ ...info, nonce: new Uint8Array(8) })],
];

/** Every list of suites but the honest one: dropped, added, swapped, and with one that does not exist. */
const suiteLists = (lock: SuiteName) =>
  [0b000, 0b001, 0b010, 0b011, 0b100, 0b111]
    .filter((suites) => suites !== (lock === 'p256AesGcm' ? 0b011 : 0b001))
    .map((suites): (typeof edits)[number] => [`suites ${suites.toString(2)}`, (info) => ({ ...info, suites })]);

function createScene(crypto: CryptoProvider, { suite, lock }: { suite: SuiteName; lock: SuiteName }) {
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust, suite: lock });
  // A lock without the suite has no key of it; its caller was told one that nobody holds.
  const known = door.publicKeys[suite];
  const lockPublicKey = known.length > 0 ? known : drawPair(crypto, suite).publicKey;
  const unlock = async (adversary: Adversary) => {
    const commandId = crypto.randomBytes(8);
    const link = door.connect({ adversary });
    const call = performUnlock({
      crypto,
      link,
      lockPublicKey,
      caller: drawPair(crypto, suite),
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'tap' },
      authority: byToken(property, door, commandId),
      now: time.now,
      startTimer: time.startTimer,
    }).then(
      ({ code }) => code,
      (error: unknown) => error,
    );
    await time.advance(6000);
    return { outcome: await call, link };
  };
  return { door, unlock };
}

describe.each([createNodeCrypto(), createPortableCrypto()])('INFO edited on the $name provider', (crypto) => {
  describe.each(places)('for $place', (place) => {
    test.each([...edits, ...suiteLists(place.lock)])(
      'T3: %s: the handshake fails for both sides',
      async (_name, edit) => {
        const { door, unlock } = createScene(crypto, place);
        const info = (bytes: Uint8Array) => encodeInfo(edit(decodeInfo(bytes)));
        const { outcome, link } = await unlock({ info });
        expect(outcome).toBeInstanceOf(LockProtocolError);
        expect(outcome).toMatchObject({ info: { commandWritten: false } });
        expect(link.notified).toHaveLength(0);
        expect(link.isClosed()).toBe(true);
        expect(door.moves).toHaveLength(0);
        // Nothing but a log entry, and that only when a message was sent at all.
        expect(door.log.every(({ type, result }) => type === 'session' && result === 'auth')).toBe(true);
        expect(door.log).toHaveLength(link.written.length === 0 ? 0 : 1);
        expect((await unlock({})).outcome).toBe('ok');
      },
    );
  });

  test('T3: a suite that INFO does not offer is never spoken, and no other one in its place', async () => {
    const { door, unlock } = createScene(crypto, { suite: 'p256AesGcm', lock: 'x25519ChaChaPoly' });
    const honest = await unlock({});
    expect(honest.outcome).toMatchObject({ info: { code: 'message', reason: 'info', commandWritten: false } });
    expect(honest.link.written).toHaveLength(0);
    const forged = await unlock({ info: (bytes) => encodeInfo({ ...decodeInfo(bytes), suites: 3 }) });
    expect(forged.outcome).toMatchObject({ info: { commandWritten: false } });
    expect(forged.link.notified).toHaveLength(0);
    expect(door.log).toMatchObject([{ type: 'session', result: 'auth' }]);
  });
});

describe.each(everySuite)('message 1 of %s changed on the way to a lock of both suites', (suite) => {
  const crypto = createNodeCrypto();
  const other = otherSuite(suite);
  /** Replaces message 1, which is one frame at this MTU. */
  const replacing =
    (change: (message: Uint8Array) => Uint8Array): Required<Pick<Adversary, 'toLock'>>['toLock'] =>
    (frame, deliver) =>
      splitMessage(change(frame.slice(3)), { mtu: 247, firstCounter: 0 }).frames.forEach(deliver);

  test('T3: to the size of the other suite: the lock answers neither', async () => {
    const { door, unlock } = createScene(crypto, { suite, lock: 'p256AesGcm' });
    const changes: ((message: Uint8Array) => Uint8Array)[] =
      suite === 'p256AesGcm'
        ? [(message) => message.slice(1), (message) => message.slice(0, -1)]
        : [
            (message) => concatBytes(Uint8Array.of(2), message),
            (message) => concatBytes(Uint8Array.of(3), message),
            (message) => concatBytes(message, Uint8Array.of(0)),
          ];
    for (const change of changes) {
      door.log.length = 0;
      const { outcome, link } = await unlock({ toLock: replacing(change) });
      expect(outcome).toMatchObject({ info: { commandWritten: false } });
      expect(link.notified).toHaveLength(0);
      expect(door.log).toMatchObject([{ type: 'session', result: 'auth' }]);
    }
    expect((await unlock({})).outcome).toBe('ok');
  });

  test('T3: for one of the other suite, by somebody who knows the lock: the caller takes no answer to it', async () => {
    const { door, unlock } = createScene(crypto, { suite, lock: 'p256AesGcm' });
    let info = new Uint8Array(0);
    const { outcome, link } = await unlock({
      info: (bytes) => {
        info = Uint8Array.from(bytes);
        return bytes;
      },
      toLock: replacing(() => {
        const prologue = sessionPrologue(crypto, info, suites[other]);
        const staticKeyPair = drawPair(crypto, other);
        const remoteStatic = door.publicKeys[other];
        return writeMessage(createXkInitiator({ crypto, prologue, staticKeyPair, remoteStatic }), none).message;
      }),
    });
    // The lock serves whoever calls, in the suite of the call; that is the attacker's own session, without authority.
    expect(link.notified).toHaveLength(1);
    expect(outcome).toMatchObject({ info: { code: 'handshake', commandWritten: false } });
    expect(link.written).toHaveLength(1);
    expect(door.moves).toHaveLength(0);
  });

  test('T3: sides that differ in the suite of the prologue alone do not understand each other', () => {
    const lock = drawPair(crypto, suite);
    const info = crypto.randomBytes(20);
    const first = writeMessage(
      createXkInitiator({
        crypto,
        prologue: sessionPrologue(crypto, info, suites[suite]),
        staticKeyPair: drawPair(crypto, suite),
        remoteStatic: lock.publicKey,
      }),
      none,
    ).message;
    const read = (number: number) =>
      readMessage(
        createXkResponder({ crypto, prologue: sessionPrologue(crypto, info, number), staticKeyPair: lock }),
        first,
      );
    expect(() => read(suites[other])).toThrow(LockProtocolError);
    expect(read(suites[suite]).payload).toEqual(none);
  });
});

test('T3: a lock does not speak a suite that it has and does not offer', () => {
  const crypto = createNodeCrypto();
  const lived = liveThroughCommand({ crypto, mtu: 517, warm: true, suite: 'p256AesGcm' });
  const answersTo = (offered: number) => {
    const info = encodeInfo({ ...decodeInfo(lived.info), suites: offered });
    const start = createXkInitiator({
      crypto,
      prologue: sessionPrologue(crypto, info, suites.p256AesGcm),
      staticKeyPair: lived.callerContext.caller,
      remoteStatic: lived.callerContext.lockPublicKey,
    });
    const { frames } = splitMessage(writeMessage(start, none).message, { mtu: 517, firstCounter: 0 });
    const [connected] = lived.locks;
    const [frame] = frames;
    if (connected?.event.type !== 'connected' || !frame) throw new Error('No connection.');
    const ready = lockStep(lived.lockContext, connected.state, { ...connected.event, info }).state;
    const { effects } = lockStep(lived.lockContext, ready, {
      type: 'frame',
      at: 0,
      readings: lived.readings,
      frame,
      nonce: none,
    });
    return effects.map(({ type }) => type);
  };
  expect(answersTo(3)).toEqual(['notify']);
  expect(answersTo(1)).toEqual(['write-log', 'persist', 'log', 'disconnect']);
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
