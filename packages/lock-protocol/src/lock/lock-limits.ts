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
  /**
   * The same for an installer, who asks the property between one request and the next: to message 3 and between a result
   * and the next request, and from the connection on.
   */
  installerIdleMs: 60_000,
  installerSessionMs: 180_000,
  /** For how long somebody inside counts as there after showing it. */
  presenceMs: 120_000,
  /** Handshakes that may fail in a row before the lock waits. */
  floodBurst: 10,
  /** Time after which one more may fail; until then message 1 waits. */
  floodRefillMs: 2000,
  /** For how long refused attempts are counted together. */
  attemptHourMs: 3_600_000,
  /**
   * Entries that refused attempts have in such an hour: those of nobody known, those with something the property signed,
   * and those that tell how many had none, besides the one at its end.
   */
  attemptEntries: { unnamed: 8, named: 24, told: 4 },
  /** From a card's sighting to its proof. */
  cardCheckMs: 2000,
  /** Wrong door codes in a row before the lock takes none. */
  codeTries: 5,
  /** Time after which it takes one more. */
  codeRefillMs: 900_000,
  /** How long before the end of a connection the lock stops waiting for a card to report. */
  enrollMarginMs: 1000,
} as const;
