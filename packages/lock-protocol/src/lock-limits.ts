/** Limits of a lock's sessions in milliseconds (SPEC §9). */
export const lockLimits = {
  /** From the connection to the end of message 1. */
  firstMessageMs: 2000,
  /** From message 1 to the first frame of message 3; also the greatest age at which a request still runs. */
  thirdMessageMs: 5000,
  /** Between a result and the next request. */
  idleMs: 10_000,
  /** From the connection on. */
  sessionMs: 60_000,
  /** For how long somebody inside counts as there after showing it. */
  presenceMs: 120_000,
  /** Handshakes that may fail in a row before the lock waits. */
  floodBurst: 10,
  /** Time after which one more may fail. */
  floodRefillMs: 2000,
} as const;
