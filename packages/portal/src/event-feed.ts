import type { PropertyId } from '@latchwork/core';
import type { Row } from './store/store.js';

/** Hears of one property's events, after their commit and in the order of the feed. */
export type EventListener = (event: Row<'event'>) => void;

/** Hands committed events to whoever follows a property live. */
export interface EventFeed {
  publish(events: readonly Row<'event'>[]): void;
  /** @returns the end of the subscription. */
  subscribe(propertyId: PropertyId, listener: EventListener): () => void;
}

/** Creates a feed without followers. */
export function createEventFeed(): EventFeed {
  const followers = new Map<PropertyId, Set<EventListener>>();
  return {
    publish: (events) => {
      for (const event of events) {
        for (const listener of followers.get(event.propertyId) ?? []) listener(event);
      }
    },
    subscribe: (propertyId, listener) => {
      const listeners = followers.get(propertyId) ?? new Set();
      followers.set(propertyId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) followers.delete(propertyId);
      };
    },
  };
}
