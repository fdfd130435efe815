import { createFakeClock, type FakeClock } from '@latchwork/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JobPriority, jobPriorities, type QueuedJob } from './queue.js';
import { createRadioQueue, type Interruption, type RadioQueue } from './radio-queue.js';

interface Job extends QueuedJob {
  readonly tries: number;
}

/** What a random schedule does next. */
type Act =
  | { readonly do: 'add'; readonly priority: JobPriority; readonly lane: string; readonly lifeMs: number }
  | { readonly do: 'finish' }
  | { readonly do: 'retry'; readonly pauseMs: number }
  | { readonly do: 'pass'; readonly ms: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      priority: fc.constantFrom(...jobPriorities),
      lane: fc.constantFrom('a', 'b', 'c'),
      lifeMs: fc.integer({ min: -5, max: 300 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'finish' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), pauseMs: fc.integer({ min: 0, max: 50 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 120 }) }) },
);

/** A queue whose work ends when the test says so, and everything that happened to its jobs. */
class Bench {
  readonly clock: FakeClock = createFakeClock();
  readonly maxWaiting = 4;
  readonly queue: RadioQueue<Job>;
  /** Jobs that wait, in order of arrival, as the laws see them. */
  waiting: Job[] = [];
  running: Job | undefined;
  readonly ended: string[] = [];
  readonly refused: string[] = [];
  readonly added: string[] = [];
  readonly faults: string[] = [];
  #free: ((again: Job | undefined) => void) | undefined;
  #interruption: Interruption | undefined;
  /** Starts of each lane while a given job waits. */
  readonly #startsSince = new Map<string, Map<string, number>>();

  constructor() {
    this.queue = createRadioQueue<Job>({
      clock: this.clock,
      maxWaiting: this.maxWaiting,
      run: (job, interruption) => this.#start(job, interruption),
      expired: (job) => {
        if (this.clock.monotonic() < job.deadline) {
          this.faults.push(`${job.id} expired before its deadline`);
        }
        this.waiting = this.waiting.filter((one) => one.id !== job.id);
        this.ended.push(job.id);
      },
    });
  }

  #start(job: Job, interruption: Interruption): Promise<Job | undefined> {
    this.#interruption = interruption;
    const now = this.clock.monotonic();
    const fault = (sentence: string): unknown => this.faults.push(`${job.id}: ${sentence}`);
    if (this.running !== undefined) fault('two at once');
    if (now >= job.deadline) fault('started at or after its deadline');
    if (now < job.notBefore) fault('started during its pause');
    this.waiting = this.waiting.filter((one) => one.id !== job.id);
    const rank = jobPriorities.indexOf(job.priority);
    for (const other of this.waiting) {
      const mayStart = other.notBefore <= now && other.deadline > now;
      if (mayStart && jobPriorities.indexOf(other.priority) < rank) fault(`went before the more urgent ${other.id}`);
      if (mayStart && other.priority === job.priority && other.lane !== job.lane) {
        const starts = this.#startsSince.get(other.id) ?? new Map<string, number>();
        starts.set(job.lane, (starts.get(job.lane) ?? 0) + 1);
        this.#startsSince.set(other.id, starts);
      }
    }
    const ahead = this.waiting.find((one) => one.lane === job.lane && one.priority === job.priority);
    if (
      ahead !== undefined &&
      ahead.notBefore <= now &&
      Number(ahead.id) < Number(job.id) &&
      ahead.tries === job.tries
    ) {
      fault(`overtook ${ahead.id} of its own lane`);
    }
    // Its own lane's earlier jobs may each let every other lane go once; without them it waits for one turn of each.
    const sameLaneBefore = [...this.ended, ...this.added].filter((id) => Number(id) < Number(job.id)).length;
    for (const [lane, count] of this.#startsSince.get(job.id) ?? []) {
      if (count > sameLaneBefore + 1) fault(`lane ${lane} had ${count} turns while it waited`);
    }
    this.#startsSince.delete(job.id);
    this.running = job;
    return new Promise((resolve) => {
      this.#free = resolve;
    });
  }

  async apply(step: Act): Promise<void> {
    if (step.do === 'add') {
      const id = `${this.added.length + this.refused.length}`;
      const now = this.clock.monotonic();
      const job: Job = { ...step, id, tries: 0, deadline: now + step.lifeMs, notBefore: now };
      const unlocks = this.waiting.filter(({ priority }) => priority === 'unlock').length;
      const full = step.priority === 'unlock' && unlocks >= this.maxWaiting;
      this.waiting.push(job);
      const taken = this.queue.add(job);
      if (taken === full) this.faults.push(`${id} was ${taken ? 'taken' : 'refused'} at ${this.queue.waiting}`);
      if (taken) {
        this.added.push(id);
      } else {
        this.waiting.pop();
        this.refused.push(id);
      }
    } else if (step.do === 'pass') {
      await this.clock.advance(step.ms);
    } else {
      await this.#free_(step.do === 'retry' ? step.pauseMs : undefined);
    }
    const unlocks = this.waiting.filter(({ priority }) => priority === 'unlock').length;
    if (unlocks > this.maxWaiting + 1) this.faults.push('longer than its bound');
    if (this.queue.waiting !== this.waiting.length) this.faults.push('lost or made up a job');
    this.#checkInterruption();
  }

  /** What runs is interrupted exactly when something more urgent has been waiting for it, and may start. */
  #checkInterruption(): void {
    const { running } = this;
    if (running === undefined) return;
    const now = this.clock.monotonic();
    const rank = jobPriorities.indexOf(running.priority);
    const urgent = this.waiting.filter((one) => jobPriorities.indexOf(one.priority) < rank && one.notBefore <= now);
    const { aborted } = this.#interruption?.signal ?? { aborted: false };
    if (urgent.length > 0 && !aborted) this.faults.push(`${urgent[0]?.id} did not interrupt ${running.id}`);
    if (aborted && running.priority === 'unlock') this.faults.push(`the unlock ${running.id} was interrupted`);
    if (aborted !== (this.#interruption?.lane !== undefined)) this.faults.push('interrupted by nobody');
  }

  async #free_(pauseMs: number | undefined): Promise<void> {
    const job = this.running;
    if (job === undefined) return;
    this.running = undefined;
    const notBefore = this.clock.monotonic() + (pauseMs ?? 0);
    const again = pauseMs === undefined ? undefined : { ...job, notBefore, tries: job.tries + 1 };
    if (again === undefined) {
      this.ended.push(job.id);
    } else {
      this.waiting.push(again);
    }
    this.#free?.(again);
    await this.clock.advance(0);
  }
}

