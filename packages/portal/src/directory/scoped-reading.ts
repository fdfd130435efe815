import { DirectoryError, type DirectorySource, type ReadOptions, type ReadSnapshot } from '@latchwork/directory';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Reads what an integration is to read: everybody, or the members of some groups. */
export async function readScope(
  source: DirectorySource,
  { groupIds }: Pick<Row<'directoryIntegration'>, 'groupIds'>,
  options: ReadOptions = {},
): Promise<ReadSnapshot> {
  const snapshot = await source.readAll({ ...options, groups: options.groups ?? groupIds.length > 0 });
  return withinGroups(snapshot, groupIds);
}

/**
 * What of a reading is within some groups, other groups in them too; all of it where none is named. The scope then says
 * so, for other groups are another question.
 *
 * @throws DirectoryError `not-found` for a group that the directory does not know: nobody is gone for that.
 */
export function withinGroups(snapshot: ReadSnapshot, groupIds: readonly string[]): ReadSnapshot {
  if (groupIds.length === 0) return snapshot;
  if (!groupIds.every((id) => snapshot.groupNames.has(id))) {
    throw new DirectoryError({ code: 'not-found', status: 404 });
  }
  const wanted = new Set(groupIds);
  return {
    ...snapshot,
    scope: `${snapshot.scope} in groups ${JSON.stringify([...wanted].sort())}`,
    users: snapshot.users.filter((user) => user.groupIds?.some((id) => wanted.has(id)) === true),
  };
}

/** Whom a reading of everybody is to ask for alone before they count as missing: whoever is linked, and not removed already. */
export function* expectedOf(
  projection: Projection,
  { id }: Pick<Row<'directoryIntegration'>, 'id'>,
): Generator<string, void, undefined> {
  for (const { directoryId, removed } of projection.directoryLinks.group(id)) if (!removed) yield directoryId;
}
