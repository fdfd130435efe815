import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import type { SuiteName } from '../encoding/gatt.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  createHandshake,
  createXkInitiator,
  createXkResponder,
  handshakeTurn,
  readMessage,
  split,
  writeMessage,
} from './noise.js';
import { noisePatterns, protocolNameOf } from './noise-pattern.js';
import { openRecord, sealRecord } from './noise-symmetric.js';
import { drawPair, everySuite, otherSuite } from './suite.test-rig.js';

interface NoiseVector {
  readonly source: string;
  readonly protocol_name?: string;
  readonly name?: string;
  readonly init_prologue: string;
  /** Absent in one-way patterns. */
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly init_psks?: readonly string[];
  readonly resp_static: string;
  readonly resp_ephemeral?: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

// All four published vectors of the file are run: XK twice (cacophony, noise-c), XXpsk3 once (cacophony), and N, which
// is no session, once (cacophony) further below.
const published: readonly NoiseVector[] = JSON.parse(
  readFileSync(new URL('../../vectors/noise-vectors.json', import.meta.url), 'utf8'),
);
const isOneWay = ({ init_static: secret }: NoiseVector) => secret === undefined;
const vectors = published.filter((vector) => !isOneWay(vector));
const providers = [createPortableCrypto(), createNodeCrypto()];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function patternOf(vector: NoiseVector) {
  const name = vector.protocol_name ?? vector.name;
  const pattern = Object.values(noisePatterns).find((known) => protocolNameOf(known, 'x25519ChaChaPoly') === name);
  if (pattern === undefined) throw new Error(`No pattern ${name}.`);
  return pattern;
}

function sidesOf(vector: NoiseVector, crypto: CryptoProvider) {
  const pattern = patternOf(vector);
  const psk = vector.init_psks?.[0];
  const shared = { crypto, pattern, prologue: unhex(vector.init_prologue), ...(psk ? { psk: unhex(psk) } : {}) };
  const remote = vector.init_remote_static;
  return {
    initiator: createHandshake({
      ...shared,
      role: 'initiator',
      staticKeyPair: crypto.x25519KeyPair(unhex(vector.init_static ?? '')),
      ephemeral: crypto.x25519KeyPair(unhex(vector.init_ephemeral)),
      ...(remote ? { remoteStatic: unhex(remote) } : {}),
    }),
    responder: createHandshake({
      ...shared,
      role: 'responder',
      staticKeyPair: crypto.x25519KeyPair(unhex(vector.resp_static)),
      ephemeral: crypto.x25519KeyPair(unhex(vector.resp_ephemeral ?? '')),
    }),
  };
}

describe.each(providers)('published Noise vectors on the $name provider', (crypto) => {
  it.each(vectors)('$protocol_name$name of $source', (vector) => {
    let { initiator, responder } = sidesOf(vector, crypto);
    for (const [index, { payload, ciphertext }] of vector.messages.slice(0, 3).entries()) {
      const fromInitiator = index % 2 === 0;
      const written = writeMessage(fromInitiator ? initiator : responder, unhex(payload));
      expect(hex(written.message)).toBe(ciphertext);
      const read = readMessage(fromInitiator ? responder : initiator, unhex(ciphertext));
      expect(hex(read.payload)).toBe(payload);
      initiator = fromInitiator ? written.state : read.state;
      responder = fromInitiator ? read.state : written.state;
    }
    let [left, right] = [split(initiator), split(responder)];
    expect(hex(left.handshakeHash)).toBe(vector.handshake_hash);
    expect(hex(right.handshakeHash)).toBe(vector.handshake_hash);
    expect(hex(right.remoteStatic)).toBe(hex(crypto.x25519KeyPair(unhex(vector.init_static ?? '')).publicKey));
    for (const [index, { payload, ciphertext }] of vector.messages.slice(3).entries()) {
      // Message 4 of the file is the responder's: the sides go on taking turns.
      const [sender, receiver] = index % 2 === 0 ? [right, left] : [left, right];
      const sealed = sealRecord(sender.send, unhex(payload));
      expect(hex(sealed.record)).toBe(ciphertext);
      const opened = openRecord(receiver.receive, sealed.record);
      expect(hex(opened.plaintext)).toBe(payload);
      const [next, heard] = [
        { ...sender, send: sealed.cipher },
        { ...receiver, receive: opened.cipher },
      ];
      [right, left] = index % 2 === 0 ? [next, heard] : [heard, next];
    }
  });
});

describe.each(providers)('the published one-way vector on the $name provider', (crypto) => {
  it.each(published.filter(isOneWay))('$protocol_name$name of $source', (vector) => {
    const shared = { crypto, pattern: patternOf(vector), prologue: unhex(vector.init_prologue) };
    const initiator = createHandshake({
      ...{ ...shared, role: 'initiator', ephemeral: crypto.x25519KeyPair(unhex(vector.init_ephemeral)) },
      remoteStatic: unhex(vector.init_remote_static ?? ''),
    });
    const identity = crypto.x25519KeyPair(unhex(vector.resp_static));
    const responder = createHandshake({ ...shared, role: 'responder', staticKeyPair: identity });
    const [first] = vector.messages;
    const written = writeMessage(initiator, unhex(first?.payload ?? ''));
    expect(hex(written.message)).toBe(first?.ciphertext);
    const read = readMessage(responder, written.message);
    expect(hex(read.payload)).toBe(first?.payload);
    expect([written.state, read.state].map(handshakeTurn)).toEqual(['complete', 'complete']);
    expect([written.state, read.state].map(({ symmetric }) => hex(symmetric.hash))).toEqual([
      vector.handshake_hash,
      vector.handshake_hash,
    ]);
  });
});

const crypto = createNodeCrypto();
const prologue = Uint8Array.of(1, 2, 3);
const empty = new Uint8Array(0);

function startXk(suite: SuiteName) {
  const [lock, caller] = [drawPair(crypto, suite), drawPair(crypto, suite)];
  return {
    lock,
    caller,
    initiator: createXkInitiator({ crypto, prologue, staticKeyPair: caller, remoteStatic: lock.publicKey }),
    responder: createXkResponder({ crypto, prologue, staticKeyPair: lock }),
  };
}

function establish(suite: SuiteName) {
  const { initiator, responder, lock, caller } = startXk(suite);
  const one = writeMessage(initiator, empty);
  const oneRead = readMessage(responder, one.message);
  const two = writeMessage(oneRead.state, empty);
  const twoRead = readMessage(one.state, two.message);
  const three = writeMessage(twoRead.state, empty);
  const threeRead = readMessage(two.state, three.message);
  return { lock, caller, messages: [one, two, three], left: split(three.state), right: split(threeRead.state) };
}

function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof LockProtocolError) return error.info;
    throw error;
  }
  return 'accepted';
}

