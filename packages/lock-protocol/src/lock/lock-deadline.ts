import { frameDeadline } from '../encoding/frame.js';
import { floodTokenAt } from './handshake-flood.js';
import { peerOf } from './lock-handshake.js';
import { lockLimits } from './lock-limits.js';
import type { LockConnectionState, LockState, SessionPeer } from './lock-state.js';

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
      const peer = peerOf(state.noise);
      return earliest(state.connection, begun ?? state.firstMessageAt + limitsOf(peer).thirdMessageMs, peer);
    }
    case 'session':
      return earliest(state.connection, state.answeredAt + limitsOf(state.session.peer).idleMs, state.session.peer);
    case 'enrolling':
      return state.enroll.until;
    case 'moving':
      return state.connection.connectedAt + lockLimits.sessionMs;
  }
}

function earliest(connection: LockConnectionState, limit: number, peer: SessionPeer = 'caller'): number {
  const broken = frameDeadline(connection.reassembly) ?? Number.POSITIVE_INFINITY;
  return Math.min(limit, broken, connection.connectedAt + limitsOf(peer).sessionMs);
}

function limitsOf(peer: SessionPeer): Readonly<Record<'thirdMessageMs' | 'idleMs' | 'sessionMs', number>> {
  const { installerIdleMs, installerSessionMs } = lockLimits;
  if (peer === 'caller') return lockLimits;
  return { thirdMessageMs: installerIdleMs, idleMs: installerIdleMs, sessionMs: installerSessionMs };
}
