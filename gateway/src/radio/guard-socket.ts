import { type AttGuard, type AttGuardOptions, createAttGuard } from './att-guard.js';
import type { HciSocket } from './noble-surface.js';

/**
 * Puts a guard between a live HCI socket and whoever listens to it, by replacing `emit` and `write` on the instance:
 * noble has no transport parameter, and both native addons look `emit` up there.
 */
export function guardSocket(socket: HciSocket, options: Omit<AttGuardOptions, 'send'>): AttGuard {
  const emit = socket.emit.bind(socket);
  const write = socket.write.bind(socket);
  const guard = createAttGuard({ ...options, send: (packet) => write(packet as Buffer) });
  socket.emit = (event, ...values) => {
    const [packet] = values;
    if (event !== 'data' || !(packet instanceof Uint8Array)) return emit(event, ...values);
    const passed = guard.inbound(packet);
    return passed === undefined ? true : emit('data', Buffer.from(passed.buffer, passed.byteOffset, passed.length));
  };
  socket.write = (packet) => {
    guard.outbound(packet);
    return write(packet);
  };
  return guard;
}
