import type { Alarm } from '@latchwork/contract';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { pageOf } from './paging.js';

/** Creates the handler of alarms. */
export function createAlarmHandlers({ projection }: { readonly projection: Projection }): Pick<Handlers, 'listAlarms'> {
  return {
    listAlarms: async ({ request: { query }, place: { property } }) => {
      if (property === undefined) return notFound;
      const isAsked = ({ cause, clearedAt }: Row<'alarm'>) =>
        (query.kind === undefined || query.kind === cause.kind) &&
        (query.state === undefined || (query.state === 'raised') === (clearedAt === null));
      const body = pageOf(projection.alarms.group(property.id), {
        query,
        idOf: (row) => row.id,
        isVisible: isAsked,
        toWire: alarmOf,
      });
      return { status: 200, body };
    },
  };
}

function alarmOf({ id, propertyId, cause, raisedAt, clearedAt }: Row<'alarm'>): Alarm {
  return { ...cause, id, propertyId, raisedAt: timestampOf(raisedAt), clearedAt: timestampOrNull(clearedAt) };
}
