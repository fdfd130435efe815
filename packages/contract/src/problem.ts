import * as z from 'zod/mini';
import { attemptId } from './identifiers.js';
import type { ReadonlyData } from './readonly-data.js';
import { unlockRefusal } from './resources/action-attempt.js';

/** One fault of a request: where it is (`in` and a JSON Pointer), the kind of fault, and a sentence. */
export const requestIssue = z.object({
  in: z.enum(['path', 'query', 'header', 'body']),
  pointer: z.string(),
  code: z.string(),
  message: z.string(),
});
/** {@link requestIssue} as data. */
export type RequestIssue = ReadonlyData<z.output<typeof requestIssue>>;

/**
 * Every problem the API answers with: its HTTP status, its title, when it is given, and the members it carries besides
 * those of RFC 9457. The set is closed; a new code is a new minor version.
 */
export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'The request does not fit the contract',
    when: 'A field is missing, malformed or unknown; `issues` names each one. Nothing was done.',
    extras: { issues: z.array(requestIssue) },
  },
  'idempotency-key-required': {
    status: 400,
    title: 'This call needs an Idempotency-Key',
    when: 'The route acts on a door and was called without the header. Nothing was done.',
    extras: {},
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody is signed in',
    when: 'The bearer token is missing, unknown, expired or ended.',
    extras: {},
  },
  'sign-in-failed': {
    status: 401,
    title: 'E-mail address or password is wrong',
    when: 'Also for an account that does not exist or is not set up, so that nobody can find out which.',
    extras: {},
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    when: 'The member sees the resource but may not do this; `because` has the reason of the decision.',
    extras: { because: z.optional(z.string()), explanation: z.optional(z.string()) },
  },
  'channel-not-allowed': {
    status: 403,
    title: 'Not allowed on this channel',
    when: 'The member may not sign in or act on this channel, such as Housekeeping on the dashboard (G32).',
    extras: { explanation: z.optional(z.string()) },
  },
  'unlock-refused': {
    status: 403,
    title: 'The door may not be opened',
    when: 'The decision refused the unlock. The denied attempt is stored and stands in the event feed (P-17).',
    extras: { because: unlockRefusal, explanation: z.string(), attemptId },
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    when: 'There is no such thing, or the caller may not know that there is (G10).',
    extras: {},
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not take this method',
    when: 'The `Allow` header lists the methods it takes.',
    extras: {},
  },
  conflict: {
    status: 409,
    title: 'Something that exists is in the way',
    when: 'Such as an e-mail address or a lock tag in use; `field` names the field of the request.',
    extras: { field: z.optional(z.string()) },
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    when: 'Ask again later with the same key and the same request.',
    extras: {},
  },
  'setup-token-invalid': {
    status: 410,
    title: 'The set-up link is used up or expired',
    when: 'The invitation has to be removed and sent again (G18, G52).',
    extras: {},
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    when: 'The body was not read to its end.',
    extras: {},
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    when: 'The `Content-Type` has to be `application/json`.',
    extras: {},
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key belongs to another request',
    when: 'The same key came before with another path or body. Nothing was done.',
    extras: {},
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    when: 'Ask again after the seconds in `Retry-After`.',
    extras: {},
  },
  internal: {
    status: 500,
    title: 'The portal failed',
    when: 'A fault on our side; the log has it under the request id.',
    extras: {},
  },
  'gateway-offline': {
    status: 503,
    title: 'No gateway can reach the lock now',
    when: 'The command was not sent and will not be sent later (P-18).',
    extras: { attemptId: z.optional(attemptId) },
  },
  unavailable: {
    status: 503,
    title: 'The portal is starting or stopping',
    when: 'Ask again after the seconds in `Retry-After`.',
    extras: {},
  },
  'deadline-passed': {
    status: 504,
    title: 'The deadline passed before the command was sent',
    when: 'The command was not sent and will not be sent later (P-18).',
    extras: { attemptId: z.optional(attemptId) },
  },
} as const satisfies Record<string, ProblemRow>;

/** One row of {@link problemTable}. */
export interface ProblemRow {
  /** HTTP status. */
  readonly status: number;
  /** Short and constant: the same for every occurrence. */
  readonly title: string;
  /** When it is given, for the docs. */
  readonly when: string;
  /** Schemas of the members it carries besides those of RFC 9457. */
  readonly extras: z.core.$ZodLooseShape;
}

/** Every problem code; the `type` on the wire is `urn:latchwork:problem:<code>`. */
export type ProblemCode = keyof typeof problemTable;

type ProblemExtras<Code extends ProblemCode> = {
  [Name in keyof (typeof problemTable)[Code]['extras']]: (typeof problemTable)[Code]['extras'][Name] extends infer Schema extends
    z.core.$ZodType
    ? z.output<Schema>
    : never;
};

/** The members of RFC 9457, with our `code`, as they travel as `application/problem+json`. */
export interface ProblemBase<Code extends ProblemCode> {
  /** `urn:latchwork:problem:` and the code. */
  readonly type: string;
  /** What went wrong, closed. */
  readonly code: Code;
  /** The title of the code in {@link problemTable}. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** One sentence about this occurrence. */
  readonly detail: string;
}

/** A problem, told apart by `code`; some codes carry more, such as `issues` or `attemptId`. */
export type Problem = { [Code in ProblemCode]: ProblemBase<Code> & ProblemExtras<Code> }[ProblemCode];
/** The problem of one code. */
export type ProblemOf<Code extends ProblemCode> = Extract<Problem, { readonly code: Code }>;
/** What {@link createProblem} needs besides the code: exactly the members this code carries. */
export type ProblemDetails<Code extends ProblemCode> = { readonly detail?: string } & ProblemExtras<Code>;

/** Builds a problem from its code; status, title and type come from {@link problemTable}, `detail` defaults to the title. */
export function createProblem<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): ProblemOf<Code> {
  const { status, title } = problemTable[code];
  // The extras of one code are exactly what its member of the union adds; the index loses that link.
  return { type: problemType(code), code, title, status, detail: title, ...details } as unknown as ProblemOf<Code>;
}

/** The `type` URI of a code. */
export function problemType(code: ProblemCode): string {
  return `urn:latchwork:problem:${code}`;
}

/** Schema of one code's problem. */
export function problemSchema(code: ProblemCode): z.ZodMiniType<Problem> {
  return z.object({
    type: z.literal(problemType(code)),
    code: z.literal(code),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    ...problemTable[code].extras,
  }) as unknown as z.ZodMiniType<Problem>;
}

/** Reads a problem body of unknown origin; `undefined` when it is none of ours. */
export function readProblem(body: unknown): Problem | undefined {
  const code = (body as { readonly code?: unknown } | null | undefined)?.code;
  if (typeof code !== 'string' || !Object.hasOwn(problemTable, code)) return undefined;
  const result = z.safeParse(problemSchema(code as ProblemCode), body);
  return result.success ? result.data : undefined;
}
