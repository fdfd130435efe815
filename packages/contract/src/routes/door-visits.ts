import * as z from 'zod/mini';
import { propertyId } from '../identifiers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/** Lists the doors of a property that somebody has to go to, with what must be brought there and what is at stake until then (P-5). */
export const listDoorVisits = route(operations.listDoorVisits, {
  summary: 'List the doors that somebody has to visit',
  params: z.strictObject({ propertyId }),
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
});
