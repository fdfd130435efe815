import { createHardwareAlarms } from './alarms/hardware-alarms.js';
import type { Clock } from './clock.js';
import { createCardSlotRecord } from './credentials/card-slot-record.js';
import type { Identifiers } from './identifiers.js';
import { type CommittedListener, createLedger, type Ledger } from './ledger.js';
import { createTellingHeads } from './lock-log/told-head.js';
import { createRevocationRecord } from './locks/revocation-record.js';
import type { Log } from './log.js';
import { createOwnCommits } from './own-commits.js';
import { createSharedCommits } from './shared-commits.js';
import { createProjection, type Projection } from './store/projection.js';
import { readProjectionContent } from './store/projection-content.js';
import type { ChangeLog, Store } from './store/store.js';
import { createWebhookQueue } from './webhooks/webhook-queue.js';

/** A ledger with the projection it decides on, and the ways to hear of what becomes of both. */
export interface OpenLedger extends AsyncDisposable {
  readonly ledger: Ledger;
  readonly projection: Projection;
  /** Calls of this are for the wiring at start; listeners stay. */
  onCommitted(listener: CommittedListener): void;
  /** Hears that the projection was loaded anew, with changes that nobody told of. */
  onReplaced(listener: () => void): void;
}

/** What a ledger is opened over. */
export interface OpenLedgerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly log: Log;
  /** Begins to measure one commit; what it returns ends the measurement. */
  readonly measureCommit: () => () => void;
}

/** Loads the projection and opens the ledger over it, alone or among the processes on one database. */
export async function openLedger(parts: OpenLedgerParts): Promise<OpenLedger> {
  const { store, clock, identifiers, log } = parts;
  const committedListeners: CommittedListener[] = [];
  const replacedListeners: (() => void)[] = [];
  const onCommitted: CommittedListener = (committed) => {
    for (const listener of committedListeners) listener(committed);
  };
  const measured = async <Result>(commit: () => Promise<Result>): Promise<Result> => {
    const stop = parts.measureCommit();
    try {
      return await commit();
    } finally {
      stop();
    }
  };

  const readContent = async () => await readProjectionContent(store, clock.now());
  const { version, result } = await readContent();
  const projection = createProjection(result);
  const shared = (changes: ChangeLog) =>
    createSharedCommits({
      changes: { ...changes, commit: async (change) => await measured(async () => await changes.commit(change)) },
      projection,
      version,
      readContent,
      onCommitted,
      onReplaced: () => {
        for (const listener of replacedListeners) listener();
      },
      log,
    });
  const commits =
    store.log === undefined
      ? createOwnCommits({
          store: { commit: async (...of) => await measured(async () => await store.commit(...of)) },
          projection,
          onCommitted,
        })
      : shared(store.log);
  // Webhooks last: they tell of the others' events, too.
  const alongside = [
    createCardSlotRecord({ projection }),
    createRevocationRecord({ projection, identifiers }),
    createTellingHeads({ projection }),
    createHardwareAlarms({ projection, identifiers }),
    createWebhookQueue({ projection, identifiers }).alongside,
  ];
  const ledger = createLedger({ commits, store, projection, clock, identifiers, alongside });
  return {
    ledger,
    projection,
    onCommitted: (listener) => committedListeners.push(listener),
    onReplaced: (listener) => replacedListeners.push(listener),
    [Symbol.asyncDispose]: async () => {
      await ledger.idle();
      commits[Symbol.dispose]();
    },
  };
}
