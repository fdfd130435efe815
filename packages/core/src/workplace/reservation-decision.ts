import type { Channel } from '../channel.js';
import type { DeskId, MemberId, ReservationId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { WorkplaceDenial, WorkplaceMember, WorkplaceSubscription } from './access.js';

/** A period, half open: `endsAt` is the first moment that no longer belongs to it. */
export interface Period {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** A reservation of a desk, as far as decisions need it. */
export interface ReservationFacts extends Period {
  readonly reservationId: ReservationId;
  readonly deskId: DeskId;
  /** Who sits there; not always who made it. */
  readonly memberId: MemberId;
  readonly cancelledAt: Instant | null;
}

/** What a decision about reservations reads: a view that the caller lays over its store. */
export interface ReservationState {
  readonly subscription: WorkplaceSubscription;
  member(memberId: MemberId): WorkplaceMember | undefined;
  /** A desk that is not removed; `assignedTo` is the user whose own desk it is (S5). */
  desk(deskId: DeskId): { readonly assignedTo: MemberId | null } | undefined;
  reservation(reservationId: ReservationId): ReservationFacts | undefined;
  /** All of a desk's reservations; those that were cancelled may be left out. */
  reservationsOf(deskId: DeskId): Iterable<ReservationFacts>;
}

/** One wish about reservations. */
export type ReservationCommand =
  | ({ readonly type: 'create'; readonly deskId: DeskId; readonly memberId: MemberId } & Period)
  /** What is left out stays. */
  | {
      readonly type: 'change';
      readonly reservationId: ReservationId;
      readonly deskId?: DeskId | undefined;
      readonly startsAt?: Instant | undefined;
      readonly endsAt?: Instant | undefined;
    }
  /** Of one that has begun, the rest. Repeating it changes nothing. */
  | { readonly type: 'cancel'; readonly reservationId: ReservationId };

/** Who asks, how, and when. */
export interface ReservationContext {
  readonly actorId: MemberId;
  readonly channel: Channel;
  readonly at: Instant;
}

/** Why a wish about reservations was refused; closed, and every code has a sentence in `explainWorkplace`. */
export type ReservationRefusal =
  | WorkplaceDenial
  /** There is none, or the actor may not know of it. */
  | { readonly because: 'reservation-not-found'; readonly reservationId: ReservationId }
  /** Unknown, or removed. */
  | { readonly because: 'desk-not-found'; readonly deskId: DeskId }
  /** Another user's own desk (S5). */
  | { readonly because: 'desk-taken'; readonly deskId: DeskId }
  /** Reserved already within the period; `taken` is the first reservation in the way, without its holder. */
  | { readonly because: 'desk-reserved'; readonly deskId: DeskId; readonly taken: Period }
  /** For whom it is to be has no place here, is not active, or has no active license (S39). */
  | { readonly because: 'holder-not-licensed'; readonly memberId: MemberId }
  | { readonly because: 'period-invalid' }
  /** It would begin before now, or has begun and cannot begin otherwise. */
  | { readonly because: 'period-past'; readonly startsAt: Instant }
  | { readonly because: 'reservation-ended'; readonly endedAt: Instant };

/** Every code a wish about reservations can be refused with. */
export type ReservationRefusalCode = ReservationRefusal['because'];

/** What to write because a wish was allowed; `null`: nothing changes. */
export type ReservationChange =
  | { readonly type: 'created'; readonly deskId: DeskId; readonly memberId: MemberId; readonly period: Period }
  | {
      readonly type: 'changed';
      readonly reservationId: ReservationId;
      readonly deskId: DeskId;
      readonly period: Period;
    }
  | { readonly type: 'cancelled'; readonly reservationId: ReservationId }
  | null;

/** The answer to a wish about reservations. */
export type ReservationDecision =
  | { readonly allow: true; readonly change: ReservationChange }
  | { readonly allow: false; readonly refusal: ReservationRefusal };
