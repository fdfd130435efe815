import * as z from 'zod/mini';
import { deviceId } from '../identifiers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/**
 * Lists what a lock has written down, newest first: every entry as the lock signed it, who was refused too (P-17), and the gaps that
 * the lock itself speaks of. Whoever may see only their own sees only their own.
 */
export const listDeviceLog = route(operations.listDeviceLog, {
  summary: 'List the log of a lock, newest first',
  params: z.strictObject({ deviceId }),
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
});
