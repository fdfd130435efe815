import type { Journal } from './journal.js';
import type { UnlockResult } from './journal-record.js';
import type { Uplink } from './uplink.js';

/** Carries results from the journal to the broker until each is confirmed. */
export interface Outbox {
  /** Takes a result that is durable in the journal; sends it at once when the broker is there. */
  add(result: UnlockResult): void;
  /** Sends everything that is not confirmed, as history: called at each new connection. */
  resend(): void;
  /** Results not confirmed yet. */
  readonly size: number;
  /** Resolves when nothing is left. */
  empty(): Promise<void>;
}

/** Wires the outbox; `waiting` are the results that an earlier run could not get confirmed. */
export function createOutbox(
  journal: Pick<Journal, 'append'>,
  uplink: Pick<Uplink, 'sendResult' | 'connected'>,
  waiting: readonly UnlockResult[],
): Outbox {
  const unconfirmed = new Map(waiting.map((result) => [result.commandId, result]));
  const underWay = new Set<string>();
  let emptied: (() => void)[] = [];

  async function send(result: UnlockResult, historical: boolean): Promise<void> {
    const { commandId } = result;
    if (underWay.has(commandId)) {
      return;
    }
    underWay.add(commandId);
    const confirmed = await uplink.sendResult({ ...result, historical });
    underWay.delete(commandId);
    if (!confirmed) {
      return;
    }
    unconfirmed.delete(commandId);
    if (unconfirmed.size === 0) {
      for (const resolve of emptied) {
        resolve();
      }
      emptied = [];
    }
    // Lost with a crash, this record only means that the result is sent once more.
    await journal.append({ type: 'published', commandId }).catch(() => undefined);
  }

  return {
    add(result) {
      unconfirmed.set(result.commandId, result);
      void send(result, !uplink.connected);
    },
    resend() {
      for (const result of unconfirmed.values()) {
        void send(result, true);
      }
    },
    get size() {
      return unconfirmed.size;
    },
    empty() {
      return unconfirmed.size === 0 ? Promise.resolve() : new Promise((resolve) => emptied.push(resolve));
    },
  };
}
