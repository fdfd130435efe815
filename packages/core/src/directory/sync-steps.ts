import type { MemberId } from '../identifiers.js';
import type { SyncStep } from '../people/sync-step.js';
import { profileAfter } from './directory-profile.js';
import type { DirectoryProfile, DirectoryState } from './directory-state.js';
import type { SyncPlan, SyncRow, UpdatedRow } from './sync-plan.js';

/**
 * The steps of the command `sync-users` that carry a plan out: removals first, so that their licenses and addresses are
 * there, and new users last. Rows that change nothing of the member have none.
 */
export function syncStepsOf({ rows, signInMethod }: Pick<SyncPlan, 'rows' | 'signInMethod'>): readonly SyncStep[] {
  const removals: SyncStep[] = [];
  const updates: SyncStep[] = [];
  const invitations: SyncStep[] = [];
  for (const row of rows) {
    const { rowId } = row;
    if (row.status === 'new') {
      invitations.push({ type: 'invite', rowId, email: row.email, name: row.name, signInMethod });
    } else if (row.status === 'removed') {
      const type = row.ending === 'removed' ? 'remove' : 'deactivate';
      removals.push({ type, rowId, memberId: row.memberId });
    } else updates.push(...updateStep(row));
  }
  return [...removals, ...updates, ...invitations];
}

function updateStep({ rowId, memberId, act, email, name }: UpdatedRow): readonly SyncStep[] {
  const change = { rowId, memberId, ...(name === null ? {} : { name }) };
  if (act === 'replace-invitation' && email !== null) return [{ type: act, ...change, email }];
  const whole = { ...change, ...(email === null ? {} : { email }) };
  if (act === 'reactivate') return [{ type: 'reactivate', ...whole }];
  return name === null && email === null ? [] : [{ type: 'update', ...whole }];
}

/** One thing to do to the links of an integration once a plan has been carried out. */
export type LinkChange =
  /** `memberId: null`: the member that was made for the row. */
  | {
      readonly type: 'linked';
      readonly directoryId: string;
      readonly memberId: MemberId | null;
      readonly profile: DirectoryProfile;
    }
  /** The user is gone and the member deactivated: coming back reactivates (S25). */
  | { readonly type: 'marked-removed'; readonly directoryId: string }
  | { readonly type: 'unlinked'; readonly directoryId: string };

/** What becomes of the links when these rows are carried out; `state` is the one that the plan was made on. */
export function linkChangesOf(rows: readonly SyncRow[], state: DirectoryState): readonly LinkChange[] {
  return rows.flatMap((row) => linkChanges(row, state));
}

function linkChanges(row: SyncRow, state: DirectoryState): readonly LinkChange[] {
  const { rowId: directoryId } = row;
  if (row.status === 'removed') {
    return [{ type: row.ending === 'deactivated' ? 'marked-removed' : 'unlinked', directoryId }];
  }
  if (row.status === 'new') {
    return [{ type: 'linked', directoryId, memberId: null, profile: profileAfter(row.user, null) }];
  }
  const before = state.linkOf(row.memberId);
  const profile = profileAfter(row.user, before?.profile ?? null);
  const memberId = row.act === 'replace-invitation' ? null : row.memberId;
  const linked: LinkChange = { type: 'linked', directoryId, memberId, profile };
  const isOther = before !== undefined && before.directoryId !== directoryId;
  return isOther ? [{ type: 'unlinked', directoryId: before.directoryId }, linked] : [linked];
}
