import type { Log } from './log.js';

/** Repeats a task, never twice at a time, until disposed of. */
export function every(intervalMs: number, task: () => Promise<void>, log: Log): AsyncDisposable {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= task()
      .catch((error: unknown) => log.error({ err: error }, 'periodic task failed'))
      .finally(() => {
        running = undefined;
      });
  }, intervalMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
