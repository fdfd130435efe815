import type { OperationId, Problem, ProblemCode } from '@latchwork/contract';

/** What every error tells about the call it ended. */
export interface CallFacts {
  /** The call of the API that failed. */
  readonly operation: OperationId;
}

/**
 * Why a call failed, told apart by `code`: each problem of the API with the members it carries, and four faults that
 * never reached or never left it.
 */
export type LatchworkErrorInfo = CallFacts &
  (
    | Problem
    /** No reply: the name did not resolve, the connection was refused or cut. */
    | { readonly code: 'network' }
    /** No end within `timeoutMs`; for anything that writes, it may or may not have happened. */
    | { readonly code: 'timeout'; readonly timeoutMs: number }
    /** The caller's own signal ended it. */
    | { readonly code: 'aborted' }
    /** A reply that does not fit the contract, such as a proxy's error page; `status` is its HTTP status. */
    | { readonly code: 'invalid-response'; readonly status: number; readonly issues: readonly string[] }
  );

/** Every `code` a {@link LatchworkError} can have. */
export type LatchworkErrorCode = ProblemCode | 'network' | 'timeout' | 'aborted' | 'invalid-response';

/** The one error this package throws. `switch (error.info.code)` tells the causes apart and narrows what they carry. */
export class LatchworkError extends Error {
  override readonly name = 'LatchworkError';
  /** Why the call failed. */
  readonly info: LatchworkErrorInfo;

  constructor(info: LatchworkErrorInfo, cause?: unknown) {
    super(`${info.operation} failed: ${describe(info)}`, { cause });
    this.info = info;
  }
}

function describe(info: LatchworkErrorInfo): string {
  switch (info.code) {
    case 'network':
      return 'no reply from the portal.';
    case 'timeout':
      return `no end within ${info.timeoutMs} ms.`;
    case 'aborted':
      return 'the caller aborted it.';
    case 'invalid-response':
      return `the reply with status ${info.status} does not fit the contract (${info.issues.join(', ')}).`;
    case 'invalid-request':
      return `${info.detail} (${info.issues.map((issue) => `${issue.in} ${issue.pointer}: ${issue.code}`).join(', ')})`;
    default:
      return `${info.code}, ${info.detail}`;
  }
}
