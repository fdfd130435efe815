import { hospitalityRoles } from '@latchwork/core';
import * as z from 'zod/mini';
import { attemptId, deviceId, entranceId, eventId, gatewayId, keyId, memberId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { unlockRefusal } from './action-attempt.js';
import { actor, channel } from './member.js';

/** What every event carries: its place in the feed, when it happened, when we heard of it, and who did it (P-15, P-16). */
const fact = { id: eventId, cursor: z.string(), occurredAt: timestamp, recordedAt: timestamp, propertyId, actor };
const attemptFact = { ...fact, attemptId, entranceId, holderId: memberId, keyId: z.nullable(keyId), channel };
const attemptEnd = { ...attemptFact, code: z.string() };
const gatewayFact = { ...fact, gatewayId };

/** One fact of a property's feed, told apart by `type`. Every event of an attempt names the attempt and its outcome. */
export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attempt.accepted'), ...attemptFact }),
  z.object({ type: z.literal('attempt.sent'), ...attemptFact, gatewayId }),
  z.object({ type: z.literal('attempt.acknowledged'), ...attemptFact, gatewayId }),
  z.object({ type: z.literal('attempt.confirmed'), ...attemptEnd }),
  z.object({ type: z.literal('attempt.refused'), ...attemptEnd }),
  z.object({ type: z.literal('attempt.expired'), ...attemptEnd }),
  z.object({ type: z.literal('attempt.unknown'), ...attemptEnd }),
  z.object({ type: z.literal('unlock.denied'), ...attemptFact, because: unlockRefusal, explanation: z.string() }),
  z.object({ type: z.literal('gateway.created'), ...gatewayFact }),
  z.object({ type: z.literal('gateway.online'), ...gatewayFact }),
  z.object({ type: z.literal('gateway.offline'), ...gatewayFact, lastSeenAt: z.nullable(timestamp) }),
  z.object({ type: z.literal('member.invited'), ...fact, memberId, role: z.enum(hospitalityRoles) }),
  z.object({ type: z.literal('member.activated'), ...fact, memberId }),
  z.object({ type: z.literal('entrance.created'), ...fact, entranceId }),
  z.object({ type: z.literal('device.created'), ...fact, deviceId, entranceId }),
  z.object({ type: z.literal('key.created'), ...fact, keyId, holderId: memberId, entranceIds: z.array(entranceId) }),
  z.object({ type: z.literal('key.revoked'), ...fact, keyId, holderId: memberId }),
]);
/** {@link event} as data, told apart by `type`. */
export type Event = ReadonlyData<z.output<typeof event>>;
/** Every `type` an event can have. */
export type EventType = Event['type'];

/** Longest silence on the live stream: the portal writes a comment line at least this often, a client that hears nothing for three of them reconnects. */
export const eventStreamHeartbeatMs = 15_000;
