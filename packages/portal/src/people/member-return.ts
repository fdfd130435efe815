import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { MemberStep } from './member-draft.js';

/**
 * Forgets, of a user who is back, that a directory had taken them away (S25): from now on only its next removal counts, and
 * an Admin who deactivates them means it.
 */
export function forgetRemoval(draft: Draft, projection: Projection, { before, after }: MemberStep): void {
  if (before.row.state !== 'deactivated' || after.row.state !== 'active') return;
  for (const link of projection.directoryLinks.group(after.row.id)) {
    if (link.removed) draft.update('directoryLink', { ...link, removed: false });
  }
}
