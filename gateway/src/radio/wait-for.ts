import { RadioError } from './central.js';

/** How a wait may end other than by what it waits for. */
export interface WaitLimits {
  /** Rejects with the signal's reason, which must be a {@link RadioError}. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** What a timeout rejects with; `TIMEOUT` of this operation's name when absent. */
  readonly onTimeout?: () => RadioError;
  /** Names the operation in messages. */
  readonly what: string;
}

/**
 * Calls after that time, but never before the packets that already wait have been read: a process that was held up
 * runs its timers first, and would take its own delay for the controller's.
 */
export function callAfter(delayMs: number, call: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(call);
  }, delayMs);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}

/** The error that an aborted signal carries. */
export function abortedWith(signal: AbortSignal): RadioError {
  const reason: unknown = signal.reason;
  return reason instanceof RadioError ? reason : new RadioError({ code: 'TIMEOUT' }, 'The caller gave up.');
}

/**
 * Waits for what `begin` subscribes to, within limits. `begin` returns how to undo its subscriptions, which happens
 * exactly once, however the wait ends: noble's own promises keep their listeners for ever when nothing comes.
 */
export async function waitFor<T>(
  limits: WaitLimits,
  begin: (resolve: (value: T) => void, reject: (error: RadioError) => void) => () => void,
): Promise<T> {
  const { signal, timeoutMs, what } = limits;
  if (signal?.aborted) throw abortedWith(signal);
  const undo: (() => void)[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      if (signal !== undefined) {
        const abort = () => reject(abortedWith(signal));
        signal.addEventListener('abort', abort);
        undo.push(() => signal.removeEventListener('abort', abort));
      }
      if (timeoutMs !== undefined) {
        undo.push(
          callAfter(timeoutMs, () => {
            reject(limits.onTimeout?.() ?? new RadioError({ code: 'TIMEOUT' }, `${what} took over ${timeoutMs} ms.`));
          }),
        );
      }
      undo.push(begin(resolve, reject));
    });
  } finally {
    for (const step of undo) step();
  }
}

/** Waits that long, or until the signal aborts. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return waitFor<void>({ signal, what: 'A pause' }, (resolve) => {
    const timer = setTimeout(resolve, delayMs);
    return () => clearTimeout(timer);
  });
}
