import { describe, expect, it } from 'vitest';
import { createFrameReader, createFrameWriter } from './frames.js';
import { goldenLock, requestSessions, sessions } from './golden-lock.test-rig.js';
import { bytes, hex } from './vectors.test-rig.js';

describe.each(Object.entries({ warm: sessions.warm, cold: sessions.cold, ...requestSessions }))(
  'golden session %s',
  (_name, golden) => {
    it.each([23, 185, 247, 517])('the lock answers byte for byte at an MTU of %i', (mtu) => {
      const { lock, moves } = goldenLock(golden);
      expect(hex(lock.connect(mtu, 0))).toBe(golden.info);
      const write = createFrameWriter(mtu);
      const reader = createFrameReader(4096);
      const answers: string[] = [];
      for (const { message } of golden.messages.filter(({ from }) => from === 'caller')) {
        for (const frame of write(bytes(message))) {
          for (const reply of lock.frame(frame, 100).frames) {
            const collected = reader.collect(reply);
            if (collected.kind === 'message') answers.push(hex(collected.message));
          }
        }
      }
      expect(answers).toEqual(golden.messages.filter(({ from }) => from === 'lock').map(({ message }) => message));
      expect(lock.memory.log.entries.map(hex)).toEqual(golden.lock.logEntries);
      expect(moves).toEqual(golden.lock.moves ?? [1]);
    });
  },
);

it('T4: a later request that does not quote the last result is late', () => {
  const golden = sessions.cold;
  const { lock, moves, drawn } = goldenLock(golden);
  drawn[2] = '0000000000000000';
  lock.connect(517, 0);
  const write = createFrameWriter(517);
  for (const { message } of golden.messages.filter(({ from }) => from === 'caller')) {
    for (const frame of write(bytes(message))) lock.frame(frame, 100);
  }
  expect(moves).toEqual([]);
  expect(lock.memory.log.entries.map((entry) => [...entry.subarray(9, 11)])).toEqual([[1, 2]]);
});
