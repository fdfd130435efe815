import type {
  AccountId,
  ApiKeyId,
  AppGrantId,
  AppId,
  AttemptId,
  DeskId,
  DeviceId,
  EntranceId,
  GatewayId,
  Instant,
  IntegrationId,
  InvitationId,
  KeyId,
  MailId,
  MemberId,
  OrganizationId,
  PermissionModel,
  PropertyId,
  ReservationId,
  ReviewId,
  ScimGroupId,
  SessionId,
  SyncRunId,
  WebhookEndpointId,
} from '@latchwork/core';
import { createPeopleCounts, type PeopleCounts } from './people-counts.js';
import { createProjectedPermissions } from './projected-permissions.js';
import type { ProjectionContent } from './projection-content.js';
import { createWatches, type ReadWatch } from './read-watch.js';
import { createRowIndex, type RowIndex, type RowIndexKeys } from './row-index.js';
import type { FeedId } from './schema/record.js';
import type { PushedUserId } from './schema/scim.js';
import type { SignerUse } from './schema/tenancy.js';
import { type ProjectedTable, projectedTables, type Row, type Write } from './store.js';

/**
 * What decisions read: the committed rows of all tables that they need, in memory, with the look-ups they use. Built from
 * the store at start and brought up to date after each commit of any process, never before.
 */
