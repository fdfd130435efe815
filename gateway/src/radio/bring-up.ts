import { RadioError } from './central.js';
import type { GuardFeed } from './guard-feed.js';
import { hciOpcode } from './hci-packet.js';
import { createLinkSession, type LinkSession } from './link-session.js';
import type { NoblePeripheral } from './noble-surface.js';
import type { RadioTimings } from './radio-timings.js';
import { abortedWith, callAfter, waitFor } from './wait-for.js';

/** What connecting needs of its surroundings. */
export interface BringUpContext {
  readonly feed: GuardFeed | undefined;
  readonly timings: RadioTimings;
  /** The controller or noble no longer does what it is told. */
  readonly onStuck: () => void;
}

const failedToEstablish = 0x3e;

function connectError(error: Error): RadioError {
  // Both forks put the HCI status into the message and nowhere else.
  const status = Number.parseInt(/\(0x([0-9a-f]+)\)/.exec(error.message)?.[1] ?? '', 16);
  const code = status === failedToEstablish ? 'LINK_LOST' : 'ADAPTER';
  return new RadioError({ code }, `The controller refused the connection: ${error.message}.`, { cause: error });
}

async function disconnected(peripheral: NoblePeripheral, context: BringUpContext): Promise<void> {
  try {
    await waitFor<void>({ timeoutMs: context.timings.closeMs, what: 'A disconnection' }, (resolve) => {
      const done = () => resolve();
      peripheral.on('disconnect', done);
      peripheral.disconnect();
      return () => peripheral.removeListener('disconnect', done);
    });
  } catch {
    context.onStuck();
  }
}

/**
 * Takes down a link that noble holds up and nobody here owns: one fork keeps the link of a cancelled connection, and a
 * connect to it would fail for as long as it stands.
 */
export async function clearLateLink(peripheral: NoblePeripheral, context: BringUpContext): Promise<void> {
  if (peripheral.state === 'connected') await disconnected(peripheral, context);
}

/** Calls a connection off, and listens for one that came up all the same. */
async function cancel(peripheral: NoblePeripheral, context: BringUpContext): Promise<void> {
  const { feed, timings } = context;
  await waitFor<void>({ what: 'A cancelled connection' }, (resolve) => {
    const done = () => resolve();
    const stop = callAfter(timings.cancelListenMs, done);
    const unsubscribe = feed?.subscribe((event) => {
      // noble hears of it after the guard; by then it knows its own state.
      if (event.type === 'connected' || event.type === 'connect-failed') setImmediate(done);
    });
    peripheral.cancelConnect();
    peripheral.on('connect', done);
    return () => {
      stop();
      unsubscribe?.();
      peripheral.removeListener('connect', done);
    };
  });
  await clearLateLink(peripheral, context);
}

/**
 * Connects to one peripheral. Scanning must be off, and no other connection under way. When the signal aborts, rejects
 * with its reason after the attempt has been called off and a late link been taken down.
 */
export async function bringUp(
  peripheral: NoblePeripheral,
  signal: AbortSignal,
  context: BringUpContext,
): Promise<{ readonly session: LinkSession; readonly link: number | undefined }> {
  const { feed, timings, onStuck } = context;
  await clearLateLink(peripheral, context);
  // noble keeps the object of an address for ever, and with it the MTU of the link before.
  peripheral.mtu = null;
  let link: number | undefined;
  try {
    const session = await waitFor<LinkSession>({ signal, what: 'Connecting' }, (resolve, reject) => {
      let asked = false;
      const onConnect = (error?: Error | null) => {
        if (error) reject(connectError(error));
        else resolve(createLinkSession({ peripheral, timings, onStuck }));
      };
      const unsubscribe = feed?.subscribe((event) => {
        if (event.type === 'connected' && event.address === peripheral.address) link = event.link;
        if (event.type === 'command-sent' && event.opcode === hciOpcode.leCreateConnection) asked = true;
      });
      // One fork waits for states of its own before it asks the controller, and may wait for ever.
      const stop = callAfter(timings.commandMs, () => {
        if (feed === undefined || asked) return;
        reject(new RadioError({ code: 'STUCK' }, 'noble never asked the controller for the connection.'));
        onStuck();
      });
      peripheral.on('connect', onConnect);
      peripheral.connect();
      return () => {
        stop();
        unsubscribe?.();
        peripheral.removeListener('connect', onConnect);
      };
    });
    return { session, link };
  } catch (error) {
    if (signal.aborted) {
      await cancel(peripheral, context);
      throw abortedWith(signal);
    }
    throw error;
  }
}
