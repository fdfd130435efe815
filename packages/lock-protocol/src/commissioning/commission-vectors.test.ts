import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { suites } from '../encoding/gatt.js';
import { encodeLogEntry } from '../log/lock-log.js';
import { createHandshake, readMessage, split, writeMessage } from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { openRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { createFakeTime, withSeed } from '../session.test-rig.js';
import { orderHashOf } from './commission-order.js';
import { createCommissioner, createFactoryLock, install } from './commission-scene.test-rig.js';
import { encodeSetupLabel, setupPsk } from './setup-label.js';

const file = new URL('../../vectors/commissioning.json', import.meta.url);
const none = new Uint8Array(0);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A seeded provider, and the X25519 pairs that were drawn from it in turn. */
function withRecord(provider: CryptoProvider, seed: number): { crypto: CryptoProvider; drawn: KeyPair[] } {
  const crypto = withSeed(provider, seed);
  const drawn: KeyPair[] = [];
  const x25519KeyPair = (secret?: Uint8Array): KeyPair => {
    const pair = crypto.x25519KeyPair(secret);
    if (secret === undefined) drawn.push(pair);
    return pair;
  };
  return { crypto: { ...crypto, x25519KeyPair }, drawn };
}

/** A whole session of an installer with every secret in it, as data that another implementation can run. */
async function makeVector(provider: CryptoProvider, seed: number) {
  const time = createFakeTime();
  const atLock = withRecord(provider, seed);
  const atInstaller = withRecord(provider, seed + 1);
  const lock = createFactoryLock({ crypto: atLock.crypto, time });
  const by = createCommissioner(withSeed(provider, seed + 2), 2);
  lock.session().present();
  const sent: Uint8Array[] = [];
  const heard: Uint8Array[] = [];
  const link = lock.connect({
    mtu: 517,
    adversary: {
      toLock: (frame, deliver) => {
        sent.push(frame.slice(3));
        deliver(frame);
      },
      toCaller: (frame, deliver) => {
        heard.push(frame.slice(3));
        deliver(frame);
      },
    },
  });
  const info = await link.readInfo();
  const done = await install({ crypto: atInstaller.crypto, time, lock, by, change: { link } });
  const [identity, lockEphemeral] = atLock.drawn;
  const [installer, ephemeral] = atInstaller.drawn;
  if (!identity || !lockEphemeral || !installer || !ephemeral) throw new Error('A pair was not drawn.');
  const shared = {
    ...{ crypto: provider, pattern: noisePatterns.XXpsk3, psk: setupPsk(provider, lock.label.secret) },
    prologue: sessionPrologue(provider, info, suites.x25519ChaChaPoly),
  };
  const [first = none, third = none, order = none] = sent;
  const [second = none, stated = none, confirmed = none] = heard;
  // Both sides again, from nothing but what stands in the vector.
  const responder = createHandshake({
    ...{ ...shared, role: 'responder', staticKeyPair: identity, ephemeral: lockEphemeral },
  });
  const initiator = createHandshake({ ...shared, role: 'initiator', staticKeyPair: installer, ephemeral });
  const one = readMessage(responder, first);
  const two = readMessage(writeMessage(initiator, one.payload).state, second);
  const written = writeMessage(one.state, two.payload);
  expect(hex(written.message)).toBe(hex(second));
  const three = readMessage(written.state, third);
  const lockSide = split(three.state);
  const installerSide = split(writeMessage(two.state, three.payload).state);
  const answer = openRecord(installerSide.receive, stated);
  return {
    label: encodeSetupLabel(provider, lock.label),
    setupSecret: hex(lock.label.secret),
    psk: hex(shared.psk),
    info: hex(info),
    prologue: hex(shared.prologue),
    lock: {
      tag: hex(lock.self().tag),
      secret: hex(identity.secret),
      signingSecret: hex(lock.self().signingSecret ?? none),
      ephemeralSecret: hex(lockEphemeral.secret),
      logEntries: lock.log.map((entry) => hex(encodeLogEntry(entry))),
    },
    installer: { secret: hex(installer.secret), ephemeralSecret: hex(ephemeral.secret) },
    property: {
      rootSecret: hex(by.rootSecret),
      certSecret: hex(by.cert.secret),
      property: hex(by.trust.property),
      epoch: by.trust.epoch,
    },
    handshakeHash: hex(lockSide.handshakeHash),
    order: hex(done.order),
    orderHash: hex(orderHashOf(provider, done.order)),
    head: hex(done.head),
    messages: [
      { from: 'installer', message: hex(first), payload: hex(one.payload) },
      { from: 'lock', message: hex(second), payload: hex(two.payload) },
      { from: 'installer', message: hex(third), payload: hex(three.payload) },
      { from: 'lock', message: hex(stated), payload: hex(answer.plaintext) },
      { from: 'installer', message: hex(order), payload: hex(openRecord(lockSide.receive, order).plaintext) },
      { from: 'lock', message: hex(confirmed), payload: hex(openRecord(answer.cipher, confirmed).plaintext) },
    ],
  };
}

test.each([createNodeCrypto(), createPortableCrypto()])(
  'T25: a lock is commissioned in six messages, byte for byte, on the $name provider',
  async (provider) => {
    const made = await makeVector(provider, 50);
    if (process.env['LATCHWORK_FILL_VECTORS'] === '1' && !existsSync(file)) {
      writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`);
    }
    const kept: typeof made = JSON.parse(readFileSync(file, 'utf8'));
    expect(made).toEqual(kept);
    // The sizes that SPEC §9.8 says.
    expect(kept.messages.map(({ message }) => message.length / 2)).toEqual([56, 119, 69, 187, 396, 164]);
  },
);
