import { createHash } from 'node:crypto';
import type { Actor, SyncRun } from '@latchwork/contract';
import type { Instant, SyncRunId } from '@latchwork/core';
import { type AutomaticPart, automaticPart, type SyncPlan, selectRows } from '@latchwork/core/directory';
import { type PeopleActor, planAllowsMethod } from '@latchwork/core/people';
import type { ReadSnapshot } from '@latchwork/directory';
import type { Sealer } from '../access/sealer.js';
import type { Identifiers } from '../identifiers.js';
import type { Steps } from '../in-steps.js';
import type { Draft } from '../ledger.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { type DeltaToken, openDeltaToken, sealDeltaToken } from './delta-token.js';
import { healthAfter, isLockedOut, type RunEnd, type RunFault } from './health.js';
import { tellHealth } from './health-notice.js';
import { nextRunAfterDone, nextRunAfterFailure } from './schedule.js';
import type { SyncDesk } from './sync-desk.js';
import { digest, everybody, planOf, policyOf } from './sync-planning.js';

/** What a directory said to a run. */
export interface RunReading {
  readonly snapshot: ReadSnapshot;
  /** The integration as it was when reading began. */
  readonly of: Row<'directoryIntegration'>;
}

/** What runs of automatic sync do to the record, each within the command that asks (S17, S33–S37). */
export interface AutomaticSync {
  /** Puts a run on record: one that is done at once by a portal, or, without one, one that somebody asks for. */
  begin(
    draft: Draft,
    integration: Row<'directoryIntegration'>,
    how: { readonly trigger: SyncRun['trigger']; readonly actor: Actor; readonly hostId: string | null },
  ): Row<'syncRun'>;
  /**
   * Carries over what was read, or holds it, on what is committed now. Nothing happens when the run is not this process's
   * any more; it ends as `aborted` when the integration was changed, or another run was faster.
   */
  carryOver(draft: Draft, runId: SyncRunId, reading: RunReading): Steps<RunEnd | undefined>;
  /** Carries over a plan that was just looked at, as an automatic run would (S34). */
  applyPlan(
    draft: Draft,
    request: {
      readonly integration: Row<'directoryIntegration'>;
      readonly plan: SyncPlan;
      readonly bound: { readonly tenantId: string; readonly scope: string };
      readonly actor: Actor;
      readonly by: PeopleActor;
      readonly run?: Row<'syncRun'>;
      /** What changes of the integration besides. */
      readonly also?: Partial<Row<'directoryIntegration'>>;
    },
  ): ReturnType<SyncDesk['runInSteps']>;
  /** Ends a run that failed; `counted`: as one more failure of its integration. */
  fail(draft: Draft, runId: SyncRunId, failure: { readonly fault: RunFault; readonly counted: boolean }): void;
  /** Where a reading of changes may go on from. */
  deltaTokenOf(integration: Row<'directoryIntegration'>): DeltaToken | undefined;
}

/** What automatic sync stands on. */
export interface AutomaticSyncParts {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly mails: Pick<MailOutbox, 'notify'>;
  readonly syncs: SyncDesk;
  /** Names this process. */
  readonly self: string;
  /** 0 to 1; spreads runs. */
  readonly random: () => number;
}

