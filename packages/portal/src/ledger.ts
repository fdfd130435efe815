import type { Actor } from '@latchwork/contract';
import type { EventId, Instant, OrganizationId, PropertyId } from '@latchwork/core';
import { auditHash } from './audit-chain.js';
import type { Clock } from './clock.js';
import type { Identifiers } from './identifiers.js';
import { atOnce, inTurns, type Steps } from './in-steps.js';
import { createNotedDraft } from './noted-draft.js';
import type { AuditHead, Projection } from './store/projection.js';
import type { FeedId, StoredEvent } from './store/schema/record.js';
import type { NewWrites, Row, Store, TableName, Write } from './store/store.js';
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
  /** Adds an event to its feed. */
  event(event: EventDraft): void;
  audit(organizationId: OrganizationId, entry: AuditDraft): void;
  /**
   * Does something that depends on what changes all the time: at once in a command that is run in one go, and otherwise on
   * the state that the commit follows.
   */
  last(work: (draft: Draft) => void): void;
}

/** The draft of a command that is run in one go, and knows what its commit follows. */
export interface CommitDraft extends Draft {
  /** Adds an event to its feed and gives it as it will stand there. */
  event(event: EventDraft): Row<'event'>;
}

/** A command that takes long: it is decided ahead of its turn, while other commits go in. */
export interface LongCommand<Result> {
  /**
   * Reads the projection, decides and writes to the draft, and yields often. What it has read is watched: when any of that
   * is written by somebody else before its turn has come, it is begun anew, and the last time it is run in one go.
   */
  readonly decide: (draft: Draft) => Steps<Result>;
  /** Asked when its turn has come: an answer instead, with which nothing is written. */
  readonly instead?: () => Result | undefined;
  /** Adds to the draft when its turn has come, last. */
  readonly addition?: (draft: Draft, result: Result) => void;
}

/** The one way by which state changes. */
export interface Ledger {
  /**
   * Runs a command against the projection and commits what it wrote, with its events and audit entries, in one
   * transaction. Commands run one after the other, so each decides on what the one before it committed; a command that
   * throws writes nothing. Where another process committed in between, the command runs again on the newer state: it must
   * do nothing but read, decide and write to its draft. Resolves after the commit.
   *
   * @throws PortalError `store-unavailable`: the database is away. Then nothing was written, unless the connection broke
   * during the commit and did not come back in time to find out.
   */
  write<Result>(command: (draft: CommitDraft) => Result): Promise<Result>;
  /**
   * As `write`, for a command that would hold everybody up. It is committed as if it had been decided at its turn, except
   * that its moment is the one at which it was begun.
   *
   * @throws PortalError as `write`
   */
  writeLong<Result>(command: LongCommand<Result>): Promise<Result>;
  /**
   * Resolves when the projection holds whatever any process had committed by now. At once where this process is the only
   * one.
   *
   * @throws PortalError `store-unavailable`
   */
  fresh(): Promise<void>;
  /** Resolves when every command given so far is done. */
  idle(): Promise<void>;
}

/** How decisions become commits, alone or among several processes. */
export interface Commits extends Pick<Ledger, 'fresh'> {
  /**
   * Commits what a decision writes and takes it over into the projection. The decision is made again when another process
   * has committed since; one that writes nothing commits nothing.
   */
  run(decide: () => NewWrites): Promise<void>;
}

/** What was committed, and by whom. */
export interface Committed {
  readonly writes: readonly Write[];
  /** Also those of which a commit of another process tells no rows. */
  readonly tables: readonly TableName[];
  readonly by: 'this-process' | 'another-process';
}

/** Hears of commits in their order, each after the projection holds it. */
export type CommittedListener = (committed: Committed) => void;

/** What the ledger stands on. */
export interface LedgerParts {
  /** Add to each command, one after the other, what has to be stored together with what it writes. */
  readonly alongside: readonly ((draft: Draft, writes: readonly Write[]) => void)[];
  readonly commits: Commits;
  readonly store: Pick<Store, 'wording'>;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
}

/** What a commit begins with, because it was made ahead. */
type Ahead = Pick<NewWrites, 'writes' | 'wording'>;

const nothingAhead: Ahead = { writes: [] };

