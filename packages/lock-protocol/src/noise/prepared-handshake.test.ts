import { describe, expect, test } from 'vitest';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { createScene, faultOf } from '../lock/command-scene.test-rig.js';
import { createXkInitiator, writeMessage } from './noise.js';
import { prepareHandshake } from './prepared-handshake.js';
import { drawPair, everySuite } from './suite.test-rig.js';

const runs = [createNodeCrypto(), createPortableCrypto()].flatMap((crypto) =>
  everySuite.map((suite) => ({ crypto, suite })),
);

describe.each(runs)('a handshake of $suite prepared on the $crypto.name provider', ({ crypto, suite }) => {
  test('writes the same message 1, and leaves nothing to compute for it', () => {
    let agreements = 0;
    const counting: CryptoProvider = {
      ...crypto,
      x25519: (secret, publicKey) => {
        agreements += 1;
        return crypto.x25519(secret, publicKey);
      },
      p256: (secret, publicKey) => {
        agreements += 1;
        return crypto.p256(secret, publicKey);
      },
    };
    const lock = drawPair(crypto, suite);
    const { ephemeral } = prepareHandshake(crypto, lock.publicKey);
    const { secret, publicKey } = ephemeral;
    const shared = {
      crypto: counting,
      prologue: Uint8Array.of(1),
      staticKeyPair: lock,
      remoteStatic: lock.publicKey,
    };
    const first = (pair: typeof ephemeral | { secret: Uint8Array; publicKey: Uint8Array }) =>
      writeMessage(createXkInitiator({ ...shared, ephemeral: pair }), new Uint8Array(0)).message;
    const message = first(ephemeral);
    expect(agreements).toBe(0);
    expect(first({ secret, publicKey })).toEqual(message);
    expect(agreements).toBe(1);
  });

  test('opens the door, once', async () => {
    const { door, unlock } = createScene(crypto, suite);
    const prepared = prepareHandshake(crypto, door.publicKey);
    const link = door.connect();
    expect((await unlock(link, { prepared })).code).toBe('ok');
    expect(link.written[0]?.frame.slice(3, -16)).toEqual(prepared.ephemeral.publicKey);
    link.close();
    const again = door.connect();
    const fault = { code: 'handshake', reason: 'order', commandWritten: false };
    expect(await faultOf(unlock(again, { prepared }))).toEqual(fault);
    expect(again.written).toHaveLength(0);
  });

  test('is of no use for another lock', async () => {
    const { door, unlock } = createScene(crypto, suite);
    const prepared = prepareHandshake(crypto, drawPair(crypto, suite).publicKey);
    const link = door.connect();
    expect(await faultOf(unlock(link, { prepared }))).toMatchObject({ code: 'handshake', reason: 'order' });
    expect(link.written).toHaveLength(0);
  });
});

test('is not made for a key of no suite, or of no point', () => {
  const crypto = createNodeCrypto();
  expect(() => prepareHandshake(crypto, new Uint8Array(65))).toThrow('32 bytes');
  expect(() => prepareHandshake(crypto, new Uint8Array(33))).toThrow('no point');
});

test.each(everySuite)('a lock shows a new ephemeral key of %s on every connection', async (suite) => {
  const { door, unlock } = createScene(createNodeCrypto(), suite);
  const shown = new Set<string>();
  for (const round of [1, 2, 3]) {
    const link = door.connect();
    // Turned away, while the pair of the first is in use.
    door.connect();
    await unlock(link);
    shown.add(String(link.notified[0]?.slice(3, 3 + door.publicKey.length)));
    if (round === 2) door.restart();
    link.close();
  }
  expect(shown.size).toBe(3);
});