/** Creates it. */
export function createAutomaticSync(parts: AutomaticSyncParts): AutomaticSync {
  const { projection, identifiers, sealer, syncs, self, random } = parts;

  const settling = (at: Instant) => ({ at, random: random() });

  /** The integration after a run; it is not written yet. */
  const after = (integration: Row<'directoryIntegration'>, end: RunEnd, at: Instant): Row<'directoryIntegration'> => {
    const health = healthAfter(integration, end);
    if (end.state !== 'failed') return { ...integration, ...health, nextRunAt: nextRunAfterDone(settling(at)) };
    if (!isLockedOut(end.fault)) {
      return { ...integration, ...health, nextRunAt: nextRunAfterFailure(health.failures, settling(at)) };
    }
    // Not asked again until it is authorized anew, and then at once (S21).
    return { ...integration, ...health, state: 'revoked', nextRunAt: null, version: integration.version + 1 };
  };

  const endRun = (draft: Draft, run: Row<'syncRun'>, end: Exclude<RunEnd, { readonly state: 'applied' }>) => {
    const { id: syncRunId, integrationId, organizationId, actor } = run;
    const held = end.state === 'held' ? end.held : [];
    const fault = end.state === 'failed' ? end.fault : null;
    draft.update('syncRun', { ...run, state: end.state, held, fault, hostId: null, endedAt: draft.now });
    const told = { occurredAt: timestampOf(draft.now), organizationId, actor, integrationId, syncRunId };
    if (end.state === 'held') draft.event({ type: 'sync_run.held', ...told, held: [...held] });
    else draft.event({ type: 'sync_run.failed', ...told, fault: end.fault });
  };

  const settle = (
    draft: Draft,
    {
      integration,
      run,
      end,
    }: {
      readonly integration: Row<'directoryIntegration'>;
      readonly run: Row<'syncRun'>;
      readonly end: Exclude<RunEnd, { readonly state: 'applied' }>;
    },
  ): void => {
    endRun(draft, run, end);
    const lastRun = { id: run.id, state: end.state, endedAt: draft.now };
    const next = { ...after(integration, end, draft.now), lastRun };
    draft.update('directoryIntegration', next);
    tellHealth(parts, draft, { before: integration, after: next, actor: run.actor });
  };

  const applyPlan: AutomaticSync['applyPlan'] = function* (draft, request) {
    const { integration, plan, bound, actor, by, run, also = {} } = request;
    const part = partOf(projection, integration, plan);
    const next = { ...after(integration, { state: 'applied', waiting: part.held }, draft.now), ...also };
    yield;
    const outcome = yield* syncs.runInSteps(draft, {
      ...{ integration: next, plan: part.plan, bound, actor, by, held: part.held, waiting: part.waiting },
      ...(run === undefined ? {} : { run }),
      trigger: run?.trigger ?? 'automatic',
    });
    if (outcome.allow) tellHealth(parts, draft, { before: integration, after: next, actor });
    return outcome;
  };

  const ownRun = (runId: SyncRunId): Row<'syncRun'> | undefined => {
    const run = projection.syncRuns.get(runId);
    return run?.state === 'reading' && run.hostId === self ? run : undefined;
  };

  const deltaBasis = (integration: Row<'directoryIntegration'>): string | undefined => {
    const organization = projection.organizations.get(integration.organizationId);
    const { tenantId, bound, groupIds, credentialsSealed } = integration;
    // Who is in a group does not stand in a user's own record.
    if (organization === undefined || groupIds.length > 0 || bound === null) return undefined;
    const { guests, ownDomains, signInMethod } = policyOf(integration, organization);
    const basis = [tenantId, bound.scope, guests, ownDomains, signInMethod, credentialsSealed];
    return createHash('sha256').update(JSON.stringify(basis)).digest('base64url');
  };

  return {
    begin: (draft, integration, { trigger, actor, hostId }) => {
      const run: Row<'syncRun'> = {
        id: identifiers.next('syncRun', draft.now),
        integrationId: integration.id,
        organizationId: integration.organizationId,
        ...{ trigger, actor, hostId },
        state: 'reading',
        planId: null,
        counts: { new: 0, updated: 0, removed: 0, unchanged: 0, conflicts: 0, skipped: 0, waiting: 0 },
        held: [],
        fault: null,
        receipts: 0,
        startedAt: draft.now,
        endedAt: null,
      };
      draft.insert('syncRun', run);
      const { id: syncRunId, integrationId, organizationId } = run;
      const told = { occurredAt: timestampOf(draft.now), organizationId, actor, integrationId, syncRunId };
      draft.event({ type: 'sync_run.started', ...told });
      return run;
    },

    carryOver: function* (draft, runId, { snapshot, of }) {
      const run = ownRun(runId);
      if (run === undefined) return undefined;
      const integration = projection.directoryIntegrations.get(run.integrationId);
      if (integration === undefined || !isStillAsked(integration, of)) {
        const end: RunEnd = { state: 'failed', fault: 'aborted' };
        endRun(draft, run, end);
        return end;
      }
      const { full: plan } = planOf(projection, integration, {
        ...{ snapshot, choice: everybody, at: draft.now, by: run.actor },
      });
      yield;
      if (plan.held.length > 0) {
        const end: RunEnd = { state: 'held', held: plan.held };
        settle(draft, { integration, run, end });
        return end;
      }
      const { tenantId, scope } = snapshot;
      const bound = { tenantId, scope };
      // Whoever waits for a license or a decision is not among the changes of the next time.
      const isDone = plan.conflicts.length === 0 && partOf(projection, integration, plan).waiting === 0;
      const basis = deltaBasis({ ...integration, bound, tenantId });
      const token =
        isDone && basis !== undefined && snapshot.deltaToken !== null
          ? { token: snapshot.deltaToken, basis }
          : undefined;
      const outcome = yield* applyPlan(draft, {
        ...{ integration, plan, bound, run, actor: run.actor, by: { kind: 'directory_sync' } },
        also: {
          readAllAt: snapshot.coverage === 'everybody' ? draft.now : integration.readAllAt,
          deltaTokenSealed: token === undefined ? null : sealDeltaToken(sealer, integration.id, token),
        },
      });
      if (outcome.allow) return { state: 'applied', waiting: outcome.run.held };
      // What core refuses of a plan of its own: nothing that the directory could be asked about again at once.
      const end: RunEnd = { state: 'failed', fault: 'aborted' };
      settle(draft, { integration, run, end });
      return end;
    },

    applyPlan,

    fail: (draft, runId, { fault, counted }) => {
      const run = projection.syncRuns.get(runId);
      if (run?.state !== 'reading') return;
      const integration = projection.directoryIntegrations.get(run.integrationId);
      const end: RunEnd = { state: 'failed', fault };
      if (counted && integration !== undefined) settle(draft, { integration, run, end });
      else endRun(draft, run, end);
    },

    deltaTokenOf: (integration) => {
      const basis = deltaBasis(integration);
      const token = openDeltaToken(sealer, integration);
      return basis !== undefined && token?.basis === basis ? token : undefined;
    },
  };
}

