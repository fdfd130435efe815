/** What a job is for, the most urgent first: an unlock goes before everything else, a person with a card in hand before what can wait. */
export const jobPriorities = ['unlock', 'bulletin', 'card', 'time', 'set', 'log'] as const;

/** Rank of a job in its radio's queue. */
export type JobPriority = (typeof jobPriorities)[number];

/** One piece of work for one radio. */
export interface QueuedJob {
  readonly id: string;
  readonly priority: JobPriority;
  /** Jobs of one lane (a lock's tag) keep their order; lanes of one priority take turns. */
  readonly lane: string;
  /** Monotonic milliseconds; from then on the job must not start. Infinity for a job that waits as long as it takes. */
  readonly deadline: number;
  /** Monotonic milliseconds; until then the job lets others pass, which is how a retry backs off. */
  readonly notBefore: number;
}

/** A radio's queue as data: what runs, what waits in order of arrival, and which lanes had their turn last. */
export interface QueueState<Job extends QueuedJob> {
  readonly running: Job | null;
  readonly waiting: readonly Job[];
  /** Lanes that had a turn since the queue was last empty, the latest last. */
  readonly served: readonly string[];
}

/** The answer to a job that asks to be queued. */
export type EnqueueDecision<Job extends QueuedJob> =
  | { readonly accepted: true; readonly state: QueueState<Job> }
  | { readonly accepted: false; readonly because: 'queue-full' };

/** A queue with nothing in it. */
export function emptyQueue<Job extends QueuedJob>(): QueueState<Job> {
  return { running: null, waiting: [], served: [] };
}

/**
 * Decides whether a job may wait; `maxWaiting` counts the unlocks that do. Nothing else is bounded here, since errands are
 * at most as many as there are locks, and none of them may take an unlock's place.
 */
export function decideEnqueue<Job extends QueuedJob>(
  state: QueueState<Job>,
  job: Job,
  maxWaiting: number,
): EnqueueDecision<Job> {
  const unlocks = state.waiting.filter(({ priority }) => priority === 'unlock').length;
  return job.priority === 'unlock' && unlocks >= maxWaiting
    ? { accepted: false, because: 'queue-full' }
    : { accepted: true, state: { ...state, waiting: [...state.waiting, job] } };
}

/** Takes out the jobs whose deadline has passed while they waited. */
export function takeExpired<Job extends QueuedJob>(
  state: QueueState<Job>,
  now: number,
): { readonly state: QueueState<Job>; readonly expired: readonly Job[] } {
  const expired = state.waiting.filter((job) => job.deadline <= now);
  return expired.length === 0
    ? { state, expired }
    : { state: { ...state, waiting: state.waiting.filter((job) => job.deadline > now) }, expired };
}

const rank = ({ priority }: QueuedJob): number => jobPriorities.indexOf(priority);

/** The job for whose sake the running one must stop now: a more urgent one that may start, the most urgent first. */
export function decideInterruption<Job extends QueuedJob>(
  { running, waiting }: QueueState<Job>,
  now: number,
): Job | null {
  if (running === null) return null;
  const urgent = waiting.filter((job) => job.notBefore <= now && rank(job) < rank(running));
  return urgent.reduce<Job | null>((best, job) => (best === null || rank(job) < rank(best) ? job : best), null);
}

/** Lanes remembered for taking turns; more than any property has locks in reach of one radio. */
const maxServed = 512;

/**
 * Starts the next job when the radio is free: of the most urgent priority that may start, the first job of the lane whose
 * last turn is longest ago. Expired jobs must have been taken out.
 */
export function startNext<Job extends QueuedJob>(
  state: QueueState<Job>,
  now: number,
): { readonly state: QueueState<Job>; readonly started: Job | null } {
  const due = state.running === null ? state.waiting.filter((job) => job.notBefore <= now) : [];
  const turn = (job: Job): number => state.served.indexOf(job.lane);
  const [first, ...others] = due;
  if (first === undefined) {
    return { state, started: null };
  }
  const started = others.reduce((best, job) => {
    const difference = rank(job) - rank(best) || turn(job) - turn(best);
    return difference < 0 ? job : best;
  }, first);
  const waiting = state.waiting.filter((job) => job !== started);
  const served = [...state.served.filter((lane) => lane !== started.lane), started.lane].slice(-maxServed);
  return { state: { running: started, waiting, served: waiting.length === 0 ? [started.lane] : served }, started };
}

/** Frees the radio; with `again` the job that ran goes back to the end of the queue, however full it is. */
export function finishRunning<Job extends QueuedJob>(state: QueueState<Job>, again?: Job): QueueState<Job> {
  return { ...state, running: null, waiting: again === undefined ? state.waiting : [...state.waiting, again] };
}

/** When the queue must be looked at again of its own accord: the earliest deadline or end of a pause; null when none waits. */
export function nextWake(state: QueueState<QueuedJob>, now: number): number | null {
  const times = state.waiting.flatMap((job) => (job.notBefore > now ? [job.deadline, job.notBefore] : [job.deadline]));
  const first = Math.min(...times);
  return Number.isFinite(first) ? first : null;
}