export interface Projection {
  readonly organizations: RowIndex<'organization', OrganizationId>;
  readonly properties: RowIndex<'property', PropertyId>;
  readonly signers: RowIndex<'propertySigner', `${PropertyId}/${SignerUse}`>;
  readonly members: RowIndex<'member', MemberId>;
  readonly assignments: RowIndex<'assignment', `${MemberId}/${PropertyId}`>;
  readonly desks: RowIndex<'desk', DeskId>;
  readonly invitations: RowIndex<'invitation', InvitationId>;
  readonly reservations: RowIndex<'reservation', ReservationId>;
  readonly accounts: RowIndex<'account', AccountId>;
  readonly identities: RowIndex<'accountIdentity', string>;
  /** Found by the hash of their state, and by that of their code. */
  readonly ssoHandovers: RowIndex<'ssoHandover', string>;
  readonly setupLinks: RowIndex<'setupLink', string>;
  readonly sessions: RowIndex<'session', SessionId>;
  readonly apiKeys: RowIndex<'apiKey', ApiKeyId>;
  readonly apps: RowIndex<'app', AppId>;
  readonly appGrants: RowIndex<'appGrant', AppGrantId>;
  readonly appTokens: RowIndex<'appToken', string>;
  readonly oauthSecrets: RowIndex<'oauthSecret', string>;
  readonly entrances: RowIndex<'entrance', EntranceId>;
  readonly devices: RowIndex<'device', DeviceId>;
  readonly gateways: RowIndex<'gateway', GatewayId>;
  readonly accessKeys: RowIndex<'accessKey', KeyId>;
  /** In the group `open` those that are not ended. */
  readonly mails: RowIndex<'mail', MailId>;
  readonly webhookEndpoints: RowIndex<'webhookEndpoint', WebhookEndpointId>;
  /** Found by the hash of the token that a directory pushes with, too. */
  readonly directoryIntegrations: RowIndex<'directoryIntegration', IntegrationId>;
  /** In groups by integration and by member. */
  readonly directoryLinks: RowIndex<'directoryLink', string>;
  readonly directoryReviews: RowIndex<'directoryReview', ReviewId>;
  /** In the group `open` those that have not ended. */
  readonly syncRuns: RowIndex<'syncRun', SyncRunId>;
  /** Found by {@link scimName} of the `userName`, too; in groups by integration, and by address and external id. */
  readonly scimUsers: RowIndex<'scimUser', PushedUserId>;
  /** Found by {@link scimName} of the `displayName`, too; in groups by integration, and by external id. */
  readonly scimGroups: RowIndex<'scimGroup', ScimGroupId>;
  /** In groups by group, and by {@link scimMemberName}. */
  readonly scimMemberships: RowIndex<'scimMembership', `${ScimGroupId}/${PushedUserId | ScimGroupId}`>;
  /** Who holds which role where, for core's decisions. */
  readonly permissions: PermissionModel;
  readonly peopleCounts: Pick<PeopleCounts, 'licensesHeld' | 'livingLinks'>;
  /** Attempts that have not ended, and those that ended `unknown` since the start: a later truth may still come. */
  readonly openAttempts: ReadonlyMap<AttemptId, Row<'attempt'>>;
  /** Position of the last event of a feed; 0 before the first. */
  lastPosition(feedId: FeedId): number;
  /** The last audit entry's number and hash of an organization. */
  auditHead(organizationId: OrganizationId): AuditHead;
  /** What was asked with this idempotency key before, as a hash; `undefined` when nothing was. */
  requestHash(scope: string, key: string): string | undefined;
  /** Forgets requests made before the instant, as the store does. */
  forgetRequests(before: Instant): void;
  /** Forgets one request, which the store has forgotten already. */
  forgetRequest(scope: string, key: string): void;
  /** Takes over writes that were committed. */
  apply(writes: readonly Write[]): void;
  /** Watches what is read for a decision that takes more than one turn. */
  watch(): ReadWatch;
  /** Holds this content from now on instead of what it held. */
  replace(content: ProjectionContent): void;
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

/** The one other name of a member who is not removed: the address within the organization (G14). */
export function memberName({ organizationId, emailKey }: Pick<Row<'member'>, 'organizationId' | 'emailKey'>): string {
  return `${organizationId}/${emailKey}`;
}

/** How what a directory has pushed is found by a text that it sent: the attribute keeps texts of several kinds apart. */
export function scimName(
  integrationId: IntegrationId,
  attribute: 'userName' | 'displayName' | 'externalId' | 'email' | 'manyEmails',
  text: string,
): string {
  return `${integrationId}/${attribute}/${text}`;
}

/** How the memberships of a pushed user or group are found; a group has members, too. */
export function scimMemberName({ memberId }: Pick<Row<'scimMembership'>, 'memberId'>): string {
  return `member/${memberId}`;
}

/** By how many of its addresses a pushed user is found at once; whoever has more is looked at one by one. */
const indexedEmails = 3;

/** How an identity provider's account is found: by issuer and subject. A line feed is in neither. */
export function identityName({ issuer, subject }: Pick<Row<'accountIdentity'>, 'issuer' | 'subject'>): string {
  return `${issuer}\n${subject}`;
}

/** How a link is found: by integration and the directory's own id of the user. No id of ours has a slash in it. */
export function linkName({ integrationId, directoryId }: Pick<Row<'directoryLink'>, 'integrationId' | 'directoryId'>) {
  return `${integrationId}/${directoryId}`;
}

function externalName({ integrationId, externalId }: Pick<Row<'scimUser'>, 'integrationId' | 'externalId'>) {
  return externalId === null ? undefined : scimName(integrationId, 'externalId', externalId);
}

interface KnownRequest {
  readonly hash: string;
  readonly at: Instant;
}

const auditStart: AuditHead = { seq: 0, hash: '' };

/** Creates a projection of the given content. */
export function createProjection(content: ProjectionContent): Projection {
  const watches = createWatches();
  const rowsOf = <Table extends ProjectedTable, Id extends string>(keys: RowIndexKeys<Table, Id>) =>
    createRowIndex<Table, Id>(keys, watches);
  const positions = new Map<FeedId, number>();
  const auditHeads = new Map<OrganizationId, AuditHead>();
  const requests = new Map<string, KnownRequest>();
  const openAttempts = new Map<AttemptId, Row<'attempt'>>();
  const indexes = {
    organization: rowsOf<'organization', OrganizationId>({ id: (row) => row.id }),
    property: rowsOf<'property', PropertyId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    propertySigner: rowsOf<'propertySigner', `${PropertyId}/${SignerUse}`>({
      id: (row) => `${row.propertyId}/${row.use}`,
    }),
    member: rowsOf<'member', MemberId>({
      id: (row) => row.id,
      unique: (row) => (row.state === 'removed' ? undefined : memberName(row)),
      groups: [(row) => row.organizationId, (row) => row.accountId ?? undefined],
    }),
    desk: rowsOf<'desk', DeskId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    invitation: rowsOf<'invitation', InvitationId>({
      id: (row) => row.id,
      groups: [(row) => row.organizationId, (row) => row.memberId],
    }),
    reservation: rowsOf<'reservation', ReservationId>({
      id: (row) => row.id,
      groups: [(row) => row.organizationId, (row) => row.deskId, (row) => row.memberId],
    }),
    account: rowsOf<'account', AccountId>({ id: (row) => row.id, unique: (row) => row.emailKey }),
    accountIdentity: rowsOf<'accountIdentity', string>({
      id: identityName,
      groups: [(row) => row.accountId],
    }),
    assignment: rowsOf<'assignment', `${MemberId}/${PropertyId}`>({
      id: (row) => `${row.memberId}/${row.propertyId}`,
      groups: [(row) => row.memberId, (row) => row.propertyId],
    }),
    ssoHandover: rowsOf<'ssoHandover', string>({ id: (row) => row.stateHash, unique: (row) => row.codeHash }),
    setupLink: rowsOf<'setupLink', string>({
      id: (row) => row.tokenHash,
      groups: [(row) => row.memberId],
    }),
    session: rowsOf<'session', SessionId>({
      id: (row) => row.id,
      unique: (row) => row.tokenHash,
      groups: [(row) => row.memberId],
    }),
    apiKey: rowsOf<'apiKey', ApiKeyId>({
      id: (row) => row.id,
      unique: (row) => row.tokenHash,
      groups: [(row) => row.organizationId, (row) => row.creatorId],
    }),
    app: rowsOf<'app', AppId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    appGrant: rowsOf<'appGrant', AppGrantId>({
      id: (row) => row.id,
      groups: [(row) => row.appId, (row) => row.memberId],
    }),
    appToken: rowsOf<'appToken', string>({ id: (row) => row.id, groups: [(row) => row.grantId] }),
    oauthSecret: rowsOf<'oauthSecret', string>({ id: (row) => String(row.generation).padStart(9, '0') }),
    entrance: rowsOf<'entrance', EntranceId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    device: rowsOf<'device', DeviceId>({
      id: (row) => row.id,
      unique: deviceName,
      groups: [(row) => row.propertyId, (row) => row.entranceId],
    }),
    gateway: rowsOf<'gateway', GatewayId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    accessKey: rowsOf<'accessKey', KeyId>({
      id: (row) => row.id,
      groups: [(row) => row.propertyId, (row) => row.holderId],
    }),
    mail: rowsOf<'mail', MailId>({
      id: (row) => row.id,
      groups: [
        (row) => (row.endedAt === null ? 'open' : undefined),
        (row) => row.invitationId ?? undefined,
        (row) => row.memberId,
      ],
    }),
    webhookEndpoint: rowsOf<'webhookEndpoint', WebhookEndpointId>({
      id: (row) => row.id,
      groups: [(row) => row.organizationId],
    }),
    directoryIntegration: rowsOf<'directoryIntegration', IntegrationId>({
      id: (row) => row.id,
      unique: (row) => row.scimTokenHash ?? undefined,
      groups: [(row) => row.organizationId],
    }),
    directoryLink: rowsOf<'directoryLink', string>({
      id: linkName,
      groups: [(row) => row.integrationId, (row) => row.memberId],
    }),
    directoryReview: rowsOf<'directoryReview', ReviewId>({
      id: (row) => row.id,
      groups: [(row) => row.integrationId],
    }),
    syncRun: rowsOf<'syncRun', SyncRunId>({
      id: (row) => row.id,
      groups: [(row) => row.integrationId, (row) => (row.endedAt === null ? 'open' : undefined)],
    }),
    scimUser: rowsOf<'scimUser', PushedUserId>({
      id: (row) => row.id,
      unique: (row) => scimName(row.integrationId, 'userName', row.userNameKey),
      groups: [
        (row) => row.integrationId,
        externalName,
        ...Array.from({ length: indexedEmails }, (_, at) => (row: Row<'scimUser'>) => {
          const email = row.emailKeys[at];
          return email === undefined ? undefined : scimName(row.integrationId, 'email', email);
        }),
        (row) => (row.emailKeys.length > indexedEmails ? scimName(row.integrationId, 'manyEmails', '') : undefined),
      ],
    }),
    scimGroup: rowsOf<'scimGroup', ScimGroupId>({
      id: (row) => row.id,
      unique: (row) => scimName(row.integrationId, 'displayName', row.displayNameKey),
      groups: [(row) => row.integrationId, externalName],
    }),
    scimMembership: rowsOf<'scimMembership', `${ScimGroupId}/${PushedUserId | ScimGroupId}`>({
      id: (row) => `${row.groupId}/${row.memberId}`,
      groups: [(row) => row.groupId, scimMemberName],
    }),
  } satisfies { readonly [Table in ProjectedTable]: RowIndex<Table, string> };

  const permissions = createProjectedPermissions(indexes);

  const peopleCounts = createPeopleCounts({ ...indexes, nameOf: linkName, watches });
  const requestId = (scope: string, key: string) => `${scope} ${key}`;
  const applyOne = (write: Write): void => {
    switch (write.table) {
      case 'attempt':
        watches.written(openAttempts, ['']);
        if (write.row.endedAt === null || write.row.state === 'unknown') openAttempts.set(write.row.id, write.row);
        else openAttempts.delete(write.row.id);
        return;
      case 'event':
        positions.set(write.row.feedId, write.row.position);
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
      // Read from the store when they are due.
      case 'webhookDelivery':
      case 'oauthRecord':
      case 'directoryReviewChunk':
      case 'syncReceipt':
        return;
      default: {
        // The index of a table takes exactly that table's rows; the union loses the link.
        const index = indexes[write.table] as unknown as RowIndex<ProjectedTable, string>;
        peopleCounts.around(write, () => (write.op === 'delete' ? index.remove(write.row) : index.put(write.row)));
        permissions.apply(write);
      }
    }
  };

  const replace = ({ rows, heads, openAttempts: open, requests: known }: ProjectionContent): void => {
    for (const index of Object.values(indexes)) index.clear();
    peopleCounts.clear();
    for (const map of [positions, auditHeads, requests, openAttempts]) map.clear();
    permissions.clear();
    for (const table of projectedTables) {
      for (const row of rows[table]) applyOne({ op: 'insert', table, row } as Write);
    }
    for (const { feedId, position } of heads.events) positions.set(feedId, position);
    for (const { organizationId, seq, hash } of heads.audit) auditHeads.set(organizationId, { seq, hash });
    for (const row of open) openAttempts.set(row.id, row);
    for (const { scope, key, requestHash, createdAt } of known) {
      requests.set(requestId(scope, key), { hash: requestHash, at: createdAt });
    }
  };
  replace(content);

  return {
    organizations: indexes.organization,
    properties: indexes.property,
    signers: indexes.propertySigner,
    members: indexes.member,
    assignments: indexes.assignment,
    desks: indexes.desk,
    invitations: indexes.invitation,
    reservations: indexes.reservation,
    accounts: indexes.account,
    identities: indexes.accountIdentity,
    ssoHandovers: indexes.ssoHandover,
    setupLinks: indexes.setupLink,
    sessions: indexes.session,
    apiKeys: indexes.apiKey,
    apps: indexes.app,
    appGrants: indexes.appGrant,
    appTokens: indexes.appToken,
    oauthSecrets: indexes.oauthSecret,
    entrances: indexes.entrance,
    devices: indexes.device,
    gateways: indexes.gateway,
    accessKeys: indexes.accessKey,
    mails: indexes.mail,
    webhookEndpoints: indexes.webhookEndpoint,
    directoryIntegrations: indexes.directoryIntegration,
    directoryLinks: indexes.directoryLink,
    directoryReviews: indexes.directoryReview,
    syncRuns: indexes.syncRun,
    scimUsers: indexes.scimUser,
    scimGroups: indexes.scimGroup,
    scimMemberships: indexes.scimMembership,
    get permissions() {
      return permissions.model();
    },
    peopleCounts,
    get openAttempts() {
      watches.read(openAttempts, '');
      return openAttempts;
    },
    lastPosition: (feedId) => positions.get(feedId) ?? 0,
    auditHead: (organizationId) => auditHeads.get(organizationId) ?? auditStart,
    requestHash: (scope, key) => requests.get(requestId(scope, key))?.hash,
    forgetRequest: (scope, key) => requests.delete(requestId(scope, key)),
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
    watch: watches.open,
    replace,
  };
}
