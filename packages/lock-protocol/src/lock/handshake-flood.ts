import { lockLimits } from './lock-limits.js';

/** How many handshakes may still fail, as of `at` (monotonic ms): a bucket that fills again with time. */
export interface HandshakeFlood {
  readonly tokens: number;
  readonly at: number;
}

/** The bucket of a lock that was just switched on. */
export const fullFlood: HandshakeFlood = { tokens: lockLimits.floodBurst, at: 0 };

/** Monotonic ms at which there is a token for one more handshake. */
export function floodTokenAt({ tokens, at }: HandshakeFlood): number {
  return tokens >= 1 ? at : at + Math.ceil((1 - tokens) * lockLimits.floodRefillMs);
}

/** Spends one token on a handshake; `undefined` when there is none. */
export function takeFloodToken(flood: HandshakeFlood, at: number): HandshakeFlood | undefined {
  if (at < floodTokenAt(flood)) return undefined;
  const refilled = Math.min(lockLimits.floodBurst, flood.tokens + (at - flood.at) / lockLimits.floodRefillMs);
  return { tokens: Math.max(0, refilled - 1), at };
}

/** Gives the token back once the handshake has proven honest. */
export function returnFloodToken(flood: HandshakeFlood): HandshakeFlood {
  return { ...flood, tokens: Math.min(lockLimits.floodBurst, flood.tokens + 1) };
}
