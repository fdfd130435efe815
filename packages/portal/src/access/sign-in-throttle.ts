import type { Instant } from '@latchwork/core';

/** Slows down guessing of passwords, and never locks anybody out: right after the wait the next attempt is heard. */
export interface SignInThrottle {
  /** How long to wait before an attempt is heard; 0 counts this one and lets it pass. */
  waitMs(who: SignInOrigin, at: Instant): number;
  /** Forgets the account's failed attempts, and does not count this one against its address. */
  succeeded(who: SignInOrigin, at: Instant): void;
}

/** From where and for which account: guesses from one address never delay the owner at another. */
export interface SignInOrigin {
  readonly address: string;
  readonly emailKey: string;
}

interface Bucket {
  readonly tokens: number;
  readonly at: Instant;
}

interface Rate {
  readonly burst: number;
  readonly refillMs: number;
}

const perAccount: Rate = { burst: 5, refillMs: 6_000 };
const perAddress: Rate = { burst: 30, refillMs: 1_000 };
const mostBuckets = 10_000;

/** Creates a throttle of two token buckets: five attempts per account and address, thirty per address, both refilling. */
export function createSignInThrottle(): SignInThrottle {
  const buckets = new Map<string, Bucket>();

  const filled = (name: string, rate: Rate, at: Instant): number => {
    const bucket = buckets.get(name);
    return bucket === undefined ? rate.burst : Math.min(rate.burst, bucket.tokens + (at - bucket.at) / rate.refillMs);
  };
  const keep = (name: string, tokens: number, at: Instant): void => {
    // Deleting first moves the name to the end, so the oldest is the one forgotten when the map is full.
    buckets.delete(name);
    buckets.set(name, { tokens, at });
    const oldest = buckets.keys().next();
    if (buckets.size > mostBuckets && !oldest.done) buckets.delete(oldest.value);
  };
  const accountName = ({ address, emailKey }: SignInOrigin) => `${address} ${emailKey}`;

  return {
    waitMs: (who, at) => {
      const account = filled(accountName(who), perAccount, at);
      const address = filled(who.address, perAddress, at);
      const wait = Math.max((1 - account) * perAccount.refillMs, (1 - address) * perAddress.refillMs);
      if (wait > 0) return Math.ceil(wait);
      keep(accountName(who), account - 1, at);
      keep(who.address, address - 1, at);
      return 0;
    },
    succeeded: (who, at) => {
      buckets.delete(accountName(who));
      keep(who.address, Math.min(perAddress.burst, filled(who.address, perAddress, at) + 1), at);
    },
  };
}
