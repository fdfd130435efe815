import type { CryptoProvider, KeyPair } from './crypto-provider.js';
import { createInbox } from './inbox.js';
import type { LockLink } from './lock-link.js';
import { encodeRequest, type ShownObjects } from './message.js';
import { suiteFor } from './noise-suite.js';
import { decodeOperationAnswer, type OperationAnswer, type OperationRequest } from './operation-message.js';
import { type CommandFault, LockProtocolError } from './protocol-error.js';
import { createDeadline, type StartTimer } from './start-timer.js';
import { startVisit, visitDeadline, visitStep } from './visit-machine.js';
import type { VisitContext, VisitEnd, VisitEvent, VisitGreeting, VisitState } from './visit-state.js';

/** What a visit needs. */
export interface VisitOptions {
  readonly crypto: CryptoProvider;
  /** An open link, subscribed to the lock's answers; it carries one session. */
  readonly link: LockLink;
  /** The lock's static public key of the caller's suite, known beforehand. */
  readonly lockPublicKey: Uint8Array;
  /** The caller's static key pair: a gateway's, or a phone's. */
  readonly caller: KeyPair;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

/** A session with a lock for whatever moves no bolt: one operation after another, until the caller goes. */
export interface Visit extends VisitGreeting {
  /**
   * Asks for an operation. What is shown counts for the rest of the visit. A certificate is sent when the lock does not
   * hold it, and not before.
   *
   * @throws LockProtocolError when the visit has ended, or ends before the answer; a refusal is an answer.
   */
  ask(operation: OperationRequest, shown?: ShownObjects): Promise<OperationAnswer>;
  /** Asks nothing any more; the link is the caller's to close. */
  end(): void;
}

/**
 * Opens a session over a link: two messages, and the third goes with the first operation, which must be asked for within
 * five seconds.
 *
 * @throws LockProtocolError when the lock does not answer, or is not the one that was meant.
 */
export async function openVisit(o: VisitOptions): Promise<Visit> {
  const { crypto, link, lockPublicKey, caller, now } = o;
  const context: VisitContext = { crypto, lockPublicKey, caller, mtu: link.mtu };
  const inbox = createInbox<VisitEvent>();
  const timer = createDeadline({ now, startTimer: o.startTimer, onElapsed: (at) => inbox.put({ type: 'timer', at }) });
  const fail = (reason: CommandFault, cause?: unknown) => inbox.put({ type: 'failed', at: now(), reason, cause });
  const onAbort = () => fail('aborted', o.signal?.reason);
  const closed = () => fail('link-closed');
  let state: VisitState = startVisit;
  let waiting: { readonly resolve: (answer: Uint8Array) => void; readonly reject: (error: Error) => void } | undefined;
  let written = Promise.resolve();

  /** Takes events until an effect answers whoever waits. */
  const run = async (): Promise<void> => {
    while (state.at !== 'ended') {
      timer.set(visitDeadline(state));
      const step = visitStep(context, state, await inbox.take());
      state = step.state;
      for (const effect of step.effects) {
        if (effect.type === 'write') {
          const before = written;
          written = before.then(async () => {
            for (const { frame, withResponse } of effect.writes) await link.write(frame, { withResponse });
          });
          written.catch((cause: unknown) => fail('write-failed', cause));
        } else if (effect.type === 'greeted') onGreeted(effect.greeting);
        else {
          waiting?.resolve(effect.answer);
          waiting = undefined;
        }
      }
    }
    timer.set(undefined);
    o.signal?.removeEventListener('abort', onAbort);
    const error = errorOf(state.end);
    onFailed(error);
    waiting?.reject(error);
  };

  let onGreeted: (greeting: VisitGreeting) => void = () => undefined;
  let onFailed: (error: Error) => void = () => undefined;
  const greeted = new Promise<VisitGreeting>((resolve, reject) => {
    onGreeted = resolve;
    onFailed = reject;
  });
  o.signal?.addEventListener('abort', onAbort, { once: true });
  if (o.signal?.aborted) onAbort();
  link.onFrame((frame) => inbox.put({ type: 'frame', at: now(), frame }));
  void link.closed.then(closed, closed);
  link.readInfo().then(
    (info) =>
      inbox.put({ type: 'started', info, ephemeral: suiteFor(caller.publicKey).drawKeyPair(crypto), at: now() }),
    (cause: unknown) => fail('read-failed', cause),
  );
  void run();
  const greeting = await greeted;

  const send = async (request: Uint8Array): Promise<OperationAnswer> => {
    if (state.at === 'ended') throw errorOf(state.end);
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      waiting = { resolve, reject };
      inbox.put({ type: 'asked', at: now(), request });
    });
    return decodeOperationAnswer(answer);
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...greeting,
    ask(operation, { certificate, ...shown } = {}) {
      const asked = turn.then(async () => {
        const answer = await send(encodeRequest({ ...shown, operation }));
        const isAsked = answer.code === 'certificate-unknown' && certificate !== undefined;
        return isAsked ? await send(encodeRequest({ ...shown, certificate, operation })) : answer;
      });
      turn = asked.catch(() => undefined);
      return asked;
    },
    end: () => fail('aborted'),
  };
}

function errorOf({ fault, message, cause }: VisitEnd): LockProtocolError {
  return new LockProtocolError(fault, message, cause === undefined ? {} : { cause });
}
