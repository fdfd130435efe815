import type { StartTimer } from '@latchwork/lock-protocol';

/** Time that moves only from one thing that is due to the next; promises run dry in between, so runs repeat. */
export interface VirtualTime {
  /** Milliseconds since the world began. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
  /** Runs something at a moment; now, when that has passed. */
  at(moment: number, run: () => void): void;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
  /** Lets everything happen that is due up to `end`, in the order of (time, when it was asked for). */
  runUntil(end: number): Promise<void>;
}

interface Due {
  readonly at: number;
  readonly seq: number;
  readonly run: () => void;
  stopped: boolean;
}

/** Makes a {@link VirtualTime} at 0. */
export function createVirtualTime(): VirtualTime {
  let time = 0;
  let asked = 0;
  const heap: Due[] = [];

  const isBefore = (a: Due | undefined, b: Due | undefined): boolean =>
    a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.seq < b.seq));

  function push(due: Due): void {
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent])) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  function pop(): Due | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  const schedule = (moment: number, run: () => void): Due => {
    asked += 1;
    const due = { at: Math.max(time, moment), seq: asked, run, stopped: false };
    push(due);
    return due;
  };

  return {
    now: () => time,
    startTimer(delayMs, run) {
      const due = schedule(time + delayMs, run);
      return () => {
        due.stopped = true;
      };
    },
    at: (moment, run) => void schedule(moment, run),
    wait: (ms) => new Promise((resolve) => void schedule(time + ms, resolve)),
    async runUntil(end) {
      await drained();
      for (let next = heap[0]; next !== undefined && next.at <= end; next = heap[0]) {
        pop();
        if (next.stopped) continue;
        time = next.at;
        next.run();
        await drained();
      }
      time = Math.max(time, end);
    },
  };
}

/** Every promise that can go on has gone on: the microtasks are empty before the next immediate runs. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
