import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that is done a piece at a time: wherever it yields, others may have the thread. */
export type Steps<Result> = Generator<void, Result, void>;

/** Does all of it in one go. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** How {@link inTurns} goes on. */
export interface Turns {
  /** Does one turn's work, which is synchronous. */
  readonly during: (work: () => void) => void;
  /** Whether there is any use in going on; asked before each turn but the first. */
  readonly goesOn: () => boolean;
}

/** For how long a turn holds the thread, unless one step alone takes longer. */
const turnMs = 5;

/** Does it in turns with whatever else wants the thread; `undefined` when it was given up. */
export async function inTurns<Result>(
  steps: Steps<Result>,
  { during, goesOn }: Turns,
): Promise<{ readonly result: Result } | undefined> {
  for (;;) {
    let done: { readonly result: Result } | undefined;
    during(() => {
      const until = performance.now() + turnMs;
      while (done === undefined && performance.now() < until) {
        const step = steps.next();
        if (step.done === true) done = { result: step.value };
      }
    });
    if (done !== undefined) return done;
    await nextTurn();
    if (!goesOn()) return undefined;
  }
}