describe.each(everySuite)('XK sessions of %s', (suite) => {
  it('have the message sizes of the specification', () => {
    const sizes = { x25519ChaChaPoly: [48, 48, 64], p256AesGcm: [49, 49, 65] };
    expect(establish(suite).messages.map(({ message }) => message.length)).toEqual(sizes[suite]);
  });

  it('tell each side who the other is', () => {
    const { left, right, lock, caller } = establish(suite);
    expect(left.remoteStatic).toEqual(lock.publicKey);
    expect(right.remoteStatic).toEqual(caller.publicKey);
    expect(left.handshakeHash).toEqual(right.handshakeHash);
  });

  it('T2: a flipped bit anywhere in any message is refused, and the untouched message is still accepted', () => {
    const { initiator, responder } = startXk(suite);
    const one = writeMessage(initiator, empty);
    const two = writeMessage(readMessage(responder, one.message).state, Uint8Array.of(7));
    const three = writeMessage(readMessage(one.state, two.message).state, Uint8Array.of(8));
    const steps = [
      { reader: responder, message: one.message },
      { reader: one.state, message: two.message },
      { reader: two.state, message: three.message },
    ];
    for (const { reader, message } of steps) {
      for (let bit = 0; bit < message.length * 8; bit += 1) {
        const flipped = message.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        // The top bit of an X25519 public key is masked (RFC 7748 §5), and P-256 gives the same result for both signs of
        // y; the transcript hash still sees which was sent.
        expect(faultOf(() => readMessage(reader, flipped))).toMatchObject({ code: 'handshake' });
      }
      expect(faultOf(() => readMessage(reader, message))).toBe('accepted');
    }
  });

  it('T3: differing prologues, or the wrong lock, fail at the first message', () => {
    const { initiator, responder, lock } = startXk(suite);
    const { message } = writeMessage(initiator, empty);
    const other = createXkResponder({ crypto, prologue: Uint8Array.of(1, 2, 4), staticKeyPair: lock });
    const stranger = createXkResponder({ crypto, prologue, staticKeyPair: drawPair(crypto, suite) });
    expect(faultOf(() => readMessage(other, message))).toEqual({ code: 'handshake', reason: 'tag' });
    expect(faultOf(() => readMessage(stranger, message))).toEqual({ code: 'handshake', reason: 'tag' });
    expect(faultOf(() => readMessage(responder, message))).toBe('accepted');
  });

  it('refuse an ephemeral that is no good key: of small order, or no point of the curve', () => {
    const { responder } = startXk(suite);
    const reasons = { x25519ChaChaPoly: 'weak-public-key', p256AesGcm: 'public-key' };
    const fault = faultOf(() => readMessage(responder, new Uint8Array(49)));
    expect(fault).toEqual({ code: 'handshake', reason: reasons[suite] });
  });

  it('take no key of the other suite, and none of no suite', () => {
    const { lock, caller } = startXk(suite);
    const stranger = drawPair(crypto, otherSuite(suite));
    const shared = { crypto, prologue, staticKeyPair: caller, remoteStatic: lock.publicKey };
    const length = { code: 'handshake', reason: 'length' };
    expect(faultOf(() => createXkInitiator({ ...shared, remoteStatic: stranger.publicKey }))).toEqual(length);
    expect(faultOf(() => createXkInitiator({ ...shared, ephemeral: stranger }))).toEqual(length);
    expect(faultOf(() => createXkInitiator({ ...shared, staticKeyPair: stranger }))).toEqual(length);
    const none = { ...caller, publicKey: caller.publicKey.slice(2) };
    expect(faultOf(() => createXkResponder({ crypto, prologue, staticKeyPair: none }))).toEqual(length);
  });

  it('refuse a step out of order and an early split', () => {
    const { initiator, responder } = startXk(suite);
    const order = { code: 'handshake', reason: 'order' };
    expect(faultOf(() => writeMessage(responder, empty))).toEqual(order);
    expect(faultOf(() => readMessage(initiator, new Uint8Array(48)))).toEqual(order);
    expect(faultOf(() => split(initiator))).toEqual(order);
    const { messages } = establish(suite);
    expect(faultOf(() => messages[2] && writeMessage(messages[2].state, empty))).toEqual(order);
  });

  it('draw a new ephemeral for every handshake', () => {
    const [a, b] = [establish(suite), establish(suite)];
    expect(a.messages[0]?.message).not.toEqual(b.messages[0]?.message);
    expect(a.left.send.secret).not.toEqual(b.left.send.secret);
  });

  it('throw only handshake faults, whatever the bytes', () => {
    const { responder } = startXk(suite);
    return fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(faultOf(() => readMessage(responder, bytes))).toMatchObject({ code: 'handshake' });
      }),
    );
  });
});

