import type { IntegrationId, MemberId, OrganizationId } from '@latchwork/core';
import { holdsLicense, type LicenseUsage } from '@latchwork/core/people';
import type { Watches } from './read-watch.js';
import type { RowIndex } from './row-index.js';
import type { Row, Write } from './store.js';

/**
 * Counts what would otherwise be found only by going through all members of an organization, or all links of an
 * integration. Kept along with the rows: what a write is about is taken out before it, and counted anew after.
 */
export interface PeopleCounts {
  /** Licenses held by active members, and reserved by open invitations. */
  licensesHeld(organizationId: OrganizationId): Pick<LicenseUsage, 'assigned' | 'reserved'>;
  /** Links of an integration whose members are active or invited. */
  livingLinks(integrationId: IntegrationId): number;
  /** Does a write to the rows of members and links. */
  around(write: Write, apply: () => void): void;
  clear(): void;
}

/** Creates the counts, of no rows; `nameOf` is the id that a link has in its index. */
export function createPeopleCounts({
  member: members,
  directoryLink: links,
  nameOf,
  watches,
}: {
  readonly member: RowIndex<'member', MemberId>;
  readonly directoryLink: RowIndex<'directoryLink', string>;
  readonly nameOf: (link: Row<'directoryLink'>) => string;
  readonly watches: Pick<Watches, 'read' | 'written'>;
}): PeopleCounts {
  const counts = new Map<string, number>();
  const read = (name: string): number => {
    watches.read(counts, name);
    return counts.get(name) ?? 0;
  };

  /** In which counts somebody is. */
  const countsOf = (memberId: MemberId): readonly string[] => {
    const row = members.get(memberId);
    if (row === undefined) return [];
    const { organizationId, state, workplaceRole, licensed } = row;
    const license = holdsLicense({ state, workplace: workplaceRole === null ? null : { licensed } })
      ? [licenseName(organizationId, state)]
      : [];
    const lives = state === 'active' || state === 'inactive';
    return lives ? [...license, ...links.group(memberId).map(({ integrationId }) => integrationId)] : license;
  };
  /** Whom a write is about; a link may be of another member than before. */
  const membersOf = (write: Write): readonly MemberId[] => {
    if (write.table === 'member') return [write.row.id];
    if (write.table !== 'directoryLink') return [];
    const before = links.get(nameOf(write.row))?.memberId;
    return [...new Set([write.row.memberId, before ?? write.row.memberId])];
  };

  return {
    licensesHeld: (organizationId) => ({
      assigned: read(licenseName(organizationId, 'active')),
      reserved: read(licenseName(organizationId, 'inactive')),
    }),
    livingLinks: read,
    around: (write, apply) => {
      const memberIds = membersOf(write);
      const changes = new Map<string, number>();
      const add = (by: 1 | -1) => {
        for (const name of memberIds.flatMap(countsOf)) changes.set(name, (changes.get(name) ?? 0) + by);
      };
      add(-1);
      apply();
      add(1);
      const changed = [...changes].filter(([, by]) => by !== 0);
      for (const [name, by] of changed) counts.set(name, (counts.get(name) ?? 0) + by);
      // Whoever decides by a count does not mind how the rows behind it change while it stays.
      watches.written(
        counts,
        changed.map(([name]) => name),
      );
    },
    clear: () => counts.clear(),
  };
}

function licenseName(organizationId: OrganizationId, state: Row<'member'>['state']): string {
  return `${organizationId}/${state}`;
}
