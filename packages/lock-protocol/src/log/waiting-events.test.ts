import { describe, expect, test } from 'vitest';
import type { LogEntryType } from './log-entry-type.js';
import { areEventsWaiting, type WaitingEvents, withToldPage, withWrittenEntry } from './waiting-events.js';

const none: WaitingEvents = { newest: 0, told: 0 };
const after = (events: WaitingEvents, ...types: readonly LogEntryType[]): WaitingEvents =>
  types.reduce((all, type, index) => withWrittenEntry(all, { type, seq: index + 1 }), events);

describe('events that wait for a reader', () => {
  test.each(['card', 'manual', 'battery', 'tamper'] as const)('%s waits until a page brought it', (type) => {
    const events = after(none, 'boot', type, 'clock-set');
    expect(areEventsWaiting(events)).toBe(true);
    expect(areEventsWaiting(withToldPage(events, 1))).toBe(true);
    expect(areEventsWaiting(withToldPage(events, 2))).toBe(false);
  });

  test('P-12: what a session brings about calls for no reading', () => {
    expect(areEventsWaiting(after(none, 'boot', 'clock-set', 'unlock', 'session', 'enroll', 'handshakes'))).toBe(false);
  });

  test('a page that was read before takes nothing back', () => {
    const told = withToldPage(withToldPage(after(none, 'card'), 1), 0);
    expect(areEventsWaiting(told)).toBe(false);
  });

  test('a reset begins anew: numbers of the log before it hide nothing', () => {
    const events = withToldPage(after(none, 'boot', 'card', 'manual'), 3);
    expect(areEventsWaiting(after(events, 'reset', 'card'))).toBe(true);
  });
});
