import type { HospitalityAction } from './hospitality-matrix.js';
import type { Condition, Scope } from './matrix-cell.js';
import type { MembershipState } from './membership.js';
import type { HospitalityStanding, WorkplaceRole } from './role.js';
import type { WorkplaceAction } from './workplace-matrix.js';

/** Anything a role may permit, of both schemes. */
export type Action = HospitalityAction | WorkplaceAction;

/** What a decision names as the reason: a standing in the hospitality scheme or a role in the workplace scheme. */
export type ActorRole = HospitalityStanding | WorkplaceRole;

/** Why a permission was denied; closed, and every code has a sentence in `explain`. */
export type PermissionDenial =
  /** No such member in the model. */
  | 'unknown-member'
  /** The membership is not active; see `state`. */
  | 'not-active'
  /** No role on that property, or in that scheme (G10). Callers answer like "not found". */
  | 'not-assigned'
  /** The action is about one property and none was named. */
  | 'property-required'
  /** The role does not permit the action. */
  | 'role-lacks-action'
  /** The role may ask for it, but someone of `whoCould` must do it (★10). */
  | 'needs-approval'
  /** The role permits the action, but only with a license (S39). */
  | 'license-required'
  /** No such action in either scheme. */
  | 'unknown-action';

/** The answer to "may this member …?". Shared and frozen: never make or change one. */
export type PermissionDecision =
  | {
      readonly allow: true;
      readonly action: Action;
      /** By what the member may. */
      readonly role: ActorRole;
      /** How far the permission reaches; the caller must apply it. */
      readonly scope: Scope;
      /** What the caller must still check or do. */
      readonly conditions: readonly Condition[];
      /** The number of the note at the cell, or `''`. */
      readonly note: string;
    }
  | {
      readonly allow: false;
      readonly action: Action;
      readonly because: PermissionDenial;
      /** The role that does not suffice; `null` where none was found. */
      readonly role: ActorRole | null;
      /** Set for `not-active`. */
      readonly state: MembershipState | null;
      /** The roles that permit the action, from most to least; empty when nobody may. */
      readonly whoCould: readonly ActorRole[];
      readonly note: string;
    };
