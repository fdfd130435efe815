import { type Client, LatchworkError, type LatchworkErrorInfo } from '@latchwork/client';
import { type AttemptEndState, isEndState } from '@latchwork/contract';

/** What became of a command. */
export interface Outcome {
  /** `unknown`: the door may or may not have been opened. Only `refused` and `expired` say that it was not. */
  readonly outcome: AttemptEndState;
  /** Why: the lock's word, the gateway's, the portal's, or the client's where there was no reply. */
  readonly code: string | null;
  /** To look it up in the portal; `null` where the portal told none. */
  readonly attemptId: string | null;
}

/** Unlocks once, and tells what is known of it in the end. */
export async function unlockOnce(
  client: Client,
  o: { readonly entranceId: string; readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { entranceId, deadlineMs, signal } = o;
  let attemptId: string | null = null;
  try {
    ({ id: attemptId } = await client.unlock({ entranceId, deadlineMs }, { signal }));
    const { state, code } = await client.attempts.waitFor(attemptId, { timeoutMs: 2 * deadlineMs, signal });
    return { outcome: isEndState(state) ? state : 'unknown', code, attemptId };
  } catch (error) {
    if (!(error instanceof LatchworkError)) throw error;
    const { info } = error;
    const code = ('because' in info ? info.because : undefined) ?? info.code;
    if (attemptId !== null || !isRefusal(info)) return { outcome: 'unknown', code, attemptId };
    return { outcome: 'refused', code, attemptId: info.code === 'unlock-refused' ? info.attemptId : null };
  }
}

/** Whether the portal has said no. No reply is no refusal, nor is that of a portal that failed or is still at an earlier try. */
function isRefusal(info: LatchworkErrorInfo): boolean {
  if (info.code === 'invalid-response' || info.code === 'idempotency-key-in-use') return false;
  return 'status' in info && info.status < 500;
}
