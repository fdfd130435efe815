import * as z from 'zod/mini';
import { alarmKinds, alarmStates } from '../resources/alarm.js';
import { cursor, pageQuery } from './values.js';

/** Query of `listAlarms`: `state` and `kind` leave out all others. */
export const alarmQuery = z.strictObject({
  limit: pageQuery.shape.limit,
  cursor: z.optional(cursor),
  state: z.optional(z.enum(alarmStates)),
  kind: z.optional(z.enum(alarmKinds)),
});
