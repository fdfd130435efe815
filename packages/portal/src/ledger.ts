import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Actor } from '@latchwork/contract';
import type { EventId, Instant, OrganizationId, PropertyId } from '@latchwork/core';
import { auditHash } from './audit-chain.js';
import type { Clock } from './clock.js';
import type { Identifiers } from './identifiers.js';
import type { AuditHead, Projection } from './store/projection.js';
import type { FeedId, StoredEvent } from './store/schema/record.js';
import type { Row, Store, TableName, Write } from './store/store.js';
import { timestampOf } from './wire-time.js';

type WithoutRecord<Wire> = Wire extends { readonly id: EventId } ? Omit<Wire, 'id' | 'recordedAt'> : never;

/** An event before it is recorded. */
export type EventDraft = WithoutRecord<StoredEvent>;

/** One line of the audit before it is recorded: who did what to which things. */
export interface AuditDraft {
  readonly action: string;
  readonly actor: Actor;
  readonly propertyId?: PropertyId;
  /** Ids and codes; never a name, an address, a token or a secret. */
  readonly subject: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** What one command wants written; nothing is, unless the command returns. */
export interface Draft {
  /** The moment of this command. */
  readonly now: Instant;
  insert<Table extends TableName>(table: Table, row: Row<Table>): void;
  update<Table extends TableName>(table: Table, row: Row<Table>): void;
  delete<Table extends TableName>(table: Table, row: Row<Table>): void;
  event(event: EventDraft): void;
  audit(organizationId: OrganizationId, entry: AuditDraft): void;
}

/** The one way by which state changes. */
export interface Ledger {
  /**
   * Runs a command against the projection and commits what it wrote, with its events and audit entries, in one
   * transaction. Commands run one after the other, so each decides on what the one before it committed; a command that
   * throws writes nothing. Resolves after the commit.
   */
  write<Result>(command: (draft: Draft) => Result): Promise<Result>;
  /** Resolves when every command given so far is done. */
  idle(): Promise<void>;
}

/**
 * What the ledger stands on. `onEvents` hears of events after their commit, in the order of the feed. `alongside` adds to
 * a command with events, before it is committed, what has to be stored together with them.
 */
export interface LedgerParts {
  readonly store: Pick<Store, 'commit'>;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly onEvents: (events: readonly Row<'event'>[]) => void;
  readonly alongside?: (draft: Draft, events: readonly Row<'event'>[]) => void;
}

/** Creates the ledger. Its process is the only writer: the data directory's lock sees to that. */
export function createLedger(parts: LedgerParts): Ledger {
  let tail: Promise<unknown> = Promise.resolve();

  const run = async <Result>(command: (draft: Draft) => Result): Promise<Result> => {
    const draft = createDraft(parts);
    const result = command(draft);
    if (draft.writes.length === 0) return result;
    const events = draft.writes.flatMap((write) => (write.table === 'event' ? [write.row] : []));
    if (events.length > 0) parts.alongside?.(draft, events);
    // What the command handed to a socket leaves first: the database holds this thread for a millisecond or two.
    await nextTurn();
    await parts.store.commit(draft.writes);
    parts.projection.apply(draft.writes);
    if (events.length > 0) parts.onEvents(events);
    return result;
  };

  return {
    write: (command) => {
      const done = tail.then(() => run(command));
      tail = done.catch(() => undefined);
      return done;
    },
    idle: async () => {
      await tail;
    },
  };
}

function createDraft({ projection, clock, identifiers }: LedgerParts): Draft & { readonly writes: Write[] } {
  const now = clock.now();
  const writes: Write[] = [];
  const positions = new Map<FeedId, number>();
  const heads = new Map<OrganizationId, AuditHead>();
  const put = <Table extends TableName>(op: Write['op'], table: Table, row: Row<Table>) => {
    // The pair belongs together by the signature; the union of all pairs cannot see it.
    writes.push({ op, table, row } as unknown as Write);
  };
  return {
    now,
    writes,
    insert: (table, row) => put('insert', table, row),
    update: (table, row) => put('update', table, row),
    delete: (table, row) => put('delete', table, row),
    event: (event) => {
      const feedId = feedOf(event);
      const position = (positions.get(feedId) ?? projection.lastPosition(feedId)) + 1;
      positions.set(feedId, position);
      const body: StoredEvent = { ...event, id: identifiers.next('event', now), recordedAt: timestampOf(now) };
      put('insert', 'event', { feedId, position, body });
    },
    audit: (organizationId, { action, actor, propertyId, subject }) => {
      const head = heads.get(organizationId) ?? projection.auditHead(organizationId);
      const seq = head.seq + 1;
      const entry = JSON.stringify({
        seq,
        at: timestampOf(now),
        action,
        actor,
        propertyId: propertyId ?? null,
        subject,
      });
      const hash = auditHash(head.hash, entry);
      heads.set(organizationId, { seq, hash });
      put('insert', 'auditEntry', { organizationId, seq, entry, hash });
    },
  };
}

/** The feed an event belongs to: its property's, or the organization's when it concerns no property. */
export function feedOf(event: EventDraft): FeedId {
  return 'propertyId' in event ? event.propertyId : event.organizationId;
}
