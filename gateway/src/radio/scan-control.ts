import { RadioError } from './central.js';
import type { GuardFeed } from './guard-feed.js';
import { hciOpcode } from './hci-packet.js';
import type { Noble } from './noble-surface.js';
import type { RadioTimings } from './radio-timings.js';
import { pause, waitFor } from './wait-for.js';

/** Switches scanning on and off, and knows whether it is; see {@link createScanControl}. */
export interface ScanControl {
  readonly scanning: boolean;
  /** Scans for the lock service, every advert anew. Rejects `STUCK` when the controller keeps refusing. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const commandDisallowed = 0x0c;
const tries = 3;
type Answer = number | 'unsent';

/**
 * Believes the controller's own answers rather than noble, which reports a scan that was refused as started, and may
 * take a start for one already under way and do nothing. Without a guard (no HCI socket) noble's word is all there is.
 */
export function createScanControl(options: {
  readonly noble: Noble;
  readonly serviceUuid: string;
  readonly feed: GuardFeed | undefined;
  readonly timings: RadioTimings;
}): ScanControl {
  const { noble, feed, timings } = options;
  let scanning = false;

  function order(enable: boolean): void {
    try {
      if (enable) noble.startScanning([options.serviceUuid], true);
      else noble.stopScanning();
    } catch (cause) {
      throw new RadioError({ code: 'ADAPTER' }, 'noble refused to change its scanning.', { cause });
    }
  }

  function ask(enable: boolean): Promise<Answer> {
    const limits = {
      timeoutMs: timings.commandMs,
      onTimeout: () => new RadioError({ code: 'STUCK' }, 'The controller does not answer a scan command.'),
      what: 'A scan command',
    };
    return waitFor<Answer>(limits, (resolve) => {
      if (feed === undefined) {
        const event = enable ? 'scanStart' : 'scanStop';
        const done = () => resolve(0);
        noble.on(event, done);
        order(enable);
        return () => noble.removeListener(event, done);
      }
      let sent = false;
      const unsubscribe = feed.subscribe((event) => {
        if (!('opcode' in event) || event.opcode !== hciOpcode.leSetScanEnable) return;
        if (event.parameter !== (enable ? 1 : 0)) return;
        if (event.type === 'command-sent') sent = true;
        else if (event.type === 'command-answered') resolve(event.status);
      });
      order(enable);
      if (!sent) resolve('unsent');
      return unsubscribe;
    });
  }

  async function stop(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(false);
      if (answer === 0 || answer === commandDisallowed) break;
      if (attempt === tries) throw new RadioError({ code: 'STUCK' }, 'The controller refuses to end its scan.');
      await pause(timings.scanPauseMs);
    }
    scanning = false;
  }

  async function start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      if ((await ask(true)) === 0) break;
      if (attempt === tries) throw new RadioError({ code: 'STUCK' }, 'The controller refuses to scan.');
      // One fork takes a start right after a stop for done; after a pause it works.
      await ask(false);
      await pause(timings.scanPauseMs);
    }
    scanning = true;
  }

  return {
    get scanning() {
      return scanning;
    },
    start,
    stop,
  };
}
