import type { GuardFeed } from './guard-feed.js';
import { hciOpcode } from './hci-packet.js';
import type { Noble } from './noble-surface.js';
import { waitFor } from './wait-for.js';

/**
 * Resets the controller before its first scan: links of a process that was killed outlive it there, and their locks
 * stay deaf. One fork resets by itself when it begins and offers no reset of its own; nothing is sent then. Never to be
 * called with links up, of which noble would not be told.
 */
export async function resetController(noble: Noble, feed: GuardFeed, signal: AbortSignal): Promise<void> {
  await waitFor<void>({ signal, what: 'A reset' }, (resolve) => {
    let sent = false;
    const unsubscribe = feed.subscribe((event) => {
      if (!('opcode' in event) || event.opcode !== hciOpcode.reset) return;
      if (event.type === 'command-sent') sent = true;
      else if (event.type === 'command-answered') resolve();
    });
    noble.reset?.();
    if (!sent) resolve();
    return unsubscribe;
  });
}
