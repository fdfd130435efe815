import type { AnswerCode } from '../answer-code.js';
import type { ClockQuality } from '../log/lock-log.js';
import { LockProtocolError } from '../protocol-error.js';

/** The lock's clock at the moment of a decision. */
export interface LockClock {
  readonly quality: ClockQuality;
  /** UTC seconds; not looked at when `quality` is `none`. */
  readonly utcSeconds: number;
}

/** Codes given before anything the property signed has verified. */
export const unverifiedCodes: readonly AnswerCode[] = ['auth', 'certificate-unknown', 'critical-field'];

/** A lock's refusal of an object, with the code that travels in its answer. */
export interface Refusal<Code extends AnswerCode> {
  readonly ok: false;
  readonly code: Code;
}

/** Makes a {@link Refusal}. */
export function refuse<Code extends AnswerCode>(code: Code): Refusal<Code> {
  return { ok: false, code };
}

/** Turns bytes that cannot be read into the refusal `auth`: whoever signed, it was no object of this version. */
export function readOrRefuse<Value>(read: () => Value): { readonly ok: true; readonly value: Value } | Refusal<'auth'> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof LockProtocolError) return refuse('auth');
    throw error;
  }
}
