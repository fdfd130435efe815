import type { Clock } from './clock.js';

/** Waits for work that may never end, but no longer than `limitMs`; what became of it is not told. */
export async function within(clock: Pick<Clock, 'after'>, limitMs: number, work: Promise<unknown>): Promise<void> {
  let callOff: () => void = () => undefined;
  const limit = new Promise<void>((resolve) => {
    callOff = clock.after(limitMs, resolve);
  });
  await Promise.race([work, limit]);
  callOff();
}
