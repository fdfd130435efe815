import { createProblem } from '@latchwork/contract';
import { countOccupancy, datesBetween, longestOccupancyDays } from '@latchwork/core/workplace';
import type { Projection } from '../store/projection.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';

const dayMs = 24 * 60 * 60 * 1000;

/** Creates the handler of insights: how desks were used, computed from reservations (S7). */
export function createInsightsHandlers(parts: { readonly projection: Projection }): Pick<Handlers, 'getInsights'> {
  const { projection } = parts;
  return {
    getInsights: async ({ request: { query }, place: { organization } }) => {
      if (organization === undefined) return notFound;
      const { id: organizationId } = organization;
      const days = (Date.parse(query.to) - Date.parse(query.from)) / dayMs + 1;
      if (days < 1 || days > longestOccupancyDays) return { problem: createProblem('period-invalid', {}) };
      const timeZone = query.timeZone ?? projection.properties.group(organizationId)[0]?.timeZone ?? 'UTC';
      const desks = projection.desks.group(organizationId);
      const names = new Map(desks.map(({ id, name }) => [id, name]));
      const occupancy = countOccupancy({
        dates: datesBetween(query.from, query.to),
        timeZone,
        desks: desks.map(({ id: deskId, createdAt, removedAt }) => ({ deskId, createdAt, removedAt })),
        reservations: projection.reservations.group(organizationId),
      });
      return {
        status: 200,
        body: {
          organizationId,
          timeZone,
          days: [...occupancy.days],
          desks: occupancy.desks.map((desk) => ({ ...desk, name: names.get(desk.deskId) ?? '' })),
        },
      };
    },
  };
}
