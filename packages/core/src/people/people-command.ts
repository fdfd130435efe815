import type { DeskId, MemberId, PropertyId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { PropertyAssignment } from '../membership.js';
import type { HospitalityRole, RoleScheme, WorkplaceRole } from '../role.js';
import type { OrganizationFacts, SignInMethod } from './people-state.js';
import type { SyncStep } from './sync-step.js';

/** Who commands: a member, the portal's operator, or the system principal of Directory Sync (requirement 4.6). */
export type PeopleActor =
  | { readonly kind: 'member'; readonly memberId: MemberId }
  | { readonly kind: 'operator' }
  | { readonly kind: 'directory_sync' };

/** What one person is invited to in the hospitality scheme. */
export interface TeamInvitee {
  /** As typed; compared trimmed and in lower case (G14). */
  readonly email: string;
  readonly name?: string | undefined;
  /** `true` excludes assignments (G15). */
  readonly organizationOwner?: boolean | undefined;
  readonly assignments?: readonly PropertyAssignment[] | undefined;
  /** `email_password` when absent (S9). */
  readonly signInMethod?: SignInMethod | undefined;
}

/** What one person is invited to in the workplace scheme (S5). */
export interface UserInvitee {
  readonly email: string;
  readonly name?: string | undefined;
  /** `member` when absent (S18). */
  readonly role?: WorkplaceRole | undefined;
  readonly deskId?: DeskId | undefined;
  /** `true` when absent; `false` for an Admin who only administers (S39). */
  readonly licensed?: boolean | undefined;
  readonly signInMethod?: SignInMethod | undefined;
}

/** One wish about the people of an organization. */
export type PeopleCommand =
  /** All or nothing (G11). `level` is where it was asked: at the organization, or within one property (G4). */
  | {
      readonly type: 'invite-team';
      readonly level: 'organization' | { readonly propertyId: PropertyId };
      readonly rows: readonly TeamInvitee[];
    }
  | { readonly type: 'invite-users'; readonly rows: readonly UserInvitee[] }
  /** What is left out stays; `assignments` replaces all that the actor may see (G20, G23). */
  | {
      readonly type: 'edit-member';
      readonly memberId: MemberId;
      readonly organizationOwner?: boolean | undefined;
      readonly assignments?: readonly PropertyAssignment[] | undefined;
    }
  /** The name only: by oneself, or by whoever may edit the member. */
  | { readonly type: 'rename'; readonly memberId: MemberId; readonly name: string | null }
  /** One property only, as its managers see it. Taking the assignment away is `remove-member` (G39). */
  | {
      readonly type: 'edit-assignment';
      readonly memberId: MemberId;
      readonly propertyId: PropertyId;
      readonly role: HospitalityRole;
    }
  /** S38, S40; `role: null` takes the member out of the workplace scheme. */
  | {
      readonly type: 'edit-user';
      readonly memberId: MemberId;
      readonly role?: WorkplaceRole | null | undefined;
      readonly deskId?: DeskId | null | undefined;
      readonly licensed?: boolean | undefined;
      readonly signInMethod?: SignInMethod | undefined;
    }
  /** G52; the member ends as removed and the address is free again. */
  | { readonly type: 'remove-invitation'; readonly memberId: MemberId }
  /** Both steps of G52 and G53 at once: `email` when the address was wrong. */
  | { readonly type: 'replace-invitation'; readonly memberId: MemberId; readonly email?: string | undefined }
  /** By whoever opened the link; the caller has checked the token and stored what the sign-in method needs. */
  | { readonly type: 'accept-invitation'; readonly memberId: MemberId }
  /** G36–G42; `propertyId` restricts it to one property. `confirm` has to be `remove` (G39). */
  | {
      readonly type: 'remove-member';
      readonly memberId: MemberId;
      readonly propertyId: PropertyId | null;
      readonly confirm: string;
    }
  /** ★3: by oneself; no role operation. */
  | { readonly type: 'leave'; readonly propertyId: PropertyId | null }
  | { readonly type: 'deactivate'; readonly memberId: MemberId }
  /** `licensed` is `true` when absent; desk, property roles and keys do not come back by themselves. */
  | { readonly type: 'reactivate'; readonly memberId: MemberId; readonly licensed?: boolean | undefined }
  /** `plan.manage`, without a workplace `organization.manage`; or the operator. */
  | {
      readonly type: 'change-subscription';
      readonly plan?: OrganizationFacts['plan'] | undefined;
      readonly licenses?: number | undefined;
      readonly subscriptionEndsAt?: Instant | null | undefined;
    }
  /**
   * By whoever manages the organization. Whoever begins its workplace becomes the first Admin where there is none
   * (requirement 4.1).
   */
  | {
      readonly type: 'change-organization';
      readonly peerManagement?: boolean | undefined;
      readonly schemes?: readonly RoleScheme[] | undefined;
    }
  /** By the operator: the first person of an organization that has nobody yet; `propertyId` is the one of a single property. */
  | {
      readonly type: 'found-organization';
      readonly owner: { readonly email: string; readonly name?: string | undefined };
      readonly propertyId: PropertyId | null;
    }
  /** G5, by the operator: the Owners of the single property become Organization Owners. */
  | { readonly type: 'set-up-organization' }
  /** G8; `confirm` has to be `remove`. */
  | { readonly type: 'remove-property'; readonly propertyId: PropertyId; readonly confirm: string }
  /** By Directory Sync, or by an Admin who chose (S28, S29). All or nothing; refusals are told by the step's place. */
  | { readonly type: 'sync-users'; readonly steps: readonly SyncStep[] };

/** Who asks, and when. */
export interface PeopleContext {
  readonly actor: PeopleActor;
  readonly at: Instant;
}
