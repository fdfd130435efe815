import { hospitalityStandings, membershipStates, plans } from '@latchwork/core';
import { directoryKinds } from '@latchwork/core/directory';
import * as z from 'zod/mini';
import { attemptId, deskId, integrationId, memberId, organizationId, propertyId } from './identifiers.js';
import type { ReadonlyData } from './readonly-data.js';
import { unlockRefusal } from './resources/action-attempt.js';
import { keyCardStates } from './resources/credential.js';
import { directoryFaults, heldReason, integrationStates } from './resources/directory.js';
import { signInMethod } from './resources/sign-in.js';
import { apiScopes } from './scopes.js';
import { timestamp } from './wire-values.js';

/** One fault of a request: where it is (`in` and a JSON Pointer), the kind of fault, and a sentence. */
export const requestIssue = z.object({
  in: z.enum(['path', 'query', 'header', 'body']),
  pointer: z.string(),
  code: z.string(),
  message: z.string(),
});
/** {@link requestIssue} as data. */
export type RequestIssue = ReadonlyData<z.output<typeof requestIssue>>;

/** One row of a batch that stands in its way: its place from 0, the address as typed, and the problem it would have alone. */
export const rowProblem = z.object({
  row: z.number(),
  email: z.string(),
  code: z.string(),
  explanation: z.string(),
});
/** {@link rowProblem} as data. */
export type RowProblem = ReadonlyData<z.output<typeof rowProblem>>;

/** Why the portal asks nothing of an address it was given. */
const addressRefusal = z.enum(['scheme', 'credentials', 'address']);

