import type { LogMessage } from '@latchwork/contract';
import { expect, test } from 'vitest';
import { createLogOutbox } from './log-outbox.js';

const pages = (eventId: string): LogMessage => ({
  ...{ v: 1, eventId, deviceId: 'dev_01jd0000000000000000000000' as LogMessage['deviceId'] },
  ...{ pages: [], outcome: 'done', occurredAt: 1 },
});

test('pages of a log are sent until the broker has confirmed them, and their place is taken by newer ones of the same lock', async () => {
  const sends: { readonly name: string; readonly end: (confirmed: boolean) => void }[] = [];
  const outbox = createLogOutbox({
    sendLog: (tag, { eventId }) => new Promise((end) => sends.push({ name: `${tag}${eventId}`, end })),
  });
  const end = async (at: number, confirmed: boolean) => {
    sends[at]?.end(confirmed);
    await new Promise((turn) => setImmediate(turn));
  };
  const names = () => sends.map(({ name }) => name).join(' ');
  outbox.add('a', pages('1'));
  outbox.resend();
  expect(names(), 'still under way').toBe('a1');
  await end(0, false);
  expect(outbox.holds('a')).toBe(true);
  outbox.resend();
  outbox.add('a', pages('2'));
  await end(1, true);
  expect(outbox.holds('a'), 'what was confirmed is not the newest').toBe(true);
  await end(2, true);
  expect([outbox.holds('a'), outbox.size]).toEqual([false, 0]);
  outbox.resend();
  expect(names()).toBe('a1 a1 a2');
});
