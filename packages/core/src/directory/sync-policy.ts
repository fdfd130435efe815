import type { Plan, SignInMethod } from '../people/people-state.js';
import { planAllowsMethod } from '../people/plan-gate.js';
import type { DirectoryKind } from './directory-kind.js';

/** What a person decided about a conflict: the one who was a user here already, or somebody else. */
export type SyncDecision = 'same_person' | 'other_person';

/** How an organization wants its directory carried over. */
export interface SyncPolicy {
  /** Whether guests of the directory count as people to sync. */
  readonly guests: 'skip' | 'sync';
  /** How new users will sign in (S32). */
  readonly signInMethod: SignInMethod;
  /** The organization's own domains: users with an address there may be taken over by the directory. */
  readonly ownDomains: readonly string[];
  /** By the row's id: what a person decided about `recreated` and `removed-here`. */
  readonly decisions: ReadonlyMap<string, SyncDecision>;
}

const providerMethods: Readonly<Record<DirectoryKind, SignInMethod>> = {
  microsoft_365: 'sso_microsoft_365',
  google_workspace: 'sso_google',
  scim_pull: 'email_password',
  scim_push: 'email_password',
};

/** The sign-in method of synced users where nobody chose one: the directory's own, as far as the plan has it (S32). */
export function defaultSignInMethod(kind: DirectoryKind, plan: Plan): SignInMethod {
  const method = providerMethods[kind];
  return planAllowsMethod(plan, method) ? method : 'email_password';
}
