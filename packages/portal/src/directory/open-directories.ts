import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import { createClosingStack } from '../closing-stack.js';
import type { DirectoryConfig } from '../config.js';
import type { Handlers } from '../http/call.js';
import { createDirectoryIntegrationHandlers } from '../http/directory-integration-handlers.js';
import { createDirectoryReviewHandlers } from '../http/directory-review-handlers.js';
import { createDirectorySyncHandlers } from '../http/directory-sync-handlers.js';
import { createSyncRunHandlers } from '../http/sync-run-handlers.js';
import type { Identifiers } from '../identifiers.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { PeopleDesk } from '../people/people-desk.js';
import { every } from '../periodic-task.js';
import type { Projection } from '../store/projection.js';
import type { Store } from '../store/store.js';
import type { AddressGuard } from '../webhooks/address-guard.js';
import { createAutomaticSync } from './automatic-sync.js';
import { createGuardedFetch } from './guarded-fetch.js';
import { createPlanDesk } from './plan-desk.js';
import { createReviewDesk } from './review-desk.js';
import { createReviewReader } from './review-reader.js';
import { createSourceFactory, directoryClockOf } from './source-factory.js';
import { createSyncDesk, type SyncDesk } from './sync-desk.js';
import { createSyncRunner } from './sync-runner.js';

/** What directories stand on. */
export interface DirectoriesParts {
  readonly config: DirectoryConfig;
  readonly projection: Projection;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly people: PeopleDesk;
  readonly mails: MailOutbox;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1; spreads automatic runs. */
  readonly random: () => number;
  readonly publicUrl: () => string;
}

type DirectoryOperation =
  | keyof ReturnType<typeof createDirectoryIntegrationHandlers>
  | keyof ReturnType<typeof createDirectoryReviewHandlers>
  | keyof ReturnType<typeof createDirectorySyncHandlers>
  | keyof ReturnType<typeof createSyncRunHandlers>;

/** Everything by which an organization's users follow its directory. */
export interface Directories extends AsyncDisposable {
  readonly handlers: Pick<Handlers, DirectoryOperation>;
  readonly syncs: SyncDesk;
  /** Resolves when no directory is being read for a review. */
  reviewsRead(): Promise<void>;
  /** Begins the automatic runs that are due, and resolves when none is under way. */
  runDue(): Promise<void>;
  /** Erases reviews whose time is over; runs by itself once a second. */
  sweep(): Promise<void>;
  /** From now on what is due runs by itself. */
  start(): void;
}

const lookEveryMs = 1_000;

/** Wires integrations, reviews, manual and automatic syncs; nothing runs by itself before `start`. */
export function openDirectories(parts: DirectoriesParts): Directories {
  const { config, projection, store, ledger, identifiers, sealer, people, mails, guard, clock, log } = parts;
  const running = createClosingStack();
  const { self } = store.peers;
  const guardedFetch = running.use(createGuardedFetch(guard));
  const sources = createSourceFactory({
    ...{ config, sealer, clock: directoryClockOf(clock), guardedFetch: guardedFetch.fetch },
  });
  const reviewDesk = createReviewDesk({
    ...{ projection, identifiers, sealer, hostId: self, lifetimeMs: config.reviewLifetimeMs },
  });
  const reader = running.use(
    createReviewReader({
      ...{ projection, store, running: store.peers.running, ledger, desk: reviewDesk, sources, sealer, clock, log },
    }),
  );
  const syncs = createSyncDesk({ projection, identifiers, people });
  const automatic = createAutomaticSync({
    ...{ projection, identifiers, sealer, mails, syncs, self, random: parts.random },
  });
  const plans = createPlanDesk({ projection, reader, reviews: reviewDesk, syncs, automatic });
  const runner = running.use(
    createSyncRunner({ projection, ledger, peers: store.peers, sources, automatic, clock, log }),
  );
  return {
    handlers: {
      ...createDirectoryIntegrationHandlers({
        ...{ projection, identifiers, sealer, guard, sources, reviews: reviewDesk, publicUrl: parts.publicUrl },
      }),
      ...createDirectoryReviewHandlers({ projection, desk: reviewDesk, reader }),
      ...createDirectorySyncHandlers({ projection, reader, plans }),
      ...createSyncRunHandlers({ projection, store, plans, automatic }),
    },
    syncs,
    reviewsRead: reader.idle,
    runDue: runner.settle,
    sweep: reader.sweep,
    start: () => {
      running.use(every(lookEveryMs, reader.sweep, log));
      running.use(every(lookEveryMs, runner.look, log));
    },
    [Symbol.asyncDispose]: async () => await running[Symbol.asyncDispose](),
  };
}
