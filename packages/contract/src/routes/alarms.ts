import * as z from 'zod/mini';
import { propertyId } from '../identifiers.js';
import { alarmQuery } from '../inputs/alarms.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/** Lists what somebody has to see to on a property, oldest first: of gateways, locks, their logs and the property's certificates. */
export const listAlarms = route(operations.listAlarms, {
  summary: 'List the alarms of a property',
  params: z.strictObject({ propertyId }),
  query: alarmQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
});
