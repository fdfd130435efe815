import * as z from 'zod/mini';
import { entranceId, propertyId, revocationId } from '../identifiers.js';
import { revocationQuery } from '../inputs/revocations.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/**
 * Lists what was ended on a property and shall open no more, oldest first, with how far each lock has proven it; whoever may
 * see only Keys of their own sees none.
 */
export const listRevocations = route(operations.listRevocations, {
  summary: 'List the revocations of a property',
  params: z.strictObject({ propertyId }),
  query: revocationQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Reads a revocation: per lock pending with the end of the exposure, proven, or ended by itself (P-5). */
export const getRevocation = route(operations.getRevocation, {
  summary: 'Read a revocation',
  params: z.strictObject({ revocationId }),
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Answers who can open an entrance now, from what its locks have confirmed (P-5). */
export const getEntranceAccess = route(operations.getEntranceAccess, {
  summary: 'Read who can open an entrance now',
  params: z.strictObject({ entranceId }),
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});
