import type { Actor, SyncRun } from '@latchwork/contract';
import type { IntegrationId, MemberId } from '@latchwork/core';
import {
  type LinkChange,
  linkChangesOf,
  type SyncPlan,
  type SyncRow,
  summarizeSync,
  syncStepsOf,
} from '@latchwork/core/directory';
import { type PeopleActor, type PeopleDecision, toEmailKey } from '@latchwork/core/people';
import type { Identifiers } from '../identifiers.js';
import { atOnce, type Steps } from '../in-steps.js';
import type { Draft } from '../ledger.js';
import type { PeopleDesk, PeopleOutcome } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import { linkName } from '../store/row-indexes.js';
import type { DirectoryBinding } from '../store/schema/directory.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { directoryStateOf } from './directory-state-view.js';

/** One plan to carry out. */
export interface SyncRequest {
  readonly integration: Row<'directoryIntegration'>;
  /** Exactly what is to be done: of a choice, or of everybody. Whether it is held, the caller has looked at. */
  readonly plan: SyncPlan;
  readonly trigger: SyncRun['trigger'];
  /** Who it was, as events and the audit name it. */
  readonly actor: Actor;
  /** Who decides, as core sees it. */
  readonly by: PeopleActor;
  /** Tenant and scope of what was read. */
  readonly bound: DirectoryBinding;
  /** The run that has begun already; otherwise one is made. */
  readonly run?: Row<'syncRun'>;
  /** New users who wait for licenses, who are not in the plan (S36). */
  readonly waiting?: number;
  /** Why something waits; see `waiting`. */
  readonly held?: SyncPlan['held'];
}

/** What became of a plan. Nothing of a refused one is written. */
export type SyncOutcome =
  | {
      readonly allow: true;
      readonly run: Row<'syncRun'>;
      /** As it is afterwards. */
      readonly integration: Row<'directoryIntegration'>;
      /** How many more are linked than before. */
      readonly linked: number;
      /** The member that a row of the plan is about, also one who was invited by it. */
      memberOf(rowId: string): MemberId | undefined;
    }
  | Extract<PeopleDecision, { readonly allow: false }>;

/** The one way to carry a plan out: people, links, receipts, run, audit and events, in the transaction that asks. */
export interface SyncDesk {
  run(draft: Draft, request: SyncRequest): SyncOutcome;
  /** As `run`, in steps: for a plan of many. */
  runInSteps(draft: Draft, request: SyncRequest): Steps<SyncOutcome>;
}

/** Creates the desk. */
export function createSyncDesk(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly people: Pick<PeopleDesk, 'runInSteps'>;
}): SyncDesk {
  const { projection, identifiers, people } = parts;
  const runInSteps: SyncDesk['runInSteps'] = function* (draft, request) {
    const { integration, plan, by, actor } = request;
    const organization = projection.organizations.get(integration.organizationId);
    if (organization === undefined) throw new Error(`Organization ${integration.organizationId} does not exist.`);
    const changes = linkChangesOf(plan.rows, directoryStateOf(projection, integration, draft.now));
    yield;
    const steps = syncStepsOf(plan);
    yield;
    const outcome = yield* people.runInSteps(draft, { type: 'sync-users', steps }, { organization, by, actor });
    if (!outcome.allow) return outcome;
    const memberIds = membersOf(plan, outcome);
    yield;
    const linked = yield* writeLinks(draft, projection, { integrationId: integration.id, changes, memberIds });
    const written = yield* writeRun(draft, { projection, identifiers, request, memberIds });
    return { allow: true, ...written, linked, memberOf: (rowId) => memberIds.get(rowId) };
  };
  return { runInSteps, run: (draft, request) => atOnce(runInSteps(draft, request)) };
}

type Done = Extract<PeopleOutcome, { readonly allow: true }>;

/** Whom each row is about after it is done: somebody invited, or invited anew at another address, is found by the address. */
function membersOf({ rows }: SyncPlan, { invited }: Done): ReadonlyMap<string, MemberId> {
  const byAddress = new Map(invited.map(({ view: { row } }) => [row.emailKey, row.id]));
  const found = new Map<string, MemberId>();
  for (const row of rows) {
    const isMade = row.status === 'new' || (row.status === 'updated' && row.act === 'replace-invitation');
    const memberId = isMade ? byAddress.get(toEmailKey(row.email ?? '')) : row.memberId;
    if (memberId === undefined) throw new Error('A user was to be invited and was not.');
    found.set(row.rowId, memberId);
  }
  return found;
}

