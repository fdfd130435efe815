import { toEmailKey } from '../people/email-address.js';
import type { MemberFacts } from '../people/people-state.js';
import { addressOf, type DirectoryAddress } from './directory-profile.js';
import type { DirectorySnapshot } from './directory-snapshot.js';
import type { DirectoryLink } from './directory-state.js';
import type { DirectoryUser } from './directory-user.js';
import { createSettledIds, type SettledIds } from './settled-ids.js';
import { mergeSightings } from './sighting-merge.js';
import { provesAbsence } from './sync-guard.js';
import type { ConflictReason, SyncConflict, SyncRow, SyncSkip } from './sync-plan.js';
import { lives, type MatchRequest, matchUser, reasonToGo, removalOf } from './user-match.js';

/** Somebody whom no link names. */
export interface Stranger {
  readonly user: DirectoryUser;
  readonly address: DirectoryAddress;
  readonly wasRemovedHere: boolean;
}

/** A plan while it is made; everything by the row's id. */
export interface PlanDraft {
  readonly users: ReadonlyMap<string, DirectoryUser>;
  /** How many users the snapshot has. */
  readonly seen: number;
  /** Whether users who are not in the snapshot are not in the directory. */
  readonly provesAbsence: boolean;
  /** Linked users who are active or invited. */
  readonly linked: number;
  readonly rows: Map<string, SyncRow>;
  /** Which address a row would take that its member does not have yet. */
  readonly wishes: Map<string, string>;
  readonly strangers: Map<string, Stranger>;
  readonly conflicts: Map<string, SyncConflict>;
  readonly skipped: Map<string, SyncSkip>;
  /** Users who differ in nothing. */
  readonly settled: SettledIds;
}

/** Takes a row, or whatever there is of a user, out of the draft and leaves it to a person. */
export function leaveToPerson(
  draft: PlanDraft,
  rowId: string,
  conflict: { readonly because: ConflictReason; readonly memberId: SyncConflict['memberId'] },
): void {
  draft.rows.delete(rowId);
  draft.wishes.delete(rowId);
  draft.strangers.delete(rowId);
  draft.settled.delete(rowId);
  draft.conflicts.set(rowId, { rowId, ...conflict, user: draft.users.get(rowId) ?? null });
}

/** Matches everybody by the directory's id, finds who is absent, and leaves equal addresses to a person. */
export function draftPlan(request: MatchRequest, snapshot: DirectorySnapshot): PlanDraft {
  const users = mergeSightings(snapshot.users);
  const settled = createSettledIds(snapshot.unchangedIds, users.keys());
  const seen = users.size + settled.size;
  const absence = provesAbsence(snapshot, seen);
  const rows = new Map<string, SyncRow>();
  let linked = request.state.linksLeftOut ?? 0;
  for (const link of request.state.links()) {
    const member = request.state.people.member(link.memberId);
    if (member === undefined || !lives(member)) continue;
    linked += 1;
    const isSeen = users.has(link.directoryId) || settled.has(link.directoryId);
    if (absence && !isSeen) rows.set(link.directoryId, removalOf(link, member, 'absent'));
  }
  const draft: PlanDraft = {
    ...{ users, seen, provesAbsence: absence, linked, rows, settled },
    ...{ wishes: new Map(), strangers: new Map(), conflicts: new Map(), skipped: new Map() },
  };
  for (const user of users.values()) match(request, draft, user);
  leaveEqualAddresses(request, draft);
  return draft;
}

function match(request: MatchRequest, draft: PlanDraft, user: DirectoryUser): void {
  const { directoryId: rowId } = user;
  const found = matchUser(request, user);
  switch (found.as) {
    case 'skipped':
      draft.skipped.set(rowId, { rowId, because: found.because, user });
      return;
    case 'conflict':
      leaveToPerson(draft, rowId, found);
      return;
    case 'settled':
      draft.settled.add(rowId);
      return;
    case 'removed':
      draft.rows.set(rowId, found.row);
      return;
    case 'updated':
      draft.rows.set(rowId, found.row);
      if (found.wish !== null) draft.wishes.set(rowId, found.wish);
      return;
    case 'stranger':
      draft.strangers.set(rowId, { user, address: found.address, wasRemovedHere: found.wasRemovedHere });
  }
}

/** Where two users of the directory have one address, nobody knows whose it is; who has it here keeps it. */
function leaveEqualAddresses(request: MatchRequest, draft: PlanDraft): void {
  const claims = new Map<string, string[]>();
  const claim = (emailKey: string, rowId: string) => {
    const others = claims.get(emailKey);
    if (others === undefined) claims.set(emailKey, [rowId]);
    else others.push(rowId);
  };
  for (const [rowId, emailKey] of draft.wishes) claim(emailKey, rowId);
  for (const [rowId, { address }] of draft.strangers) claim(address.emailKey, rowId);
  const { state } = request;
  for (const [emailKey, rowIds] of claims) {
    const holder = state.people.memberByEmail(emailKey);
    const link = holder && state.linkOf(holder.memberId);
    if (holder !== undefined && link !== undefined && keepsAddress(request, draft, link, holder))
      rowIds.push(link.directoryId);
    if (rowIds.length === 1) continue;
    for (const rowId of rowIds) {
      leaveToPerson(draft, rowId, { because: 'duplicate-email', memberId: state.link(rowId)?.memberId ?? null });
    }
  }
}

/** Whether the directory says that a linked user has the address that he has here. */
function keepsAddress(request: MatchRequest, draft: PlanDraft, link: DirectoryLink, holder: MemberFacts): boolean {
  if (!isOpen(request, draft, link, holder)) return false;
  const user = draft.users.get(link.directoryId);
  // Of whoever is not shown, or not with an address, holds what was carried over last.
  const said = user && addressOf(user)?.emailKey;
  return (said ?? toEmailKey(link.profile.email ?? '')) === holder.emailKey;
}

/** Whether a linked user is seen in the directory as somebody who is, or may be again, a user here. */
export function isOpen({ policy }: MatchRequest, draft: PlanDraft, link: DirectoryLink, holder: MemberFacts): boolean {
  const user = draft.users.get(link.directoryId);
  if (user === undefined) return draft.settled.has(link.directoryId) && lives(holder);
  return reasonToGo(user, policy) === null && (lives(holder) || (link.removed && user.standing === 'enabled'));
}
