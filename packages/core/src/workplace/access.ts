import type { Channel } from '../channel.js';
import { inactiveTables, licensedTables, notAssignedTable, unlicensedTables } from '../decision-tables.js';
import type { Instant } from '../instant.js';
import type { MembershipState } from '../membership.js';
import type { PermissionDecision } from '../permission-decision.js';
import type { WorkplaceRole } from '../role.js';
import { type WorkplaceAction, workplaceMatrix } from '../workplace-matrix.js';

/** What a decision in the workplace scheme needs to know of the member who asks. */
export interface WorkplaceMember {
  readonly state: MembershipState;
  /** `null`: no place in the workplace scheme. */
  readonly workplace: { readonly role: WorkplaceRole; readonly licensed: boolean } | null;
}

/** What a license of an organization is worth now. */
export interface WorkplaceSubscription {
  /** From this instant on no license is active (S39); `null`: without end. */
  readonly subscriptionEndsAt: Instant | null;
}

/** The channels of people who book: each needs a license, whatever the role (S1, S39). */
export const bookingChannels = ['mobile_app', 'web_reservation_portal'] as const satisfies readonly Channel[];

const entry = {
  mobile_app: 'mobile_app.use',
  web_reservation_portal: 'web_portal.use',
} as const satisfies Record<(typeof bookingChannels)[number], WorkplaceAction>;

// The web reservation portal is the reservation part of the dashboard, so what is asked there can be asked here (S8).
const reservations = [...bookingChannels, 'dashboard'] as const;
const administration = ['dashboard', 'api'] as const;

/**
 * On which channels each action can be asked for: reservations wherever people book, others' reservations and insights
 * in the dashboard alone (S7), administration there and by a program (S3, S6).
 */
export const workplaceChannels = {
  'admin_dashboard.sign_in': ['dashboard'],
  'web_portal.use': ['web_reservation_portal'],
  'mobile_app.use': ['mobile_app'],
  'reservation.create_own': reservations,
  'reservation.edit_own': reservations,
  'reservation.manage': ['dashboard'],
  'insights.view': ['dashboard'],
  'user.list': administration,
  'user.invite': administration,
  'desk.assign': administration,
  'user.set_sign_in_method': administration,
  'license.assign': administration,
  'user.manage': administration,
  'directory.integrate': administration,
  'directory.review': administration,
  'directory.sync': administration,
  'plan.manage': administration,
  'workplace_settings.edit': administration,
  'directory_sync.apply': [],
} as const satisfies Record<WorkplaceAction, readonly Channel[]>;

/** The right action on the wrong channel. */
export interface WorkplaceChannelDenial {
  readonly allow: false;
  readonly because: 'channel-not-allowed';
  readonly action: WorkplaceAction;
  readonly role: WorkplaceRole;
  readonly channel: Channel;
  /** Where it could be asked for. */
  readonly channels: readonly Channel[];
}

/** The answer to "may this member … on this channel, now?". */
export type WorkplaceDecision = PermissionDecision | WorkplaceChannelDenial;

/** A decision of the workplace scheme that says no. */
export type WorkplaceDenial = Extract<WorkplaceDecision, { readonly allow: false }>;

/** Tells whether the subscription has ended, so that no license is active (S39). */
export function isSubscriptionLapsed({ subscriptionEndsAt }: WorkplaceSubscription, at: Instant): boolean {
  return subscriptionEndsAt !== null && at >= subscriptionEndsAt;
}

/** Tells whether a member's license counts now: assigned, and the subscription has not lapsed (S39). */
export function isLicenseActive(member: WorkplaceMember, subscription: WorkplaceSubscription, at: Instant): boolean {
  return member.workplace?.licensed === true && !isSubscriptionLapsed(subscription, at);
}

/** Tells whether an action belongs to the workplace scheme. */
export function isWorkplaceAction(action: string): action is WorkplaceAction {
  return Object.hasOwn(workplaceMatrix, action);
}

/**
 * Answers "may this member do this on this channel, now?" in the workplace scheme. Asked on every request, so that a
 * license that is given or taken counts within a session that is already open (S39). On a booking channel the license
 * comes before everything else.
 */
export function decideWorkplace(
  member: WorkplaceMember,
  subscription: WorkplaceSubscription,
  asked: { readonly action: WorkplaceAction; readonly channel: Channel; readonly at: Instant },
): WorkplaceDecision {
  const { action, channel, at } = asked;
  const decide = (name: WorkplaceAction): PermissionDecision => {
    const licensed = isLicenseActive(member, subscription, at) ? licensedTables : unlicensedTables;
    const table =
      inactiveTables.get(member.state) ??
      (member.workplace === null ? notAssignedTable : licensed[member.workplace.role]);
    // Every table has every action of the scheme.
    return table.get(name) as PermissionDecision;
  };
  if (channel === 'mobile_app' || channel === 'web_reservation_portal') {
    const entered = decide(entry[channel]);
    if (!entered.allow) return entered;
  }
  const decision = decide(action);
  const channels: readonly Channel[] = workplaceChannels[action];
  if (!decision.allow || member.workplace === null || channels.includes(channel)) return decision;
  return { allow: false, because: 'channel-not-allowed', action, role: member.workplace.role, channel, channels };
}