describe('the queue of a radio', () => {
  test('laws, over random schedules', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const bench = new Bench();
        for (const step of acts) {
          await bench.apply(step);
        }
        // In the end everything that was taken has ended, each once.
        while (bench.running !== undefined || bench.waiting.length > 0) {
          await bench.apply(bench.running === undefined ? { do: 'pass', ms: 1_000 } : { do: 'finish' });
        }
        expect(bench.faults).toEqual([]);
        expect([...bench.ended].sort()).toEqual([...bench.added].sort());
        expect(bench.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  const job = (id: string, o: Partial<Job> = {}): Job => ({
    id,
    priority: 'unlock',
    lane: 'a',
    deadline: 1_000,
    notBefore: 0,
    tries: 0,
    ...o,
  });

  test('starts at once, in the very call, when the radio is free', () => {
    const started: string[] = [];
    const queue = createRadioQueue<Job>({
      clock: createFakeClock(),
      maxWaiting: 1,
      run: async (one) => {
        started.push(one.id);
        return undefined;
      },
      expired: () => undefined,
    });
    queue.add(job('1'));
    expect(started).toEqual(['1']);
  });

  test('an errand may wait for ever, without a timer', async () => {
    const clock = createFakeClock();
    const queue = createRadioQueue<Job>({ clock, maxWaiting: 1, run: () => new Promise(() => {}), expired: () => {} });
    queue.add(job('1', { priority: 'set', deadline: Number.POSITIVE_INFINITY }));
    queue.add(job('2', { priority: 'set', deadline: Number.POSITIVE_INFINITY }));
    expect(queue.waiting).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('P7: an unlock goes before a hundred set deliveries that came first', async () => {
    const order: string[] = [];
    const queue = createRadioQueue<Job>({
      clock: createFakeClock(),
      maxWaiting: 200,
      run: async (one) => {
        order.push(one.id);
        return undefined;
      },
      expired: () => undefined,
    });
    for (let n = 0; n < 100; n += 1) {
      queue.add(job(`set-${n}`, { priority: 'set', lane: `${n}` }));
    }
    queue.add(job('unlock', { lane: 'door' }));
    await queue.idle();
    expect(order).toHaveLength(101);
    expect(order[1]).toBe('unlock');
  });

  test('a busy lock does not starve another one', async () => {
    const order: string[] = [];
    let refill = 20;
    const queue = createRadioQueue<Job>({
      clock: createFakeClock(),
      maxWaiting: 10,
      run: async (one) => {
        order.push(one.lane);
        if (one.lane === 'busy' && refill > 0) {
          refill -= 1;
          queue.add(job(`busy-${refill}`, { lane: 'busy' }));
        }
        return undefined;
      },
      expired: () => undefined,
    });
    for (const id of ['1', '2', '3']) {
      queue.add(job(id, { lane: 'busy' }));
    }
    queue.add(job('quiet-1', { lane: 'quiet' }));
    queue.add(job('quiet-2', { lane: 'quiet' }));
    await queue.idle();
    expect(order.indexOf('quiet')).toBe(1);
    expect(order.lastIndexOf('quiet')).toBe(3);
  });

  test('stopping hands back what waits and lets the running job end', async () => {
    const clock = createFakeClock();
    let free: (again: undefined) => void = () => undefined;
    const queue = createRadioQueue<Job>({
      clock,
      maxWaiting: 5,
      run: () =>
        new Promise((resolve) => {
          free = resolve;
        }),
      expired: () => expect.unreachable(),
    });
    queue.add(job('1'));
    queue.add(job('2'));
    expect(queue.stop().map((one) => one.id)).toEqual(['2']);
    expect(queue.add(job('3'))).toBe(false);
    await clock.advance(2_000);
    free(undefined);
    await queue.idle();
    expect(clock.pendingTimers).toBe(0);
  });
});
