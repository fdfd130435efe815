import { type Instant, toInstant } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row } from '../store/store.js';
import { afterAttempt, type DeliveryOutcome, revived } from './delivery-life.js';

const createdAt = toInstant(Date.UTC(2026, 5, 12));
const dayMs = 24 * 60 * 60 * 1000;
const fresh = {
  id: 'whd_1',
  endpointId: 'whe_1',
  feedId: 'prop_1',
  position: 1,
  eventId: 'evt_1',
  eventType: 'gateway.online',
  state: 'pending',
  attempts: 0,
  nextAttemptAt: createdAt,
  giveUpAt: (createdAt + dayMs) as Instant,
  lastStatus: null,
  lastFault: null,
  createdAt,
  endedAt: null,
} as unknown as Row<'webhookDelivery'>;

const answered = (status: number, retryAfter?: string): DeliveryOutcome => ({ kind: 'answered', status, retryAfter });
const refused: DeliveryOutcome = { kind: 'unanswered', fault: 'econnrefused' };

/** The attempts of a delivery that meets one outcome only, each at the moment it is due. */
function life(outcome: DeliveryOutcome, random = 0.5) {
  const attempts: Row<'webhookDelivery'>[] = [];
  let delivery = fresh;
  while (delivery.state === 'pending') {
    delivery = afterAttempt(delivery, outcome, { now: delivery.nextAttemptAt, random });
    attempts.push(delivery);
  }
  return attempts;
}

describe('the life of a webhook delivery', () => {
  it.each([200, 202, 204, 299])('%i delivers it', (status) => {
    expect(life(answered(status))).toMatchObject([{ state: 'delivered', attempts: 1, lastStatus: status }]);
  });

  it('410 ends it at once', () => {
    expect(life(answered(410))).toMatchObject([{ state: 'dead', lastStatus: 410 }]);
  });

  it.each<[string, DeliveryOutcome]>([
    ['no answer', refused],
    ['a redirect', answered(302)],
    ['404', answered(404)],
    ['500', answered(500)],
  ])('%s is tried again, later and later, for a day and a last time at its end', (_, outcome) => {
    const attempts = life(outcome);
    const end = attempts.at(-1);
    expect(end).toMatchObject({ state: 'dead', endedAt: fresh.giveUpAt });
    const times = [createdAt, ...attempts.slice(0, -1).map(({ nextAttemptAt }) => nextAttemptAt)];
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits.slice(0, 3)).toEqual([5_000, 30_000, 120_000]);
    expect(waits.slice(0, -1)).toEqual([...waits.slice(0, -1)].sort((one, other) => one - other));
    expect(attempts.length).toBeGreaterThan(8);
  });

  it('Retry-After is honored, in seconds and as a date, and never brings an attempt forward or beyond the day', () => {
    const next = (header: string) =>
      afterAttempt(fresh, answered(503, header), { now: createdAt, random: 0.5 }).nextAttemptAt - createdAt;
    expect(next('600')).toBe(600_000);
    expect(next(new Date(createdAt + 600_000).toUTCString())).toBe(600_000);
    expect(next('1')).toBe(5_000);
    expect(next('999999999')).toBe(6 * 60 * 60 * 1000);
    for (const nonsense of ['', 'soon', '-5', '1e9']) expect(next(nonsense)).toBe(5_000);
  });

  it('spreads its attempts by chance, and whatever comes it ends within its day', () => {
    const outcome = fc.oneof(
      fc.constant(refused),
      fc.record({
        kind: fc.constant('answered' as const),
        status: fc.integer({ min: 300, max: 599 }),
        retryAfter: fc.option(fc.string(), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(outcome, { minLength: 60, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (outcomes, random) => {
          let delivery = fresh;
          for (const each of outcomes) {
            if (delivery.state !== 'pending') break;
            const now = delivery.nextAttemptAt;
            delivery = afterAttempt(delivery, each, { now, random });
            if (delivery.state === 'pending') expect(delivery.nextAttemptAt).toBeGreaterThan(now);
            expect(delivery.nextAttemptAt).toBeLessThanOrEqual(delivery.giveUpAt);
          }
          expect(delivery.state).toBe('dead');
        },
      ),
    );
    const [early] = life(refused, 0);
    const [late] = life(refused, 1);
    expect([early?.nextAttemptAt, late?.nextAttemptAt]).toEqual([createdAt + 4_000, createdAt + 6_000]);
  });

  it('a dead one driven again has a new day; any other stays as it is', () => {
    const now = toInstant(createdAt + 5 * dayMs);
    const dead = life(refused).at(-1) ?? fresh;
    const again = revived(dead, { now, lifetimeMs: dayMs });
    expect(again).toMatchObject({
      state: 'pending',
      attempts: 0,
      nextAttemptAt: now,
      giveUpAt: now + dayMs,
      endedAt: null,
    });
    expect(again.eventId).toBe(fresh.eventId);
    const delivered = afterAttempt(fresh, answered(200), { now, random: 0 });
    expect(revived(delivered, { now, lifetimeMs: dayMs })).toBe(delivered);
  });
});
