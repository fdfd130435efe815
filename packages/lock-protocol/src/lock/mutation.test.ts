import { describe, expect, test } from 'vitest';
import { performUnlock } from '../caller/perform-unlock.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import type { SuiteName } from '../encoding/gatt.js';
import { drawPair, everySuite } from '../noise/suite.test-rig.js';
import { LockProtocolError } from '../protocol-error.js';
import { type Adversary, byToken, createDoor, createFakeTime, createProperty } from '../session.test-rig.js';
import { liveThroughCommand } from './lived-command.test-rig.js';
import { lockStep } from './lock-machine.js';

type Direction = 'toLock' | 'toCaller';
type Edit = (frame: Uint8Array, deliver: (frame: Uint8Array) => void) => void;

/** An adversary that does `edit` to frame number `target` of one direction and passes everything else on. */
function editing(direction: Direction, target: number, edit: Edit): Adversary & { count: number } {
  const adversary = {
    count: 0,
    [direction](frame: Uint8Array, deliver: (frame: Uint8Array) => void) {
      adversary.count += 1;
      if (adversary.count - 1 === target) edit(frame, deliver);
      else deliver(frame);
    },
  };
  return adversary;
}

/** An adversary that holds one frame back and delivers it after the next. */
function swapping(direction: Direction, target: number): Adversary & { count: number } {
  let held: Uint8Array | undefined;
  const adversary = {
    count: 0,
    [direction](frame: Uint8Array, deliver: (frame: Uint8Array) => void) {
      adversary.count += 1;
      if (adversary.count - 1 === target) {
        held = frame;
        return;
      }
      deliver(frame);
      if (held) deliver(held);
      held = undefined;
    },
  };
  return adversary;
}

function createScene(crypto: CryptoProvider, suite: SuiteName) {
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust, suite });
  const caller = drawPair(crypto, suite);
  const unlock = async (mtu: number, adversary: Adversary = {}) => {
    const link = door.connect({ mtu, adversary });
    const commandId = crypto.randomBytes(8);
    const call = performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller,
      command: { commandId, action: 'unlock', ttlMs: 4000, intent: 'tap' },
      authority: byToken(property, door, commandId),
      now: time.now,
      startTimer: time.startTimer,
    }).then(
      (answer) => answer.code,
      (error: unknown) => error,
    );
    await time.advance(4000);
    const outcome = await call;
    return { outcome, link };
  };
  return { time, door, unlock };
}

/** How many frames of each direction an honest unlock at a lock that knows the certificate takes. */
async function countFrames(crypto: CryptoProvider, suite: SuiteName, mtu: number): Promise<Record<Direction, number>> {
  const { unlock } = createScene(crypto, suite);
  await unlock(mtu).then(({ link }) => link.close());
  const { link } = await unlock(mtu);
  return { toLock: link.written.length, toCaller: link.notified.length };
}

/** Runs one attack, and then an honest unlock that must work. Tells how often the attacked command moved the bolt. */
async function attack(
  scene: ReturnType<typeof createScene>,
  mtu: number,
  adversary: Adversary,
): Promise<{ moved: number; outcome: unknown }> {
  const before = scene.door.moves.length;
  const { outcome, link } = await scene.unlock(mtu, adversary);
  // What the caller gave up on, the radio ends.
  link.close();
  await scene.time.advance(5000);
  const moved = scene.door.moves.length - before;
  const honest = await scene.unlock(mtu);
  expect(honest.outcome).toBe('ok');
  honest.link.close();
  return { moved, outcome };
}

