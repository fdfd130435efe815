/** A queue between callbacks that put and one loop that takes. */
export interface Inbox<Item> {
  put(item: Item): void;
  /** The oldest item, as soon as there is one. One taker at a time. */
  take(): Promise<Item>;
}

/** Makes an empty {@link Inbox}. */
export function createInbox<Item>(): Inbox<Item> {
  const items: Item[] = [];
  let wake: (() => void) | undefined;
  return {
    put(item) {
      items.push(item);
      wake?.();
    },
    async take() {
      while (items.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return items.shift() as Item;
    },
  };
}
