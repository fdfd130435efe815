import type { Actor, AttemptState } from '@latchwork/contract';
import type {
  AccessSchedule,
  AttemptId,
  Channel,
  DeviceId,
  EntranceId,
  GatewayId,
  Instant,
  KeyHolderId,
  KeyId,
  MemberId,
  PropertyId,
  UnlockRefusal,
} from '@latchwork/core';
import { index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Keys: who may open which entrances when. The table is not called `key`, which is an SQL word. */
export const accessKey = pgTable('access_key', {
  id: text('id').$type<KeyId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  holderId: text('holder_id').$type<KeyHolderId>().notNull(),
  creatorId: text('creator_id').$type<MemberId>().notNull(),
  entranceIds: jsonb('entrance_ids').$type<readonly EntranceId[]>().notNull(),
  startsAt: instant('starts_at').notNull(),
  endsAt: instant('ends_at'),
  schedule: jsonb('schedule').$type<AccessSchedule>(),
  revokedAt: instant('revoked_at'),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Action attempts with the times of their separate facts (P-1); denied ones too (P-17). */
export const attempt = pgTable(
  'attempt',
  {
    id: text('id').$type<AttemptId>().primaryKey(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    entranceId: text('entrance_id').$type<EntranceId>().notNull(),
    deviceId: text('device_id').$type<DeviceId>(),
    gatewayId: text('gateway_id').$type<GatewayId>(),
    holderId: text('holder_id').$type<MemberId>().notNull(),
    actor: jsonb('actor').$type<Actor>().notNull(),
    keyId: text('key_id').$type<KeyId>(),
    channel: text('channel').$type<Channel>().notNull(),
    /** With the portal's token, or through a tunnel, with the grant of the holder's phone. */
    mode: text('mode').$type<'token' | 'tunnel'>().notNull().default('token'),
    app: text('app'),
    commandId: text('command_id').notNull(),
    state: text('state').$type<AttemptState>().notNull(),
    code: text('code'),
    because: text('because').$type<UnlockRefusal>(),
    explanation: text('explanation'),
    deadline: instant('deadline').notNull(),
    requestedAt: instant('requested_at').notNull(),
    acceptedAt: instant('accepted_at'),
    sentAt: instant('sent_at'),
    acknowledgedAt: instant('acknowledged_at'),
    /** From then on a command token may have left the portal, or frames of a tunnel that a lock may act on. */
    tokenPossibleAt: instant('token_possible_at'),
    /** The run of the portal process that alone may sign it one. */
    tokenHostId: text('token_host_id'),
    endedAt: instant('ended_at'),
    result: jsonb('result').$type<AttemptResult>(),
  },
  (table) => [
    index('attempt_entrance').on(table.entranceId, table.id),
    index('attempt_open').on(table.endedAt),
    index('attempt_command').on(table.deviceId, table.commandId),
  ],
);

/** What was told of the end of an attempt: by its gateway, its phone or the lock's log. */
export interface AttemptResult {
  /** Whose word it is; absent: the gateway's. */
  readonly toldBy?: 'phone' | 'log';
  /** The gateway's id of the report: the same report again changes nothing. */
  readonly eventId: string;
  /** When it happened at the lock, by the gateway's clock, but not after it was heard. */
  readonly occurredAt: Instant;
  readonly bolt?: string;
  readonly batteryPercent?: number | null;
  readonly logSeq?: number;
  readonly logHead?: string;
  readonly spansMs?: Readonly<Record<string, number>>;
}
