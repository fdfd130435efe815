import type { Instant } from '@latchwork/core';
import type { DirectoryLink, DirectoryState } from '@latchwork/core/directory';
import { peopleStateOf } from '../people/people-view.js';
import type { Projection } from '../store/projection.js';
import { linkName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';

/** How far back removals add up (case 32). */
const latelyMs = 7 * 24 * 60 * 60 * 1000;

/** Lays core's view of what one directory is linked to over the committed rows in memory; nothing is copied. */
export function directoryStateOf(
  projection: Projection,
  { id: integrationId, organizationId, bound }: Row<'directoryIntegration'>,
  at: Instant,
): DirectoryState {
  const organization = projection.organizations.get(organizationId);
  if (organization === undefined) throw new Error(`Organization ${organizationId} is named and does not exist.`);
  const { directoryLinks } = projection;
  return {
    people: peopleStateOf(projection, organization),
    bound,
    link: (directoryId) => directoryLinks.get(linkName({ integrationId, directoryId })),
    linkOf: (memberId) => directoryLinks.group(memberId).find((link) => link.integrationId === integrationId),
    links: (): Iterable<DirectoryLink> => directoryLinks.group(integrationId),
    isLinkedElsewhere: (memberId) =>
      directoryLinks.group(memberId).some((link) => link.integrationId !== integrationId),
    removedLately: removedSince(projection, integrationId, (at - latelyMs) as Instant),
  };
}

/**
 * The same for a snapshot of changes alone, from which nobody can be absent: whoever is linked is counted and not gone
 * through, so that a change costs the same however many there are.
 */
export function changesStateOf(
  projection: Projection,
  integration: Row<'directoryIntegration'>,
  at: Instant,
): DirectoryState {
  const linksLeftOut = projection.peopleCounts.livingLinks(integration.id);
  return { ...directoryStateOf(projection, integration, at), links: () => [], linksLeftOut };
}

function removedSince(projection: Projection, integrationId: Row<'syncRun'>['integrationId'], since: Instant): number {
  const runs = projection.syncRuns.group(integrationId);
  let removed = 0;
  for (let at = runs.length - 1; at >= 0; at -= 1) {
    const run = runs[at];
    // One is at the most a day long.
    if (run === undefined || run.startedAt < since - latelyMs) break;
    if (run.state === 'applied' && (run.endedAt ?? run.startedAt) > since) removed += run.counts.removed;
  }
  return removed;
}
