import type { LockLink } from '@latchwork/lock-protocol';
import { type DoorCommand, giveCommand } from './lock-command.js';
import { type TimeBound, withinTime } from './time-bound.js';
import { outcomeOf, type WayOutcome } from './unlock-result.js';

/** A lock at the end of a Bluetooth connection. */
export interface FoundLock {
  readonly link: LockLink;
  /** Ends the connection. */
  close(): void | Promise<void>;
}

/** The phone's Bluetooth, as the app has it. */
export interface LockFinder {
  /**
   * Connects to the lock with this tag (16 hex digits), which is in its service data (packages/lock-protocol/SPEC.md §7). `undefined`:
   * it is not heard. Gives up when the signal fires.
   */
  connect(tag: string, signal: AbortSignal): Promise<FoundLock | undefined>;
}

/** For how long a lock is looked for when there are other ways; less than a person at a door waits. */
const searchMs = 3_000;
const closingMs = 1_000;

/** Opens the door from the phone to the lock, with nobody between. */
export async function openDirectly(finder: LockFinder, command: DoorCommand, isLast: boolean): Promise<WayOutcome> {
  const { clock, tag, signal } = command;
  const ms = isLast ? command.leftMs() : Math.min(searchMs, command.leftMs());
  const found = await findLock(finder, { clock, tag, signal, ms });
  if (found === undefined || 'cause' in found) {
    return { passed: 'not-in-range', ...(found === undefined ? {} : { cause: found.cause }) };
  }
  try {
    return outcomeOf(await giveCommand(command, { link: found.link, via: 'local' }));
  } finally {
    await letGo(found, command);
  }
}

/** Looks for a lock and connects to it; `undefined`, or why: it was not found in time. */
export async function findLock(
  finder: LockFinder,
  { tag, ...bound }: TimeBound & { readonly tag: string },
): Promise<FoundLock | { readonly cause: unknown } | undefined> {
  return await withinTime(bound, async (until) => {
    const connected = await finder.connect(tag, until);
    // One that was found when nobody waits any more holds the lock's only connection.
    if (until.aborted && connected !== undefined) await letGo(connected, bound);
    return connected;
  }).catch((cause: unknown) => ({ cause }));
}

/** A lock has one connection, which the next way needs; how its end goes changes nothing of what the lock said. */
export async function letGo(found: FoundLock, { clock }: Pick<TimeBound, 'clock'>): Promise<void> {
  const { signal } = new AbortController();
  await withinTime({ clock, signal, ms: closingMs }, async () => await found.close()).catch(() => undefined);
}
