import { createProblem } from '@latchwork/contract';
import type { Condition } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import { standingOf } from '../unlock/unlock-state.js';
import type { Permission, ProblemAnswer } from './call.js';
import type { Place } from './place.js';

/** What a condition of a permission is judged by. */
export interface ConditionFacts {
  readonly projection: Projection;
  readonly permission: Permission;
  readonly place: Place;
  /** The body of the request, checked against its route. */
  readonly body: unknown;
}

/** Who makes a condition hold: a check before the handler runs, or another part of the portal, named with its reason. */
export type ConditionEnforcer =
  | { readonly at: 'authorization'; readonly check: (facts: ConditionFacts) => ProblemAnswer | undefined }
  | { readonly at: 'elsewhere'; readonly reason: string };

/** Longest stay for which a Key may be given under `within-door-range`, as long as properties cannot set their own (★10). */
export const longestStayMs = 31 * 24 * 60 * 60 * 1000;

/**
 * The enforcer of each condition that a route's permission can carry. A condition without one is refused, so that an
 * action that gets a new condition is closed until somebody sees to it.
 */
export const conditionEnforcers: Readonly<Partial<Record<Condition, ConditionEnforcer>>> = {
  'within-door-range': { at: 'authorization', check: checkDoorRange },
  'within-ceiling': { at: 'elsewhere', reason: 'createMember asks decideGrant about the role it gives' },
  audited: { at: 'elsewhere', reason: 'createKey writes an audit entry with its actor for every Key' },
  'unless-last': { at: 'elsewhere', reason: 'decidePeople asks the one guard of the last of a role on every path' },
  'sso-needs-pro': { at: 'elsewhere', reason: 'decidePeople and decideSignIn ask the plan' },
  'unless-hidden': { at: 'elsewhere', reason: 'a property has no setting yet that hides its audit from a role' },
};

/** Checks what a permission leaves open; the problem when a condition does not hold or nobody enforces it. */
export function checkConditions(facts: ConditionFacts): ProblemAnswer | undefined {
  for (const condition of facts.permission.conditions) {
    const enforcer = conditionEnforcers[condition];
    if (enforcer === undefined) return refuse(condition, 'What this permission depends on cannot be checked here.');
    const problem = enforcer.at === 'authorization' ? enforcer.check(facts) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Keys for guests only, and for a stay (★10). A holder with a standing on the property is staff, not a guest; a property
 * cannot name a door range yet, so no Key for staff is within one, whatever its doors and its period.
 */
function checkDoorRange({ projection, permission, place, body }: ConditionFacts): ProblemAnswer | undefined {
  const { holderId, startsAt, endsAt } = body as KeyRequest;
  const holder = projection.members.get(holderId);
  const { property } = place;
  const isStaff = holder !== undefined && property && standingOf(projection, holder.id, property.id) !== null;
  const isStay = endsAt !== null && Date.parse(endsAt) - Date.parse(startsAt) <= longestStayMs;
  if (!isStaff && isStay) return undefined;
  const days = longestStayMs / (24 * 60 * 60 * 1000);
  const who = permission.role === 'team' ? 'Team' : 'This role';
  const rule = `${who} may give a Key to a guest only, for a stay of at most ${days} days.`;
  return refuse('within-door-range', `${rule} Ask an Owner or General Manager for any other Key.`);
}

type KeyRequest = {
  readonly holderId: Parameters<Projection['members']['get']>[0];
  readonly startsAt: string;
  readonly endsAt: string | null;
};

function refuse(because: Condition, explanation: string): ProblemAnswer {
  return { problem: createProblem('forbidden', { because, explanation, detail: explanation }) };
}
