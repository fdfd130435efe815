import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClockQuality } from '../log/lock-log.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  beginCommand,
  decodeLockMemory,
  emptyMemory,
  encodeLockMemory,
  endCommand,
  type LockMemory,
  raiseEpoch,
  raiseFloor,
  raiseTimeFloor,
  rememberCertificate,
  storedCommandLimit,
  storedCommandOf,
  usedGrantLimit,
  useGrant,
} from './lock-memory.js';

const id = (number: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, number >> 24, number >> 16, number >> 8, number);

const clockless = { quality: 'none', utcSeconds: 0 } as const;

/** Any memory that a lock can come to. */
const memories = fc
  .array(
    fc.oneof(
      fc.nat(200).map((n) => (memory: LockMemory) => beginCommand(memory, id(n))),
      fc.nat(200).map((n) => (memory: LockMemory) => endCommand(memory, id(n), 'jammed')),
      fc.nat(20).map((n) => (memory: LockMemory) => rememberCertificate(memory, id(n))),
      fc.tuple(fc.nat(255), fc.nat(9)).map(
        ([slot, issue]) =>
          (memory: LockMemory) =>
            raiseFloor(memory, slot, issue),
      ),
      fc.nat(100).map((n) => (memory: LockMemory) => useGrant(memory, { grantId: id(n), expires: n }) ?? memory),
      fc.nat(50).map((n) => (memory: LockMemory) => raiseTimeFloor(memory, n, clockless)),
      fc.nat(9).map((n) => (memory: LockMemory) => raiseEpoch(memory, { epoch: n, notBefore: n })),
    ),
    { maxLength: 60 },
  )
  .map((changes) => changes.reduce((memory, change) => change(memory), emptyMemory));

describe('the memory of a lock', () => {
  test('survives a power cut as it was', () => {
    fc.assert(
      fc.property(memories, (memory) => {
        expect(decodeLockMemory(encodeLockMemory(memory))).toEqual(memory);
      }),
    );
  });

  test('when damaged is refused, so that no lock starts as if it had seen nothing', () => {
    expect(() => decodeLockMemory(new Uint8Array(0))).toThrow(LockProtocolError);
    const bytes = encodeLockMemory(beginCommand(emptyMemory, id(1)));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (size) => {
        expect(() => decodeLockMemory(bytes.slice(0, size))).toThrow(LockProtocolError);
      }),
    );
  });

  test('keeps the newest command ids, and the outcome of each', () => {
    let memory = emptyMemory;
    for (let n = 0; n < storedCommandLimit + 5; n += 1) memory = endCommand(beginCommand(memory, id(n)), id(n), 'ok');
    expect(memory.commands).toHaveLength(storedCommandLimit);
    expect(storedCommandOf(memory, id(4))).toBeUndefined();
    expect(storedCommandOf(memory, id(5))).toEqual({ commandId: id(5), code: 'ok' });
  });

  test('never lowers an issue, an epoch, or the time within its epoch', () => {
    fc.assert(
      fc.property(memories, fc.nat(255), fc.nat(9), (memory, slot, value) => {
        const epoch = Math.min(value, memory.epoch);
        const raised = raiseEpoch(raiseFloor(memory, slot, value), { epoch, notBefore: value });
        const after = raiseTimeFloor(raised, value, clockless);
        expect(after.floors.get(slot) ?? 0).toBeGreaterThanOrEqual(memory.floors.get(slot) ?? 0);
        expect(after.epoch).toBeGreaterThanOrEqual(memory.epoch);
        expect(after.timeFloor).toBeGreaterThanOrEqual(memory.timeFloor);
      }),
    );
  });

  test('takes no issue for the time that is more than ten minutes ahead of a good clock', () => {
    const floorAfter = (issuedAt: number, quality: ClockQuality) =>
      raiseTimeFloor({ ...emptyMemory, timeFloor: 900 }, issuedAt, { quality, utcSeconds: 1000 }).timeFloor;
    expect(floorAfter(1600, 'good')).toBe(1600);
    expect(floorAfter(1601, 'good')).toBe(900);
    expect(floorAfter(1601, 'stale')).toBe(1601);
    expect(floorAfter(1601, 'none')).toBe(1601);
    expect(floorAfter(899, 'good')).toBe(900);
  });

  test('goes back in time with a higher epoch, no further than to the start of its certificate', () => {
    const memory = { ...emptyMemory, epoch: 1, timeFloor: 900 };
    expect(raiseEpoch(memory, { epoch: 2, notBefore: 500 })).toMatchObject({ epoch: 2, timeFloor: 500 });
    expect(raiseEpoch(memory, { epoch: 2, notBefore: 1000 })).toMatchObject({ epoch: 2, timeFloor: 900 });
    expect(raiseEpoch(memory, { epoch: 1, notBefore: 500 })).toBe(memory);
  });

  test('takes no more one-shot grants than it can remember, until old ones have expired', () => {
    let memory = emptyMemory;
    for (let n = 0; n < usedGrantLimit; n += 1)
      memory = useGrant(memory, { grantId: id(n), expires: 100 + n }) ?? memory;
    expect(useGrant(memory, { grantId: id(999), expires: 500 })).toBeUndefined();
    expect(
      useGrant(raiseTimeFloor(memory, 101, clockless), { grantId: id(999), expires: 500 })?.usedGrants,
    ).toHaveLength(usedGrantLimit - 1);
  });
});
