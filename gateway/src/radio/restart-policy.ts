/** What a supervisor knows of one running radio process. Times are monotonic milliseconds. */
export interface WorkerHealth {
  readonly startedAt: number;
  /** Whether its adapter has come up. */
  readonly ready: boolean;
  /** When it last gave a sign of life. */
  readonly aliveAt: number;
  /** Whether it has ever heard any device. */
  readonly hasHeard: boolean;
  /** For how long it has heard no device at all. */
  readonly silenceMs: number;
  /** Distinct addresses noble remembers. */
  readonly addresses: number;
  /** Neither a link nor an operation is open. */
  readonly idle: boolean;
}

/** When a running radio process is replaced. */
export interface RestartLimits {
  /** Without a sign of life for this long it is taken for hung. */
  readonly aliveMs: number;
  /** An adapter that is not up after this long gets a fresh process: noble misses some that come back. */
  readonly readyMs: number;
  /** Without an advert of any device for this long, after there had been some, its radio is taken for deaf. */
  readonly silenceMs: number;
  /** noble forgets no address it has seen, so it lives no longer than this, and to so many addresses, when idle. */
  readonly ageMs: number;
  readonly addresses: number;
}

/** Why a running radio process is replaced. */
export type RestartCause = 'hung' | 'unready' | 'silent' | 'aged' | 'crowded';

/** What a gateway uses: a day, and about 7 MB of noble's memory. */
export const defaultRestartLimits: RestartLimits = {
  aliveMs: 15_000,
  readyMs: 60_000,
  silenceMs: 60_000,
  ageMs: 24 * 60 * 60 * 1_000,
  addresses: 5_000,
};

/** Decides whether a radio process is to be replaced now; `undefined` lets it run. */
export function decideRestart(health: WorkerHealth, limits: RestartLimits, now: number): RestartCause | undefined {
  if (now - health.aliveAt > limits.aliveMs) return 'hung';
  if (!health.ready) return now - health.startedAt > limits.readyMs ? 'unready' : undefined;
  if (!health.idle) return undefined;
  // A gateway that has never heard anything may stand where nothing is; restarting would not change that.
  if (health.hasHeard && health.silenceMs > limits.silenceMs) return 'silent';
  if (now - health.startedAt > limits.ageMs) return 'aged';
  if (health.addresses > limits.addresses) return 'crowded';
  return undefined;
}
