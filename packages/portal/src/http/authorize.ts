import { createProblem, type OperationId, operationScopes, type Problem, type Route } from '@latchwork/contract';
import {
  type Action,
  type AppId,
  decidePermission,
  type HospitalityAction,
  type PermissionDecision,
  type PropertyId,
} from '@latchwork/core';
import { explain } from '@latchwork/core/explain';
import { isTop, whoCouldIn } from '@latchwork/core/people';
import type { MemberPrincipal, Principal } from '../access/principal.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { Permission, ProblemAnswer } from './call.js';
import { checkConditions } from './conditions.js';
import type { Place } from './place.js';

/** The answer for what does not exist and for what the caller may not know of: one and the same (G10). */
export const notFound: ProblemAnswer = { problem: createProblem('not-found', {}) };

/**
 * Whether the caller is of the kind the route is for, and a program's token covers the call; the problem when not. It looks
 * at no place, so that its answer tells nothing about what there is.
 */
export function checkCaller(
  projection: Projection,
  { operation, route }: { readonly operation: OperationId; readonly route: Route },
  principal: Principal | undefined,
): ProblemAnswer | undefined {
  if (route.auth === 'none') return undefined;
  if (principal === undefined) {
    return { problem: createProblem('unauthenticated', {}), headers: { 'www-authenticate': 'Bearer' } };
  }
  const fits =
    route.auth === 'operator'
      ? principal.kind === 'operator'
      : principal.kind === 'session' || (principal.kind !== 'operator' && operationScopes[operation] !== null);
  if (fits) return principal.kind === 'operator' ? undefined : checkProgram(projection, operation, principal);
  const explanation = `This call is not for ${callerNames[principal.kind]}.`;
  return { problem: createProblem('forbidden', { because: 'caller-kind', explanation, detail: explanation }) };
}

const callerNames = {
  operator: 'the operator key',
  session: 'a signed-in member',
  'api-key': 'an API key',
  app: 'an app',
} as const;

/** A program's token has to cover the call, and an app has to be allowed on its property right now (G33, C7). */
function checkProgram(
  projection: Projection,
  operation: OperationId,
  caller: MemberPrincipal,
): ProblemAnswer | undefined {
  if (caller.scopes === null) return undefined;
  const scope = operationScopes[operation];
  if (scope !== null && !caller.scopes.includes(scope)) {
    const detail = `This call needs the scope "${scope}", which the token does not have.`;
    const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
    return { problem: createProblem('scope-missing', { scope, detail }), headers: { 'www-authenticate': challenge } };
  }
  const { appGrant } = caller;
  // An unlock goes on to core, which refuses it for the same reason, and the denied attempt is on record (P-17).
  if (appGrant === undefined || operation === 'unlockEntrance' || operation === 'openTunnel') return undefined;
  const property = projection.properties.get(appGrant.propertyId);
  if (property !== undefined && allowsApp(property, appGrant.appId)) return undefined;
  const explanation = 'This property has not allowed the app. An Owner or General Manager can.';
  return { problem: createProblem('channel-not-allowed', { explanation, detail: explanation }) };
}

/** Whether a property lets an app act there (G33, C7). */
export function allowsApp(property: Row<'property'>, appId: AppId): boolean {
  return property.removedAt === null && property.integratedApps.includes(appId);
}

/** A permission, or the problem that stands for its lack. */
export type Authorization = { readonly permission: Permission | undefined } | ProblemAnswer;

/**
 * Asks core whether the caller may do what the route does at the place. What belongs to another organization, or to a
 * property the caller is not assigned to, does not exist for the caller (G10). The conditions of a permission hold too.
 */
export function authorize(
  projection: Projection,
  question: {
    readonly operation: OperationId;
    readonly route: Route;
    readonly caller: MemberPrincipal;
    readonly place: Place;
    readonly body: unknown;
  },
): Authorization {
  const { operation, route, caller, place, body } = question;
  const { organization, property } = place;
  if (organization !== undefined && organization.id !== caller.member.organizationId) return notFound;
  // A token of an app knows one property; beside it there is nothing.
  if (caller.appGrant !== undefined && property?.id !== caller.appGrant.propertyId && !judgesPlace.has(operation)) {
    return notFound;
  }
  if (route.action === null) return { permission: undefined };
  const action = ownAction(route.action, { caller, place, body });
  const decision = decidePermission(projection.permissions, {
    memberId: caller.member.id,
    action,
    propertyId: property?.id,
  });
  if (decision.allow) {
    const refusal = property && checkChannel(projection, caller, property.id);
    if (refusal !== undefined) return refusal;
    return checkConditions({ projection, permission: decision, place, body }) ?? { permission: decision };
  }
  if (decision.because === 'not-assigned') return notFound;
  const permission = action === 'organization.manage' ? ownerOfTheOne(projection, caller, organization) : undefined;
  return permission === undefined
    ? { problem: forbidden(decision, projection.organizations.get(caller.member.organizationId)) }
    : { permission };
}

/** Calls without a place in their path, whose handlers look at the one property of an app's token themselves, or at none. */
const judgesPlace: ReadonlySet<OperationId> = new Set(['getMe', 'listMyKeys', 'getAttempt', 'suggestRole']);

/**
 * Whoever may not use the dashboard may not use it through a session or an API key from before either, not even to read
 * what the role may see in the Portal app (G32, ★5).
 */
export function checkChannel(
  projection: Projection,
  { member, channel }: MemberPrincipal,
  propertyId: PropertyId,
): ProblemAnswer | undefined {
  if (channel !== 'dashboard' && channel !== 'api') return undefined;
  const query = { memberId: member.id, action: 'dashboard.sign_in', propertyId } as const;
  const decision = decidePermission(projection.permissions, query);
  if (decision.allow || decision.because === 'not-assigned') return undefined;
  const explanation = `${explain(decision)} Use the Portal app.`;
  return { problem: createProblem('channel-not-allowed', { explanation, detail: explanation }) };
}

/** One property without an organization above it is managed by its Owner (G4). */
export function ownerOfTheOne(
  projection: Projection,
  { member }: MemberPrincipal,
  organization: Row<'organization'> | undefined,
): Permission | undefined {
  if (organization?.kind !== 'single_property') return undefined;
  const { id: memberId, organizationOwner } = member;
  const assignments = projection.assignments.group(memberId);
  if (!isTop(organization.kind, { organizationOwner, assignments })) return undefined;
  const query = { memberId, action: 'portal_settings.edit', propertyId: assignments[0]?.propertyId } as const;
  const decision = decidePermission(projection.permissions, query);
  return decision.allow ? decision : undefined;
}

/**
 * The problem of a denied permission: the missing permission by name, the caller's role and who could (G6, G54), of those
 * that there are in the caller's kind of organization.
 */
export function forbidden(
  denied: Extract<PermissionDecision, { readonly allow: false }>,
  organization: Pick<Row<'organization'>, 'kind'> | undefined,
): Problem {
  const { because, action, role } = denied;
  const whoCould = whoCouldIn(organization?.kind ?? 'organization', action, denied.whoCould);
  const explanation = explain({ ...denied, whoCould });
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
