import type { Clock } from './clock.js';
import {
  decideEnqueue,
  decideInterruption,
  emptyQueue,
  finishRunning,
  nextWake,
  type QueuedJob,
  type QueueState,
  startNext,
  takeExpired,
} from './queue.js';

/** Tells a running job that a more urgent one needs the radio. */
export interface Interruption {
  /** Aborts at that moment; the job is to let go of the radio at once, and may be queued again. */
  readonly signal: AbortSignal;
  /** The lane of the more urgent job; undefined until then. */
  readonly lane: string | undefined;
}

/** What a radio's queue is wired to. */
export interface RadioQueueOptions<Job extends QueuedJob> {
  readonly clock: Clock;
  /** Most unlocks that may wait. */
  readonly maxWaiting: number;
  /** Does the job; resolves when the radio is free again, with the job itself, changed, when it is to be tried anew. */
  readonly run: (job: Job, interruption: Interruption) => Promise<Job | undefined>;
  /** Told of a job whose deadline passed while it waited. */
  readonly expired: (job: Job) => void;
}

/** The running queue of one radio: one job at a time, by the rules of {@link startNext}. */
export interface RadioQueue<Job extends QueuedJob> {
  /** Takes a job, and starts it before returning when the radio is free; false when the queue is full. */
  add(job: Job): boolean;
  /** Jobs waiting, the running one not counted. */
  readonly waiting: number;
  /** Takes everything that waits out of the queue and starts nothing any more; what runs goes on and must not ask for another try. */
  stop(): readonly Job[];
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

/** Wires the queue's rules to a clock and a worker. */
export function createRadioQueue<Job extends QueuedJob>(options: RadioQueueOptions<Job>): RadioQueue<Job> {
  const { clock, maxWaiting, run, expired } = options;
  let state: QueueState<Job> = emptyQueue();
  let stopped = false;
  let calledOff: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();
  let interrupt: (lane: string) => void = () => undefined;

  function advance(): void {
    calledOff?.();
    calledOff = undefined;
    const now = clock.monotonic();
    const late = takeExpired(state, now);
    const next = startNext(late.state, now);
    state = next.state;
    const wake = nextWake(state, now);
    if (wake !== null) {
      calledOff = clock.after(wake - now, advance);
    }
    if (next.started !== null) {
      running = work(next.started);
    }
    const urgent = decideInterruption(state, now);
    if (urgent !== null) {
      interrupt(urgent.lane);
    }
    for (const job of late.expired) {
      expired(job);
    }
  }

  async function work(job: Job): Promise<void> {
    const controller = new AbortController();
    let lane: string | undefined;
    interrupt = (by) => {
      lane ??= by;
      controller.abort();
    };
    const again = await run(job, {
      signal: controller.signal,
      get lane() {
        return lane;
      },
    });
    state = finishRunning(state, again);
    if (!stopped) {
      advance();
    }
  }

  return {
    add(job) {
      const decision = decideEnqueue(state, job, maxWaiting);
      if (!decision.accepted || stopped) {
        return false;
      }
      state = decision.state;
      advance();
      return true;
    },
    get waiting() {
      return state.waiting.length;
    },
    stop() {
      stopped = true;
      const { waiting } = state;
      state = { ...state, waiting: [] };
      calledOff?.();
      calledOff = undefined;
      return waiting;
    },
    async idle() {
      while (state.running !== null) {
        await running;
      }
    },
  };
}
