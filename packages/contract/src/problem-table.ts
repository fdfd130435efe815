import { type ProblemCode, type ProblemDetails, type ProblemOf, problemType } from './problem.js';

/** One row of {@link problemTable}. */
export interface ProblemRow {
  /** HTTP status. */
  readonly status: number;
  /** Short and constant: the same for every occurrence. */
  readonly title: string;
  /** When it is given, for the docs. */
  readonly when: string;
}

/** Status, title and occasion of every problem, by its code. */
export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'The request does not fit the contract',
    when: 'A field is missing, malformed or unknown; `issues` names each one. Nothing was done.',
  },
  'idempotency-key-required': {
    status: 400,
    title: 'This call needs an Idempotency-Key',
    when: 'The route acts on a door and was called without the header. Nothing was done.',
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody is signed in',
    when: 'The bearer token is missing, unknown, expired or ended.',
  },
  'sign-in-failed': {
    status: 401,
    title: 'E-mail address or password is wrong',
    when: 'Also for an account that does not exist or is not set up, so that nobody can find out which.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    when: 'The member sees the resource but may not do this; `because` has the reason of the decision.',
  },
  'channel-not-allowed': {
    status: 403,
    title: 'Not allowed on this channel',
    when: 'The member may not sign in or act on this channel, such as Housekeeping on the dashboard (G32).',
  },
  'unlock-refused': {
    status: 403,
    title: 'The door may not be opened',
    when: 'The decision refused the unlock. The denied attempt is stored and stands in the event feed (P-17).',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    when: 'There is no such thing, or the caller may not know that there is (G10).',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not take this method',
    when: 'The `Allow` header lists the methods it takes.',
  },
  conflict: {
    status: 409,
    title: 'Something that exists is in the way',
    when: 'Such as an e-mail address or a lock tag in use; `field` names the field of the request.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    when: 'Ask again later with the same key and the same request.',
  },
  'setup-token-invalid': {
    status: 410,
    title: 'The set-up link is used up or expired',
    when: 'The invitation has to be removed and sent again (G18, G52).',
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    when: 'The body was not read to its end.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    when: 'The `Content-Type` has to be `application/json`.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key belongs to another request',
    when: 'The same key came before with another path or body. Nothing was done.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    when: 'Ask again after the seconds in `Retry-After`.',
  },
  internal: {
    status: 500,
    title: 'The portal failed',
    when: 'A fault on our side; the log has it under the request id.',
  },
  'gateway-offline': {
    status: 503,
    title: 'No gateway can reach the lock now',
    when: 'The command was not sent and will not be sent later (P-18).',
  },
  unavailable: {
    status: 503,
    title: 'The portal is starting or stopping',
    when: 'Ask again after the seconds in `Retry-After`.',
  },
  'deadline-passed': {
    status: 504,
    title: 'The deadline passed before the command was sent',
    when: 'The command was not sent and will not be sent later (P-18).',
  },
} as const satisfies Record<ProblemCode, ProblemRow>;

/** Builds a problem from its code; status, title and type come from {@link problemTable}, `detail` defaults to the title. */
export function createProblem<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): ProblemOf<Code> {
  const { status, title } = problemTable[code];
  // The extras of one code are exactly what its member of the union adds; the index loses that link.
  return {
    type: problemType(code),
    code,
    title,
    status,
    detail: title,
    ...(details as object),
  } as unknown as ProblemOf<Code>;
}
