import { describe, expect, it } from 'vitest';
import { createFrameWriter } from './frames.js';
import { goldenLock, sessions } from './golden-lock.test-rig.js';
import type { Lock } from './lock.js';
import { sha256 } from './primitives.js';
import { bytes } from './vectors.test-rig.js';

const golden = sessions.warm;
const [message1 = new Uint8Array(0), message3 = new Uint8Array(0)] = golden.messages
  .filter(({ from }) => from === 'caller')
  .map(({ message }) => bytes(message));
const badMessage1 = createFrameWriter(185)(new Uint8Array(48));

function fail(lock: Lock, nowMs: number): void {
  lock.connect(185, nowMs);
  for (const frame of badMessage1) lock.frame(frame, nowMs);
  lock.timer(lock.dueMs ?? nowMs);
  lock.disconnect(nowMs);
}

/** Type and result of each entry of the log. */
function logged(lock: Lock): readonly (readonly number[])[] {
  return lock.memory.log.entries.map((entry) => [...entry.subarray(9, 11)]);
}

describe('limits of §9.3', () => {
  it('one connection', () => {
    const { lock } = goldenLock(golden);
    expect(lock.connect(23, 0)).toBeDefined();
    expect(lock.connect(23, 0)).toBeUndefined();
  });

  it('ends a connection without message 1 after 2 s, and one without message 3 after 5 s as late', () => {
    const silent = goldenLock(golden).lock;
    silent.connect(185, 0);
    expect(silent.timer(1999).end).toBe(false);
    expect(silent.timer(2000).end).toBe(true);
    expect(logged(silent)).toEqual([]);
    const greeted = goldenLock(golden).lock;
    greeted.connect(185, 0);
    for (const frame of createFrameWriter(185)(message1)) greeted.frame(frame, 0);
    expect(greeted.timer(4999).end).toBe(false);
    expect(greeted.timer(5000).end).toBe(true);
    expect(logged(greeted)).toEqual([[0, 2]]);
  });

  it('T4: answers late to a message 3 that began in time and ends a millisecond after the deadline', () => {
    for (const [endsAt, moved] of [
      [4000, [1]],
      [4001, []],
    ] as const) {
      const { lock, moves } = goldenLock(golden);
      lock.connect(185, 0);
      const write = createFrameWriter(185);
      for (const frame of write(message1)) lock.frame(frame, 0);
      const [first = new Uint8Array(0), last = new Uint8Array(0)] = write(message3);
      lock.frame(first, 3000);
      expect(lock.frame(last, endsAt)).toMatchObject({ frames: [expect.anything()], end: false });
      expect(moves).toEqual(moved);
    }
  });

  it('T20: after ten handshakes that failed, message 1 waits for at most 2 s, and is then answered', () => {
    for (const [failed, answeredAtMs] of [
      [9, 0],
      [10, 2000],
    ] as const) {
      const { lock, drawn } = goldenLock(golden);
      const own = [...drawn];
      for (let count = 0; count < failed; count += 1) fail(lock, 0);
      drawn.splice(0, drawn.length, ...own);
      lock.connect(185, 0);
      const answered = createFrameWriter(185)(message1).flatMap((frame) => lock.frame(frame, 0).frames);
      expect(answered).toHaveLength(answeredAtMs === 0 ? 1 : 0);
      if (answeredAtMs === 0) continue;
      expect(lock.timer(answeredAtMs - 1).frames).toEqual([]);
      expect(lock.timer(answeredAtMs)).toMatchObject({ frames: [expect.anything()], end: false });
    }
  });

  it('T20: the tries fill again evenly, and one half of one is kept for the next', () => {
    const { lock } = goldenLock(golden);
    for (let count = 0; count < 10; count += 1) fail(lock, 0);
    fail(lock, 3000);
    lock.connect(185, 3000);
    for (const frame of badMessage1) lock.frame(frame, 3000);
    expect(lock.dueMs).toBe(4000);
  });

  it('T20: a message 1 of another size is refused at once, and takes no try', () => {
    const { lock, drawn } = goldenLock(golden);
    const own = [...drawn];
    for (let count = 0; count < 20; count += 1) {
      lock.connect(185, 0);
      expect(createFrameWriter(185)(new Uint8Array(47)).map((frame) => lock.frame(frame, 0).end)).toEqual([true]);
      lock.disconnect(0);
    }
    drawn.splice(0, drawn.length, ...own);
    lock.connect(185, 0);
    expect(createFrameWriter(185)(message1).flatMap((frame) => lock.frame(frame, 0).frames)).toHaveLength(1);
  });

  it('T20: a thousand attempts of nobody write eight entries, and one more when the hour is over', () => {
    const { lock } = goldenLock(golden);
    for (let count = 0; count < 1000; count += 1) fail(lock, 3000 * count);
    expect(lock.memory.log.sequence).toBe(8);
    lock.connect(185, 3_600_000);
    expect(logged(lock).at(-1)).toEqual([15, 4]);
    expect(lock.memory.log.entries.at(-1)?.subarray(24, 28)).toEqual(Buffer.of(0, 0, 992 >> 8, 992 & 255));
  });
});

describe('garbage', () => {
  it('no frames throw, move the bolt, or are answered', () => {
    const { lock, moves } = goldenLock(golden);
    for (let round = 0; round < 2000; round += 1) {
      lock.connect(185, 10 * round);
      const noise = sha256(Uint8Array.of(round >> 8, round & 255));
      const header = [[], [0xc0, 0, 48], [0x80, 0, 200], [noise[0] ?? 0]][round % 4] ?? [];
      const frame = Uint8Array.of(...header, ...noise, ...noise.subarray(0, round % 17));
      expect(lock.frame(frame, 10 * round).frames).toEqual([]);
      lock.frame(new Uint8Array(0), 10 * round);
      lock.disconnect(10 * round);
    }
    expect(moves).toEqual([]);
  });

  it('T2: a flipped bit in a frame of the caller moves nothing', () => {
    const frames = () => {
      const write = createFrameWriter(247);
      return [message1, message3].flatMap((message) => write(message));
    };
    for (const [index, whole] of frames().entries()) {
      for (let bit = 0; bit < whole.length * 8; bit += 7) {
        const { lock, moves } = goldenLock(golden);
        lock.connect(247, 0);
        const sent = frames();
        const flipped = Uint8Array.from(whole);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        sent[index] = flipped;
        for (const frame of sent) lock.frame(frame, 0);
        expect(moves).toEqual([]);
      }
    }
  });
});
