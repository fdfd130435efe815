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
    id = digest(JSON.stringify([id, ...rows.slice(start, start + rowsAtOnce).map(canonicalRow)]));
  }
  return id;
}

function canonicalRow(row: SyncRow): readonly unknown[] {
  const { status, rowId, needs, takes, frees } = row;
  switch (status) {
    case 'new': {
      const profile = Object.values(profileAfter(row.user, null));
      return [status, rowId, needs, takes, frees, row.email, row.name, profile];
    }
    case 'updated': {
      const { memberId, because, act, email, name } = row;
      const changes = row.changes.map(({ field, from, to }) => [field, from, to]);
      return [status, rowId, needs, takes, frees, memberId, because, act, email, name, changes];
    }
    case 'removed':
      return [status, rowId, needs, takes, frees, row.memberId, row.because, row.ending];
  }
}
