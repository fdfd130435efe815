import * as z from 'zod/mini';
import type { SchemaIssue } from './contract-error.js';
import type { Operation } from './operation.js';
import type { RouteReply } from './route.js';
import { toSchemaIssue } from './schema-issue.js';

/** A reply that fits its operation, or every reason why it does not. */
export type RouteReplyResult<Called extends Operation> =
  | { readonly success: true; readonly reply: RouteReply<Called> }
  | { readonly success: false; readonly issues: readonly SchemaIssue[] };

/** Checks a reply, or one event of a stream, against its operation. Outputs are tolerant: fields this version does not know are dropped. */
export function parseRouteReply<Called extends Operation>(called: Called, body: unknown): RouteReplyResult<Called> {
  if (called.reply === null) return { success: true, reply: undefined as RouteReply<Called> };
  const result = z.safeParse(called.reply, body);
  return result.success
    ? { success: true, reply: result.data as RouteReply<Called> }
    : { success: false, issues: result.error.issues.map(toSchemaIssue) };
}
