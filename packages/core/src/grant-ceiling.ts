import { type HospitalityStanding, hospitalityStandings } from './role.js';

/** A cell of the ceiling table: may, may not, and the number of its note. */
type CeilingCell = 'allow' | 'deny' | `${'allow' | 'deny'}*${number}`;

const nothing = ['deny', 'deny', 'deny', 'deny', 'deny', 'deny'] as const;

/**
 * Which standings an actor may give or take (requirement 5.1, "Grant ceiling"): one entry per actor, cells in the order
 * of `hospitalityStandings`, which is the standing the target has or would get.
 */
export const grantCeiling = {
  organization_owner: ['allow', 'allow', 'allow', 'allow', 'allow', 'allow'],
  owner: ['deny*2', 'allow', 'allow', 'allow', 'allow', 'allow'],
  general_manager: ['deny', 'deny', 'allow*16', 'allow', 'allow', 'allow'],
  team: nothing,
  housekeeping: nothing,
  installer: nothing,
} as const satisfies Record<HospitalityStanding, readonly CeilingCell[]>;

/** One change of a standing on one property, by one actor. Asked again when an invitee accepts (P-21). */
export interface GrantCommand {
  readonly actor: HospitalityStanding;
  /** What the target has; `null` for an invitation. */
  readonly oldRole: HospitalityStanding | null;
  /** What the target would get; `null` for a removal. */
  readonly newRole: HospitalityStanding | null;
  /** `false` forbids General Managers to manage each other (★16). Default `true`. */
  readonly peerManagement?: boolean;
}

/** Whether the ceiling covers a grant, and if not, which role was too high and who could (G54). */
export type GrantDecision =
  | { readonly allow: true }
  | {
      readonly allow: false;
      readonly because: 'role-level-not-manageable';
      readonly actor: HospitalityStanding;
      /** The standing the actor may neither give nor take. */
      readonly target: HospitalityStanding;
      /** Who may give and take both the old and the new standing. */
      readonly whoCould: readonly HospitalityStanding[];
    };

function covers(actor: HospitalityStanding, target: HospitalityStanding | null, peerManagement: boolean): boolean {
  if (target === null) return true;
  const [word, note] = (grantCeiling[actor][hospitalityStandings.indexOf(target)] ?? 'deny').split('*');
  return word === 'allow' && (peerManagement || note !== '16');
}

/**
 * Decides whether an actor may turn one standing into another. Ask for every property touched; the actor's standing is
 * the one on that property. A change from nothing to nothing is covered only for those who may grant something.
 */
export function decideGrant(command: GrantCommand): GrantDecision {
  const { actor, oldRole, newRole, peerManagement = true } = command;
  // With no role named at all the least one stands for it, so that a bare "may I?" is denied to those who grant nothing.
  const asked = oldRole === null && newRole === null ? (['installer'] as const) : [oldRole, newRole];
  const tooHigh = asked.find((target) => !covers(actor, target, peerManagement));
  if (tooHigh === undefined || tooHigh === null) return { allow: true };
  return {
    allow: false,
    because: 'role-level-not-manageable',
    actor,
    target: tooHigh,
    whoCould: hospitalityStandings.filter((other) => asked.every((target) => covers(other, target, peerManagement))),
  };
}

/** Tells whether the ceiling table lets an actor turn one standing into another; `decideGrant` also says why not. */
export function canGrant(
  actor: HospitalityStanding,
  oldRole: HospitalityStanding | null,
  newRole: HospitalityStanding | null,
): boolean {
  return decideGrant({ actor, oldRole, newRole }).allow;
}
