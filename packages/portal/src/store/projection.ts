import {
  type ApiKeyId,
  type AttemptId,
  applyMembership,
  applyProperty,
  createPermissionModel,
  type DeviceId,
  type EntranceId,
  type GatewayId,
  type Instant,
  type KeyId,
  type MemberId,
  type OrganizationId,
  type PermissionModel,
  type PropertyId,
  type SessionId,
} from '@latchwork/core';
import { createRowIndex, type RowIndex } from './row-index.js';
import type { SignerUse } from './schema.js';
import { type ProjectedTable, projectedTables, type Reader, type Row, type Write } from './store.js';

/**
 * What decisions read: the committed rows of all tables that they need, in memory, with the look-ups they use. Rebuilt
 * from the store at start and brought up to date after each commit, never before.
 */
export interface Projection {
  readonly organizations: RowIndex<'organization', OrganizationId>;
  readonly properties: RowIndex<'property', PropertyId>;
  readonly signers: RowIndex<'propertySigner', `${PropertyId}/${SignerUse}`>;
  readonly members: RowIndex<'member', MemberId>;
  readonly assignments: RowIndex<'assignment', `${MemberId}/${PropertyId}`>;
  readonly accountSetups: RowIndex<'accountSetup', string>;
  readonly sessions: RowIndex<'session', SessionId>;
  readonly apiKeys: RowIndex<'apiKey', ApiKeyId>;
  readonly entrances: RowIndex<'entrance', EntranceId>;
  readonly devices: RowIndex<'device', DeviceId>;
  readonly gateways: RowIndex<'gateway', GatewayId>;
  readonly accessKeys: RowIndex<'accessKey', KeyId>;
  /** Who holds which role where, for core's decisions. */
  readonly permissions: PermissionModel;
  /** Attempts that have not ended, and those that ended `unknown` since the start: a later truth may still come. */
  readonly openAttempts: ReadonlyMap<AttemptId, Row<'attempt'>>;
  /** Position of the last event of a property; 0 before the first. */
  lastPosition(propertyId: PropertyId): number;
  /** The last audit entry's number and hash of an organization. */
  auditHead(organizationId: OrganizationId): AuditHead;
  /** What was asked with this idempotency key before, as a hash; `undefined` when nothing was. */
  requestHash(scope: string, key: string): string | undefined;
  /** Forgets requests made before the instant, as the store does. */
  forgetRequests(before: Instant): void;
  /** Takes over writes that were committed. */
  apply(writes: readonly Write[]): void;
}

/** Where an organization's audit chain stands. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** The one other name of a device: its tag within its property. A tag says nothing beyond the property (G10). */
export function deviceName({ propertyId, tag }: Pick<Row<'device'>, 'propertyId' | 'tag'>): string {
  return `${propertyId}/${tag}`;
}

/** How long a repeated request is recognized by its idempotency key. */
export const idempotencyWindowMs = 24 * 60 * 60 * 1000;

/** Reads the projection from the store. */
export async function loadProjection(store: Reader, now: Instant): Promise<Projection> {
  const projection = createProjection();
  for (const table of projectedTables) {
    projection.apply((await store.rows(table)).map((row) => ({ op: 'insert', table, row }) as Write));
  }
  const heads = await store.heads();
  for (const { propertyId, position } of heads.events) projection.setPosition(propertyId, position);
  for (const { organizationId, seq, hash } of heads.audit) projection.setAuditHead(organizationId, { seq, hash });
  for (const row of await store.openAttempts()) projection.apply([{ op: 'insert', table: 'attempt', row }]);
  for (const known of await store.idempotentRequests((now - idempotencyWindowMs) as Instant)) {
    projection.setRequest(known.scope, known.key, { hash: known.requestHash, at: known.createdAt });
  }
  return projection;
}

interface LoadingProjection extends Projection {
  setPosition(propertyId: PropertyId, position: number): void;
  setAuditHead(organizationId: OrganizationId, head: AuditHead): void;
  setRequest(scope: string, key: string, request: KnownRequest): void;
}

interface KnownRequest {
  readonly hash: string;
  readonly at: Instant;
}

const auditStart: AuditHead = { seq: 0, hash: '' };

