import { type Link, type LinkSpans, RadioError } from './central.js';
import type { GattAccess } from './gatt-access.js';
import type { LinkSession } from './link-session.js';

/** A queue of frames between the subscription and the caller's listener; see {@link createFrameQueue}. */
export interface FrameQueue {
  push(frame: Uint8Array): void;
  listen(listener: (frame: Uint8Array) => void): void;
}

// One message of the protocol is at most 4096 bytes in frames of at least 17.
const frameLimit = 256;

/** Holds frames until somebody listens; calls `onOverflow` when a peer sends more than any message has. */
export function createFrameQueue(onOverflow: () => void): FrameQueue {
  let held: Uint8Array[] = [];
  let listener: ((frame: Uint8Array) => void) | undefined;
  return {
    push(frame) {
      if (listener !== undefined) listener(frame);
      else if (held.length < frameLimit) held.push(frame);
      else onOverflow();
    },
    listen(next) {
      listener = next;
      const early = held;
      held = [];
      for (const frame of early) next(frame);
    },
  };
}

/** The caller's view of a session that has been opened. */
export function createNobleLink(options: {
  readonly session: LinkSession;
  readonly access: GattAccess;
  readonly frames: FrameQueue;
  readonly mtu: number;
  readonly info: Uint8Array;
  readonly spansMs: LinkSpans;
}): Link {
  const { session, access, frames, mtu, info, spansMs } = options;

  async function close(): Promise<void> {
    session.drop('closed');
    await session.closed;
  }

  return {
    mtu,
    info,
    spansMs,
    closed: session.closed,
    onNotify: frames.listen,
    async write(data, { withResponse, timeoutMs }) {
      if (data.length > mtu - 3) {
        throw new RadioError({ code: 'TOO_LONG' }, `A frame has ${data.length} bytes; this link takes ${mtu - 3}.`);
      }
      await access.write(data, withResponse, timeoutMs);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
