import { createProblem, type OperationId } from '@latchwork/contract';
import { isManagedByAdmins, planActionIn } from '@latchwork/core/people';
import { bookingChannels, decideWorkplace, isWorkplaceAction } from '@latchwork/core/workplace';
import type { Projection } from '../store/projection.js';
import { workplaceMemberOf } from '../workplace/workplace-view.js';
import { type Authorization, authorize, notFound } from './authorize.js';
import type { ProblemAnswer } from './call.js';
import { checkConditions } from './conditions.js';
import { problemOfDenial } from './workplace-problem.js';

/** What a call is judged by. */
type Question = Parameters<typeof authorize>[1] & { readonly at: Parameters<typeof decideWorkplace>[2]['at'] };

/** What a booking channel is for. Each of these asks core by itself, with the channel and the license (S8, S39). */
const booking: ReadonlySet<OperationId> = new Set([
  'listDesks',
  'createReservation',
  'listReservations',
  'getReservation',
  'updateReservation',
  'cancelReservation',
]);

/** What concerns only the caller's own way in or out; it takes no license. */
const ownSignIn: ReadonlySet<OperationId> = new Set([
  'getMe',
  'deleteCurrentSession',
  'listMySessions',
  'endSession',
  'changePassword',
  'leave',
]);

/**
 * Asks core whether the caller may make a call: in the workplace by role, channel and license (S6–S8, S39), elsewhere by
 * the role on the property. A session of a booking channel reaches nothing but the booking of desks, whatever else its
 * person may do in the dashboard.
 */
export function authorizeCall(projection: Projection, question: Question): Authorization {
  const { operation, route, caller, place, body, at } = question;
  const closed = checkBookingChannel(projection, question);
  if (closed !== undefined) return closed;
  const { organization } = place;
  const isPlan = route.action === 'plan.manage' && organization !== undefined;
  const action = isPlan ? planActionIn(organization) : route.action;
  if (action === null || !isWorkplaceAction(action)) {
    const answered = authorize(projection, { ...question, route: { ...route, action } });
    return 'problem' in answered ? (adminOfTheWhole(question) ?? answered) : answered;
  }
  const reached = authorize(projection, { operation, route: { ...route, action: null }, caller, place, body });
  if ('problem' in reached) return reached;
  if (place.organization === undefined) return notFound;
  const asked = { action, channel: caller.channel, at };
  const decision = decideWorkplace(workplaceMemberOf(caller.member), place.organization, asked);
  if (!decision.allow) return { problem: problemOfDenial(decision) };
  return checkConditions({ projection, permission: decision, place, body }) ?? { permission: decision };
}

/** An organization that is a workplace and nothing else is managed by its Admins: no other scheme is there to do it (S6). */
function adminOfTheWhole({ route, caller, place, at }: Question): Authorization | undefined {
  const { organization, property } = place;
  const manages = route.action === 'organization.view' || route.action === 'organization.manage';
  if (!manages || property !== undefined || organization?.id !== caller.member.organizationId) return undefined;
  if (!isManagedByAdmins(organization)) return undefined;
  const asked = { action: 'workplace_settings.edit', channel: caller.channel, at } as const;
  const decision = decideWorkplace(workplaceMemberOf(caller.member), organization, asked);
  return decision.allow ? { permission: decision } : { problem: problemOfDenial(decision) };
}

/**
 * Why a caller may not make a call wherever it leads: the booking channel, or a role that may ask for no user of the
 * workplace at all. It looks at no place, so that its answer tells nothing about what there is (G10).
 */
export function refuseAnywhere(
  projection: Projection,
  { operation, route, caller, at }: Pick<Question, 'operation' | 'route' | 'caller' | 'at'>,
): ProblemAnswer | undefined {
  const closed = checkBookingChannel(projection, { operation, caller, at });
  if (closed !== undefined) return closed;
  const { action, path } = route;
  const organization = projection.organizations.get(caller.member.organizationId);
  if (action === null || !isWorkplaceAction(action) || !path.includes(':memberId')) return undefined;
  if (organization === undefined) return notFound;
  const decision = decideWorkplace(workplaceMemberOf(caller.member), organization, {
    action,
    channel: caller.channel,
    at,
  });
  return decision.allow ? undefined : { problem: problemOfDenial(decision) };
}

function checkBookingChannel(
  projection: Projection,
  { operation, caller, at }: Pick<Question, 'operation' | 'caller' | 'at'>,
): ProblemAnswer | undefined {
  const channel = bookingChannels.find((one) => one === caller.channel);
  if (channel === undefined || ownSignIn.has(operation)) return undefined;
  const organization = projection.organizations.get(caller.member.organizationId);
  if (organization === undefined) return notFound;
  const action = channel === 'mobile_app' ? 'mobile_app.use' : 'web_portal.use';
  const entered = decideWorkplace(workplaceMemberOf(caller.member), organization, { action, channel, at });
  if (!entered.allow) return { problem: problemOfDenial(entered) };
  if (booking.has(operation)) return undefined;
  const explanation = 'Here desks are booked, and nothing else; use the dashboard or the Portal app.';
  return { problem: createProblem('channel-not-allowed', { explanation, detail: explanation }) };
}
