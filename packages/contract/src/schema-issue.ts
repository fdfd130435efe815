import type * as z from 'zod/mini';
import type { SchemaIssue } from './contract-error.js';

/** Takes over a fault as zod reports it. */
export function toSchemaIssue(issue: z.core.$ZodIssue): SchemaIssue {
  return {
    path: issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step)),
    code: issue.code,
    message: issue.message,
  };
}
