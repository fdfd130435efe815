import type { LogMessage } from '@latchwork/contract';
import type { Uplink } from './uplink.js';

/** Carries pages of logs to the broker until they are confirmed. */
export interface LogOutbox {
  /** Takes what was read of a lock's log; sends it at once when the broker is there. */
  add(tag: string, message: LogMessage): void;
  /** Sends everything that is not confirmed: called at each new connection. */
  resend(): void;
  /** Whether pages of that lock are not confirmed yet. */
  holds(tag: string): boolean;
  /** Messages not confirmed yet. */
  readonly size: number;
}

/**
 * Wires the outbox. It is in memory, and holds one message of a lock at most: what a crash loses is read again, for the portal has
 * not spoken of it.
 */
export function createLogOutbox(uplink: Pick<Uplink, 'sendLog'>): LogOutbox {
  const unconfirmed = new Map<string, LogMessage>();
  const underWay = new Set<string>();

  async function send(tag: string, message: LogMessage): Promise<void> {
    if (underWay.has(message.eventId)) return;
    underWay.add(message.eventId);
    const confirmed = await uplink.sendLog(tag, message);
    underWay.delete(message.eventId);
    if (confirmed && unconfirmed.get(tag) === message) unconfirmed.delete(tag);
  }

  return {
    add(tag, message) {
      unconfirmed.set(tag, message);
      void send(tag, message);
    },
    resend() {
      for (const [tag, message] of unconfirmed) void send(tag, message);
    },
    holds: (tag) => unconfirmed.has(tag),
    get size() {
      return unconfirmed.size;
    },
  };
}
