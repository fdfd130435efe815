import { readEnroll } from '../cards/card-report.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { decodeOperationAnswer, type OperationAnswer, type OperationRequest } from '../lock/operation-message.js';
import { encodeRequest, type ShownObjects } from '../message.js';
import { LockProtocolError } from '../protocol-error.js';
import type { StartTimer } from '../start-timer.js';
import { createCallerLink } from './caller-link.js';
import type { LockLink } from './lock-link.js';
import { startVisit, visitDeadline, visitStep } from './visit-machine.js';
import type { VisitContext, VisitEffect, VisitEnd, VisitEvent, VisitGreeting, VisitState } from './visit-state.js';

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
  const { put, fail, write, run } = createCallerLink<VisitEvent>({
    ...{ crypto, link, caller, now, signal: o.signal, startTimer: o.startTimer },
  });
  const greeted = createSettlement<VisitGreeting>();
  let answered: Settlement<Uint8Array> | undefined;
  let end: { readonly error: unknown } | undefined;
  const finish = (error: unknown): void => {
    end = { error };
    greeted.reject(error);
    answered?.reject(error);
  };
  run<VisitState, VisitEffect>({
    start: startVisit(now()),
    deadline: visitDeadline,
    step: (state, event) => visitStep(context, state, event),
    perform: (effect) => {
      if (effect.type === 'write') write(effect.writes);
      else if (effect.type === 'greeted') greeted.resolve(effect.greeting);
      else answered?.resolve(effect.answer);
    },
  }).then((state) => finish(errorOf(state.end)), finish);
  const greeting = await greeted.promise;

  const send = async (request: Uint8Array, waitMs: number): Promise<OperationAnswer> => {
    if (end) throw end.error;
    answered = createSettlement();
    put({ type: 'asked', at: now(), request, waitMs });
    return decodeOperationAnswer(await answered.promise);
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...greeting,
    ask(operation, { certificate, ...shown } = {}) {
      const asked = turn.then(async () => {
        const waitMs = waitOf(operation);
        const answer = await send(encodeRequest({ ...shown, operation }), waitMs);
        const isAsked = answer.code === 'certificate-unknown' && certificate !== undefined;
        return isAsked ? await send(encodeRequest({ ...shown, certificate, operation }), waitMs) : answer;
      });
      turn = asked.catch(() => undefined);
      return asked;
    },
    end: () => fail('aborted'),
  };
}

interface Settlement<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** A promise that is settled from outside; settled again it stays as it is. */
function createSettlement<Value>(): Settlement<Value> {
  let [resolve, reject]: [Settlement<Value>['resolve'], Settlement<Value>['reject']] = [() => {}, () => {}];
  const promise = new Promise<Value>((onValue, onError) => {
    [resolve, reject] = [onValue, onError];
  });
  return { promise, resolve, reject };
}

/** For how long an operation has the lock wait: for a card, and for nothing else. */
function waitOf({ name, body }: OperationRequest): number {
  const seconds = name === 'enroll' ? readEnroll(body) : 0;
  return typeof seconds === 'number' ? seconds * 1000 : 0;
}

function errorOf({ fault, message, cause }: VisitEnd): LockProtocolError {
  return new LockProtocolError(fault, message, cause === undefined ? {} : { cause });
}
