import * as z from 'zod/mini';

// Any text fits the schema, so that whoever types another word is told `confirmation-required`, not that a field is malformed.
const confirmation = z._default(z.string().check(z.maxLength(200)), '') as unknown as z.ZodMiniType<string, 'remove'>;

/** Body of a removal for good: `confirm` has to be `remove` (G39). */
export const removalInput = z.strictObject({ confirm: confirmation });
