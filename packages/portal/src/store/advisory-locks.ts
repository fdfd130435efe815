// The first number keeps clear of the locks of other programs on the same database: "latc" in ASCII.
const latchwork = 0x6c617463;

/** The server's locks by number, as the two parameters of PostgreSQL's advisory lock functions. */
export const advisoryLocks = {
  /** Held while tables are brought up to date. */
  migration: [latchwork, 1],
  /** Held by the one process that does periodic work and deliveries. */
  lease: [latchwork, 2],
} as const;

/** The class of the locks that each running process holds under its own number. */
export const runningClass = latchwork + 1;
