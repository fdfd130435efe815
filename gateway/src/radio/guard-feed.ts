import type { GuardEvent } from './att-guard.js';
import { callAfter } from './wait-for.js';

/** Events of the guard, for whoever waits for one. */
export interface GuardFeed {
  publish(event: GuardEvent): void;
  /** The returned function ends it. */
  subscribe(listener: (event: GuardEvent) => void): () => void;
}

/** Makes a feed without listeners. */
export function createGuardFeed(): GuardFeed {
  const listeners = new Set<(event: GuardEvent) => void>();
  return {
    publish(event) {
      for (const listener of [...listeners]) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Calls `onStuck` once when the controller leaves a command unanswered for `commandMs`: the one sign of a frozen
 * controller, of which noble shows nothing but promises that never settle. The returned function ends the watch.
 */
export function watchCommands(feed: GuardFeed, commandMs: number, onStuck: () => void): () => void {
  const sent: { readonly opcode: number; readonly cancel: () => void }[] = [];
  const unsubscribe = feed.subscribe((event) => {
    if (event.type === 'command-sent') {
      sent.push({ opcode: event.opcode, cancel: callAfter(commandMs, stuck) });
    } else if (event.type === 'command-answered') {
      const index = sent.findIndex((command) => command.opcode === event.opcode);
      if (index >= 0) sent.splice(index, 1)[0]?.cancel();
    }
  });

  function stop(): void {
    unsubscribe();
    for (const command of sent.splice(0)) command.cancel();
  }

  function stuck(): void {
    stop();
    onStuck();
  }

  return stop;
}
