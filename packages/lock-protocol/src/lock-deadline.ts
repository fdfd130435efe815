import { frameDeadline } from './frame.js';
import { floodTokenAt } from './handshake-flood.js';
import { lockLimits } from './lock-limits.js';
import type { LockConnectionState, LockState } from './lock-state.js';

/** Monotonic ms at which a `timer` event is due; `undefined` when the lock waits for nothing. */
export function lockDeadline(state: LockState): number | undefined {
  switch (state.at) {
    case 'idle':
    case 'finishing':
    case 'closing':
      return undefined;
    case 'ready':
      if (state.waiting) return earliest(state.connection, floodTokenAt(state.awake.flood));
      return earliest(state.connection, state.connection.connectedAt + lockLimits.firstMessageMs);
    case 'handshake': {
      // A message 3 that has begun may be late: it then gets an answer instead of silence.
      const begun = frameDeadline(state.connection.reassembly);
      return earliest(state.connection, begun ?? state.firstMessageAt + lockLimits.thirdMessageMs);
    }
    case 'session':
      return earliest(state.connection, state.answeredAt + lockLimits.idleMs);
    case 'moving':
      return state.connection.connectedAt + lockLimits.sessionMs;
  }
}

function earliest(connection: LockConnectionState, limit: number): number {
  const broken = frameDeadline(connection.reassembly) ?? Number.POSITIVE_INFINITY;
  return Math.min(limit, broken, connection.connectedAt + lockLimits.sessionMs);
}