/** What each problem carries besides the members of RFC 9457, by its code. The set is closed: a new code is a new minor version. */
export const problemExtras = {
  'invalid-request': { issues: z.array(requestIssue) },
  'idempotency-key-required': {},
  unauthenticated: {},
  'sign-in-failed': {},
  forbidden: {
    because: z.optional(z.string()),
    explanation: z.optional(z.string()),
    action: z.optional(z.string()),
    role: z.optional(z.nullable(z.string())),
    whoCould: z.optional(z.array(z.string())),
  },
  'role-level-not-manageable': {
    actor: z.enum(hospitalityStandings),
    target: z.enum(hospitalityStandings),
    propertyId: z.nullable(propertyId),
    whoCould: z.array(z.enum(hospitalityStandings)),
    explanation: z.string(),
  },
  'plan-required': { required: z.enum(plans), plan: z.enum(plans) },
  'license-required': { explanation: z.optional(z.string()) },
  'channel-not-allowed': { explanation: z.optional(z.string()) },
  'scope-missing': { scope: z.enum(apiScopes) },
  'unlock-refused': { because: unlockRefusal, explanation: z.string(), attemptId },
  'not-found': {},
  'method-not-allowed': {},
  conflict: { field: z.optional(z.string()) },
  'version-stale': { currentVersion: z.number() },
  'version-required': {},
  'organization-required': {},
  'scheme-not-in-use': { scheme: z.enum(['hospitality', 'workplace']) },
  'scheme-in-use': { scheme: z.enum(['hospitality', 'workplace']), members: z.number() },
  'email-in-use': { memberId: z.nullable(memberId), state: z.nullable(z.enum(membershipStates)) },
  'email-repeated': { firstRow: z.number() },
  'email-immutable': {},
  'email-invalid': {},
  'nobody-invited': {},
  'batch-refused': { rows: z.array(rowProblem) },
  'property-missing': {},
  'property-not-found': { propertyId },
  'assignment-repeated': { propertyId },
  'owner-with-assignments': {},
  'desk-not-found': { deskId },
  'desk-taken': { deskId },
  'desk-reserved': { deskId, startsAt: timestamp, endsAt: timestamp },
  'holder-not-licensed': { memberId },
  'period-invalid': {},
  'period-past': {},
  'reservation-ended': { endedAt: timestamp },
  'key-revoked': { revokedAt: timestamp },
  'guest-removed': { removedAt: timestamp },
  'key-card-enrolled': {},
  'key-card-not-read': {
    reason: z.enum(['no-card', 'another-kind', 'lock-unreachable', 'lock-refused', 'not-by-driver']),
  },
  'key-card-not-fitting': { state: z.enum(keyCardStates) },
  'key-card-unknown': {},
  'card-encoding-stale': {},
  'credential-too-weak': { kind: z.enum(['uid', 'aes', 'door_code']) },
  'lock-takes-no-credentials': {},
  'credential-not-replaceable': {},
  'too-many-cards': { most: z.number() },
  'credential-ended': { removedAt: z.nullable(timestamp) },
  'phone-code-invalid': {},
  'phone-token-invalid': {},
  'phone-not-courier': {},
  'phone-activated': {},
  'phone-key-unsupported': {},
  'door-code-in-use': {},
  'license-shortfall': { needed: z.number(), available: z.number() },
  'last-of-role': {
    role: z.enum(['organization_owner', 'owner', 'admin']),
    propertyId: z.nullable(propertyId),
  },
  'not-a-user': {},
  'confirmation-required': {},
  'state-not-fitting': { state: z.enum(membershipStates) },
  'invitation-not-open': {},
  'invitation-expired': { expiredAt: timestamp },
  'invitation-not-covered': {},
  'webhook-url-not-allowed': { because: addressRefusal },
  'webhook-endpoint-disabled': {},
  'integration-exists': { integrationId },
  'integration-not-authorized': { state: z.enum(integrationStates) },
  'integration-kind-not-fitting': { kind: z.enum(directoryKinds) },
  'credentials-of-other-kind': { kind: z.enum(directoryKinds) },
  'credentials-unreadable': {},
  'address-not-allowed': { because: addressRefusal },
  'directory-unreadable': { fault: z.enum(directoryFaults) },
  'review-not-ready': { state: z.enum(['reading', 'failed']) },
  'review-not-found': {},
  'row-unknown': { rowIds: z.array(z.string()) },
  'selection-not-allowed': {},
  'plan-stale': { planId: z.nullable(z.string()) },
  'plan-held': { held: z.array(heldReason), removals: z.number() },
  'automatic-sync-off': {},
  'idempotency-key-in-use': {},
  'organization-required-to-sign-in': {
    organizations: z.array(z.object({ id: organizationId, name: z.string() })),
  },
  'sso-required': { method: signInMethod },
  'setup-token-invalid': {},
  'enrollment-code-invalid': {},
  'certificate-refused': {},
  'password-too-common': { because: z.enum(['common', 'personal']) },
  'return-url-not-allowed': {},
  'sso-unavailable': {},
  'payload-too-large': {},
  'unsupported-media-type': {},
  'idempotency-key-reused': {},
  'rate-limited': {},
  internal: {},
  'gateway-offline': { attemptId: z.optional(attemptId) },
  unavailable: {},
  'deadline-passed': { attemptId: z.optional(attemptId) },
} as const satisfies Record<string, z.core.$ZodLooseShape>;

/** Every problem code; the `type` on the wire is `urn:latchwork:problem:<code>`. */
export type ProblemCode = keyof typeof problemExtras;

/** The members that the problem of one code carries besides those of RFC 9457; nothing is added for a code without any. */
export type ProblemExtras<Code extends ProblemCode> = keyof (typeof problemExtras)[Code] extends never
  ? unknown
  : ReadonlyData<z.output<z.ZodMiniObject<(typeof problemExtras)[Code], z.core.$strip>>>;

/** The members of RFC 9457, with our `code`, as they travel as `application/problem+json`. */
export interface ProblemBase<Code extends ProblemCode> {
  /** `urn:latchwork:problem:` and the code. */
  readonly type: string;
  /** What went wrong, closed. */
  readonly code: Code;
  /** Short and constant: the same for every occurrence. */
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
/** What `createProblem` needs besides the code: exactly the members this code carries. */
export type ProblemDetails<Code extends ProblemCode> = { readonly detail?: string } & ProblemExtras<Code>;

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
    ...problemExtras[code],
  }) as unknown as z.ZodMiniType<Problem>;
}

/** Reads a problem body of unknown origin; `undefined` when it is none of ours. */
export function readProblem(body: unknown): Problem | undefined {
  const code = (body as { readonly code?: unknown } | null | undefined)?.code;
  if (typeof code !== 'string' || !Object.hasOwn(problemExtras, code)) return undefined;
  const result = z.safeParse(problemSchema(code as ProblemCode), body);
  return result.success ? result.data : undefined;
}
