import { AbilityBuilder, createMongoAbility, type MongoAbility, subject } from '@casl/ability';
import {
  type Action,
  createPermissionModel,
  decidePermission,
  type HospitalityStanding,
  hospitalityMatrix,
  hospitalityStandings,
} from '@latchwork/core';
import type { Query, Sample } from './sample-organization.js';

/** One way to answer the questions. `run` is the loop that is timed: each has its own, so that none slows another. */
export interface Contender {
  readonly name: string;
  readonly decide: (query: Query) => boolean;
  /** Answers all questions and returns how many were allowed. */
  readonly run: (queries: readonly Query[]) => number;
}

/** Every standing's allowed actions, read from the matrix and not from our decisions. */
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

/** How an action of ours is said to CASL: a verb and the type of what it is done to. */
type CaslTerms = (action: Action) => readonly [verb: string, subjectType: string];

function createCaslContender(sample: Sample, name: string, say: CaslTerms): Contender {
  const allowed = allowedActions();
  const terms = new Map<Action, readonly [verb: string, subjectType: string]>();
  for (const action of Object.keys(hospitalityMatrix) as Action[]) terms.set(action, say(action));
  const bySubject = new Map<HospitalityStanding, Map<string, string[]>>();
  for (const [standing, actions] of allowed) {
    const verbs = new Map<string, string[]>();
    for (const [verb, subjectType] of actions.map(say))
      verbs.set(subjectType, [...(verbs.get(subjectType) ?? []), verb]);
    bySubject.set(standing, verbs);
  }
  const abilities = new Map<string, MongoAbility>();
  for (const { memberId, state, organizationOwner, assignments } of sample.memberships) {
    const { can, build } = new AbilityBuilder<MongoAbility>(createMongoAbility);
    if (state === 'active' && organizationOwner) {
      for (const [subjectType, verbs] of bySubject.get('organization_owner') ?? []) can(verbs, subjectType);
    }
    for (const { propertyId, role } of state === 'active' && !organizationOwner ? assignments : []) {
      for (const [subjectType, verbs] of bySubject.get(role) ?? []) can(verbs, subjectType, { propertyId });
    }
    abilities.set(memberId, build());
  }
  const decide = ({ memberId, action, propertyId }: Query): boolean => {
    const [verb, subjectType] = terms.get(action) ?? ['', ''];
    return abilities.get(memberId)?.can(verb, subject(subjectType, { propertyId })) ?? false;
  };
  return {
    name,
    decide,
    run: (queries) => {
      let count = 0;
      for (const query of queries) if (decide(query)) count += 1;
      return count;
    },
  };
}

/**
 * CASL as its guide has it: one ability per member, built once and kept; verbs on types of things, with a condition on the
 * property; the subject helper, since our things are plain objects.
 */
export function createCasl(sample: Sample): Contender {
  return createCaslContender(sample, '@casl/ability', (action) => {
    const [noun = '', verb = ''] = action.split('.');
    // To CASL, "manage" means any verb.
    return [verb === 'manage' ? 'administer' : verb, noun];
  });
}

/** CASL with the fewest rules we found to say the same: everything is done to a property, one rule per assignment. */
export function createTerseCasl(sample: Sample): Contender {
  return createCaslContender(sample, '@casl/ability, terse', (action) => [action, 'property']);
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
