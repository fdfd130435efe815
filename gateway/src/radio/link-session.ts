import { setMaxListeners } from 'node:events';
import { type LinkEnd, RadioError, type RadioErrorCode } from './central.js';
import type { NobleEmitter, NoblePeripheral } from './noble-surface.js';
import type { RadioTimings } from './radio-timings.js';
import { waitFor } from './wait-for.js';

/** Subscribes to an event of a noble object for the duration of one operation. */
export type Listen = (emitter: NobleEmitter, event: string, listener: (...values: never[]) => void) => void;

/** One GATT operation: how it is begun, and by which event it is done. */
export interface LinkOperation<T> {
  readonly what: string;
  readonly timeoutMs?: number | undefined;
  /** True when this ATT error is the regular end of the operation, as in discovery. */
  readonly expects?: (att: number) => boolean;
  begin(done: (value: T) => void, listen: Listen): void;
}

/** One connection from its completion to its loss, never reused; see {@link createLinkSession}. */
export interface LinkSession {
  readonly peripheral: NoblePeripheral;
  /** Handle of the configuration descriptor that noble asked for last on this link, where the guard saw it. */
  configurationHandle: number | undefined;
  /** Runs one operation when those before it are done; a link has one request at a time. */
  run<T>(operation: LinkOperation<T>): Promise<T>;
  /** The lock refused the operation under way. */
  refused(att: number): void;
  /** Ends the link for this reason: operations reject at once, and the connection is taken down. */
  drop(reason: LinkEnd): void;
  /** The connection is gone by itself: the adapter went, or noble said so. */
  lost(): void;
  /** True once the link is given up, though it may not be gone yet. */
  readonly ended: boolean;
  /** Resolves when the connection is gone, never rejects. */
  readonly closed: Promise<LinkEnd>;
}

function endError(end: LinkEnd): RadioError {
  const code: RadioErrorCode = end === 'closed' ? 'LINK_LOST' : end;
  return new RadioError({ code }, end === 'closed' ? 'The link is closed.' : `The link ended: ${end}.`);
}

/**
 * Wraps one connection: one operation at a time (noble resolves parallel writes at the first answer), each raced against
 * its timeout, an ATT error, a broken rule and the loss of the link (noble leaves all of these hanging). A timeout drops
 * the link, because noble's ATT queue does not recover from an answer that never came. `onStuck` is told when the
 * controller does not report the disconnection it was asked for.
 */
export function createLinkSession(options: {
  readonly peripheral: NoblePeripheral;
  readonly timings: RadioTimings;
  readonly onStuck: () => void;
}): LinkSession {
  const { peripheral, timings } = options;
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  let end: LinkEnd | undefined;
  let current: { readonly expects: (att: number) => boolean; readonly reject: (error: RadioError) => void } | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let gone: (end: LinkEnd) => void = () => {};
  const closed = new Promise<LinkEnd>((resolve) => {
    gone = resolve;
  });

  function finish(reason: LinkEnd): LinkEnd {
    if (end === undefined) {
      end = reason;
      ending.abort(endError(reason));
    }
    return end;
  }

  function lost(): void {
    peripheral.removeListener('disconnect', lost);
    // A listener of noble's own left here would fire on the next link and mix its services with this one's.
    peripheral.removeAllListeners('servicesDiscover');
    gone(finish('LINK_LOST'));
  }
  peripheral.on('disconnect', lost);

  function drop(reason: LinkEnd): void {
    if (end !== undefined) return;
    finish(reason);
    peripheral.disconnect();
    waitFor<LinkEnd>({ timeoutMs: timings.closeMs, what: 'A disconnection' }, (resolve) => {
      void closed.then(resolve);
      return () => {};
    }).catch(() => {
      lost();
      options.onStuck();
    });
  }

  async function perform<T>(operation: LinkOperation<T>): Promise<T> {
    try {
      return await waitFor<T>(
        { signal: ending.signal, timeoutMs: operation.timeoutMs ?? timings.operationMs, what: operation.what },
        (resolve, reject) => {
          const undo: (() => void)[] = [];
          const self = { expects: operation.expects ?? (() => false), reject };
          current = self;
          operation.begin(resolve, (emitter, event, listener) => {
            emitter.on(event, listener);
            undo.push(() => emitter.removeListener(event, listener));
          });
          return () => {
            if (current === self) current = undefined;
            for (const step of undo) step();
          };
        },
      );
    } catch (error) {
      if (error instanceof RadioError && error.info.code === 'TIMEOUT') drop('TIMEOUT');
      throw error;
    }
  }

  return {
    peripheral,
    configurationHandle: undefined,
    closed,
    get ended() {
      return end !== undefined;
    },
    run(operation) {
      const turn = tail.then(() => perform(operation));
      tail = turn.catch(() => {});
      return turn;
    },
    refused(att) {
      if (current !== undefined && !current.expects(att)) {
        current.reject(new RadioError({ code: 'ATT', att }, `The lock answered with ATT error 0x${att.toString(16)}.`));
      }
    },
    drop,
    lost,
  };
}
