import * as z from 'zod/mini';
import type { ReadonlyData } from '../readonly-data.js';

/** How a gateway speaks to a lock: `olp` is the open lock protocol itself, `mqtt` a lock of another maker behind an MQTT bridge. */
export const lockDriverNames = ['olp', 'mqtt'] as const;
/** One of {@link lockDriverNames}. */
export const lockDriverName = z.enum(lockDriverNames);
/** {@link lockDriverName} as data. */
export type LockDriverName = z.output<typeof lockDriverName>;

/** What a driver can promise of its lock, and by whose strength: what it cannot promise, nobody does. */
export const lockGuarantees = z.object({
  /** Who refuses a command after its deadline. `gateway`: once it has left, the bridge or the lock may still be late. */
  deadline: z.enum(['lock', 'gateway']),
  /** Who sees to it that a command is done once. */
  dedupe: z.enum(['lock', 'gateway']),
  /** Who verifies the property's signature on a command. */
  authority: z.enum(['lock', 'gateway']),
  /** By what a command counts as executed. `readback`: the lock told after it that its bolt is unlocked. */
  proof: z.enum(['signed', 'readback']),
  /** How a lock takes its set of cards and codes. */
  setApply: z.enum(['atomic', 'none']),
  /** What it remembers of what happened at the door. */
  log: z.enum(['durable-cursor', 'none']),
  /** How it learns the time. */
  clock: z.enum(['signed', 'none']),
});
/** {@link lockGuarantees} as data. */
export type LockGuarantees = ReadonlyData<z.output<typeof lockGuarantees>>;

/** What each driver declares; the gateway's conformance kit holds it to that. */
export const driverGuarantees: Readonly<Record<LockDriverName, LockGuarantees>> = {
  olp: {
    deadline: 'lock',
    dedupe: 'lock',
    authority: 'lock',
    proof: 'signed',
    setApply: 'atomic',
    log: 'durable-cursor',
    clock: 'signed',
  },
  mqtt: {
    deadline: 'gateway',
    dedupe: 'gateway',
    authority: 'gateway',
    proof: 'readback',
    setApply: 'none',
    log: 'none',
    clock: 'none',
  },
};
