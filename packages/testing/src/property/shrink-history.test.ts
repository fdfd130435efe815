import { expect, test } from 'vitest';
import { drawHistory } from './draw-history.js';
import type { Action, History } from './history.js';
import { shrinkHistory } from './shrink-history.js';

const long = (): History => {
  for (let seed = 1; ; seed += 1) {
    const history = drawHistory(seed);
    if (history.actions.length > 12 && history.actions.some(({ do: what }) => what === 'cut')) return history;
  }
};
const kinds = (actions: readonly Action[]) => actions.map(({ do: what }) => what);

test('a history is made as short as it can be', async () => {
  const history = long();
  const fails = async ({ actions }: History) => kinds(actions).includes('cut') && kinds(actions).includes('visit');
  const { history: short } = await shrinkHistory(history, { fails, mostRuns: 400 });
  expect(kinds(short.actions).toSorted()).toEqual(['cut', 'visit']);
  expect(short.actions.flatMap((action) => ('link' in action ? action.link.faults : []))).toEqual([]);
});

test('it takes no more runs than it may, and gives the shortest found by then', async () => {
  let runs = 0;
  const history = long();
  const fails = async () => {
    runs += 1;
    return runs < 2;
  };
  const shrunk = await shrinkHistory(history, { fails, mostRuns: 5 });
  expect(runs).toBe(5);
  expect(shrunk.runs).toBe(5);
  expect(shrunk.history.actions.length).toBeLessThan(history.actions.length);
});
