import type { AnswerCode } from '../answer-code.js';
import { logAttempt } from './attempt-log.js';
import { nobody, noCommand } from './lock-entry.js';
import type { LockContext, LockKept, LockMoment, LockStep } from './lock-state.js';

/** Ends the connection without a word. */
export function disconnect({ memory, awake }: LockKept): LockStep {
  return { state: { at: 'closing', memory, awake }, effects: [{ type: 'disconnect' }] };
}

/** Logs why a session failed and ends it. Before message 3 verifies, one code stands for every reason. */
export function endSession(
  context: LockContext,
  kept: LockKept,
  { event, code }: { readonly event: LockMoment; readonly code: AnswerCode },
): LockStep {
  const entry = { type: 'session', result: code, actor: nobody, commandId: noCommand } as const;
  const { memory, awake, effects } = logAttempt(context, kept, { event, entry });
  return { state: { at: 'closing', memory, awake }, effects: [...effects, { type: 'disconnect' }] };
}
