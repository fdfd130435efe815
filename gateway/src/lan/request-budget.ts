import type { Clock } from '../clock.js';

/** How many requests each address may make: some at once, and so many a second. */
export interface RequestBudget {
  /** Takes one; false when there is none left. */
  take(address: string): boolean;
}

const most = 40;
const perSecond = 8;
const mostAddresses = 1_000;

/** Creates the budget. What it remembers is bounded: the address that was quiet the longest is forgotten. */
export function createRequestBudget(clock: Pick<Clock, 'monotonic'>): RequestBudget {
  const left = new Map<string, { readonly tokens: number; readonly at: number }>();
  return {
    take(address) {
      const now = clock.monotonic();
      const known = left.get(address);
      const tokens = known === undefined ? most : Math.min(most, known.tokens + ((now - known.at) / 1000) * perSecond);
      left.delete(address);
      left.set(address, { tokens: Math.max(0, tokens - 1), at: now });
      const [oldest] = left.keys();
      if (left.size > mostAddresses && oldest !== undefined) left.delete(oldest);
      return tokens >= 1;
    },
  };
}
