import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Forgets everything that a directory has pushed, when its integration goes; whoever came by it stays a user. */
export function forgetPushed(
  draft: Draft,
  { scimUsers, scimGroups, scimMemberships }: Projection,
  integrationId: Row<'directoryIntegration'>['id'],
): void {
  for (const group of scimGroups.group(integrationId)) {
    for (const membership of scimMemberships.group(group.id)) draft.delete('scimMembership', membership);
    draft.delete('scimGroup', group);
  }
  for (const user of scimUsers.group(integrationId)) draft.delete('scimUser', user);
}