describe.each(everySuite)('transport records of %s', (suite) => {
  it('T1: a repeated, skipped, reordered or reflected record does not open', () => {
    const { left, right } = establish(suite);
    const first = sealRecord(left.send, Uint8Array.of(1));
    const second = sealRecord(first.cipher, Uint8Array.of(2));
    const opened = openRecord(right.receive, first.record);
    const tag = { code: 'record', reason: 'tag' };
    expect(opened.plaintext).toEqual(Uint8Array.of(1));
    expect(faultOf(() => openRecord(opened.cipher, first.record))).toEqual(tag);
    expect(faultOf(() => openRecord(right.receive, second.record))).toEqual(tag);
    expect(faultOf(() => openRecord(left.receive, first.record))).toEqual(tag);
    expect(openRecord(opened.cipher, second.record).plaintext).toEqual(Uint8Array.of(2));
  });

  it('are refused when shorter than their tag, and end before the counter repeats', () => {
    const { left } = establish(suite);
    const short = faultOf(() => openRecord(left.receive, new Uint8Array(15)));
    expect(short).toEqual({ code: 'record', reason: 'length' });
    const last = { ...left.send, counter: 0xffff_ffff };
    expect(faultOf(() => sealRecord(last, empty))).toEqual({ code: 'record', reason: 'counter' });
  });
});
