import type { ReportedMessage } from '@latchwork/contract';
import type { Uplink } from './uplink.js';

/** Carries reports to the broker until each is confirmed. */
export interface ReportOutbox {
  /** Takes a report of a lock; sends it at once when the broker is there. */
  add(tag: string, report: ReportedMessage): void;
  /** Sends everything that is not confirmed: called at each new connection. */
  resend(): void;
  /** Whether a report with a receipt of that lock is not confirmed yet. */
  holdsReceiptOf(tag: string): boolean;
  /** Reports not confirmed yet. */
  readonly size: number;
}

interface Waiting {
  readonly tag: string;
  readonly report: ReportedMessage;
}

/**
 * Wires the outbox. It is in memory: whatever a crash loses is learned again from the lock, since what the portal has no
 * receipt for is gone for once more. A lock has at most two reports here, the newest one and the newest with receipts: a later
 * receipt says all that an earlier one said.
 */
export function createReportOutbox(uplink: Pick<Uplink, 'sendReport'>): ReportOutbox {
  const unconfirmed = new Map<string, Waiting>();
  const underWay = new Set<string>();

  async function send({ tag, report }: Waiting): Promise<void> {
    const { eventId } = report;
    if (underWay.has(eventId)) return;
    underWay.add(eventId);
    const confirmed = await uplink.sendReport(tag, report);
    underWay.delete(eventId);
    if (confirmed) unconfirmed.delete(eventId);
  }

  return {
    add(tag, report) {
      for (const [eventId, earlier] of unconfirmed) {
        const isSpent = report.receipts.length > 0 || earlier.report.receipts.length === 0;
        if (earlier.tag === tag && isSpent) unconfirmed.delete(eventId);
      }
      const waiting = { tag, report };
      unconfirmed.set(report.eventId, waiting);
      void send(waiting);
    },
    resend() {
      for (const waiting of unconfirmed.values()) void send(waiting);
    },
    holdsReceiptOf(tag) {
      return [...unconfirmed.values()].some((one) => one.tag === tag && one.report.receipts.length > 0);
    },
    get size() {
      return unconfirmed.size;
    },
  };
}
