import type { AccountId, MemberId, SignInMethod } from '@latchwork/core';
import type { Row } from '../store/store.js';

/** Who an identity provider says that somebody is. Never an e-mail address: those change hands. */
export interface ProvenIdentity {
  readonly provider: Exclude<SignInMethod, 'email_password'>;
  readonly issuer: string;
  /** Google's `sub`; Microsoft's `oid`, whose tenant stands in the issuer. */
  readonly subject: string;
}

/** Why an identity cannot be bound to a membership. */
export type IdentityRefusal =
  /** S12: the membership is signed in to in another way. */
  | { readonly because: 'method-differs'; readonly method: SignInMethod }
  /** The identity belongs to an account with another address. */
  | { readonly because: 'identity-in-use' }
  /** The address signs in elsewhere with another identity of the same provider. */
  | { readonly because: 'another-identity' };

/** What a binding is decided on. */
export interface IdentityFacts {
  readonly identity: ProvenIdentity;
  /** The member whose set-up link was opened, and the way it signs in. */
  readonly memberId: MemberId;
  readonly method: SignInMethod;
  /** The account of the member's address; absent when there is none yet. */
  readonly accountId: AccountId | undefined;
  /** The account that the identity is bound to. */
  readonly boundTo: AccountId | undefined;
  /** Identities of the account of the address. */
  readonly others: readonly Row<'accountIdentity'>[];
  /** Memberships of the account of the address. */
  readonly members: readonly Pick<Row<'member'>, 'id' | 'state' | 'signInMethod'>[];
}

/** The answer: bind it, and unbind those that nothing needs any more; or not. */
export type IdentityDecision =
  | { readonly allow: true; readonly unbind: readonly Row<'accountIdentity'>[] }
  | { readonly allow: false; readonly refusal: IdentityRefusal };

/**
 * Decides whether a set-up link binds an identity. Whoever holds the link reads the mail of the member's address, and the
 * account has that address: so an identity of another account is refused, and so is a second identity while another
 * membership signs in by the first, for its organization never let the second one in.
 */
export function decideIdentity(facts: IdentityFacts): IdentityDecision {
  const { identity, method, memberId, accountId, boundTo, others, members } = facts;
  const { provider } = identity;
  if (method !== provider) return { allow: false, refusal: { because: 'method-differs', method } };
  if (boundTo !== undefined && boundTo !== accountId) return { allow: false, refusal: { because: 'identity-in-use' } };
  if (boundTo !== undefined) return { allow: true, unbind: [] };
  const former = others.filter((other) => other.provider === provider);
  const isNeeded = members.some(
    ({ id, state, signInMethod }) => id !== memberId && state !== 'removed' && signInMethod === provider,
  );
  if (former.length > 0 && isNeeded) return { allow: false, refusal: { because: 'another-identity' } };
  return { allow: true, unbind: former };
}