/** How often a command is decided ahead before it is run in one go. */
const triesAhead = 4;

/** Creates the ledger. */
export function createLedger(parts: LedgerParts): Ledger {
  const { commits, projection, clock } = parts;
  let tail: Promise<unknown> = Promise.resolve();
  const ahead = new Set<Promise<unknown>>();

  const run = async <Result>(command: (draft: CommitDraft) => Result, ahead: () => Ahead): Promise<Result> => {
    let result: { readonly of: Result } | undefined;
    await commits.run(() => {
      const draft = createDraft(parts);
      result = { of: command(draft) };
      const { writes, wording } = ahead();
      for (const add of parts.alongside) add(draft, [...writes, ...draft.writes]);
      return { writes: [...writes, ...draft.writes], wording };
    });
    if (result === undefined) throw new Error('A command was not run.');
    return result.of;
  };
  const inTurn = async <Result>(
    command: (draft: CommitDraft) => Result,
    ahead: () => Ahead = () => nothingAhead,
  ): Promise<Result> => {
    const done = tail.then(() => run(command, ahead));
    tail = done.catch(() => undefined);
    return await done;
  };
  const write: Ledger['write'] = async (command) => await inTurn(command);

  const inOneGo = async <Result>({ decide, instead, addition }: LongCommand<Result>): Promise<Result> =>
    await write((draft) => {
      const refused = instead?.();
      if (refused !== undefined) return refused;
      const result = atOnce(decide(draft));
      addition?.(draft, result);
      return result;
    });

  /** Decides ahead and commits that, unless something that was read is written meanwhile. */
  const decidedAhead = async <Result>(command: LongCommand<Result>): Promise<{ readonly of: Result } | undefined> => {
    using watch = projection.watch();
    const noted = createNotedDraft(clock.now());
    const turns = { during: watch.during, goesOn: () => watch.holds };
    const decided = await inTurns(command.decide(noted.draft), turns);
    if (decided === undefined) return undefined;
    const { result } = decided;
    const worded = await inTurns(parts.store.wording(noted.writes), turns);
    if (worded === undefined) return undefined;
    const ahead: Ahead = { writes: noted.writes, wording: worded.result };
    let written = nothingAhead;
    return await inTurn(
      (draft) => {
        written = nothingAhead;
        if (!watch.holds) return undefined;
        const refused = command.instead?.();
        if (refused !== undefined) return { of: refused };
        if (ahead.writes.length > 0) written = ahead;
        noted.record(draft);
        command.addition?.(draft, result);
        return { of: result };
      },
      () => written,
    );
  };

  const writeLong = async <Result>(command: LongCommand<Result>): Promise<Result> => {
    for (let tries = 0; tries < triesAhead; tries++) {
      const done = await decidedAhead(command);
      if (done !== undefined) return done.of;
    }
    return await inOneGo(command);
  };

  return {
    write,
    writeLong: (command) => {
      const done = writeLong(command);
      const settled = done.catch(() => undefined).finally(() => ahead.delete(settled));
      ahead.add(settled);
      return done;
    },
    fresh: commits.fresh,
    idle: async () => {
      while (ahead.size > 0) await Promise.all(ahead);
      await tail;
    },
  };
}

function createDraft({ projection, clock, identifiers }: LedgerParts): CommitDraft & { readonly writes: Write[] } {
  const now = clock.now();
  const writes: Write[] = [];
  const positions = new Map<FeedId, number>();
  const heads = new Map<OrganizationId, AuditHead>();
  const put = <Table extends TableName>(op: Write['op'], table: Table, row: Row<Table>) => {
    // The pair belongs together by the signature; the union of all pairs cannot see it.
    writes.push({ op, table, row } as unknown as Write);
  };
  const draft: CommitDraft & { readonly writes: Write[] } = {
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
      const row: Row<'event'> = { feedId, position, body };
      put('insert', 'event', row);
      return row;
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
    last: (work) => work(draft),
  };
  return draft;
}

/** The feed an event belongs to: its property's, or the organization's when it concerns no property. */
export function feedOf(event: EventDraft): FeedId {
  return 'propertyId' in event ? event.propertyId : event.organizationId;
}
