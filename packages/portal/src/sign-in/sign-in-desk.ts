import { createProblem } from '@latchwork/contract';
import type { AccountId, Instant, MemberId, OrganizationId, SignInMethod } from '@latchwork/core';
import { explainSignIn } from '@latchwork/core/explain';
import { decideSignIn, type SignInChannel, type SignInRefusal, toEmailKey } from '@latchwork/core/people';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import { addressTag } from '../access/client-address.js';
import { hashPassword, isHashOutdated, verifyPassword } from '../access/password.js';
import type { SignInOrigin, SignInThrottle } from '../access/sign-in-throttle.js';
import type { ProblemAnswer } from '../http/call.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import { memberFactsOf } from '../people/people-view.js';
import type { Secret } from '../secret.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** The answer to whoever could not prove who they are: the same for a wrong password and for nobody. */
export const signInFailed: ProblemAnswer = { problem: createProblem('sign-in-failed', {}) };

/** Somebody who has proven to own an account, by its password. */
export interface ProvenOwner {
  readonly account: Row<'account'>;
  /** The same password hashed with the parameters of now. */
  readonly passwordHash: string;
  readonly address: string;
}

/** What every way to sign in has in common: proving, choosing the membership, opening the session. */
export interface SignInDesk {
  /** Counts an attempt that only a token decides; the problem when it has to wait. */
  throttle(who: SignInOrigin, at: Instant): ProblemAnswer | undefined;
  /** Checks an address and a password, as slowly as guessing has made it. */
  prove(
    given: { readonly email: string; readonly password: string; readonly address: string },
    at: Instant,
  ): Promise<ProvenOwner | ProblemAnswer>;
  /** The one membership of an account that can be signed in to so and here; the problem when it is none or several. */
  choose(
    accountId: AccountId,
    wish: {
      readonly method: SignInMethod;
      readonly channel: SignInChannel;
      readonly organizationId: OrganizationId | undefined;
    },
    at: Instant,
  ): { readonly member: Row<'member'> } | ProblemAnswer;
  /** Keeps what a success tells of an account; `undefined` when its password changed since it was proven. */
  remember(draft: Draft, proven: ProvenOwner): Row<'account'> | undefined;
  /** The account with an address at which its owner was seen just now. */
  seenAt(account: Row<'account'>, address: string): Row<'account'>;
  openSession(draft: Draft, session: Pick<Row<'session'>, 'memberId' | 'channel' | 'method'>): OpenedSession;
}

/** A new session with its token, which is shown once. */
export interface OpenedSession {
  readonly token: string;
  readonly session: Row<'session'>;
}

const mostKnownAddresses = 16;

// A dashboard stands open on a desk; an app is on its owner's own phone.
const longMs = 30 * 24 * 60 * 60 * 1000;
const shortMs = 12 * 60 * 60 * 1000;
const lifetimesMs: Readonly<Partial<Record<Row<'session'>['channel'], number>>> = {
  portal_app: longMs,
  mobile_app: longMs,
};

