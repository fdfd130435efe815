import { AbilityBuilder, createMongoAbility, type MongoAbility, subject } from '@casl/ability';
import {
  type Action,
  createPermissionModel,
  decidePermission,
  type HospitalityStanding,
  hospitalityMatrix,
  hospitalityStandings,
  type Membership,
} from '@latchwork/core';
import type { Query, Sample } from './sample-organization.js';

/** One way to answer the questions. `run` is the loop that is timed: each has its own, so that none slows another. */
export interface Contender {
  readonly name: string;
  readonly decide: (query: Query) => boolean;
  /** Answers all questions and returns how many were allowed. */
  readonly run: (queries: readonly Query[]) => number;
}

const standingOf = (membership: Membership, role: HospitalityStanding): HospitalityStanding =>
  membership.organizationOwner ? 'organization_owner' : role;

/** Every standing's allowed actions, read from the answers of the model for a hotel of six. */
function allowedActions(): ReadonlyMap<HospitalityStanding, readonly Action[]> {
  const actions = Object.keys(hospitalityMatrix) as Action[];
  const denials = new Set(['deny', 'none', 'approval', 'app-only', 'commissioning']);
  return new Map(
    hospitalityStandings.map((standing, column) => [
      standing,
      actions.filter((action) => {
        const cell = hospitalityMatrix[action as keyof typeof hospitalityMatrix][column];
        return cell !== undefined && !denials.has(cell.split('*')[0] ?? '');
      }),
    ]),
  );
}

/** Ours: a decision with its reason. The reason is read too, or it would not be part of what is measured. */
export function createOurs(sample: Sample): Contender & { readonly reasonLength: () => number } {
  const model = createPermissionModel(sample);
  let reasons = 0;
  return {
    name: '@latchwork/core',
    decide: (query) => decidePermission(model, query).allow,
    run: (queries) => {
      let allowed = 0;
      let length = 0;
      for (const query of queries) {
        const decision = decidePermission(model, query);
        if (decision.allow) {
          allowed += 1;
          length += decision.scope.length;
        } else length += decision.because.length;
      }
      reasons += length;
      return allowed;
    },
    reasonLength: () => reasons,
  };
}

/**
 * CASL as its guide has it: one ability per member, built once and kept; conditions on the property; the subject helper
 * for plain objects. One rule names all actions of a role on its properties, the form with the fewest rules to try.
 */
export function createCasl(sample: Sample): Contender {
  const allowed = allowedActions();
  const abilities = new Map<string, MongoAbility>();
  for (const membership of sample.memberships) {
    const { can, build } = new AbilityBuilder<MongoAbility>(createMongoAbility);
    if (membership.state === 'active' && membership.organizationOwner) {
      can([...(allowed.get('organization_owner') ?? [])], 'Property');
    }
    for (const { propertyId, role } of membership.state === 'active' ? membership.assignments : []) {
      can([...(allowed.get(standingOf(membership, role)) ?? [])], 'Property', { propertyId });
    }
    abilities.set(membership.memberId, build());
  }
  const decide = ({ memberId, action, propertyId }: Query): boolean =>
    abilities.get(memberId)?.can(action, subject('Property', { propertyId })) ?? false;
  return {
    name: '@casl/ability',
    decide,
    run: (queries) => {
      let count = 0;
      for (const query of queries) if (decide(query)) count += 1;
      return count;
    },
  };
}

/** The limit: the simplest table keyed by strings that says allow or deny, and nothing about why. */
export function createTable(sample: Sample): Contender {
  const roles = new Map<string, string>();
  const permitted = new Set<string>();
  for (const [standing, actions] of allowedActions())
    for (const action of actions) permitted.add(`${standing}|${action}`);
  for (const { memberId, state, organizationOwner, assignments } of sample.memberships) {
    if (state !== 'active') continue;
    if (organizationOwner) {
      for (const { propertyId } of sample.properties) roles.set(`${memberId}|${propertyId}`, 'organization_owner');
    }
    for (const { propertyId, role } of assignments) {
      if (!organizationOwner) roles.set(`${memberId}|${propertyId}`, role);
    }
  }
  const decide = ({ memberId, action, propertyId }: Query): boolean => {
    const role = roles.get(`${memberId}|${propertyId}`);
    return role !== undefined && permitted.has(`${role}|${action}`);
  };
  return {
    name: 'string-keyed table',
    decide,
    run: (queries) => {
      let count = 0;
      for (const query of queries) if (decide(query)) count += 1;
      return count;
    },
  };
}

/** The questions on which the contenders do not all say the same. */
export function findDisagreements(contenders: readonly Contender[], queries: readonly Query[]): readonly Query[] {
  return queries.filter((query) => new Set(contenders.map(({ decide }) => decide(query))).size > 1);
}
