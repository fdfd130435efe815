import * as z from 'zod/mini';
import { apiScope } from '../resources/api-key.js';
import { nameInput, timestampInput } from './values.js';

/** The longest time both the old and the new token of a rotated API key work: 30 days. */
export const longestOverlapSeconds = 30 * 24 * 60 * 60;

const scopes = z.array(apiScope).check(
  z.minLength(1),
  z.maxLength(20),
  z.refine((list) => new Set(list).size === list.length),
);

/** Body of `createApiKey`. The scopes have no default: nobody gives away more than was said. `expiresAt` absent: without end. */
export const apiKeyInput = z.strictObject({
  name: nameInput,
  scopes,
  expiresAt: z.optional(z.nullable(timestampInput)),
});

/** Body of `rotateApiKey`: how long the old token still works, 0 to 30 days; a day when absent. */
export const apiKeyRotationInput = z.strictObject({
  overlapSeconds: z._default(z.int().check(z.minimum(0), z.maximum(longestOverlapSeconds)), 86_400),
});
