import * as z from 'zod/mini';
import { revocationStates } from '../resources/revocation.js';
import { cursor, pageQuery } from './values.js';

/** Query of `listRevocations`: `state` leaves out those in another one. */
export const revocationQuery = z.strictObject({
  limit: pageQuery.shape.limit,
  cursor: z.optional(cursor),
  state: z.optional(z.enum(revocationStates)),
});
