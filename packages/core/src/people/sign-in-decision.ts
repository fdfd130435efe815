import type { Channel } from '../channel.js';
import { licensedTables, standingTables, unlicensedTables } from '../decision-tables.js';
import type { Instant } from '../instant.js';
import type { MembershipState } from '../membership.js';
import type { Action, PermissionDecision } from '../permission-decision.js';
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

/** What a person finds on a channel: one dashboard shows different people different parts (S6–S8, G28). */
export type SignInPart = 'keys' | 'portal' | 'admin' | 'insights' | 'reservations';

/** Which action of the matrices opens which part of a channel. A channel is open to whom one part of it is. */
const parts: Readonly<Record<SignInChannel, Partial<Readonly<Record<SignInPart, Action>>>>> = {
  portal_app: { keys: 'unlock.portal_app' },
  dashboard: {
    portal: 'dashboard.sign_in',
    admin: 'admin_dashboard.sign_in',
    insights: 'insights.view',
    reservations: 'web_portal.use',
  },
  mobile_app: { reservations: 'mobile_app.use' },
  web_reservation_portal: { reservations: 'web_portal.use' },
  integrated_app: { keys: 'unlock.integrated_app' },
};

/** A membership that somebody who has proven who they are wants to sign in to. */
export interface SignInState {
  readonly organization: Pick<OrganizationFacts, 'plan' | 'subscriptionEndsAt'>;
  readonly member: Pick<MemberFacts, 'state' | 'organizationOwner' | 'assignments' | 'workplace' | 'signInMethod'>;
}

/** How and where they want to. */
export interface SignInWish {
  readonly channel: SignInChannel;
  /** What they have proven themselves by. */
  readonly method: SignInMethod;
  readonly at: Instant;
}

/** Why a person may not sign in to a membership. */
export type SignInRefusal =
  | { readonly because: 'not-active'; readonly state: MembershipState }
  /** S10–S12: the membership is signed in to in exactly one way. */
  | { readonly because: 'method-differs'; readonly method: SignInMethod }
  /** The plan does not contain the method any more (S11). */
  | { readonly because: 'plan-required'; readonly required: Plan; readonly plan: Plan }
  /** S39. */
  | { readonly because: 'license-required' }
  /** G32, ★5: nothing on the channel is open to the membership; `channels` are those it could sign in on. */
  | {
      readonly because: 'channel-not-allowed';
      readonly denied: Extract<PermissionDecision, { readonly allow: false }> | null;
      readonly channels: readonly SignInChannel[];
    };

/** The answer to "may this person sign in to this membership, so and here?", with what is found there. */
export type SignInDecision =
  | { readonly allow: true; readonly parts: readonly SignInPart[] }
  | { readonly allow: false; readonly refusal: SignInRefusal };

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
  const { open, denials } = answersOn(state, wish, wish.channel);
  if (open.length > 0) return { allow: true, parts: open };
  if (denials.some(({ because }) => because === 'license-required')) return refuse({ because: 'license-required' });
  const channels = signInChannels.filter(
    (other) => other !== 'integrated_app' && answersOn(state, wish, other).open.length > 0,
  );
  return refuse({ because: 'channel-not-allowed', denied: denials[0] ?? null, channels });
}

function refuse(refusal: SignInRefusal): SignInDecision {
  return { allow: false, refusal };
}

/** What the matrices answer to each part of a channel, over all of the member's roles of both schemes. */
function answersOn(state: SignInState, { at }: SignInWish, channel: SignInChannel) {
  const open = new Set<SignInPart>();
  const denials: Extract<PermissionDecision, { readonly allow: false }>[] = [];
  for (const table of tablesOf(state, at)) {
    for (const [part, action] of Object.entries(parts[channel]) as [SignInPart, Action][]) {
      const answer = table.get(action);
      if (answer?.allow === true) open.add(part);
      else if (answer !== undefined) denials.push(answer);
    }
  }
  return { open: [...open], denials };
}

function tablesOf({ member, organization }: SignInState, at: Instant) {
  const standings = member.organizationOwner
    ? (['organization_owner'] as const)
    : member.assignments.map((assignment) => assignment.role);
  const tables = standings.map((standing) => standingTables[standing]);
  const { workplace } = member;
  if (workplace === undefined) return tables;
  const licensed = isLicenseActive({ state: member.state, workplace }, organization, at);
  return [...tables, (licensed ? licensedTables : unlicensedTables)[workplace.role]];
}
