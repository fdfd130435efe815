import type { Channel } from '../channel.js';
import { explain } from '../explain.js';
import type { Instant } from '../instant.js';
import type { MembershipState } from '../membership.js';
import type { PermissionDecision } from '../permission-decision.js';
import { decidePermission, type PermissionModel } from '../permission-model.js';
import { isLicenseActive } from '../workplace/access.js';
import type { MemberFacts, OrganizationFacts, Plan, SignInMethod } from './people-state.js';
import { featurePlans, planAllowsMethod } from './plan-gate.js';

/** The channels that a person signs in on; through an integrated app with an app in between (C7). */
export const signInChannels = [
  'portal_app',
  'dashboard',
  'mobile_app',
  'web_reservation_portal',
  'integrated_app',
] as const satisfies readonly Channel[];

/** One of {@link signInChannels}. */
export type SignInChannel = (typeof signInChannels)[number];

/** A membership that somebody who has proven who they are wants to sign in to. */
export interface SignInState {
  readonly organization: Pick<OrganizationFacts, 'plan' | 'subscriptionEndsAt'>;
  readonly member: MemberFacts;
  /** The roles of the hospitality scheme. */
  readonly permissions: PermissionModel;
}

/** How and where they want to. */
export interface SignInWish {
  readonly channel: SignInChannel;
  /** What they have proven themselves by. */
  readonly method: SignInMethod;
  readonly at: Instant;
}

type PermissionDenied = Extract<PermissionDecision, { readonly allow: false }>;

/** Why a person may not sign in to a membership. */
export type SignInRefusal =
  | { readonly because: 'not-active'; readonly state: MembershipState }
  /** S10–S12: the membership is signed in to in exactly one way. */
  | { readonly because: 'method-differs'; readonly method: SignInMethod }
  /** The plan does not contain the method any more (S11). */
  | { readonly because: 'plan-required'; readonly required: Plan; readonly plan: Plan }
  /** S39. */
  | { readonly because: 'license-required' }
  /** The membership has nothing to do on the channel; `channels` are those it could sign in on. */
  | {
      readonly because: 'channel-not-allowed';
      readonly denied: PermissionDenied | null;
      readonly channels: readonly SignInChannel[];
    };

/** The answer to "may this person sign in to this membership, so and here?". */
export type SignInDecision = { readonly allow: true } | { readonly allow: false; readonly refusal: SignInRefusal };

const allowed: SignInDecision = { allow: true };

/**
 * Decides on signing in: the membership is active, the method is the one of the membership and in the plan, and the
 * channel is one on which the membership has something to do. What it may do there is asked again with every request.
 */
export function decideSignIn(state: SignInState, wish: SignInWish): SignInDecision {
  const { member, organization } = state;
  if (member.state !== 'active') return refuse({ because: 'not-active', state: member.state });
  if (member.signInMethod !== wish.method) return refuse({ because: 'method-differs', method: member.signInMethod });
  if (!planAllowsMethod(organization.plan, wish.method)) {
    return refuse({ because: 'plan-required', required: featurePlans.sso, plan: organization.plan });
  }
  const refusal = refuseChannel(state, wish);
  return refusal === null ? allowed : refuse(refusal);
}

/** Says a refusal in one plain sentence. */
export function explainSignIn(refusal: SignInRefusal): string {
  switch (refusal.because) {
    case 'not-active':
      return 'The membership is not active.';
    case 'method-differs':
      return `This member signs in ${methodWords[refusal.method]}.`;
    case 'plan-required':
      return `Signing in with a provider needs the ${refusal.required} plan; this organization has ${refusal.plan}.`;
    case 'license-required':
      return 'This needs an active license; an Admin can assign one.';
    case 'channel-not-allowed': {
      const { denied, channels } = refusal;
      const instead = channels.map((channel) => channelWords[channel]).join(' or ');
      const reason = denied === null ? 'There is nothing for this member here.' : explain(denied);
      return instead === '' ? reason : `${reason} Sign in with ${instead}.`;
    }
  }
}

const methodWords: Readonly<Record<SignInMethod, string>> = {
  email_password: 'with e-mail address and password',
  sso_google: 'with Google',
  sso_microsoft_365: 'with Microsoft 365',
};

const channelWords: Readonly<Record<SignInChannel, string>> = {
  portal_app: 'the Portal app',
  dashboard: 'the dashboard',
  mobile_app: 'the mobile booking app',
  web_reservation_portal: 'the web reservation portal',
  integrated_app: 'an integrated app',
};

function refuse(refusal: SignInRefusal): SignInDecision {
  return { allow: false, refusal };
}

function refuseChannel(state: SignInState, wish: SignInWish): SignInRefusal | null {
  const { member } = state;
  const { channel } = wish;
  const isTeam = member.organizationOwner || member.assignments.length > 0;
  const role = member.workplace?.role;
  const otherwise = (denied: PermissionDenied | null): SignInRefusal => ({
    because: 'channel-not-allowed',
    denied,
    channels: signInChannels.filter(
      (other) => other !== channel && other !== 'integrated_app' && opens(state, { ...wish, channel: other }),
    ),
  });
  switch (channel) {
    case 'portal_app':
    case 'integrated_app':
      return isTeam ? null : otherwise(null);
    case 'mobile_app':
    case 'web_reservation_portal':
      if (role === undefined) return otherwise(null);
      return hasLicense(state, wish) ? null : { because: 'license-required' };
    case 'dashboard': {
      const denied = dashboardDenial(state);
      // An Admin administers without a license, so that an expired subscription locks nobody out (S39).
      if (denied === undefined || role === 'admin' || (role !== undefined && hasLicense(state, wish))) return null;
      return role === undefined || isTeam ? otherwise(denied) : { because: 'license-required' };
    }
  }
}

function opens(state: SignInState, wish: SignInWish): boolean {
  switch (wish.channel) {
    case 'portal_app':
      return state.member.organizationOwner || state.member.assignments.length > 0;
    case 'dashboard':
      return dashboardDenial(state) === undefined || hasLicense(state, wish);
    default:
      return state.member.workplace !== undefined && hasLicense(state, wish);
  }
}

function hasLicense({ member, organization }: SignInState, { at }: SignInWish): boolean {
  return isLicenseActive({ state: member.state, workplace: member.workplace ?? null }, organization, at);
}

/** Why no role of the team lets the member into the dashboard (G32, ★5); `null` for who has none, `undefined`: one does. */
function dashboardDenial({ member, permissions }: SignInState): PermissionDenied | null | undefined {
  if (member.organizationOwner) return undefined;
  let first: PermissionDenied | null = null;
  for (const { propertyId } of member.assignments) {
    const decision = decidePermission(permissions, {
      memberId: member.memberId,
      action: 'dashboard.sign_in',
      propertyId,
    });
    if (decision.allow) return undefined;
    first ??= decision;
  }
  return first;
}
