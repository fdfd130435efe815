import type { FeedId } from './store/schema/record.js';
import type { Row } from './store/store.js';

/** Hears of one feed's events, after their commit and in the order of the feed. */
export type EventListener = (event: Row<'event'>) => void;

/** Hands committed events to whoever follows one live. */
export interface EventFeed {
  publish(events: readonly Row<'event'>[]): void;
  /** @returns the end of the subscription. */
  subscribe(feedId: FeedId, listener: EventListener): () => void;
}

/** Creates a feed without followers. */
export function createEventFeed(): EventFeed {
  const followers = new Map<FeedId, Set<EventListener>>();
  return {
    publish: (events) => {
      for (const event of events) {
        for (const listener of followers.get(event.feedId) ?? []) listener(event);
      }
    },
    subscribe: (feedId, listener) => {
      const listeners = followers.get(feedId) ?? new Set();
      followers.set(feedId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) followers.delete(feedId);
      };
    },
  };
}
