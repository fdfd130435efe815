import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LockProtocolError } from '../protocol-error.js';
import { acceptFrame, emptyReassembly, frameGapMs, type Reassembly, splitMessage } from './frame.js';
import { maxMessageSizeBytes } from './gatt.js';

const mtus = fc.integer({ min: 23, max: 517 });
const messages = fc.uint8Array({ minLength: 1, maxLength: maxMessageSizeBytes, size: 'max' });
const counters = fc.integer({ min: 0, max: 63 });

/** Every message a receiver completes; throws as the receiver does. */
function receive(frames: readonly Uint8Array[], first = 0): { messages: Uint8Array[]; reassembly: Reassembly } {
  let reassembly: Reassembly = { ...emptyReassembly, counter: first };
  const received: Uint8Array[] = [];
  for (const frame of frames) {
    const step = acceptFrame(reassembly, { frame, at: 0 });
    reassembly = step.reassembly;
    if (step.message) received.push(step.message);
  }
  return { messages: received, reassembly };
}

/** True when the frames end the session or complete no message. */
function refused(frames: readonly Uint8Array[], first = 0): boolean {
  try {
    return receive(frames, first).messages.length === 0;
  } catch (error) {
    return error instanceof LockProtocolError && error.info.code === 'frame';
  }
}

describe('frames', () => {
  test('joining what was split gives the message back, at every MTU and counter', () => {
    fc.assert(
      fc.property(messages, mtus, counters, (message, mtu, firstCounter) => {
        const { frames, nextCounter } = splitMessage(message, { mtu, firstCounter });
        expect(frames.every((frame) => frame.length <= mtu - 3)).toBe(true);
        const { messages: received, reassembly } = receive(frames, firstCounter);
        expect(received).toEqual([message]);
        expect(reassembly).toEqual({ counter: nextCounter });
      }),
      { numRuns: 200 },
    );
  });

  test('a message takes the number of frames that SPEC §8 measures', () => {
    const count = (size: number) =>
      [23, 185, 247, 517].map((mtu) => splitMessage(new Uint8Array(size), { mtu, firstCounter: 0 }).frames.length);
    expect(count(48)).toEqual([3, 1, 1, 1]);
    expect(count(71)).toEqual([4, 1, 1, 1]);
    expect(count(241)).toEqual([13, 2, 1, 1]);
    expect(count(245)).toEqual([13, 2, 2, 1]);
    expect(count(4096)).toEqual([216, 23, 17, 8]);
  });

  test('two messages follow each other in one direction', () => {
    const one = splitMessage(new Uint8Array(700).fill(1), { mtu: 23, firstCounter: 0 });
    const two = splitMessage(new Uint8Array(3).fill(2), { mtu: 23, firstCounter: one.nextCounter });
    expect(receive([...one.frames, ...two.frames]).messages.map((message) => message.length)).toEqual([700, 3]);
  });

  test('T2: dropping, repeating or moving any frame, or changing any header bit, is refused', () => {
    const several = fc.uint8Array({ minLength: 60, maxLength: 600 });
    fc.assert(
      fc.property(several, fc.integer({ min: 23, max: 40 }), fc.nat(), fc.nat(), (message, mtu, pick, bit) => {
        const { frames } = splitMessage(message, { mtu, firstCounter: 0 });
        const at = pick % frames.length;
        const frame = frames[at] as Uint8Array;
        const without = frames.filter((_, index) => index !== at);
        const headerBits = at === 0 ? 24 : 8;
        const edited = frame.slice();
        edited[Math.floor((bit % headerBits) / 8)] =
          (edited[Math.floor((bit % headerBits) / 8)] as number) ^ (1 << (bit % 8));
        expect(refused(without)).toBe(true);
        // A repeat of the last frame follows a message that is complete: the receiver takes that one and then refuses.
        expect(() => receive([...frames.slice(0, at + 1), frame, ...frames.slice(at + 1)])).toThrow(LockProtocolError);
        expect(
          refused([...without.slice(0, (at + 1) % frames.length), frame, ...without.slice((at + 1) % frames.length)]),
        ).toBe(true);
        expect(refused(frames.with(at, edited))).toBe(true);
        expect(refused(frames.with(at, Uint8Array.of(...frame, 0)))).toBe(true);
        expect(refused(frames.with(at, frame.subarray(0, -1)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a frame more than 2 s after the one before it is refused, one at 2 s is not', () => {
    const [first, second] = splitMessage(new Uint8Array(30), { mtu: 23, firstCounter: 0 }).frames as [
      Uint8Array,
      Uint8Array,
    ];
    const { reassembly } = acceptFrame(emptyReassembly, { frame: first, at: 100 });
    expect(acceptFrame(reassembly, { frame: second, at: 100 + frameGapMs }).message).toHaveLength(30);
    expect(() => acceptFrame(reassembly, { frame: second, at: 101 + frameGapMs })).toThrow(LockProtocolError);
  });

  test('a message longer than the limit is refused at its first frame', () => {
    const [first] = splitMessage(new Uint8Array(257), { mtu: 517, firstCounter: 0 }).frames as [Uint8Array];
    expect(() => acceptFrame(emptyReassembly, { frame: first, at: 0 }, 256)).toThrow('outside 1 to 256');
    expect(() => splitMessage(new Uint8Array(4097), { mtu: 517, firstCounter: 0 })).toThrow(LockProtocolError);
    expect(() => splitMessage(new Uint8Array(0), { mtu: 517, firstCounter: 0 })).toThrow(LockProtocolError);
    expect(() => splitMessage(new Uint8Array(1), { mtu: 22, firstCounter: 0 })).toThrow(LockProtocolError);
  });

  test('no sequence of random frames throws anything else or keeps more than the limit', () => {
    // Plausible headers, so that messages do begin and grow.
    const frame = fc.tuple(fc.constantFrom(0x80, 0x00, 0x40, 0xc0), fc.uint8Array({ maxLength: 520 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), fc.boolean(), (frames, honestCounter) => {
        let reassembly: Reassembly = emptyReassembly;
        for (const [bits, body] of frames) {
          const header = bits | (honestCounter ? reassembly.counter : (body[0] ?? 0) & 0x3f);
          try {
            const step = acceptFrame(reassembly, { frame: Uint8Array.of(header, ...body), at: 0 }, 1024);
            reassembly = step.reassembly;
            expect(step.message?.length ?? 0).toBeLessThanOrEqual(1024);
          } catch (error) {
            expect(error).toBeInstanceOf(LockProtocolError);
          }
          const kept = reassembly.partial?.parts.reduce((sum, part) => sum + part.length, 0) ?? 0;
          expect(kept).toBeLessThanOrEqual(1024);
          expect(kept).toBe(reassembly.partial?.receivedBytes ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
