import type { Problem } from '@latchwork/contract';

/**
 * Whether a body is a problem of the API, and no proxy's: its `type` is ours and names its `code`. What the code carries
 * is the portal's word. A later portal may say a code that this version does not know: a `switch` meets it in `default`.
 */
export function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  const { type, code, detail } = body as Readonly<Record<string, unknown>>;
  return typeof code === 'string' && type === `urn:latchwork:problem:${code}` && typeof detail === 'string';
}
