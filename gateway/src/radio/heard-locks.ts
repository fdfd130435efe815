import type { HeardLock } from './central.js';

/** One lock heard at one address. */
export interface Sighting<P> {
  readonly tag: string;
  readonly address: string;
  readonly rssi: number;
  /** The flags byte of the service data. */
  readonly flags: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** noble's object for that address. */
  readonly peripheral: P;
}

interface Candidate<P> extends Sighting<P> {
  readonly tries: number;
}

/** What has been heard of late, bounded in both directions; see {@link createHeardLocks}. */
export interface HeardLocks<P> {
  hear(sighting: Sighting<P>): void;
  /**
   * The address to try next for a tag: of those heard within `freshMs`, the one tried least, then the newest. Anybody
   * can send a lock's tag from an address of their own, so a copy must not keep the lock itself from its turn.
   */
  choose(tag: string, now: number, freshMs: number): Sighting<P> | undefined;
  /** Counts a try of that address. */
  tried(sighting: Sighting<P>): void;
  /** The newest sighting of each tag. */
  list(): readonly HeardLock[];
}

const addressesPerTag = 4;

/** Remembers at most `limit` tags, the longest unheard forgotten first, and the four newest addresses of each. */
export function createHeardLocks<P>(limit: number): HeardLocks<P> {
  // Insertion order is order of hearing: a tag heard again moves to the end.
  const tags = new Map<string, readonly Candidate<P>[]>();

  return {
    hear(sighting) {
      const known = tags.get(sighting.tag) ?? [];
      const tries = known.find((candidate) => candidate.address === sighting.address)?.tries ?? 0;
      const others = known.filter((candidate) => candidate.address !== sighting.address);
      tags.delete(sighting.tag);
      tags.set(sighting.tag, [{ ...sighting, tries }, ...others].slice(0, addressesPerTag));
      const [oldest] = tags.keys();
      if (tags.size > limit && oldest !== undefined) tags.delete(oldest);
    },
    choose(tag, now, freshMs) {
      const fresh = (tags.get(tag) ?? []).filter((candidate) => now - candidate.at <= freshMs);
      return [...fresh].sort((a, b) => a.tries - b.tries || b.at - a.at)[0];
    },
    tried(sighting) {
      const known = tags.get(sighting.tag) ?? [];
      tags.set(
        sighting.tag,
        known.map((candidate) =>
          candidate.address === sighting.address ? { ...candidate, tries: candidate.tries + 1 } : candidate,
        ),
      );
    },
    list: () => [...tags.values()].flatMap(([newest]) => (newest === undefined ? [] : [pick(newest)])),
  };
}

function pick({ tag, address, rssi, flags, at }: Sighting<unknown>): HeardLock {
  return { tag, address, rssi, flags, lastHeardAt: at };
}
