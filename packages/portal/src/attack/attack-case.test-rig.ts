import type { ProblemCode } from '@latchwork/contract';
import {
  type decidePermission,
  type HospitalityAction,
  type HospitalityStanding,
  hospitalityStandings,
  type WorkplaceAction,
  type WorkplaceRole,
} from '@latchwork/core';
import { canGrant } from '@latchwork/core/people';
import { standingOfVictim } from './attack-requests.test-rig.js';
import type { Target } from './attack-targets.test-rig.js';
import { type PlaceName, places, type Standings } from './attack-world.test-rig.js';

/** Who calls with which token. */
export interface Caller {
  readonly label: string;
  readonly kind: 'session' | 'api-key' | 'app' | 'operator' | 'nobody';
  readonly channel: 'portal_app' | 'dashboard' | 'mobile_app' | 'api' | 'integrated_app' | null;
  readonly token: string | undefined;
  readonly memberId: string;
  readonly standings: Standings;
  readonly workplace: WorkplaceRole | null;
}

/** What a request has to come to: done, the code of a problem, or that of a batch's first row. */
export type Verdict = 'allowed' | ProblemCode | `batch-refused:${ProblemCode}`;

/** One request as the rules see it; `ask` is core. */
export interface Case {
  readonly caller: Caller;
  readonly target: Target;
  readonly ask: (caller: Caller, action: HospitalityAction, place?: PlaceName) => ReturnType<typeof decidePermission>;
}

/** What becomes of a request to one route that passed what is asked of every route. */
export type Rule = (asked: Case) => Verdict;

/** The same for everybody. */
export const always =
  (verdict: Verdict): Rule =>
  () =>
    verdict;

/** G10: what is not on an assigned property is not there; an app has one property. */
export function placeOf({ caller, target: { place } }: Case): PlaceName | undefined {
  if (place === undefined || place === 'other' || place === 'nothing') return undefined;
  return caller.kind === 'app' && place !== 'harbor' ? undefined : place;
}

/** G32, ★5: who may not use the dashboard does not use it by an older session or an API key. */
export function isShut({ caller, ask }: Case, place: PlaceName): boolean {
  const managing = caller.channel === 'dashboard' || caller.channel === 'api';
  return managing && !ask(caller, 'dashboard.sign_in', place).allow;
}

/** What a role has to permit on the property that a path leads to. */
export const onProperty =
  (action: HospitalityAction, then: Rule = always('allowed')): Rule =>
  (asked) => {
    const place = placeOf(asked);
    if (place === undefined) return 'not-found';
    const decision = asked.ask(asked.caller, action, place);
    if (!decision.allow) return decision.because === 'not-assigned' ? 'not-found' : 'forbidden';
    return isShut(asked, place) ? 'channel-not-allowed' : then(asked);
  };

/** Whether the organization is the caller's, and there for this token. */
export const isOwn = ({ caller, target }: Case) => caller.kind !== 'app' && target.tenant === 'own';

/** What the highest role anywhere has to permit in the organization. */
export const ofOrganization =
  (action: HospitalityAction, then: Rule = always('allowed')): Rule =>
  (asked) => {
    if (!isOwn(asked)) return 'not-found';
    const decision = asked.ask(asked.caller, action);
    if (!decision.allow) return decision.because === 'not-assigned' ? 'not-found' : 'forbidden';
    return then(asked);
  };
/** G9: for Organization Owners. */
export const managed = ofOrganization('organization.manage');

/** Requirement 5.2 for licensed people: which roles; who has none learns nothing. */
const workplaceRows: Readonly<Partial<Record<WorkplaceAction, readonly WorkplaceRole[]>>> = {
  'user.invite': ['admin'],
  'user.list': ['admin'],
  'user.manage': ['admin'],
  'plan.manage': ['admin'],
  'directory.integrate': ['admin'],
  'directory.sync': ['admin'],
  'workplace_settings.edit': ['admin'],
  'reservation.manage': ['admin', 'coordinator'],
  'insights.view': ['admin', 'coordinator'],
  'reservation.create_own': ['admin', 'coordinator', 'member'],
};
/** What the workplace's matrix has to permit. */
export const inWorkplace =
  (action: WorkplaceAction, then: Rule = always('allowed')): Rule =>
  (asked) => {
    const { caller, target } = asked;
    if (caller.kind === 'app' || caller.workplace === null || (target.tenant ?? 'own') !== 'own') return 'not-found';
    if (workplaceRows[action]?.includes(caller.workplace) !== true) return 'forbidden';
    return target.victim === 'stranger' || target.victim === 'nothing' ? 'not-found' : then(asked);
  };

/** Whether the caller has the flag. */
export const isOwner = ({ standings }: Caller) => standings.harbor === 'organization_owner';
const highestOf = ({ standings }: Caller): HospitalityStanding | null =>
  hospitalityStandings.find((standing) => places.some((place) => standings[place] === standing)) ?? null;

/** G21, 4.1: oneself, everybody for Organization Owners, users for Admins, else whoever stands where the caller may list members. */
export function sees({ caller, target: { victim }, ask }: Case): boolean {
  if (victim === 'stranger' || victim === 'nothing') return false;
  // An app has one property, and beside it there is nobody.
  const mayBe = (place: PlaceName) => caller.kind !== 'app' || place === 'harbor';
  if (caller.kind === 'app' && victim !== 'self' && standingOfVictim(victim, 'harbor') === null) return false;
  if (victim === 'self' || isOwner(caller) || (caller.workplace === 'admin' && victim === 'user')) return true;
  return places.some(
    (place) => mayBe(place) && standingOfVictim(victim, place) !== null && ask(caller, 'member.list', place).allow,
  );
}

/** What belongs to no property is not there for an app. */
export const seesOutside = (asked: Case): boolean => asked.caller.kind !== 'app' && sees(asked);

/** The ceiling on one property: G22, G27, G31, G54. `null`: no standing, before or after. */
export function ceiling(
  { caller, ask }: Case,
  o: {
    readonly action: HospitalityAction;
    readonly place: PlaceName;
    readonly from: HospitalityStanding | null;
    readonly to: HospitalityStanding | null;
  },
): Verdict {
  const { action, place, from, to } = o;
  const isFlag = from === 'organization_owner';
  const actor = isFlag ? highestOf(caller) : caller.standings[place];
  if (actor === null) return 'not-found';
  if (!ask(caller, action, isFlag ? firstPlaceOf(caller, actor) : place).allow) return 'forbidden';
  return canGrant(actor, from, to) ? 'allowed' : 'role-level-not-manageable';
}

function firstPlaceOf({ standings }: Caller, standing: HospitalityStanding): PlaceName {
  return places.find((place) => standings[place] === standing) ?? 'harbor';
}
