/** The time that a source goes by. Nothing in this package waits or tells the time in any other way. */
export interface DirectoryClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Waits; ends early, with or without an error, when the signal fires. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>;
}
