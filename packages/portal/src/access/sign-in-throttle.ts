import type { Instant } from '@latchwork/core';

/**
 * Slows down guessing, and never locks an owner out. Three lanes count failed attempts: an address for one account, an
 * address for everything, and one account from all addresses together at which its owner was never seen. So guesses for
 * an account stay bounded per hour from however many addresses they come, and what strangers do elsewhere costs its owner
 * nothing at an address where they signed in before.
 */
export interface SignInThrottle {
  /** How long to wait before an attempt is heard; 0 counts this one and lets it pass. */
  waitMs(who: SignInOrigin, at: Instant): number;
  /** Takes the attempt back, and forgets the account's failed ones from this address. */
  succeeded(who: SignInOrigin, at: Instant): void;
}

/** From where an attempt comes, and whom it concerns. */
export interface SignInOrigin {
  readonly address: string;
  /** What is guessed for, such as an e-mail address; absent when a token alone decides. */
  readonly account?: string;
  /** Whether the account's owner was seen at this address before. */
  readonly isKnown?: boolean;
}

interface Bucket {
  readonly tokens: number;
  readonly at: Instant;
}

/** So many at once, and then one each time so much has passed. */
export interface ThrottleRate {
  readonly burst: number;
  readonly refillMs: number;
}

/** The rates of the three lanes. */
export const throttleRates = {
  accountAtAddress: { burst: 5, refillMs: 30_000 },
  address: { burst: 30, refillMs: 1_000 },
  accountElsewhere: { burst: 10, refillMs: 60_000 },
} as const satisfies Record<string, ThrottleRate>;

const mostBuckets = 20_000;

interface Lane {
  waitMs(name: string, at: Instant): number;
  take(name: string, at: Instant): void;
  giveBack(name: string, at: Instant): void;
  forget(name: string): void;
}

/** Creates a throttle that knows of nobody; each process has its own. */
export function createSignInThrottle(): SignInThrottle {
  const accountAtAddress = createLane(throttleRates.accountAtAddress);
  const address = createLane(throttleRates.address);
  const accountElsewhere = createLane(throttleRates.accountElsewhere);

  const placesOf = ({ address: from, account, isKnown }: SignInOrigin): readonly (readonly [Lane, string])[] => [
    [address, from],
    ...(account === undefined ? [] : [[accountAtAddress, `${from} ${account}`] as const]),
    ...(account === undefined || isKnown === true ? [] : [[accountElsewhere, account] as const]),
  ];

  return {
    waitMs: (who, at) => {
      const places = placesOf(who);
      const wait = Math.max(...places.map(([lane, name]) => lane.waitMs(name, at)));
      if (wait > 0) return wait;
      for (const [lane, name] of places) lane.take(name, at);
      return 0;
    },
    succeeded: (who, at) => {
      for (const [lane, name] of placesOf(who)) lane.giveBack(name, at);
      if (who.account !== undefined) accountAtAddress.forget(`${who.address} ${who.account}`);
    },
  };
}

function createLane({ burst, refillMs }: ThrottleRate): Lane {
  const buckets = new Map<string, Bucket>();
  const filled = (name: string, at: Instant): number => {
    const bucket = buckets.get(name);
    return bucket === undefined ? burst : Math.min(burst, bucket.tokens + (at - bucket.at) / refillMs);
  };
  const keep = (name: string, tokens: number, at: Instant): void => {
    // Deleting first moves the name to the end, so the oldest is the one forgotten when the map is full.
    buckets.delete(name);
    buckets.set(name, { tokens, at });
    const oldest = buckets.keys().next();
    if (buckets.size > mostBuckets && !oldest.done) buckets.delete(oldest.value);
  };
  return {
    waitMs: (name, at) => Math.max(0, Math.ceil((1 - filled(name, at)) * refillMs)),
    take: (name, at) => keep(name, filled(name, at) - 1, at),
    giveBack: (name, at) => keep(name, Math.min(burst, filled(name, at) + 1), at),
    forget: (name) => buckets.delete(name),
  };
}
