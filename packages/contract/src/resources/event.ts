import { hospitalityRoles, workplaceRoles } from '@latchwork/core';
import * as z from 'zod/mini';
import {
  alarmId,
  appId,
  attemptId,
  credentialId,
  deskId,
  deviceId,
  entranceId,
  eventId,
  gatewayId,
  guestId,
  integrationId,
  invitationId,
  keyCardId,
  keyHolderId,
  keyId,
  memberId,
  organizationId,
  propertyId,
  reservationId,
  reviewId,
  revocationId,
  syncRunId,
  webhookEndpointId,
} from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { unlockRefusal } from './action-attempt.js';
import { alarmKinds } from './alarm.js';
import { credentialKinds } from './credential.js';
import { directoryFaults, heldReason, integrationHealths, syncCounts } from './directory.js';
import { lockLogFact, lockLogFaults, logRange } from './lock-log.js';
import { actor, channel } from './member.js';
import { revocationCause } from './revocation.js';
import { webhookDisablings } from './webhook.js';

/** What every event carries: its place in the feed, when it happened, when we heard of it, and who did it (P-15, P-16). */
const fact = { id: eventId, cursor: z.string(), occurredAt: timestamp, recordedAt: timestamp, propertyId, actor };
const attemptFact = { ...fact, attemptId, entranceId, holderId: memberId, keyId: z.nullable(keyId), channel };
const attemptEnd = { ...attemptFact, code: z.string() };
const gatewayFact = { ...fact, gatewayId };

const memberFact = { ...fact, memberId };
const keyFact = { ...fact, keyId, holderId: keyHolderId };
const credentialFact = { ...keyFact, credentialId, kind: z.enum(credentialKinds), keyCardId: z.nullable(keyCardId) };
const keyCardFact = { ...fact, keyCardId };
const guestFact = { ...fact, guestId };
const revocationFact = { ...fact, revocationId };
/** `occurredAt` is by the lock's clock; where that knew no time, when the entry came. */
const lockFact = { ...fact, ...lockLogFact };
/** Exactly one of gateway and device is named, or neither where the alarm is about the property. */
const alarmFact = {
  ...fact,
  alarmId,
  kind: z.enum(alarmKinds),
  gatewayId: z.nullable(gatewayId),
  deviceId: z.nullable(deviceId),
};
const logFact = { ...fact, deviceId, entranceId };

/** What an event of an organization's own feed carries: it concerns no property. */
const organizationFact = {
  id: eventId,
  cursor: z.string(),
  occurredAt: timestamp,
  recordedAt: timestamp,
  organizationId,
  actor,
};
const membershipFact = { ...organizationFact, memberId };
const reservationFact = {
  ...organizationFact,
  reservationId,
  deskId,
  memberId,
  startsAt: timestamp,
  endsAt: timestamp,
};
const integrationFact = { ...organizationFact, integrationId };
const webhookFact = { ...organizationFact, webhookEndpointId };

/** Why somebody's place on a property, or in the organization, ended. */
export const placeEnds = [
  'removed',
  'left',
  'deactivated',
  'role_taken',
  'property_removed',
  'invitation_removed',
  'invitation_replaced',
] as const;
const placeEnd = z.enum(placeEnds);

/** What of a membership itself can change; which role on which property, the property's feed tells. */
export const membershipFields = [
  'name',
  'email',
  'organization_owner',
  'workplace_role',
  'license',
  'desk',
  'sign_in_method',
] as const;

const everyEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attempt.accepted'), ...attemptFact }),
  z.object({ type: z.literal('attempt.sent'), ...attemptFact, gatewayId }),
  z.object({ type: z.literal('attempt.acknowledged'), ...attemptFact, gatewayId }),
  z.object({ type: z.literal('attempt.confirmed'), ...attemptEnd }),
  z.object({ type: z.literal('attempt.refused'), ...attemptEnd }),
  z.object({ type: z.literal('attempt.expired'), ...attemptEnd }),
  z.object({ type: z.literal('attempt.unknown'), ...attemptEnd }),
  z.object({ type: z.literal('unlock.denied'), ...attemptFact, because: unlockRefusal, explanation: z.string() }),
  z.object({ type: z.literal('gateway.created'), ...gatewayFact }),
  z.object({ type: z.literal('gateway.removed'), ...gatewayFact }),
  z.object({ type: z.literal('gateway.online'), ...gatewayFact }),
  z.object({ type: z.literal('gateway.offline'), ...gatewayFact, lastSeenAt: z.nullable(timestamp) }),
  z.object({ type: z.literal('member.invited'), ...memberFact, invitationId, role: z.enum(hospitalityRoles) }),
  z.object({ type: z.literal('member.activated'), ...memberFact }),
  z.object({
    type: z.literal('member.updated'),
    ...memberFact,
    role: z.enum(hospitalityRoles),
    /** `null`: newly assigned. */
    formerRole: z.nullable(z.enum(hospitalityRoles)),
  }),
  z.object({ type: z.literal('member.deactivated'), ...memberFact }),
  z.object({ type: z.literal('member.reactivated'), ...memberFact }),
  z.object({
    type: z.literal('member.removed'),
    ...memberFact,
    formerRole: z.enum(hospitalityRoles),
    because: placeEnd,
  }),
  z.object({
    type: z.literal('membership.invited'),
    ...membershipFact,
    invitationId,
    organizationOwner: z.boolean(),
    workplaceRole: z.nullable(z.enum(workplaceRoles)),
  }),
  z.object({ type: z.literal('membership.activated'), ...membershipFact }),
  z.object({ type: z.literal('membership.updated'), ...membershipFact, changed: z.array(z.enum(membershipFields)) }),
  z.object({ type: z.literal('membership.deactivated'), ...membershipFact }),
  z.object({ type: z.literal('membership.reactivated'), ...membershipFact }),
  z.object({ type: z.literal('membership.removed'), ...membershipFact, because: placeEnd }),
  z.object({ type: z.literal('invitation.removed'), ...membershipFact, invitationId }),
  /** A mail could not be handed over, or a crash left unknown whether it was; it is not sent again. */
  z.object({ type: z.literal('mail.failed'), ...membershipFact, invitationId: z.nullable(invitationId) }),
  z.object({ type: z.literal('mail.uncertain'), ...membershipFact, invitationId: z.nullable(invitationId) }),
  z.object({ type: z.literal('webhook_endpoint.created'), ...webhookFact }),
  z.object({ type: z.literal('webhook_endpoint.updated'), ...webhookFact }),
  z.object({ type: z.literal('webhook_endpoint.disabled'), ...webhookFact, because: z.enum(webhookDisablings) }),
  z.object({ type: z.literal('webhook_endpoint.removed'), ...webhookFact }),
  /** Sent to that endpoint alone, whatever it wants otherwise. */
  z.object({ type: z.literal('webhook_endpoint.tested'), ...webhookFact }),
  z.object({ type: z.literal('directory_integration.created'), ...integrationFact }),
  z.object({ type: z.literal('directory_integration.updated'), ...integrationFact }),
  z.object({ type: z.literal('directory_integration.authorized'), ...integrationFact }),
  z.object({ type: z.literal('directory_integration.removed'), ...integrationFact }),
  z.object({
    type: z.literal('directory_integration.health_changed'),
    ...integrationFact,
    health: z.enum(integrationHealths),
    held: z.array(heldReason),
  }),
  z.object({ type: z.literal('directory_review.started'), ...integrationFact, reviewId }),
  /** Numbers only; who is listed stands in no event (S22). */
  z.object({
    type: z.literal('directory_review.progressed'),
    ...integrationFact,
    reviewId,
    pages: z.number(),
    users: z.number(),
  }),
  z.object({ type: z.literal('directory_review.ready'), ...integrationFact, reviewId, counts: syncCounts }),
  z.object({
    type: z.literal('directory_review.failed'),
    ...integrationFact,
    reviewId,
    fault: z.enum(directoryFaults),
  }),
  z.object({
    type: z.literal('directory_review.ended'),
    ...integrationFact,
    reviewId,
    because: z.enum(['asked', 'expired', 'applied', 'integration_removed']),
  }),
  z.object({ type: z.literal('sync_run.started'), ...integrationFact, syncRunId }),
  z.object({
    type: z.literal('sync_run.progressed'),
    ...integrationFact,
    syncRunId,
    pages: z.number(),
    users: z.number(),
  }),
  z.object({ type: z.literal('sync_run.applied'), ...integrationFact, syncRunId, counts: syncCounts }),
  z.object({ type: z.literal('sync_run.held'), ...integrationFact, syncRunId, held: z.array(heldReason) }),
  z.object({ type: z.literal('sync_run.failed'), ...integrationFact, syncRunId, fault: z.enum(directoryFaults) }),
  z.object({ type: z.literal('organization.updated'), ...organizationFact }),
  z.object({ type: z.literal('property.created'), ...organizationFact, createdPropertyId: propertyId }),
  z.object({ type: z.literal('property.updated'), ...fact }),
  z.object({ type: z.literal('property.removed'), ...organizationFact, removedPropertyId: propertyId }),
  z.object({ type: z.literal('desk.created'), ...organizationFact, deskId }),
  z.object({ type: z.literal('desk.removed'), ...organizationFact, deskId }),
  z.object({ type: z.literal('reservation.created'), ...reservationFact }),
  z.object({ type: z.literal('reservation.updated'), ...reservationFact }),
  z.object({ type: z.literal('reservation.cancelled'), ...reservationFact }),
  z.object({ type: z.literal('entrance.created'), ...fact, entranceId }),
  z.object({ type: z.literal('device.created'), ...fact, deviceId, entranceId }),
  z.object({ type: z.literal('device.removed'), ...fact, deviceId, entranceId }),
  z.object({ type: z.literal('app.created'), ...organizationFact, appId }),
  z.object({ type: z.literal('app.removed'), ...organizationFact, appId }),
  z.object({ type: z.literal('integrated_app.allowed'), ...fact, appId }),
  z.object({ type: z.literal('integrated_app.forbidden'), ...fact, appId }),
  z.object({ type: z.literal('app_grant.created'), ...memberFact, appId }),
  z.object({ type: z.literal('app_grant.revoked'), ...memberFact, appId }),
  z.object({ type: z.literal('key.created'), ...keyFact, entranceIds: z.array(entranceId) }),
  z.object({ type: z.literal('key.updated'), ...keyFact, entranceIds: z.array(entranceId) }),
  z.object({ type: z.literal('key.revoked'), ...keyFact }),
  /** Neither digits nor what a card says of itself stands in any event. */
  z.object({ type: z.literal('credential.created'), ...credentialFact }),
  z.object({ type: z.literal('credential.removed'), ...credentialFact }),
  /** A phone has become it. */
  z.object({ type: z.literal('credential.activated'), ...credentialFact }),
  /** Somebody was told the digits of a door code, or the code for a phone. */
  z.object({ type: z.literal('credential.revealed'), ...credentialFact }),
  z.object({ type: z.literal('key_card.enrolled'), ...keyCardFact }),
  /** Its secrets were written, and it has proven them. */
  z.object({ type: z.literal('key_card.encoded'), ...keyCardFact }),
  z.object({ type: z.literal('key_card.lost'), ...keyCardFact }),
  z.object({ type: z.literal('key_card.returned'), ...keyCardFact }),
  z.object({ type: z.literal('key_card.retired'), ...keyCardFact }),
  z.object({ type: z.literal('guest.created'), ...guestFact }),
  z.object({ type: z.literal('guest.updated'), ...guestFact }),
  z.object({ type: z.literal('guest.removed'), ...guestFact }),
  z.object({
    type: z.literal('revocation.created'),
    ...revocationFact,
    cause: revocationCause,
    entranceIds: z.array(entranceId),
  }),
  /** One lock has proven that it obeys the revocation. */
  z.object({ type: z.literal('revocation.proven'), ...revocationFact, deviceId, entranceId, provenAt: timestamp }),
  /** An entry of a lock's log: somebody moved the bolt, or had it moved. */
  z.object({ type: z.literal('lock.operated'), ...lockFact }),
  /** The lock opened to somebody not, or failed to. */
  z.object({ type: z.literal('lock.denied'), ...lockFact }),
  /** Everything else that a lock writes down. */
  z.object({ type: z.literal('lock.logged'), ...lockFact }),
  /** What was brought of a lock's log does not fit together, or is gone (T11). */
  z.object({
    type: z.literal('lock_log.tampered'),
    ...logFact,
    fault: z.enum(lockLogFaults),
    missing: z.nullable(logRange),
  }),
  /** The lock has spoken of entries that nobody has brought since (T12). */
  z.object({ type: z.literal('lock_log.withheld'), ...logFact, missing: logRange }),
  /** Somebody has to see to something; what, the alarm says. */
  z.object({ type: z.literal('alarm.raised'), ...alarmFact }),
  z.object({ type: z.literal('alarm.cleared'), ...alarmFact }),
]);
type EveryEvent = typeof everyEvent;

/** The type of {@link event}. By its name it stands in the types of the routes, which spelled out are longer than the compiler writes. */
export interface EventSchema extends EveryEvent {}

/** One fact of a property's feed, or of an organization's for what concerns no property, told apart by `type`. Every event of an attempt names the attempt and its outcome. */
export const event: EventSchema = everyEvent;
/** {@link event} as data, told apart by `type`. */
export type Event = ReadonlyData<z.output<typeof event>>;
/** Every `type` an event can have. */
export type EventType = Event['type'];
/** Every {@link EventType}. */
export const eventTypes = event.def.options.map((option) => option.shape.type.def.values[0]) as [
  EventType,
  ...EventType[],
];
