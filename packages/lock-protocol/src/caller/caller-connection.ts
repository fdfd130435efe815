import { acceptFrame, splitMessage } from '../encoding/frame.js';
import { LockProtocolError } from '../protocol-error.js';
import type { CallerConnection, FrameWrite } from './caller-state.js';

/** Frames written before the lock must have taken them: GATT writes without response have no flow control. */
const framesPerResponse = 8;

/** Takes a frame of the lock; with the last of a message comes the message. */
export function takeFrame(
  connection: CallerConnection,
  event: { readonly at: number; readonly frame: Uint8Array },
): { readonly connection: CallerConnection; readonly message?: Uint8Array } {
  const { reassembly, message } = acceptFrame(connection.reassembly, event);
  return { connection: { ...connection, reassembly }, ...(message ? { message } : {}) };
}

/**
 * Cuts a message into the writes that carry it.
 *
 * @throws LockProtocolError `frame`/`length` for a message that is longer than the lock takes.
 */
export function sendMessage(
  { mtu }: { readonly mtu: number },
  connection: CallerConnection,
  message: Uint8Array,
): {
  readonly connection: CallerConnection;
  readonly effect: { readonly type: 'write'; readonly writes: readonly FrameWrite[] };
} {
  if (message.length > connection.maxMessageSizeBytes) {
    throw new LockProtocolError(
      { code: 'frame', reason: 'length' },
      `The lock takes no message of ${message.length} bytes.`,
    );
  }
  const { frames, nextCounter } = splitMessage(message, { mtu, firstCounter: connection.sendCounter });
  const writes = frames.map((frame, index) => ({
    frame,
    withResponse: (index + 1) % framesPerResponse === 0 && index + 1 < frames.length,
  }));
  return { connection: { ...connection, sendCounter: nextCounter }, effect: { type: 'write', writes } };
}
