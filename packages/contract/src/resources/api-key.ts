import * as z from 'zod/mini';
import { apiKeyId, memberId, organizationId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { apiScopes } from '../scopes.js';
import { timestamp } from '../wire-values.js';

/** What a program may be given of its member's rights. */
export const apiScope = z.enum(apiScopes);

/**
 * The right of a program to call the API. It may what its creator may and its scopes cover, and ends with that
 * membership (P-19). `hint` is the end of the token, to tell keys apart; `rotatedFromId` the key it takes over from.
 */
export const apiKey = z.object({
  id: apiKeyId,
  organizationId,
  name: z.string(),
  creatorId: memberId,
  scopes: z.array(apiScope),
  hint: z.string(),
  rotatedFromId: z.nullable(apiKeyId),
  createdAt: timestamp,
  expiresAt: z.nullable(timestamp),
  lastUsedAt: z.nullable(timestamp),
  revokedAt: z.nullable(timestamp),
});
/** {@link apiKey} as data. */
export type ApiKey = ReadonlyData<z.output<typeof apiKey>>;
