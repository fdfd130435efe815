import { expect, test } from 'vitest';
import { runKills } from './gateway-kills.js';

/** `npm run crash -- gateway --kills 1000` kills as often as it is told; here it is a sample. */
const kills = Number(process.env['LATCHWORK_KILLS'] ?? 6);
const cards = Number(process.env['LATCHWORK_CRASH_CARDS'] ?? 40);
const locks = 20;
const hourMs = 3_600_000;

test(`T16, P-18: a gateway killed ${kills} times under load opens nothing late or twice, loses no card, and every end is true`, {
  timeout: 3 * hourMs,
}, async () => {
  const verdict = await runKills({ kills, locks, cards });
  console.log(JSON.stringify(verdict));
  expect(verdict).toMatchObject({ late: 0, doubled: 0, untrue: 0, unresolved: 0, lostProvisioning: 0 });
  expect(verdict.confirmed).toBeGreaterThan(0);
  expect(verdict.cards).toBe(cards);
});
