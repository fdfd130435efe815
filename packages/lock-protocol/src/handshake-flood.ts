import { lockLimits } from './lock-limits.js';

/** How many handshakes may still fail, as of `at` (monotonic ms): a bucket that fills again with time. */
export interface HandshakeFlood {
  readonly tokens: number;
  readonly at: number;
}

/** The bucket of a lock that was just switched on. */
export const fullFlood: HandshakeFlood = { tokens: lockLimits.floodBurst, at: 0 };

/** Spends one token on a handshake; `undefined` when there is none. */
export function takeFloodToken(flood: HandshakeFlood, at: number): HandshakeFlood | undefined {
  const refilled = Math.min(lockLimits.floodBurst, flood.tokens + (at - flood.at) / lockLimits.floodRefillMs);
  return refilled < 1 ? undefined : { tokens: refilled - 1, at };
}

/** Gives the token back once the handshake has proven honest. */
export function returnFloodToken(flood: HandshakeFlood): HandshakeFlood {
  return { ...flood, tokens: Math.min(lockLimits.floodBurst, flood.tokens + 1) };
}
