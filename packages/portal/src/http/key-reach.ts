import { createProblem } from '@latchwork/contract';
import { decidePermission } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Permission, ProblemAnswer } from './call.js';
import { seesKey } from './visibility.js';

/** The problem of a Key that is none of those that a role's permission reaches; whoever sees no such Key learns of none. */
export function outOfReach(
  projection: Projection,
  o: { readonly caller: MemberPrincipal; readonly key: Row<'accessKey'>; readonly explanation: string },
): ProblemAnswer {
  const { caller, key, explanation } = o;
  const { id: memberId } = caller.member;
  const { propertyId } = key;
  const sight = decidePermission(projection.permissions, { memberId, action: 'key.view', propertyId });
  if (!sight.allow || !seesKey(sight, memberId, key)) return notFound;
  return { problem: createProblem('forbidden', { because: 'not-own', explanation, detail: explanation }) };
}

/** Team puts cards, codes and phones on the Keys that Team has given (G30). */
export function checkAssigning(
  projection: Projection,
  o: { readonly caller: MemberPrincipal; readonly key: Row<'accessKey'>; readonly permission: Permission | undefined },
): ProblemAnswer | undefined {
  const { caller, key, permission } = o;
  if (permission?.scope !== 'own' || key.creatorId === caller.member.id) return undefined;
  const rule = 'This role may do so only with Keys that it gave itself.';
  return outOfReach(projection, { caller, key, explanation: `${rule} Ask an Owner or General Manager.` });
}
