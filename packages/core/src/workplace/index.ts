export {
  bookingChannels,
  decideWorkplace,
  isLicenseActive,
  isSubscriptionLapsed,
  isWorkplaceAction,
  type WorkplaceChannelDenial,
  type WorkplaceDecision,
  type WorkplaceDenial,
  type WorkplaceMember,
  type WorkplaceSubscription,
  workplaceChannels,
} from './access.js';
export { type ExplainWorkplaceContext, explainWorkplace } from './explain-workplace.js';
export {
  countOccupancy,
  type DayOccupancy,
  type DeskLife,
  type DeskOccupancy,
  datesBetween,
  localDay,
  longestOccupancyDays,
  type Occupancy,
} from './occupancy.js';
export { decideReservation, longestReservationMs, overlaps, reservationStartGraceMs } from './reservation.js';
export type {
  Period,
  ReservationChange,
  ReservationCommand,
  ReservationContext,
  ReservationDecision,
  ReservationFacts,
  ReservationRefusal,
  ReservationRefusalCode,
  ReservationState,
} from './reservation-decision.js';