/** Writes the links, and tells how many more there are. */
function* writeLinks(
  draft: Draft,
  projection: Projection,
  done: {
    readonly integrationId: IntegrationId;
    readonly changes: readonly LinkChange[];
    readonly memberIds: ReadonlyMap<string, MemberId>;
  },
): Steps<number> {
  const { integrationId, changes, memberIds } = done;
  /** The links as this command leaves them, so that each is written once. */
  const after = new Map<string, Row<'directoryLink'> | undefined>();
  const before = (directoryId: string) => projection.directoryLinks.get(linkName({ integrationId, directoryId }));
  for (const change of changes) {
    yield;
    const { directoryId } = change;
    const link = after.has(directoryId) ? after.get(directoryId) : before(directoryId);
    if (change.type === 'unlinked') after.set(directoryId, undefined);
    else if (change.type === 'marked-removed') after.set(directoryId, link && { ...link, removed: true });
    else {
      const memberId = change.memberId ?? memberIds.get(directoryId);
      if (memberId === undefined) throw new Error('A link is to be made to nobody.');
      const { profile } = change;
      const createdAt = link?.createdAt ?? draft.now;
      after.set(directoryId, { integrationId, directoryId, memberId, profile, removed: false, createdAt });
    }
  }
  let more = 0;
  for (const [directoryId, link] of after) {
    yield;
    const old = before(directoryId);
    more += Number(link?.removed === false) - Number(old?.removed === false);
    if (link === undefined) {
      if (old !== undefined) draft.delete('directoryLink', old);
    } else if (old === undefined) draft.insert('directoryLink', link);
    else draft.update('directoryLink', link);
  }
  return more;
}

function* writeRun(
  draft: Draft,
  done: {
    readonly projection: Projection;
    readonly identifiers: Identifiers;
    readonly request: SyncRequest;
    readonly memberIds: ReadonlyMap<string, MemberId>;
  },
): Steps<{ readonly run: Row<'syncRun'>; readonly integration: Row<'directoryIntegration'> }> {
  const { projection, identifiers, request, memberIds } = done;
  const { integration, plan, trigger, actor, bound, waiting = 0, held = [] } = request;
  const begun = request.run ?? (trigger === 'scim' ? runOfToday(projection, integration, draft.now) : undefined);
  const before = begun ?? newRun(identifiers, request, draft.now);
  const counts = { ...summarizeSync(plan).counts, waiting };
  const receipts = plan.rows.flatMap((row) => {
    const memberId = memberIds.get(row.rowId);
    return memberId === undefined ? [] : [{ memberId, status: row.status, because: reasonOf(row) }];
  });
  const run: Row<'syncRun'> = {
    ...before,
    state: 'applied',
    planId: trigger === 'scim' ? null : plan.planId,
    counts: trigger === 'scim' && begun !== undefined ? addCounts(begun.counts, counts) : counts,
    held: [...held],
    fault: null,
    hostId: null,
    receipts: before.receipts + receipts.length,
    endedAt: draft.now,
  };
  if (begun === undefined) draft.insert('syncRun', run);
  else draft.update('syncRun', run);
  yield;
  for (const [index, receipt] of receipts.entries()) {
    draft.insert('syncReceipt', { syncRunId: run.id, position: before.receipts + index, ...receipt });
  }
  const { id: integrationId, organizationId } = integration;
  // Others of the same commit may have changed the row; the newest one is in the request.
  const synced: Row<'directoryIntegration'> = {
    ...integration,
    bound,
    tenantId: bound.tenantId,
    lastRun: { id: run.id, state: 'applied', endedAt: draft.now },
  };
  draft.update('directoryIntegration', synced);
  const { waiting: _, ...told } = counts;
  const at = { occurredAt: timestampOf(draft.now), organizationId, actor };
  draft.event({ type: 'sync_run.applied', ...at, integrationId, syncRunId: run.id, counts: told });
  draft.audit(organizationId, {
    action: 'directory.synced',
    actor,
    subject: { integrationId, syncRunId: run.id, trigger, planId: plan.planId, ...counts },
  });
  return { run, integration: synced };
}

function newRun(
  identifiers: Identifiers,
  { integration, trigger, actor, plan }: SyncRequest,
  now: Draft['now'],
): Row<'syncRun'> {
  return {
    id: identifiers.next('syncRun', now),
    integrationId: integration.id,
    organizationId: integration.organizationId,
    ...{ trigger, actor },
    state: 'reading',
    planId: plan.planId,
    counts: { new: 0, updated: 0, removed: 0, unchanged: 0, conflicts: 0, skipped: 0, waiting: 0 },
    held: [],
    fault: null,
    receipts: 0,
    hostId: null,
    startedAt: now,
    endedAt: null,
  };
}

const dayMs = 24 * 60 * 60 * 1000;

/** What a directory pushes in a day is one run: each push is a user or two. */
function runOfToday(
  projection: Projection,
  { id }: Row<'directoryIntegration'>,
  now: Draft['now'],
): Row<'syncRun'> | undefined {
  const last = projection.syncRuns.group(id).at(-1);
  return last !== undefined && Math.floor(last.startedAt / dayMs) === Math.floor(now / dayMs) ? last : undefined;
}

function addCounts(a: SyncRun['counts'], b: SyncRun['counts']): SyncRun['counts'] {
  return {
    new: a.new + b.new,
    updated: a.updated + b.updated,
    removed: a.removed + b.removed,
    unchanged: b.unchanged,
    conflicts: b.conflicts,
    skipped: b.skipped,
    waiting: b.waiting,
  };
}

function reasonOf(row: SyncRow): string | null {
  return row.status === 'new' ? null : row.because;
}
