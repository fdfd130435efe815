import { type DoorVisitParts, doorVisitOf } from '../locks/door-visits.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { pageOf } from './paging.js';

/** Creates the handler of the list of doors that somebody has to go to. */
export function createDoorVisitHandlers(parts: DoorVisitParts): Pick<Handlers, 'listDoorVisits'> {
  const { projection } = parts;
  return {
    listDoorVisits: async ({ request: { query }, place: { property }, now }) => {
      if (property === undefined) return notFound;
      const visits = projection.devices.group(property.id).flatMap((device) => doorVisitOf(parts, device, now) ?? []);
      const body = pageOf(visits, { query, idOf: ({ deviceId }) => deviceId, toWire: (visit) => visit });
      return { status: 200, body };
    },
  };
}
