import * as z from 'zod/mini';
import type { RequestIssue } from './problem.js';
import type { Route, RouteRequest } from './route.js';

/** The parts of a request as they arrived, before anything is checked. */
export interface RawRequest {
  /** Decoded path parameters by name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Query parameters by name; one that came twice is an array and is refused. */
  readonly query: Readonly<Record<string, unknown>>;
  /** Headers by lowercase name. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The parsed JSON body; `undefined` when there was none. */
  readonly body: unknown;
}

/** A request that fits its route, or every reason why it does not. */
export type RouteRequestResult<Called extends Route> =
  | { readonly success: true; readonly request: RouteRequest<Called> }
  | { readonly success: false; readonly issues: readonly RequestIssue[] };

const parts = [
  ['params', 'path'],
  ['query', 'query'],
  ['headers', 'header'],
  ['body', 'body'],
] as const;

/**
 * Checks a request against its route, all parts together. Inputs are strict: an unknown field is an issue that names
 * it, so nothing reaches the store that the contract does not know.
 */
export function parseRouteRequest<Called extends Route>(called: Called, raw: RawRequest): RouteRequestResult<Called> {
  const request: Record<string, unknown> = {};
  const issues: RequestIssue[] = [];
  for (const [part, place] of parts) {
    const schema = called[part];
    if (!schema) continue;
    // No body at all counts as an empty one; a body of `null` is one, and fits nothing.
    const given = part === 'body' && raw.body === undefined ? {} : raw[part];
    const result = z.safeParse(schema, given);
    if (result.success) request[part] = result.data;
    else issues.push(...describeFaults(schema, place, given));
  }
  return issues.length > 0 ? { success: false, issues } : { success: true, request: request as RouteRequest<Called> };
}

/** Checks again what does not fit, this time keeping each faulty input: that costs too much for every request. */
function describeFaults(schema: z.ZodMiniType, place: RequestIssue['in'], given: unknown): readonly RequestIssue[] {
  const result = z.safeParse(schema, given, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap((issue) => toRequestIssues(place, issue));
}

function toRequestIssues(place: RequestIssue['in'], issue: z.core.$ZodIssue): RequestIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      in: place,
      pointer: toPointer([...path, name]),
      code: 'unknown-field',
      message: `There is no field "${name}" here.`,
    }));
  }
  return [{ in: place, pointer: toPointer(path), ...describe(issue) }];
}

function describe(issue: z.core.$ZodIssue): Pick<RequestIssue, 'code' | 'message'> {
  if (issue.input === undefined) return { code: 'missing', message: 'The field is required.' };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'wrong-type', message: `Expected: ${issue.expected}.` };
    case 'too_small':
      return { code: 'too-small', message: `The least is ${issue.minimum}.` };
    case 'too_big':
      return { code: 'too-big', message: `The most is ${issue.maximum}.` };
    case 'invalid_value':
      return { code: 'not-allowed', message: `Allowed: ${issue.values.map(String).join(', ')}.` };
    case 'not_multiple_of':
      return { code: 'not-whole', message: `Expected a multiple of ${issue.divisor}.` };
    default:
      return { code: 'malformed', message: 'The value does not have the form the contract asks for.' };
  }
}

function toPointer(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
