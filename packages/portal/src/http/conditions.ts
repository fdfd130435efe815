import { createProblem } from '@latchwork/contract';
import type { Condition, EntranceId } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
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

/**
 * The enforcer of each condition that a route's permission can carry. A condition without one is refused, so that an
 * action that gets a new condition is closed until somebody sees to it.
 */
export const conditionEnforcers: Readonly<Partial<Record<Condition, ConditionEnforcer>>> = {
  'within-door-range': { at: 'authorization', check: checkDoorRange },
  'within-ceiling': { at: 'elsewhere', reason: 'decidePeople asks the one grant ceiling on every path' },
  audited: { at: 'elsewhere', reason: 'createKey and revealCredential write an audit entry with its actor each time' },
  'unless-last': { at: 'elsewhere', reason: 'decidePeople asks the one guard of the last of a role on every path' },
  'sso-needs-pro': { at: 'elsewhere', reason: 'decidePeople and decideSignIn ask the plan' },
  'unless-hidden': { at: 'authorization', check: checkHidden },
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
 * Keys for doors of the property's range and for a stay no longer than it allows, whoever of others holds them (★10). No
 * range named: every door. A Key for oneself is another action, which needs approval.
 */
function checkDoorRange({ permission, place, body }: ConditionFacts): ProblemAnswer | undefined {
  const { property } = place;
  if (property === undefined) return refuse('within-door-range', 'This permission is about a property.');
  // A guest is given no door yet; the Key that does so is judged when it is given.
  if (!isKeyRequest(body)) return undefined;
  const { entranceIds, startsAt, endsAt } = body;
  const { doorRange, longestStayMs } = property.settings;
  const isStay = endsAt !== null && Date.parse(endsAt) - Date.parse(startsAt) <= longestStayMs;
  const isWithin = doorRange === null || entranceIds.every((id) => doorRange.includes(id));
  if (isStay && isWithin) return undefined;
  const who = permission.role === 'team' ? 'Team' : 'This role';
  const doors = doorRange === null ? '' : ' only for the doors that this property has opened to it, and';
  const rule = `${who} may give a Key${doors} for at most ${lengthOf(longestStayMs)}.`;
  return refuse('within-door-range', `${rule} Ask an Owner or General Manager for any other Key.`);
}

type KeyRequest = {
  readonly entranceIds: readonly EntranceId[];
  readonly startsAt: string;
  readonly endsAt: string | null;
};

function isKeyRequest(body: unknown): body is KeyRequest {
  return typeof body === 'object' && body !== null && 'entranceIds' in body;
}

function lengthOf(ms: number): string {
  const dayMs = 24 * 60 * 60 * 1000;
  return ms % dayMs === 0 ? `${ms / dayMs} days` : `${Math.floor(ms / 60_000)} minutes`;
}

/** A property may keep its events, attempts and access review from Team (★4). */
function checkHidden({ place }: ConditionFacts): ProblemAnswer | undefined {
  if (place.property?.settings.auditHiddenFromTeam !== true) return undefined;
  return refuse('unless-hidden', 'This property hides its events from Team. An Owner or General Manager sees them.');
}

function refuse(because: Condition, explanation: string): ProblemAnswer {
  return { problem: createProblem('forbidden', { because, explanation, detail: explanation }) };
}