function createProjection(): LoadingProjection {
  const positions = new Map<PropertyId, number>();
  const auditHeads = new Map<OrganizationId, AuditHead>();
  const requests = new Map<string, KnownRequest>();
  const openAttempts = new Map<AttemptId, Row<'attempt'>>();
  const indexes = {
    organization: createRowIndex<'organization', OrganizationId>({ id: (row) => row.id }),
    property: createRowIndex<'property', PropertyId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    propertySigner: createRowIndex<'propertySigner', `${PropertyId}/${SignerUse}`>({
      id: (row) => `${row.propertyId}/${row.use}`,
    }),
    member: createRowIndex<'member', MemberId>({
      id: (row) => row.id,
      unique: (row) => row.emailKey,
      groups: [(row) => row.organizationId],
    }),
    assignment: createRowIndex<'assignment', `${MemberId}/${PropertyId}`>({
      id: (row) => `${row.memberId}/${row.propertyId}`,
      groups: [(row) => row.memberId, (row) => row.propertyId],
    }),
    accountSetup: createRowIndex<'accountSetup', string>({
      id: (row) => row.tokenHash,
      groups: [(row) => row.memberId],
    }),
    session: createRowIndex<'session', SessionId>({
      id: (row) => row.id,
      unique: (row) => row.tokenHash,
      groups: [(row) => row.memberId],
    }),
    apiKey: createRowIndex<'apiKey', ApiKeyId>({
      id: (row) => row.id,
      unique: (row) => row.tokenHash,
      groups: [(row) => row.organizationId],
    }),
    entrance: createRowIndex<'entrance', EntranceId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    device: createRowIndex<'device', DeviceId>({
      id: (row) => row.id,
      unique: deviceName,
      groups: [(row) => row.propertyId, (row) => row.entranceId],
    }),
    gateway: createRowIndex<'gateway', GatewayId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    accessKey: createRowIndex<'accessKey', KeyId>({
      id: (row) => row.id,
      groups: [(row) => row.propertyId, (row) => row.holderId],
    }),
  } satisfies { readonly [Table in ProjectedTable]: RowIndex<Table, string> };

  const permissions = createPermissionModel({ properties: [], memberships: [] });
  const refreshMembership = (memberId: MemberId): void => {
    const row = indexes.member.get(memberId);
    if (row === undefined) return;
    const { organizationId, state, organizationOwner } = row;
    const assignments = indexes.assignment.group(memberId);
    applyMembership(permissions, { memberId, organizationId, state, organizationOwner, assignments });
  };

  const requestId = (scope: string, key: string) => `${scope} ${key}`;
  const applyOne = (write: Write): void => {
    switch (write.table) {
      case 'attempt':
        if (write.row.endedAt === null || write.row.state === 'unknown') openAttempts.set(write.row.id, write.row);
        else openAttempts.delete(write.row.id);
        return;
      case 'event':
        positions.set(write.row.propertyId, write.row.position);
        return;
      case 'auditEntry':
        auditHeads.set(write.row.organizationId, { seq: write.row.seq, hash: write.row.hash });
        return;
      case 'idempotentReply':
        requests.set(requestId(write.row.scope, write.row.key), {
          hash: write.row.requestHash,
          at: write.row.createdAt,
        });
        return;
      default:
        // The index of a table takes exactly that table's rows; the union loses the link.
        (indexes[write.table] as unknown as RowIndex<ProjectedTable, string>).put(write.row);
        if (write.table === 'property') {
          applyProperty(permissions, { propertyId: write.row.id, organizationId: write.row.organizationId });
        } else if (write.table === 'member') refreshMembership(write.row.id);
        else if (write.table === 'assignment') refreshMembership(write.row.memberId);
    }
  };

  return {
    organizations: indexes.organization,
    properties: indexes.property,
    signers: indexes.propertySigner,
    members: indexes.member,
    assignments: indexes.assignment,
    accountSetups: indexes.accountSetup,
    sessions: indexes.session,
    apiKeys: indexes.apiKey,
    entrances: indexes.entrance,
    devices: indexes.device,
    gateways: indexes.gateway,
    accessKeys: indexes.accessKey,
    permissions,
    openAttempts,
    lastPosition: (propertyId) => positions.get(propertyId) ?? 0,
    auditHead: (organizationId) => auditHeads.get(organizationId) ?? auditStart,
    requestHash: (scope, key) => requests.get(requestId(scope, key))?.hash,
    setPosition: (propertyId, position) => positions.set(propertyId, position),
    setAuditHead: (organizationId, head) => auditHeads.set(organizationId, head),
    setRequest: (scope, key, request) => requests.set(requestId(scope, key), request),
    forgetRequests: (before) => {
      // A map keeps the order of insertion, and requests are inserted as time goes.
      for (const [id, { at }] of requests) {
        if (at >= before) return;
        requests.delete(id);
      }
    },
    apply: (writes) => {
      for (const write of writes) applyOne(write);
    },
  };
}