/** Creates the desk. */
export function createSignInDesk(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly throttle: SignInThrottle;
  readonly sealingKey: Secret;
}): SignInDesk {
  const { projection, identifiers, throttle, sealingKey } = parts;
  const tagOf = (account: Row<'account'>, address: string) => addressTag(sealingKey, account.id, address);

  const heard: SignInDesk['throttle'] = (who, at) => {
    const waitMs = throttle.waitMs(who, at);
    if (waitMs === 0) return undefined;
    const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
    return { problem: createProblem('rate-limited', {}), headers };
  };

  const seenAt: SignInDesk['seenAt'] = (account, address) => {
    const tag = tagOf(account, address);
    if (account.knownAddresses[0] === tag) return account;
    const others = account.knownAddresses.filter((known) => known !== tag);
    return { ...account, knownAddresses: [tag, ...others].slice(0, mostKnownAddresses) };
  };

  const chooseOne = (memberId: MemberId, wish: Parameters<SignInDesk['choose']>[1], at: Instant) => {
    const member = projection.members.get(memberId);
    const organization = member && projection.organizations.get(member.organizationId);
    if (member === undefined || organization === undefined) return undefined;
    const facts = { organization, member: memberFactsOf(projection, member) };
    return { member, organization, decision: decideSignIn(facts, { ...wish, at }) };
  };

  return {
    throttle: heard,
    seenAt,

    prove: async ({ email, password, address }, at) => {
      const emailKey = toEmailKey(email);
      const account = projection.accounts.byUnique(emailKey);
      const isKnown = account?.knownAddresses.includes(tagOf(account, address)) ?? false;
      const who = { address, account: emailKey, isKnown };
      const tooFast = heard(who, at);
      if (tooFast !== undefined) return tooFast;
      const right = await verifyPassword(account?.passwordHash, password);
      if (account?.passwordHash == null || !right) return signInFailed;
      throttle.succeeded(who, at);
      const { passwordHash } = account;
      return {
        account,
        passwordHash: isHashOutdated(passwordHash) ? await hashPassword(password) : passwordHash,
        address,
      };
    },

    choose: (accountId, wish, at) => {
      const found = projection.members
        .group(accountId)
        .filter(({ organizationId }) => wish.organizationId === undefined || organizationId === wish.organizationId)
        .flatMap(({ id }) => chooseOne(id, wish, at) ?? []);
      const open = found.filter(({ decision }) => decision.allow);
      const [first, second] = open;
      if (first !== undefined && second === undefined) return { member: first.member };
      if (first !== undefined) {
        const organizations = open.map(({ organization: { id, name } }) => ({ id, name }));
        return { problem: createProblem('organization-required-to-sign-in', { organizations }) };
      }
      const refusals = found.flatMap(({ decision }) => (decision.allow ? [] : [decision.refusal]));
      return problemOfRefusals(refusals);
    },

    remember: (draft, { account, passwordHash, address }) => {
      const current = projection.accounts.get(account.id);
      if (current === undefined || current.passwordHash !== account.passwordHash) return undefined;
      const seen = seenAt({ ...current, passwordHash }, address);
      const isSame = current.passwordHash === passwordHash && current.knownAddresses === seen.knownAddresses;
      if (!isSame) draft.update('account', seen);
      return seen;
    },

    openSession: (draft, { memberId, channel, method }) => {
      const token = makeToken('session');
      const session: Row<'session'> = {
        id: identifiers.next('session', draft.now),
        tokenHash: tokenHash(token),
        ...{ memberId, channel, method },
        createdAt: draft.now,
        expiresAt: (draft.now + (lifetimesMs[channel] ?? shortMs)) as Instant,
        endedAt: null,
        endedBecause: null,
      };
      draft.insert('session', session);
      const member = projection.members.get(memberId);
      if (member === undefined) throw new Error(`Member ${memberId} signs in and does not exist.`);
      draft.audit(member.organizationId, {
        action: 'session.created',
        actor: { kind: 'member', memberId, channel },
        subject: { sessionId: session.id, method },
      });
      return { token, session };
    },
  };
}

/** A membership that is over, or signs in another way, is not spoken of: whoever asks has not proven to be its owner that way. */
function problemOfRefusals(refusals: readonly SignInRefusal[]): ProblemAnswer {
  const told = refusals.find(({ because }) => because !== 'not-active' && because !== 'method-differs');
  if (told === undefined) return signInFailed;
  const explanation = explainSignIn(told);
  switch (told.because) {
    case 'plan-required': {
      const { required, plan } = told;
      return { problem: createProblem('plan-required', { required, plan, detail: explanation }) };
    }
    case 'license-required':
    case 'channel-not-allowed':
      return { problem: createProblem(told.because, { explanation, detail: explanation }) };
    default:
      return signInFailed;
  }
}
