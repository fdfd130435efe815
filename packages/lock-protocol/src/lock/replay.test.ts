import { describe, expect, test } from 'vitest';
import { performUnlock } from '../caller/perform-unlock.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { drawPair } from '../noise/suite.test-rig.js';
import { byToken, createDoor, createFakeTime, createProperty, withSeed } from '../session.test-rig.js';

/** A generator of repeatable choices below `limit`. */
function chooser(seed: number): (limit: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const mtus = [23, 60, 247, 517];

describe.each([
  { crypto: createNodeCrypto(), seeds: 1000, suite: 'x25519ChaChaPoly' },
  { crypto: createNodeCrypto(), seeds: 300, suite: 'p256AesGcm' },
  { crypto: createPortableCrypto(), seeds: 20, suite: 'x25519ChaChaPoly' },
  { crypto: createPortableCrypto(), seeds: 10, suite: 'p256AesGcm' },
] as const)('replayed on the $crypto.name provider in suite $suite', ({ crypto, seeds, suite }) => {
  test(`T1: any prefix, suffix or whole of a good unlock, ${seeds} seeds: the bolt never moves, each is logged as AUTH`, async () => {
    for (let seed = 0; seed < seeds; seed += 1) {
      const choose = chooser(seed);
      const seeded = withSeed(crypto, seed);
      const time = createFakeTime();
      const property = createProperty(seeded);
      const door = createDoor({ crypto: seeded, time, trust: property.trust, suite });
      const mtu = mtus[choose(mtus.length)] ?? 247;
      const good = door.connect({ mtu });
      const commandId = seeded.randomBytes(8);
      const answer = await performUnlock({
        crypto: seeded,
        link: good,
        lockPublicKey: door.publicKey,
        caller: drawPair(seeded, suite),
        command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'tap' },
        authority: byToken(property, door, commandId),
        now: time.now,
        startTimer: time.startTimer,
      });
      expect(answer.code).toBe('ok');
      good.close();
      const moved = door.moves.length;
      const logged = door.log.length;
      const recorded = good.written.map(({ frame }) => frame);
      const cut = 1 + choose(recorded.length - 1);
      const part = [recorded, recorded.slice(0, cut), recorded.slice(cut)][seed % 3] ?? recorded;

      const link = door.connect({ mtu });
      for (const frame of part) {
        if (link.isClosed()) break;
        await link.write(frame, { withResponse: false });
        await time.advance(choose(20));
      }
      await time.advance(10_000);
      expect(link.isClosed()).toBe(true);
      expect(door.moves).toHaveLength(moved);
      expect(door.log.slice(logged).map(({ type, result }) => `${type} ${result}`)).toEqual(['session auth']);
    }
  });

  test('T1: no nonce comes twice, so what was recorded under one never verifies under the next', async () => {
    const time = createFakeTime();
    const property = createProperty(crypto);
    const door = createDoor({ crypto, time, trust: property.trust, suite });
    const nonces = new Set<string>();
    for (let n = 0; n < 50; n += 1) {
      const link = door.connect();
      nonces.add(String(await link.readInfo()));
      link.close();
    }
    expect(nonces.size).toBe(50);
  });
});
