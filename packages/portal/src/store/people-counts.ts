import type { IntegrationId, MemberId } from '@latchwork/core';
import { holdsLicense } from '@latchwork/core/people';
import type { RowIndex } from './row-index.js';
import type { Row, Write } from './store.js';

/** How the members are found who hold a license of an organization, by their state; nobody else has such a name. */
export function licenseName(row: Row<'member'>): string | undefined {
  const { organizationId, state, workplaceRole: role, licensed } = row;
  return holdsLicense({ state, workplace: role === null ? null : { licensed } })
    ? licensedIn(organizationId, state)
    : undefined;
}

/** The group of {@link licenseName}. */
export function licensedIn(organizationId: Row<'member'>['organizationId'], state: Row<'member'>['state']): string {
  return `${organizationId}/licensed/${state}`;
}

/**
 * Counts the links of each integration whose members are active or invited, so that whoever plans for one user need not look
 * at all others. Kept along with the rows: what a write is about is taken out of the count before it and counted anew after.
 */
export interface LivingLinks {
  count(integrationId: IntegrationId): number;
  /** Does a write to the rows of members and links. */
  around(write: Write, apply: () => void): void;
  clear(): void;
}

/** Creates the count, of no rows; `nameOf` is the id that a link has in its index. */
export function createLivingLinks(
  indexes: {
    readonly member: RowIndex<'member', MemberId>;
    readonly directoryLink: RowIndex<'directoryLink', string>;
  },
  nameOf: (link: Row<'directoryLink'>) => string,
): LivingLinks {
  const counts = new Map<IntegrationId, number>();
  const add = (memberId: MemberId, by: 1 | -1): void => {
    const state = indexes.member.get(memberId)?.state;
    if (state !== 'active' && state !== 'inactive') return;
    for (const { integrationId } of indexes.directoryLink.group(memberId)) {
      counts.set(integrationId, (counts.get(integrationId) ?? 0) + by);
    }
  };
  const membersOf = (write: Write): readonly MemberId[] => {
    if (write.table === 'member') return [write.row.id];
    if (write.table !== 'directoryLink') return [];
    const { memberId } = write.row;
    // A link may be of another member than before.
    const before = indexes.directoryLink.get(nameOf(write.row))?.memberId;
    return before === undefined || before === memberId ? [memberId] : [memberId, before];
  };
  return {
    count: (integrationId) => {
      // Whoever decides by it has read all that it is made of.
      indexes.member.all();
      indexes.directoryLink.group(integrationId);
      return counts.get(integrationId) ?? 0;
    },
    around: (write, apply) => {
      const memberIds = membersOf(write);
      for (const memberId of memberIds) add(memberId, -1);
      apply();
      for (const memberId of memberIds) add(memberId, 1);
    },
    clear: () => counts.clear(),
  };
}