/** What of a plan is carried out with nobody looking: new users wait for licenses (S36), and for a way to sign in (S32, case 48). */
function partOf(
  projection: Projection,
  { organizationId }: Row<'directoryIntegration'>,
  plan: SyncPlan,
): AutomaticPart {
  const organization = projection.organizations.get(organizationId);
  const added = plan.rows.filter(({ status }) => status === 'new');
  if (organization === undefined || added.length === 0 || planAllowsMethod(organization.plan, plan.signInMethod)) {
    return automaticPart(plan, digest);
  }
  const chosen = selectRows(plan, { rows: 'all', except: added.map(({ rowId }) => rowId) }, digest);
  if (!chosen.allow) throw new Error('A plan has rows that are not in it.');
  const part = automaticPart(chosen.plan, digest);
  return { plan: part.plan, held: [{ because: 'plan-required' }, ...part.held], waiting: part.waiting + added.length };
}

/**
 * Whether what was asked for is what is to be asked for now, and nobody has carried anything over meanwhile: what was read
 * may be older than that.
 */
function isStillAsked(now: Row<'directoryIntegration'>, before: Row<'directoryIntegration'>): boolean {
  const isSame = now.version === before.version && now.lastRun?.id === before.lastRun?.id;
  return now.automaticSync && now.state === 'authorized' && isSame;
}
