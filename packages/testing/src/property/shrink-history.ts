import type { Action, History } from './history.js';

/** A history made as short as it could be, and how many runs that took. */
export interface ShrunkHistory {
  readonly history: History;
  readonly runs: number;
}

/**
 * Leaves out of a history whatever it fails without: first actions, in halves, quarters and one by one, then what bends
 * the radio, and waiting that changes nothing.
 *
 * @param o `fails`: whether a history still goes wrong in the way that is looked for; `mostRuns`: when to be content.
 */
export async function shrinkHistory(
  history: History,
  o: { readonly fails: (history: History) => Promise<boolean>; readonly mostRuns: number },
): Promise<ShrunkHistory> {
  let best = history;
  let runs = 0;
  const isBetter = async (actions: readonly Action[]): Promise<boolean> => {
    if (runs >= o.mostRuns) return false;
    runs += 1;
    const next = { ...best, actions };
    if (!(await o.fails(next))) return false;
    best = next;
    return true;
  };
  for (let size = Math.ceil(history.actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.actions.length; ) {
      const without = best.actions.filter((_action, number) => number < at || number >= at + size);
      // What is left moves into the place of what was taken out.
      if (!(await isBetter(without))) at += size;
    }
  }
  for (let at = 0; at < best.actions.length; at += 1) {
    for (const simpler of simplerActions(best.actions[at])) {
      await isBetter(best.actions.map((action, number) => (number === at ? simpler : action)));
    }
  }
  return { history: best, runs };
}

function simplerActions(action: Action | undefined): readonly Action[] {
  if (action === undefined) return [];
  const simpler: Action[] = [];
  if ('link' in action && action.link.faults.length > 0) {
    simpler.push({ ...action, link: { ...action.link, faults: [] } });
    for (const fault of action.link.faults) simpler.push({ ...action, link: { ...action.link, faults: [fault] } });
  }
  if ('retries' in action && action.retries > 0) simpler.push({ ...action, retries: 0 });
  if (action.do === 'abuse' && action.again.length > 0) simpler.push({ ...action, again: [] });
  return simpler;
}
