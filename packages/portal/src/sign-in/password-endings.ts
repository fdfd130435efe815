import type { AccountId, Channel, SessionId } from '@latchwork/core';
import type { Draft } from '../ledger.js';
import { revokeGrant } from '../oauth/grant-record.js';
import type { Projection } from '../store/projection.js';

/**
 * Ends what an account's former password could still be used through: the sessions it opened, but for one that is spared,
 * what apps were let do after a sign-in with it (C7), and the links that would set another one. API keys stay: they are an
 * organization's programs, and its Organization Owners revoke them.
 */
export function endPasswordAccess(
  projection: Projection,
  draft: Draft,
  of: {
    readonly accountId: AccountId;
    readonly spare: SessionId | undefined;
    /** On which the new one is set. */
    readonly channel: Channel;
    /** Hash of the link that set the new one. */
    readonly usedLink?: string;
  },
): void {
  for (const member of projection.members.group(of.accountId)) {
    for (const session of projection.sessions.group(member.id)) {
      if (session.endedAt !== null || session.method !== 'email_password' || session.id === of.spare) continue;
      draft.update('session', { ...session, endedAt: draft.now, endedBecause: 'password_changed' });
    }
    for (const grant of projection.appGrants.group(member.id)) {
      if (grant.method !== 'email_password') continue;
      const actor = { kind: 'member', memberId: member.id, channel: of.channel } as const;
      revokeGrant(draft, projection, grant, { actor, because: 'password_changed' });
    }
    for (const link of projection.setupLinks.group(member.id)) {
      if (link.endedAt !== null || link.purpose !== 'set_password' || link.tokenHash === of.usedLink) continue;
      draft.update('setupLink', { ...link, endedAt: draft.now, endedAs: 'void' });
    }
  }
}
