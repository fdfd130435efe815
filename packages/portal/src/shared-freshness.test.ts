import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commits } from './ledger.js';
import { createLog } from './log.js';
import { createSharedCommits } from './shared-commits.js';
import type { ProjectionContent } from './store/projection-content.js';
import type { Change, ChangeLog, NewChange, Row, Snapshot, Write } from './store/store.js';

/** Lets something wait for its turn, which a run of the law chooses. */
type Wait = (label: string) => Promise<unknown>;

/**
 * A log as a server keeps it, in memory: what is asked arrives when it may, and its answer, or what is told without being
 * asked, when that may, in any order. A real server does less: it answers one connection in order.
 */
function createServer(wait: Wait, { keeps, tells }: { readonly keeps: number; readonly tells: boolean }) {
  const changes: Change[] = [];
  const listeners: ((head: number) => void)[] = [];
  let held: Promise<void> = Promise.resolve();

  const append = ({ commitId, writes }: NewChange): void => {
    const version = changes.length + 1;
    changes.push({ version, commitId, writes, tables: ['organization'] });
    if (tells) for (const listener of listeners) wait(`told ${version}`).then(() => listener(version), fail);
  };
  /** One at a time, in the order of their arrival, as the lock on the head has it. */
  const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = held.then(work);
    held = done.then(
      () => undefined,
      () => undefined,
    );
    return await done;
  };

  const join = (name: string): ChangeLog => ({
    head: async () => {
      await wait(`${name} asks head`);
      const head = changes.length;
      await wait(`${name} hears head ${head}`);
      return head;
    },
    changesAfter: async (after) => {
      await wait(`${name} asks after ${after}`);
      const forgotten = changes.length - keeps;
      const page = after < forgotten ? undefined : changes.slice(after, after + 2);
      await wait(`${name} hears after ${after}`);
      return page;
    },
    commit: async ({ follows, ...change }) => {
      await wait(`${name} commits on ${follows}`);
      const outcome = await alone(async () => {
        if (changes.length !== follows) return 'overtaken' as const;
        append(change);
        return 'committed' as const;
      });
      await wait(`${name} hears ${outcome}`);
      return outcome;
    },
    commitAlone: async (decide) => {
      await wait(`${name} locks`);
      const outcome = await alone(async () => {
        await wait(`${name} has the lock`);
        const change = await decide(changes.length);
        await wait(`${name} decided alone`);
        if (change === undefined) return 'nothing' as const;
        append(change);
        return 'committed' as const;
      });
      await wait(`${name} hears ${outcome} alone`);
      return outcome;
    },
    onHead: (listener) => {
      listeners.push(listener);
      return () => listeners.splice(listeners.indexOf(listener), 1);
    },
    forget: async () => undefined,
  });
  return { join, committed: () => changes.length };
}

function fail(error: unknown): never {
  throw error;
}

/** A projection of one number, which each commit makes one larger. */
function createCounter() {
  let licenses = 0;
  return {
    licenses: () => licenses,
    apply: (writes: readonly Write[]) => {
      licenses = licensesIn(writes);
    },
    replace: (content: ProjectionContent) => {
      licenses = content as unknown as number;
    },
  };
}

function licensesIn(writes: readonly Write[]): number {
  const [{ row }] = writes as readonly [Write];
  return (row as Row<'organization'>).licenses;
}

const oneMore = (licenses: number): Write =>
  ({ op: 'update', table: 'organization', row: { licenses: licenses + 1 } }) as Write;

interface Process {
  readonly commits: Commits & Disposable;
  readonly licenses: () => number;
  /** What it told of, as the number that each commit made. */
  readonly told: readonly number[];
}

function startProcess(server: ReturnType<typeof createServer>, name: string, wait: Wait): Process {
  const counter = createCounter();
  const told: number[] = [];
  const commits = createSharedCommits({
    changes: server.join(name),
    projection: counter,
    version: 0,
    readContent: async () => {
      await wait(`${name} asks all`);
      const version = server.committed();
      await wait(`${name} hears all ${version}`);
      return { version, result: version } as unknown as Snapshot<ProjectionContent>;
    },
    onCommitted: ({ writes }) => told.push(licensesIn(writes)),
    onReplaced: () => undefined,
    log: createLog('silent'),
  });
  return { commits, licenses: counter.licenses, told };
}

/** Lets one thing after the other happen until all of the work is done, and then whatever is still on its way. */
async function driven(scheduler: fc.Scheduler, work: Promise<unknown>): Promise<void> {
  let running = true;
  const done = work.finally(() => {
    running = false;
  });
  done.catch(() => undefined);
  while (running || scheduler.count() > 0) {
    if (scheduler.count() > 0) await scheduler.waitOne();
    // A commit lets go of the thread for a turn.
    await nextTurn();
  }
  await done;
}

describe('freshness among processes, whatever comes before what', () => {
  it('G41, P-22: a process that was asked to be fresh holds whatever was committed by then, and no commit is lost', async () => {
    const steps = fc.array(fc.record({ process: fc.nat(1), does: fc.constantFrom('write', 'check') }), {
      minLength: 2,
      maxLength: 20,
    });
    const servers = fc.record({ keeps: fc.constantFrom(0, 1, 100), tells: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), steps, servers, async (scheduler, plan, kind) => {
        const wait: Wait = async (label) => await scheduler.schedule(Promise.resolve(), label);
        const server = createServer(wait, kind);
        const processes = ['one', 'two'].map((name) => startProcess(server, name, wait));
        const tails = processes.map(async () => undefined as unknown);
        const work = plan.map(async ({ process: index, does }, at) => {
          const process = processes[index] as Process;
          await wait(`step ${at}`);
          if (does === 'check') {
            const committed = server.committed();
            await process.commits.fresh();
            expect(process.licenses()).toBeGreaterThanOrEqual(committed);
            return;
          }
          // The ledger runs one command after the other.
          const before = tails[index];
          const done = before?.then(
            async () => await process.commits.run(() => ({ writes: [oneMore(process.licenses())] })),
          ) as Promise<unknown>;
          tails[index] = done.catch(() => undefined);
          await done;
        });
        await driven(scheduler, Promise.all(work));
        expect(server.committed()).toBe(plan.filter(({ does }) => does === 'write').length);
        await driven(scheduler, Promise.all(processes.map(async ({ commits }) => await commits.fresh())));
        for (const { licenses, commits, told } of processes) {
          expect(licenses()).toBe(server.committed());
          // Each once and in order; those before a loading anew untold.
          expect(told).toEqual([...new Set(told)].sort((left, right) => left - right));
          if (kind.keeps === 100) expect(told).toHaveLength(server.committed());
          commits[Symbol.dispose]();
        }
      }),
      { numRuns: 2000 },
    );
  });
});
