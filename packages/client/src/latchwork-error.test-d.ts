// Compiled by tsc and never run: a `switch` over the code of an error tells apart what each code carries.
import type { ActionAttempt } from '@latchwork/contract';
import { LatchworkError, type LatchworkErrorCode, type LatchworkErrorInfo } from './latchwork-error.js';

type Same<One, Other> =
  (<Any>() => Any extends One ? 1 : 2) extends <Any>() => Any extends Other ? 1 : 2 ? true : false;

function expectType<Expected>() {
  return <Actual>(_value: Actual, _same: Same<Actual, Expected>): void => undefined;
}

/** C3: each code has exactly its own members, and no others. */
export function read(error: unknown): unknown {
  if (!(error instanceof LatchworkError)) return undefined;
  const { info } = error;
  expectType<LatchworkErrorCode>()(info.code, true);
  // @ts-expect-error: before the code is known, nothing but the call and the code is.
  info.timeoutMs;
  switch (info.code) {
    case 'timeout':
      return expectType<number>()(info.timeoutMs, true);
    case 'invalid-response':
      return expectType<readonly string[]>()(info.issues, true);
    case 'invalid-request':
      return expectType<'path' | 'query' | 'header' | 'body' | undefined>()(info.issues[0]?.in, true);
    case 'unlock-refused':
      // @ts-expect-error: the time of another code.
      info.timeoutMs;
      return expectType<ActionAttempt['id']>()(info.attemptId, true);
    case 'version-stale':
      return expectType<number>()(info.currentVersion, true);
    case 'plan-required':
      return expectType<'basic' | 'business' | 'pro'>()(info.required, true);
    // @ts-expect-error: no code of the union, such as a misspelled one.
    case 'verison-stale':
      return undefined;
    default:
      return expectType<Exclude<LatchworkErrorCode, Handled>>()(info.code, true);
  }
}

type Handled =
  | 'timeout'
  | 'invalid-response'
  | 'invalid-request'
  | 'unlock-refused'
  | 'version-stale'
  | 'plan-required';

/** C3: a `switch` that names every code leaves `never`; one that forgets some does not compile. */
export function forgets(info: Extract<LatchworkErrorInfo, { code: 'network' | 'timeout' | 'aborted' }>): string {
  switch (info.code) {
    case 'network':
    case 'timeout':
      return info.code;
    default: {
      // @ts-expect-error: `aborted` is left.
      const left: never = info;
      return left;
    }
  }
}

/** C3: the same, complete. */
export function names(info: Extract<LatchworkErrorInfo, { code: 'network' | 'timeout' | 'aborted' }>): string {
  switch (info.code) {
    case 'network':
    case 'timeout':
    case 'aborted':
      return info.code;
    default: {
      const left: never = info;
      return left;
    }
  }
}
