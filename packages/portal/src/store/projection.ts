import type { AttemptId, Instant, OrganizationId, PermissionModel } from '@latchwork/core';
import { createPeopleCounts, type PeopleCounts } from './people-counts.js';
import { createProjectedPermissions } from './projected-permissions.js';
import type { ProjectionContent } from './projection-content.js';
import { createWatches, type ReadWatch } from './read-watch.js';
import type { RowIndex } from './row-index.js';
import { createRowIndexes, linkName, type RowLookups, rowLookups } from './row-indexes.js';
import type { FeedId } from './schema/record.js';
import { type ProjectedTable, projectedTables, type Row, type Write } from './store.js';

/**
 * What decisions read: the committed rows of all tables that they need, in memory, with the look-ups they use. Built from
 * the store at start and brought up to date after each commit of any process, never before.
 */
export interface Projection extends RowLookups {
  /** Who holds which role where, for core's decisions. */
  readonly permissions: PermissionModel;
  readonly peopleCounts: Pick<PeopleCounts, 'licensesHeld' | 'livingLinks'>;
  /** Attempts that have not ended, and those that ended `unknown` or by a phone's word alone: a later truth may still come. */
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

interface KnownRequest {
  readonly hash: string;
  readonly at: Instant;
}

const auditStart: AuditHead = { seq: 0, hash: '' };

function isUnproven({ endedAt, state, result }: Row<'attempt'>): boolean {
  return endedAt === null || state === 'unknown' || result?.toldBy === 'phone';
}

/** Creates a projection of the given content. */
export function createProjection(content: ProjectionContent): Projection {
  const watches = createWatches();
  const positions = new Map<FeedId, number>();
  const auditHeads = new Map<OrganizationId, AuditHead>();
  const requests = new Map<string, KnownRequest>();
  const openAttempts = new Map<AttemptId, Row<'attempt'>>();
  const indexes = createRowIndexes(watches);

  const permissions = createProjectedPermissions(indexes);

  const peopleCounts = createPeopleCounts({ ...indexes, nameOf: linkName, watches });
  const requestId = (scope: string, key: string) => `${scope} ${key}`;
  const applyOne = (write: Write): void => {
    switch (write.table) {
      case 'attempt':
        watches.written(openAttempts, ['']);
        if (isUnproven(write.row)) openAttempts.set(write.row.id, write.row);
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
      case 'lockLog':
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
    ...rowLookups(indexes),
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
