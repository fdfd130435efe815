import type { Channel } from './channel.js';
import type { DeviceId, EntranceId, KeyId, MemberId, PropertyId } from './identifiers.js';
import type { Instant } from './instant.js';
import type { Key } from './key.js';
import type { MembershipState } from './membership.js';
import type { HospitalityStanding } from './role.js';

/** How an entrance is being held: `privacy` (guest's wish) and `lockdown` refuse every key, the others change no decision. */
export const lockModes = ['normal', 'passage', 'privacy', 'lockdown', 'emergency'] as const;

/** One way an entrance is being held. */
export type LockMode = (typeof lockModes)[number];

/** The person who asks, as the store knows them now. */
export interface UnlockHolder {
  readonly memberId: MemberId;
  readonly state: MembershipState;
  /** Where the member stands towards the entrance's property; `null`: not assigned there. */
  readonly standing: HospitalityStanding | null;
}

/** The entrance asked for, with what its property settles. */
export interface UnlockPlace {
  readonly entranceId: EntranceId;
  readonly propertyId: PropertyId;
  /** IANA name; schedules are read in it. */
  readonly timeZone: string;
  /** The locks that move this entrance; none, and nothing can be unlocked. */
  readonly lockIds: readonly DeviceId[];
  readonly mode: LockMode;
  /** The property's "Remote Unlock" setting (★14). */
  readonly remoteUnlock: boolean;
  /** The integrated apps this property allows to unlock (G33, C7); none by default. */
  readonly integratedApps: readonly string[];
}

/** Everything the decision rests on, loaded by the caller in one transaction. */
export interface UnlockState {
  /** `null`: no such member. */
  readonly holder: UnlockHolder | null;
  /** `null`: no such entrance. */
  readonly place: UnlockPlace | null;
  /** At least all keys of the holder for the entrance; others do no harm. Order does not matter. */
  readonly keys: readonly Key[];
}

/** The question: may this member open this entrance now, through this channel? */
export interface UnlockCommand {
  readonly memberId: MemberId;
  readonly entranceId: EntranceId;
  readonly channel: Channel;
  /** Which integrated app asks; needed on the channels `integrated_app` and `gateway_local`. */
  readonly app?: string;
  readonly at: Instant;
  /** After it nothing may be unlocked any more (P-18). The instant itself is still in time. */
  readonly deadline?: Instant;
}

/** Why a channel was refused. */
export type ChannelFault =
  /** The role does not unlock that way. */
  | 'role'
  /** The property has not enabled that app. */
  | 'app-not-enabled'
  /** The property's remote unlock is off. */
  | 'remote-unlock-off'
  /** No unlock command ever comes that way: the lock itself reads keypads and cards, and a PMS opens nothing. */
  | 'no-commands';

/** The answer to an unlock command. A refusal is data: it is stored, shown and sent like any other outcome (P-17). */
export type UnlockDecision =
  | {
      readonly allow: true;
      /** The key it is allowed by. */
      readonly by: KeyId;
      /** When this key stops opening, by its end or its schedule; not included. `endOfTime` when it never does. */
      readonly until: Instant;
    }
  | UnlockDenial;

/** The refusals of `decideUnlock`, in the order in which they are looked for. */
export type UnlockDenial = { readonly allow: false } & (
  | { readonly because: 'unknown-member' }
  | { readonly because: 'not-active'; readonly state: MembershipState }
  | { readonly because: 'unknown-entrance' }
  | { readonly because: 'not-assigned' }
  | { readonly because: 'no-lock' }
  | { readonly because: 'deadline-passed'; readonly deadline: Instant }
  | {
      readonly because: 'channel-not-allowed';
      readonly channel: Channel;
      readonly fault: ChannelFault;
      readonly role: HospitalityStanding;
    }
  | { readonly because: 'lockdown' }
  | { readonly because: 'privacy-mode' }
  | { readonly because: 'outside-schedule'; readonly keyId: KeyId; readonly opensAt: Instant | null }
  | { readonly because: 'key-not-started'; readonly keyId: KeyId; readonly startsAt: Instant }
  | { readonly because: 'key-ended'; readonly keyId: KeyId; readonly endedAt: Instant }
  | { readonly because: 'key-revoked'; readonly keyId: KeyId; readonly revokedAt: Instant }
  | { readonly because: 'no-key' }
);

/** Every code an unlock can be refused with. */
export type UnlockRefusal = UnlockDenial['because'];
