import { profileAfter } from './directory-profile.js';
import type { SyncRow } from './sync-plan.js';

/** How many rows are put into one text; a million rows never stand in one. */
const rowsAtOnce = 1000;

/** Makes the digest of a text, SHA-256 as hex or the like; core has none of its own. */
export type Digest = (text: string) => string;

/** The id of a plan of these rows: equal exactly if the same would be done to the same users, from the same values on. */
export function planIdOf(basis: string, rows: readonly SyncRow[], digest: Digest): string {
  let id = digest(basis);
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const lines = rows.slice(start, start + rowsAtOnce).map((row) => JSON.stringify(canonicalRow(row)));
    id = digest([id, ...lines].join('\n'));
  }
  return id;
}

function canonicalRow(row: SyncRow): readonly unknown[] {
  const basis = [row.status, row.rowId, row.needs, row.takes, row.frees];
  switch (row.status) {
    case 'new':
      return [...basis, row.email, row.name, Object.values(profileAfter(row.user, null))];
    case 'updated': {
      const changes = row.changes.map(({ field, from, to }) => [field, from, to]);
      return [...basis, row.memberId, row.because, row.act, row.email, row.name, changes];
    }
    case 'removed':
      return [...basis, row.memberId, row.because, row.ending];
  }
}
