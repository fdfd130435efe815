import type { Instant } from '../instant.js';
import { holdsLicense } from '../people/member-place.js';
import type { MemberFacts } from '../people/people-state.js';
import { planAllowsMethod } from '../people/plan-gate.js';
import { addressOf, type DirectoryAddress, profileChange } from './directory-profile.js';
import type { DirectoryLink, DirectoryState } from './directory-state.js';
import type { DirectoryUser } from './directory-user.js';
import type { ConflictReason, RemovedRow, SkipReason, UpdatedRow } from './sync-plan.js';
import type { SyncPolicy } from './sync-policy.js';

/** What one user is to the organization, before anybody else of the directory is looked at. */
export type UserMatch =
  | { readonly as: 'skipped'; readonly because: SkipReason }
  | { readonly as: 'conflict'; readonly because: ConflictReason; readonly memberId: DirectoryLink['memberId'] | null }
  /** Linked, and in the directory as here: or gone from both. */
  | { readonly as: 'settled' }
  /** Linked, and to be a user no more. */
  | { readonly as: 'removed'; readonly row: RemovedRow }
  /** Linked, and another than before; `wish` is the address that it takes and does not have yet. */
  | { readonly as: 'updated'; readonly row: UpdatedRow; readonly wish: string | null }
  /** Not linked, or to a member who has been removed here: found by the address alone, if at all. */
  | { readonly as: 'stranger'; readonly address: DirectoryAddress; readonly wasRemovedHere: boolean };

/** What matching looks at beside the user. */
export interface MatchRequest {
  readonly state: DirectoryState;
  readonly policy: SyncPolicy;
  readonly at: Instant;
}

/** Whether a sync had deactivated the member, and nobody has changed that since. */
export function isRemovedBySync({ removed }: DirectoryLink, { state }: Pick<MemberFacts, 'state'>): boolean {
  return removed && state === 'deactivated';
}

function isHere(member: MemberFacts | undefined): member is MemberFacts {
  return member !== undefined && member.state !== 'removed';
}

/** Matches one user by the directory's id, and says what it is to the member of that id. */
export function matchUser(request: MatchRequest, user: DirectoryUser): UserMatch {
  const { state, policy } = request;
  const link = state.link(user.directoryId);
  const member = link && state.people.member(link.memberId);
  const reason = reasonToGo(user, policy);
  if (link === undefined || !isHere(member)) {
    if (reason !== null) return { as: 'skipped', because: reason };
    return strangerOf(user, link !== undefined);
  }
  if (reason !== null)
    return lives(member) ? { as: 'removed', row: removalOf(link, member, reason) } : { as: 'settled' };
  if (member.state !== 'deactivated') return change(user, link, member);
  // What is not said changes nothing: only an account that is said to be open comes back.
  if (!link.removed || user.standing !== 'enabled') return { as: 'settled' };
  if (!planAllowsMethod(state.people.organization.plan, member.signInMethod)) {
    return { as: 'conflict', because: 'plan-required', memberId: member.memberId };
  }
  return updateOf(user, link, { member, because: 'reactivate' });
}

/** Why a user of the directory is nobody to be a user here, whoever it is. */
export function reasonToGo(
  { standing, kind }: DirectoryUser,
  { guests }: SyncPolicy,
): Exclude<SkipReason, 'no-email'> | null {
  if (standing === 'deleted' || standing === 'disabled') return standing;
  if (kind === 'other') return 'not-a-person';
  return kind === 'guest' && guests === 'skip' ? 'guest' : null;
}

function strangerOf(user: DirectoryUser, wasRemovedHere: boolean): UserMatch {
  const address = addressOf(user);
  if (address !== null) return { as: 'stranger', address, wasRemovedHere };
  if ((user.email ?? '').trim() === '') return { as: 'skipped', because: 'no-email' };
  return { as: 'conflict', because: 'no-valid-email', memberId: null };
}

/** Whether the member has something that a removal could end. */
export function lives({ state }: MemberFacts): boolean {
  return state === 'active' || state === 'inactive';
}

/** The row of a linked user who is not to be one any more. Only users of the workplace can rest; others end (S27). */
export function removalOf(link: DirectoryLink, member: MemberFacts, because: RemovedRow['because']): RemovedRow {
  const rests = because !== 'replaced' && member.state === 'active' && member.workplace !== undefined;
  return {
    status: 'removed',
    rowId: link.directoryId,
    needs: [],
    takes: 0,
    frees: holdsLicense(member) ? 1 : 0,
    memberId: member.memberId,
    because,
    ending: rests ? 'deactivated' : 'removed',
  };
}

function change(user: DirectoryUser, link: DirectoryLink, member: MemberFacts): UserMatch {
  const match = updateOf(user, link, { member, because: 'fields' });
  return match.row.changes.length === 0 ? { as: 'settled' } : match;
}

/** The row of a member who becomes as the directory says; a link of another id counts as what was last applied. */
export function updateOf(
  user: DirectoryUser,
  link: DirectoryLink | null,
  { member, because }: { readonly member: MemberFacts; readonly because: UpdatedRow['because'] },
): Extract<UserMatch, { readonly as: 'updated' }> {
  const { changes, address, name } = profileChange(user, member, link?.profile ?? null);
  const moved = address?.moved === true;
  const returns = link !== null && isRemovedBySync(link, member) && because !== 'fields';
  const replaced = moved && member.state === 'inactive';
  const reserved = replaced && holdsLicense(member);
  const row: UpdatedRow = {
    status: 'updated',
    rowId: user.directoryId,
    needs: [],
    takes: returns || reserved ? 1 : 0,
    frees: reserved ? 1 : 0,
    memberId: member.memberId,
    because,
    act: returns ? 'reactivate' : replaced ? 'replace-invitation' : 'update',
    changes,
    email: address?.email ?? null,
    name,
    user,
  };
  return { as: 'updated', row, wish: moved ? address.emailKey : null };
}