describe.each([
  { crypto: createNodeCrypto(), mtu: 60, stride: 13, suite: 'x25519ChaChaPoly' },
  { crypto: createNodeCrypto(), mtu: 247, stride: 11, suite: 'x25519ChaChaPoly' },
  { crypto: createNodeCrypto(), mtu: 247, stride: 29, suite: 'p256AesGcm' },
  { crypto: createPortableCrypto(), mtu: 247, stride: 97, suite: 'x25519ChaChaPoly' },
  { crypto: createPortableCrypto(), mtu: 247, stride: 199, suite: 'p256AesGcm' },
] as const)(
  'mutated on the $crypto.name provider at an MTU of $mtu in suite $suite',
  ({ crypto, mtu, stride, suite }) => {
    test('T2: a flipped bit towards the lock: the session ends, no command runs, the next honest one works', async () => {
      const { toLock } = await countFrames(crypto, suite, mtu);
      const scene = createScene(crypto, suite);
      await scene.unlock(mtu).then(({ link }) => link.close());
      for (let target = 0; target < toLock; target += 1) {
        let bits = Number.POSITIVE_INFINITY;
        for (let bit = target % stride; bit < bits; bit += stride) {
          const flip: Edit = (frame, deliver) => {
            bits = frame.length * 8;
            const flipped = frame.slice();
            flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            deliver(flipped);
          };
          const { moved, outcome } = await attack(scene, mtu, editing('toLock', target, flip));
          expect({ target, bit, moved }).toEqual({ target, bit, moved: 0 });
          expect(outcome).toBeInstanceOf(LockProtocolError);
        }
      }
    });

    test('T2: a flipped bit towards the caller: the caller never takes it for an answer', async () => {
      const { toCaller } = await countFrames(crypto, suite, mtu);
      const scene = createScene(crypto, suite);
      await scene.unlock(mtu).then(({ link }) => link.close());
      for (let target = 0; target < toCaller; target += 1) {
        let bits = Number.POSITIVE_INFINITY;
        for (let bit = 0; bit < bits; bit += stride * 5) {
          const flip: Edit = (frame, deliver) => {
            bits = frame.length * 8;
            const flipped = frame.slice();
            flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            deliver(flipped);
          };
          const { moved, outcome } = await attack(scene, mtu, editing('toCaller', target, flip));
          expect(outcome).toBeInstanceOf(LockProtocolError);
          // The command itself was honest; only its answer was not. It ran at most once, and the caller says "unknown".
          const written = outcome instanceof LockProtocolError && outcome.info.commandWritten;
          expect(moved).toBe(written ? 1 : 0);
        }
      }
    });

    test('T2: any frame dropped, doubled or put after the next: the session ends, nothing runs that was not whole', async () => {
      const counts = await countFrames(crypto, suite, mtu);
      for (const direction of ['toLock', 'toCaller'] as const) {
        const scene = createScene(crypto, suite);
        await scene.unlock(mtu).then(({ link }) => link.close());
        for (let target = 0; target < counts[direction]; target += 1) {
          const last = target === counts[direction] - 1;
          const dropped = await attack(
            scene,
            mtu,
            editing(direction, target, () => undefined),
          );
          expect(dropped.outcome).toBeInstanceOf(LockProtocolError);
          const doubled = await attack(
            scene,
            mtu,
            editing(direction, target, (frame, deliver) => {
              deliver(frame);
              deliver(frame);
            }),
          );
          const swapped = await attack(scene, mtu, swapping(direction, target));
          if (direction === 'toLock') {
            expect(dropped.moved).toBe(0);
            expect(swapped.moved).toBe(0);
            // Doubling the last frame comes after a whole, honest command, which has run: once.
            expect(doubled.moved).toBe(last ? 1 : 0);
          }
          if (!(direction === 'toCaller' && last)) expect(doubled.outcome).toBeInstanceOf(LockProtocolError);
          expect(swapped.outcome).toBeInstanceOf(LockProtocolError);
        }
      }
    });
  },
);

describe.each(everySuite)('mutated at the lock itself in suite %s', (suite) => {
  test('T2: every single bit of every frame of an unlock: no command runs, and the session ends', () => {
    const lived = liveThroughCommand({ crypto: createNodeCrypto(), mtu: 60, warm: true, suite });
    const frames = lived.locks.flatMap(({ state, event }) => (event.type === 'frame' ? [{ state, event }] : []));
    expect(frames.length).toBeGreaterThan(4);
    for (const [index, { state, event }] of frames.entries()) {
      for (let bit = 0; bit < event.frame.length * 8; bit += 1) {
        const frame = event.frame.slice();
        frame[bit >> 3] = (frame[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let step = lockStep(lived.lockContext, state, { ...event, frame });
        const effects = [...step.effects];
        for (const { event: next } of frames.slice(index + 1)) {
          step = lockStep(lived.lockContext, step.state, next);
          effects.push(...step.effects);
        }
        // Silence ends a session whose message was left open.
        step = lockStep(lived.lockContext, step.state, { type: 'timer', at: 60_000, readings: lived.readings });
        expect(effects.some(({ type }) => type === 'actuate')).toBe(false);
        expect(step.state.at).toBe('closing');
      }
    }
  });
});
