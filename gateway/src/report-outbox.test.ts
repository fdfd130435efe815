import type { ReportedMessage } from '@latchwork/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { createReportOutbox, type ReportOutbox } from './report-outbox.js';

const report = (eventId: string, receipts: readonly string[] = []): ReportedMessage => ({
  v: 1,
  eventId,
  deviceId: 'dev_01jd0000000000000000000000' as ReportedMessage['deviceId'],
  standing: { epoch: 1, revision: 1 },
  parts: {},
  receipts: [...receipts],
  occurredAt: 1,
  nextTryAt: null,
});

/** Sends under way, oldest first, and how to end each. */
let sends: { readonly id: string; readonly end: (confirmed: boolean) => Promise<void> }[];
let outbox: ReportOutbox;

beforeEach(() => {
  sends = [];
  outbox = createReportOutbox({
    sendReport: (_tag, { eventId }) =>
      new Promise((resolve) => {
        const end = async (confirmed: boolean) => {
          resolve(confirmed);
          await new Promise((turn) => setImmediate(turn));
        };
        sends.push({ id: eventId, end });
      }),
  });
});

const ids = () => sends.map(({ id }) => id);

describe('reports on their way to the portal', () => {
  test('are sent at once, again with each connection until the broker has confirmed them, and then no more', async () => {
    outbox.add('a', report('1'));
    expect(ids()).toEqual(['1']);
    outbox.resend();
    expect(ids(), 'still under way').toEqual(['1']);
    await sends[0]?.end(false);
    expect(outbox.size).toBe(1);
    outbox.resend();
    expect(ids()).toEqual(['1', '1']);
    await sends[1]?.end(true);
    expect(outbox.size).toBe(0);
    outbox.resend();
    expect(ids()).toEqual(['1', '1']);
  });

  test('an account takes the place of an earlier one, and never that of a receipt', async () => {
    outbox.add('a', report('receipt', ['AA']));
    outbox.add('a', report('account 1'));
    outbox.add('a', report('account 2'));
    outbox.add('b', report('other'));
    for (const { end } of sends) await end(false);
    sends.length = 0;
    outbox.resend();
    expect(ids()).toEqual(['receipt', 'account 2', 'other']);
    expect(outbox.holdsReceiptOf('a')).toBe(true);
    expect(outbox.holdsReceiptOf('b')).toBe(false);
  });

  test('a later receipt says all that was said before: a lock has two reports here at most', async () => {
    for (let n = 0; n < 50; n += 1) {
      outbox.add('a', report(`receipt ${n}`, ['AA']));
      outbox.add('a', report(`account ${n}`));
    }
    expect(outbox.size).toBe(2);
    for (const { end } of sends) await end(false);
    sends.length = 0;
    outbox.resend();
    expect(ids()).toEqual(['receipt 49', 'account 49']);
  });
});
