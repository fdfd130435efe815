import { createProblem, type Problem, type Route } from '@latchwork/contract';
import { type Action, decidePermission, type HospitalityAction, type PermissionDecision } from '@latchwork/core';
import { explain } from '@latchwork/core/explain';
import type { MemberPrincipal, Principal } from '../access/principal.js';
import type { Projection } from '../store/projection.js';
import type { Permission, ProblemAnswer } from './call.js';
import { checkConditions } from './conditions.js';
import type { Place } from './place.js';

/** The answer for what does not exist and for what the caller may not know of: one and the same (G10). */
export const notFound: ProblemAnswer = { problem: createProblem('not-found', {}) };

/** Whether the caller is of the kind the route is for; the problem when not. */
export function checkCaller(route: Route, principal: Principal | undefined): ProblemAnswer | undefined {
  if (route.auth === 'none') return undefined;
  if (principal === undefined) {
    return { problem: createProblem('unauthenticated', {}), headers: { 'www-authenticate': 'Bearer' } };
  }
  const fits =
    route.auth === 'operator'
      ? principal.kind === 'operator'
      : principal.kind === 'session' || (principal.kind === 'api-key' && route.auth === 'session-or-api-key');
  if (fits) return undefined;
  const explanation = `This call is not for ${callerNames[principal.kind]}.`;
  return { problem: createProblem('forbidden', { because: 'caller-kind', explanation, detail: explanation }) };
}

const callerNames = { operator: 'the operator key', session: 'a signed-in member', 'api-key': 'an API key' } as const;

/** A permission, or the problem that stands for its lack. */
export type Authorization = { readonly permission: Permission | undefined } | ProblemAnswer;

/**
 * Asks core whether the caller may do what the route does at the place. What belongs to another organization, or to a
 * property the caller is not assigned to, does not exist for the caller (G10). The conditions of a permission hold too.
 */
export function authorize(
  projection: Projection,
  question: {
    readonly route: Route;
    readonly caller: MemberPrincipal;
    readonly place: Place;
    readonly body: unknown;
  },
): Authorization {
  const { route, caller, place, body } = question;
  const { organization, property } = place;
  if (organization !== undefined && organization.id !== caller.member.organizationId) return notFound;
  if (route.action === null) return { permission: undefined };
  const action = ownAction(route.action, { caller, place, body });
  const decision = decidePermission(projection.permissions, {
    memberId: caller.member.id,
    action,
    propertyId: property?.id,
  });
  if (decision.allow) {
    return checkConditions({ projection, permission: decision, place, body }) ?? { permission: decision };
  }
  if (decision.because === 'not-assigned') return notFound;
  return { problem: forbidden(decision) };
}

/** The problem of a denied permission: the missing permission by name, the caller's role and who could (G6, G54). */
export function forbidden(denied: Extract<PermissionDecision, { readonly allow: false }>): Problem {
  const { because, action, role, whoCould } = denied;
  const explanation = explain(denied);
  return createProblem('forbidden', {
    because,
    explanation,
    detail: explanation,
    action,
    role,
    whoCould: [...whoCould],
  });
}

/** Per action of a route, the twin that decides about the caller's own Key (G30, G31). */
export const ownActions = {
  'key.create_for_others': 'key.create_for_self',
  'key.edit_others': 'key.edit_own',
} as const satisfies Partial<Record<HospitalityAction, HospitalityAction>>;

/** The action that decides: the route's, or its twin where the Key is the caller's own. */
function ownAction(
  action: Action,
  { caller, place, body }: { readonly caller: MemberPrincipal; readonly place: Place; readonly body: unknown },
): Action {
  const { id } = caller.member;
  if (action === 'key.create_for_others') {
    const holderId = (body as { readonly holderId?: unknown } | undefined)?.holderId;
    return holderId === id ? ownActions[action] : action;
  }
  if (action === 'key.edit_others') return place.accessKey?.creatorId === id ? ownActions[action] : action;
  return action;
}
