import { type AccountSetup, createProblem, type Problem } from '@latchwork/contract';
import type { AccountId, Instant, SignInMethod } from '@latchwork/core';
import { tokenHash } from '../access/bearer-token.js';
import { hashPassword } from '../access/password.js';
import { findPasswordFault } from '../access/password-rule.js';
import type { ProblemAnswer } from '../http/call.js';
import { answerOfRefusal, problemOf } from '../http/people-problem.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import { type MemberView, memberViewOf } from '../people/member-view.js';
import { offerWords } from '../people/offer-words.js';
import type { PeopleDesk } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import { identityName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { decideIdentity, type IdentityRefusal, type ProvenIdentity } from './identity-decision.js';
import { endPasswordAccess } from './password-endings.js';
import type { ProvenOwner, SignInDesk } from './sign-in-desk.js';

/** A set-up link that opens something right now, with what it opens. */
export interface OpenSetup {
  readonly link: Row<'setupLink'>;
  readonly member: Row<'member'>;
  readonly organization: Row<'organization'>;
}

/** What a set-up needs by a password: a new one's hash, or the proof of the account that the address has. */
export type PasswordProof =
  | { readonly kind: 'new'; readonly account: Row<'account'> | undefined; readonly passwordHash: string }
  | { readonly kind: 'existing'; readonly proven: ProvenOwner };

/** What comes out of a set-up: the member as it is now, or why not. */
export type SetupOutcome = { readonly view: MemberView } | ProblemAnswer | { readonly refused: IdentityRefusal };

/** Sets accounts up with the links of mails. Looking never uses a link up; completing does, once (G18). */
export interface AccountSetups {
  /** What a link opens, or why nothing. Only tokens that say nothing are counted as guesses of the address. */
  find(token: string, from: { readonly address: string; readonly at: Instant }): OpenSetup | ProblemAnswer;
  show(setup: OpenSetup): AccountSetup;
  /** Whether the link takes a password, and this one. */
  prepare(
    setup: OpenSetup,
    given: { readonly name: string | undefined; readonly password: string; readonly address: string },
    at: Instant,
  ): Promise<PasswordProof | ProblemAnswer>;
  completeByPassword(draft: Draft, by: SetupWish & { readonly proof: PasswordProof }): SetupOutcome;
  completeByIdentity(draft: Draft, by: SetupWish & { readonly identity: ProvenIdentity }): SetupOutcome;
}

/** Who completes a set-up, and from where. */
export interface SetupWish {
  /** Hash of the link's token. */
  readonly linkHash: string;
  /** What the person wants to be called; counts where the invitation names nobody. */
  readonly name: string | undefined;
  readonly address: string;
}

/** The answer for a link that opens nothing: used, void, made up, or to a password and expired. */
export const setupTokenInvalid: ProblemAnswer = { problem: createProblem('setup-token-invalid', {}) };

/** Creates the set-ups. */
export function createAccountSetups(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly people: PeopleDesk;
  readonly desk: SignInDesk;
}): AccountSetups {
  const { projection, identifiers, people, desk } = parts;

  const findByHash = (hash: string, at: Instant): OpenSetup | ProblemAnswer => {
    const link = projection.setupLinks.get(hash);
    if (link === undefined || link.endedAt !== null) return setupTokenInvalid;
    const member = projection.members.get(link.memberId);
    const organization = member && projection.organizations.get(member.organizationId);
    const isInvitation = link.purpose === 'accept_invitation';
    if (member?.state !== (isInvitation ? 'inactive' : 'active') || organization === undefined)
      return setupTokenInvalid;
    if (at < link.expiresAt) return { link, member, organization };
    // The invitation is still open, but over; nobody waits in vain for a link to work (P-23).
    const expired = { because: 'invitation-expired', expiredAt: link.expiresAt } as const;
    return isInvitation ? { problem: problemOf(expired) } : setupTokenInvalid;
  };

  /** The account that the member has, or gets: a member's address is always that of the account. */
  const accountOf = ({ member }: OpenSetup): Row<'account'> | undefined =>
    member.accountId === null
      ? projection.accounts.byUnique(member.emailKey)
      : projection.accounts.get(member.accountId);

  const isExisting = (setup: OpenSetup): boolean =>
    setup.link.purpose === 'accept_invitation' && accountOf(setup)?.passwordHash != null;

  /**
   * Ends the set-up: an invitation is accepted; of a standing membership only how it signs in was bound. Writes nothing
   * when core refuses, and what binds the account is to be written only after it.
   */
  const finish = (
    draft: Draft,
    { link, member, organization }: OpenSetup,
    { accountId, wish }: { readonly accountId: AccountId; readonly wish: SetupWish },
  ): { readonly view: MemberView } | ProblemAnswer => {
    const memberId = member.id;
    const actor = { kind: 'member', memberId, channel: 'portal_app' } as const;
    const use = () => draft.update('setupLink', { ...link, endedAt: draft.now, endedAs: 'used' });
    if (link.purpose === 'set_password') {
      const subject = { memberId, method: member.signInMethod };
      draft.audit(organization.id, { action: 'sign_in.bound', actor, subject });
      use();
      return { view: memberViewOf(projection, member) };
    }
    const extra = { memberId, accountId, name: wish.name ?? member.name };
    const request = { organization, by: { kind: 'member', memberId }, actor, extra } as const;
    const outcome = people.run(draft, { type: 'accept-invitation', memberId }, request);
    if (!outcome.allow) return answerOfRefusal(outcome);
    use();
    return { view: outcome.viewOf(memberId) ?? memberViewOf(projection, member) };
  };

  return {
    find: (token, { address, at }) => {
      const found = findByHash(tokenHash(token), at);
      return found === setupTokenInvalid ? (desk.throttle({ address }, at) ?? found) : found;
    },

    show: (setup) => {
      const { link, member, organization } = setup;
      const { email, name, signInMethod, organizationOwner } = member;
      const assigned = projection.assignments.group(member.id);
      return {
        purpose: link.purpose,
        organizationName: organization.name,
        propertyNames: assigned.flatMap(({ propertyId }) => projection.properties.get(propertyId)?.name ?? []),
        organizationOwner,
        offers: [...offerWords(projection, member)],
        workplace: member.workplaceRole !== null,
        ...{ email, name, signInMethod },
        password: signInMethod !== 'email_password' ? 'none' : isExisting(setup) ? 'existing' : 'new',
        expiresAt: timestampOf(link.expiresAt),
      };
    },

    prepare: async (setup, { name, password, address }, at) => {
      const { member, organization } = setup;
      if (member.signInMethod !== 'email_password') return { problem: ssoRequired(member.signInMethod) };
      const account = accountOf(setup);
      if (isExisting(setup) && account !== undefined) {
        const proven = await desk.prove({ email: account.email, password, address }, at);
        return 'problem' in proven ? proven : { kind: 'existing', proven };
      }
      const owner = { email: member.email, name: name ?? member.name, organizationNames: [organization.name] };
      const because = findPasswordFault(password, owner);
      if (because !== undefined) return { problem: createProblem('password-too-common', { because }) };
      return { kind: 'new', account, passwordHash: await hashPassword(password) };
    },

    completeByPassword: (draft, { proof, ...wish }) => {
      const setup = findByHash(wish.linkHash, draft.now);
      if ('problem' in setup) return setup;
      if (setup.member.signInMethod !== 'email_password') return setupTokenInvalid;
      const account = accountOf(setup);
      if (proof.kind === 'existing') {
        if (account === undefined || account.id !== proof.proven.account.id) return changedMeanwhile;
        if (account.passwordHash !== proof.proven.account.passwordHash) return changedMeanwhile;
        const done = finish(draft, setup, { accountId: account.id, wish });
        if ('view' in done) desk.remember(draft, proof.proven);
        return done;
      }
      // Two links of one address at once: whoever comes second is shown the account that there is now.
      if (account?.id !== proof.account?.id || account?.passwordHash !== proof.account?.passwordHash) {
        return changedMeanwhile;
      }
      const { passwordHash } = proof;
      const made = account ?? newAccount(identifiers.next('account', draft.now), setup.member, draft.now);
      const done = finish(draft, setup, { accountId: made.id, wish });
      if ('problem' in done) return done;
      endPasswordAccess(projection, draft, {
        accountId: made.id,
        spare: undefined,
        channel: 'portal_app',
        usedLink: wish.linkHash,
      });
      const seen = desk.seenAt({ ...made, passwordHash }, wish.address);
      if (account === undefined) draft.insert('account', seen);
      else draft.update('account', seen);
      return done;
    },

    completeByIdentity: (draft, { identity, ...wish }) => {
      const setup = findByHash(wish.linkHash, draft.now);
      if ('problem' in setup) return setup;
      const { member } = setup;
      const account = accountOf(setup);
      const known = projection.identities.get(identityName(identity));
      const decision = decideIdentity({
        identity,
        memberId: member.id,
        method: member.signInMethod,
        accountId: account?.id,
        boundTo: known?.accountId,
        others: account === undefined ? [] : projection.identities.group(account.id),
        members: account === undefined ? [] : projection.members.group(account.id),
      });
      if (!decision.allow) return { refused: decision.refusal };
      const made = account ?? newAccount(identifiers.next('account', draft.now), member, draft.now);
      const done = finish(draft, setup, { accountId: made.id, wish });
      if ('problem' in done) return done;
      const seen = desk.seenAt(made, wish.address);
      if (account === undefined) draft.insert('account', seen);
      else if (seen !== account) draft.update('account', seen);
      for (const former of decision.unbind) draft.delete('accountIdentity', former);
      if (known === undefined) {
        const { issuer, subject, provider } = identity;
        draft.insert('accountIdentity', { issuer, subject, provider, accountId: seen.id, createdAt: draft.now });
      }
      return done;
    },
  };
}

const changedMeanwhile: ProblemAnswer = {
  problem: createProblem('conflict', { detail: 'The account changed in the meantime; open the link again.' }),
};

function ssoRequired(method: SignInMethod): Problem {
  return createProblem('sso-required', { method });
}

function newAccount(id: AccountId, { email, emailKey }: Row<'member'>, now: Instant): Row<'account'> {
  return { id, email, emailKey, passwordHash: null, knownAddresses: [], createdAt: now };
}
