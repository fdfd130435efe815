/** Every state of an attempt, in the order of its life: three facts on the way, then exactly one of four ends. */
export const attemptStates = [
  'accepted',
  'sent',
  'acknowledged',
  'confirmed',
  'refused',
  'expired',
  'unknown',
] as const;
/** One of {@link attemptStates}. */
export type AttemptState = (typeof attemptStates)[number];

/** The states an attempt never leaves. `unknown` is honest: the command may or may not have reached the lock. */
export const attemptEndStates = ['confirmed', 'refused', 'expired', 'unknown'] as const;
/** One of {@link attemptEndStates}. */
export type AttemptEndState = (typeof attemptEndStates)[number];

/** Tells whether an attempt in this state will not change any more. */
export function isEndState(state: AttemptState): state is AttemptEndState {
  return (attemptEndStates as readonly AttemptState[]).includes(state);
}

/** The deadline of an unlock whose caller named none. */
export const defaultDeadlineMs = 10_000;

/** The farthest deadline an unlock may have. */
export const longestDeadlineMs = 30_000;
