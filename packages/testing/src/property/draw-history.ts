import { createDice, type Dice } from './dice.js';
import type { Action, History } from './history.js';
import { drawers, type Story } from './stories.js';

/** Gaps between one story and the next, in milliseconds, the short ones more often. */
const gaps = [2000, 2000, 15_000, 15_000, 60_000, 300_000, 3_600_000, 10_800_000, 86_400_000, 780_000_000] as const;

/** Draws a history: a few stories of a property's life, one after another and now and then into one another. */
export function drawHistory(seed: number): History {
  const dice = createDice(seed, 'history');
  const locks = dice.int(1, 3);
  const phones = dice.int(2, 4);
  const actions: Action[] = [];
  let at = 1000;
  for (let lock = 0; lock < locks; lock += 1) {
    if (dice.chance(0.95)) actions.push(firstVisit(lock, at));
    at += 2000;
  }
  const stories = dice.int(3, 6);
  for (let number = 0; number < stories; number += 1) {
    const story: Story = { dice, at, locks, phones, add: (action) => void actions.push(action) };
    const end = drawStory(dice)(story);
    // Now and then the next begins before this one is over.
    at = dice.chance(0.15) ? at + dice.int(10, 1500) : end + dice.pick(gaps) + dice.int(0, 999);
  }
  return { seed, locks, phones, actions: actions.sort((a, b) => a.at - b.at) };
}

function firstVisit(lock: number, at: number): Action {
  const link = { mtu: 247, latencyMs: 10, faults: [] };
  return {
    do: 'visit',
    at,
    lock,
    carrier: 0,
    timeHeldMs: 0,
    isTold: true,
    acknowledges: true,
    behind: 0,
    isEmptyHanded: false,
    link,
  };
}

function drawStory(dice: Dice): (story: Story) => number {
  const all = drawers.reduce((sum, { weight }) => sum + weight, 0);
  let left = dice.int(1, all);
  for (const { weight, tell } of drawers) {
    left -= weight;
    if (left <= 0) return tell;
  }
  throw new RangeError('There are no stories.');
}
