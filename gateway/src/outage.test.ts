import { describe, expect, test } from 'vitest';
import { outageMoments, outages, tellOutage } from './outage.test-rig.js';

const secondMs = 1_000;
/** Shorter than the deadline of the command, longer, and long forgotten. */
const durations = { '1 s': secondMs, '1 min': 60 * secondMs, '1 h': 3_600 * secondMs };
const cells = outages.flatMap((outage) =>
  outageMoments.flatMap((moment) =>
    Object.entries(durations).map(([duration, downMs]) => ({ outage, moment, duration, downMs })),
  ),
);

describe('T15, T16: something is down at each step of a command', () => {
  test.each(cells)('$outage, $moment, $duration: at most once, never late, and a true end', async (cell) => {
    const { movedInTime, moved, outcomes, opensAgain, command } = await tellOutage(
      cell.outage,
      cell.moment,
      cell.downMs,
    );
    expect(moved).toEqual(movedInTime);
    expect(moved.length).toBeLessThanOrEqual(1);
    // Said by the run that did it; one that died with its word on the disk says it to the broker without a log line.
    const outcome = outcomes[0] ?? (cell.outage === 'hub' ? 'executed' : 'nothing was said');
    if (outcome !== 'unknown')
      expect([outcome, moved]).toEqual([outcome, outcome === 'executed' ? [command.commandId] : []]);
    expect(outcomes.length).toBeLessThanOrEqual(1);
    expect(opensAgain).toBe(true);
    if (cell.moment === 'executed' || cell.moment === 'RESULT') expect(moved).toEqual([command.commandId]);
  });
});
