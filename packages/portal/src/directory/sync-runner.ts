import type { IntegrationId, SyncRunId } from '@latchwork/core';
import { DirectoryError, type DirectorySource, type ReadOptions, type ReadSnapshot } from '@latchwork/directory';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Peers } from '../store/peers.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { AutomaticSync, RunReading } from './automatic-sync.js';
import { progressTeller, tellRunProgress } from './run-progress.js';
import { isRunDue, mustReadAll } from './schedule.js';
import { expectedOf, readScope } from './scoped-reading.js';
import type { SourceFactory } from './source-factory.js';

/** Runs automatic sync for every integration that has it on, in one process at a time (S17). */
export interface SyncRunner extends AsyncDisposable {
  /** Begins the runs that are due or asked for, and ends those that a dead process has left; a slow directory holds up no other. */
  look(): Promise<void>;
  /** Begins whatever is due, and resolves when nothing runs any more. */
  settle(): Promise<void>;
}

/** What the runner stands on. */
export interface SyncRunnerParts {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write' | 'writeLong'>;
  readonly peers: Peers;
  readonly sources: SourceFactory;
  readonly automatic: AutomaticSync;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many directories are read at once: each is a good part of the memory of a portal. */
const atOnce = 2;
/** After so long a run is over, whatever its process believes. */
const longestMs = 12 * 60 * 60 * 1000;

/**
 * Creates the runner. A run is on record before the directory is asked, with the process that does it. Whoever holds the
 * lease ends runs whose process is gone; one that comes back finds its run ended, and does nothing.
 */
export function createSyncRunner(parts: SyncRunnerParts): SyncRunner {
  const { projection, ledger, peers, automatic, clock, log } = parts;
  const { lease, self } = peers;
  const stopping = new AbortController();
  const inHand = new Map<SyncRunId, { readonly abort: AbortController; readonly done: Promise<void> }>();
  let looking: Promise<void> | undefined;
  const mayRun = (): boolean => !stopping.signal.aborted && lease.isHeld();

  const stopHearing = lease.onChange((held) => {
    if (!held) for (const { abort } of inHand.values()) abort.abort();
  });

  const openRuns = (): readonly Row<'syncRun'>[] => projection.syncRuns.group('open');

  const endLeftRuns = async (): Promise<void> => {
    const open = openRuns().filter(({ id }) => !inHand.has(id));
    if (open.length === 0) return;
    const running = await peers.running();
    const now = clock.now();
    for (const { id, integrationId, hostId, startedAt } of open) {
      const isLeft = hostId !== null && (hostId === self || !running.has(hostId));
      const isEndless = now > startedAt + longestMs;
      const isGone = projection.directoryIntegrations.get(integrationId) === undefined;
      if (!isLeft && !isEndless && !isGone) continue;
      log.warn({ syncRunId: id }, 'sync run was left by a portal that stopped');
      await ledger.write((draft) => automatic.fail(draft, id, { fault: 'aborted', counted: true }));
    }
  };
  const isDue = (integration: Row<'directoryIntegration'>, now: Parameters<typeof isRunDue>[1]): boolean =>
    integration.automaticSync && integration.state === 'authorized' && isRunDue(integration.nextRunAt, now);

  /** The run that is to be done now: one that was asked for, or one that is due; on record as this process's. */
  const claim = async (integrationId: IntegrationId): Promise<RunClaim | undefined> =>
    await ledger.write((draft) => {
      const integration = projection.directoryIntegrations.get(integrationId);
      if (integration === undefined) return undefined;
      const open = openRuns().find((run) => run.integrationId === integrationId);
      if (open !== undefined) {
        if (open.hostId !== null) return undefined;
        const run = { ...open, hostId: self };
        draft.update('syncRun', run);
        return { run, integration };
      }
      if (!isDue(integration, draft.now)) return undefined;
      const actor = { kind: 'system' } as const;
      return { run: automatic.begin(draft, integration, { trigger: 'automatic', actor, hostId: self }), integration };
    });

  const read = async (
    source: DirectorySource,
    integration: Row<'directoryIntegration'>,
    options: ReadOptions,
  ): Promise<ReadSnapshot> => {
    const token = mustReadAll({ readAllAt: integration.readAllAt, now: clock.now() })
      ? undefined
      : automatic.deltaTokenOf(integration);
    if (token !== undefined && source.readChanges !== undefined) {
      try {
        return await source.readChanges(token.token, options);
      } catch (error) {
        if (!(error instanceof DirectoryError && error.info.code === 'token-expired')) throw error;
      }
    }
    return await readScope(source, integration, { ...options, expected: expectedOf(projection, integration) });
  };

  const fail = async (syncRunId: SyncRunId, error: unknown): Promise<void> => {
    const isStopped = stopping.signal.aborted || !lease.isHeld();
    const fault = error instanceof DirectoryError ? error.info.code : 'answer-malformed';
    // The kind of fault only: what a directory answers may name people.
    if (error instanceof DirectoryError) log.warn({ syncRunId, fault }, 'sync run failed');
    else log.error({ syncRunId, name: (error as Error | null)?.name }, 'sync run failed');
    const failure = isStopped ? ({ fault: 'aborted', counted: false } as const) : { fault, counted: true };
    await ledger.write((draft) => automatic.fail(draft, syncRunId, failure));
  };

  const carryOut = async ({ run, integration }: RunClaim, signal: AbortSignal): Promise<void> => {
    const { id: syncRunId } = run;
    try {
      const source = parts.sources.open(integration);
      if (source === undefined) throw new DirectoryError({ code: 'not-found', status: 404 });
      const onProgress = progressTeller(async (progress) => await tellRunProgress(parts, run, progress));
      const snapshot = await read(source, integration, { signal, onProgress });
      signal.throwIfAborted();
      const reading: RunReading = { snapshot, of: integration };
      const end = await ledger.writeLong({ decide: (draft) => automatic.carryOver(draft, syncRunId, reading) });
      log.info({ syncRunId, state: end?.state ?? 'taken over' }, 'sync run ended');
    } catch (error) {
      await fail(syncRunId, error);
    }
  };

  const start = (claimed: RunClaim): void => {
    const { id } = claimed.run;
    const abort = new AbortController();
    const done = carryOut(claimed, abort.signal)
      .catch((error: unknown) => {
        log.error({ syncRunId: id, name: (error as Error | null)?.name }, 'sync run neither done nor ended');
      })
      .finally(() => inHand.delete(id));
    inHand.set(id, { abort, done });
  };

  const lookOnce = async (): Promise<void> => {
    await endLeftRuns();
    const now = clock.now();
    const asked = openRuns().flatMap(({ hostId, integrationId }) => (hostId === null ? [integrationId] : []));
    const open = new Set(openRuns().map(({ integrationId }) => integrationId));
    const due = projection.directoryIntegrations
      .all()
      .filter((integration) => !open.has(integration.id) && isDue(integration, now))
      // Whoever has waited longest comes first.
      .sort((a, b) => (a.nextRunAt ?? 0) - (b.nextRunAt ?? 0))
      .map(({ id }) => id);
    for (const id of [...asked, ...due]) {
      if (!mayRun() || inHand.size >= atOnce) return;
      const claimed = await claim(id);
      if (claimed !== undefined) start(claimed);
    }
  };

  const look = async (): Promise<void> => {
    if (!mayRun() || projection.directoryIntegrations.size === 0) return;
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    await looking;
  };

  return {
    look,
    settle: async () => {
      do {
        await look();
        await Promise.all([...inHand.values()].map(({ done }) => done));
        await look();
      } while (inHand.size > 0);
    },
    [Symbol.asyncDispose]: async () => {
      stopHearing();
      stopping.abort();
      await looking?.catch(() => undefined);
      for (const { abort } of inHand.values()) abort.abort();
      await Promise.all([...inHand.values()].map(({ done }) => done));
    },
  };
}

interface RunClaim {
  readonly run: Row<'syncRun'>;
  readonly integration: Row<'directoryIntegration'>;
}
