import type { Actor, LockRevision, ReportedMessage } from '@latchwork/contract';
import type {
  CredentialId,
  DeviceId,
  EntranceId,
  Instant,
  OrganizationId,
  PropertyId,
  RevocationId,
} from '@latchwork/core';
import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** What each lock shall obey, as it was last signed, and what the lock has proven of it. */
export const lockDesired = pgTable('lock_desired', {
  deviceId: text('device_id').$type<DeviceId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  epoch: integer('epoch').notNull(),
  /** The last number given to a manifest or a bulletin; numbers only go up. */
  revision: integer('revision').notNull(),
  /** The newest manifest's; `null` before the first. */
  set: jsonb('set').$type<LockRevision>(),
  /** The newest of manifest and bulletin: the lock's errand is done when it stands there. */
  standing: jsonb('standing').$type<LockRevision>().notNull(),
  entries: jsonb('entries').$type<readonly LockEntry[]>().notNull(),
  /** Entries taken out whose end the lock has not proven yet: their ids are not free, and bulletins deny them. */
  leaving: jsonb('leaving').$type<readonly LockEntry[]>().notNull(),
  /** Grants of phones that it shall refuse, as long as they have not ended by themselves. */
  refused: jsonb('refused').$type<readonly RefusedGrant[]>().notNull().default([]),
  /** The set's entries with their secrets, sealed: what the next difference is made from. */
  entriesSealed: text('entries_sealed'),
  /** The desired message as gateways get it. */
  message: text('message').notNull(),
  proven: jsonb('proven').$type<LockRevision>(),
  provenAt: instant('proven_at'),
  /** The last that the lock signed, by its log and by its clock in UTC seconds; `null`: nothing. */
  lastWord: jsonb('last_word').$type<{ readonly seq: number; readonly issuedAt: number }>(),
  /** Since when it tells of less than it had proven; `null`: it does not. */
  doubtedAt: instant('doubted_at'),
  lastReport: jsonb('last_report').$type<LockReport>(),
  updatedAt: instant('updated_at').notNull(),
});

/** One entry of a lock's set: which credential it is, and since which revision it is in the set, or out of it. */
export interface LockEntry {
  /** 0..65,535, unique among the entries and those that leave. */
  readonly id: number;
  readonly credentialId: CredentialId;
  readonly since: LockRevision;
}

/** One grant that a lock shall refuse: whose it is, and since which revision the lock is told so. */
export interface RefusedGrant {
  /** Of the grant, as hex. */
  readonly id: string;
  readonly credentialId: CredentialId;
  readonly since: LockRevision;
}

/** What a gateway last told of an errand to the lock. */
export type LockReport = Pick<ReportedMessage, 'parts' | 'failure' | 'nextTryAt'> & { readonly occurredAt: Instant };

/** What shall open no more, and how far each lock has proven it. */
export const revocation = pgTable('revocation', {
  id: text('id').$type<RevocationId>().primaryKey(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  cause: jsonb('cause').$type<RevocationCause>().notNull(),
  actor: jsonb('actor').$type<Actor>().notNull(),
  locks: jsonb('locks').$type<readonly LockRevocation[]>().notNull(),
  createdAt: instant('created_at').notNull(),
  /** When the last lock was proven, or had ended by itself; `null` while one is pending. */
  endedAt: instant('ended_at'),
});

/** What was ended: a credential, a Key, a guest, a member or a lost card, by its id. */
export interface RevocationCause {
  readonly type: 'credential' | 'key' | 'guest' | 'member' | 'card';
  readonly id: string;
}

/** How one lock stands to a revocation. */
export interface LockRevocation {
  readonly deviceId: DeviceId;
  readonly entranceId: EntranceId;
  readonly credentialIds: readonly CredentialId[];
  /** What a receipt of the lock must show; `null` until that is signed. */
  readonly needs: LockRevision | null;
  /** The latest moment at which what was ended could still open there; `null`: no end. */
  readonly exposureEndsAt: Instant | null;
  readonly state: 'pending' | 'proven' | 'self-expired' | 'lock-removed';
  readonly provenAt: Instant | null;
}
