import { advisoryLocks } from './advisory-locks.js';
import type { PostgresSession } from './postgres-session.js';

/**
 * Says which of several portal processes does what must not be done twice: deliveries, periodic work. A process that is
 * cut off may believe for a moment that it still holds the lease, so whoever acts under it records in the ledger what it
 * is about to do before it does it.
 */
export interface Lease {
  isHeld(): boolean;
  /** Hears when the lease comes and goes. @returns the end of the hearing. */
  onChange(listener: (held: boolean) => void): () => void;
}

/** The lease of a process that is alone. */
export const ownLease: Lease = { isHeld: () => true, onChange: () => () => undefined };

const tryEveryMs = 1_000;

/**
 * Competes for the lease as long as the session lives; the server gives it on when the holder's session ends. Resolves when
 * the server has been asked for the first time.
 */
export async function startLease(session: PostgresSession): Promise<Lease & AsyncDisposable> {
  const listeners = new Set<(held: boolean) => void>();
  let held = false;
  let sessions = 0;
  const change = (next: boolean): void => {
    if (held === next) return;
    held = next;
    for (const listener of listeners) listener(held);
  };
  // Asked for again and again instead of waited for: a statement that waits for hours keeps the server from cleaning up.
  const ask = async (): Promise<void> => {
    if (held || !session.isOpen) return;
    const asked = sessions;
    const rows = await session.query('select pg_try_advisory_lock($1, $2) as held', advisoryLocks.lease);
    if (asked === sessions && session.isOpen && rows[0]?.['held'] === true) change(true);
  };
  const askQuietly = (): void => {
    // A session that is down says so itself.
    ask().catch(() => undefined);
  };
  const stopHearing = session.onOpen((open) => {
    sessions += 1;
    if (open) askQuietly();
    else change(false);
  });
  const timer = setInterval(askQuietly, tryEveryMs);
  await ask();
  return {
    isHeld: () => held,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      stopHearing();
      clearInterval(timer);
      change(false);
    },
  };
}
