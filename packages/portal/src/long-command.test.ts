import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OrganizationId } from '@latchwork/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from './audit-chain.js';
import { createClosingStack } from './closing-stack.js';
import { initialFiles } from './harness/initial-files.test-rig.js';
import { missingForPostgres, type PostgresCluster, startPostgresCluster } from './harness/postgres-cluster.test-rig.js';
import { desk, instant } from './harness/store-rows.test-rig.js';
import { createIdentifiers } from './identifiers.js';
import type { Steps } from './in-steps.js';
import type { Draft } from './ledger.js';
import { createLog } from './log.js';
import { type OpenLedger, openLedger } from './open-ledger.js';
import { openMemoryDatabase } from './store/embedded-database.js';
import { createEmbeddedStore } from './store/embedded-store.js';
import { openPostgresStore } from './store/postgres-store.js';
import type { Store } from './store/store.js';

const organizationId = 'org_1' as OrganizationId;

interface Portal extends OpenLedger {
  readonly store: Store;
  /** Positions of events in the order in which this process published them. */
  readonly published: readonly number[];
  /** Names of desks in the order in which they were committed. */
  readonly added: readonly string[];
}

async function join(store: Store): Promise<Portal> {
  const opened = await openLedger({
    store,
    clock: { now: () => instant },
    identifiers: createIdentifiers(),
    log: createLog('silent'),
    measureCommit: () => () => undefined,
  });
  const published: number[] = [];
  const added: string[] = [];
  opened.onCommitted(({ writes }) => {
    for (const write of writes) {
      if (write.table === 'event') published.push(write.row.position);
      if (write.table === 'desk') added.push(write.row.name);
    }
  });
  return {
    ...opened,
    store,
    published,
    added,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function record(draft: Draft, action = 'desk.counted'): void {
  draft.audit(organizationId, { action, actor: { kind: 'system' }, subject: {} });
  draft.event({ type: 'gateway.online', organizationId, propertyId: 'prop_1' } as never);
}

const named = (name: string) => ({ ...desk(), name });
const addDesk = (name: string) => (draft: Draft) => {
  draft.insert('desk', named(name));
  record(draft);
};

/** Writes how many desks there are as the name of another one, over so many turns, and more until it may end. */
function counting({ projection }: Portal, { turns = 10, mayEnd = (): boolean => true } = {}) {
  let begun = 0;
  return {
    get begun() {
      return begun;
    },
    command: {
      decide: function* (draft: Draft): Steps<number> {
        begun += 1;
        const count = projection.desks.group(organizationId).length;
        for (let turn = 0; turn < turns; turn++) {
          record(draft);
          const until = performance.now() + 6;
          while (performance.now() < until);
          yield;
        }
        while (!mayEnd()) yield;
        draft.insert('desk', named(`counted ${count}`));
        return count;
      },
    },
  };
}

const names = ({ projection }: Portal) => projection.desks.all().map(({ name }) => name);

function acceptLongCommands(open: () => Promise<{ readonly one: Portal; readonly two: Portal }>): void {
  let one: Portal;
  let two: Portal;
  beforeEach(async () => {
    ({ one, two } = await open());
  });

  /** Everybody saw the same in one order, each decided on what came before it, and the record is whole. */
  const expectWhole = async () => {
    for (const portal of new Set([one, two])) {
      await portal.ledger.fresh();
      const { published, added } = portal;
      expect(published).toEqual(Array.from(published, (_, index) => index + 1));
      const audit = verifyAudit(await readAudit(portal.store, organizationId));
      expect(audit).toMatchObject({ whole: true, entries: published.length });
      const counted = added.map((name, index) => (name.startsWith('counted') ? `counted ${index}` : name));
      expect(added).toEqual(counted);
    }
  };

  it('lets commands in that are given later, and is numbered after them', async () => {
    const done: string[] = [];
    const counted = counting(one, { mayEnd: () => done.length >= 3 });
    const long = one.ledger.writeLong(counted.command).then(() => done.push('long'));
    await nextTurn();
    for (let index = 0; index < 3; index++) await one.ledger.write(record).then(() => done.push('short'));
    await long;
    expect(done).toEqual(['short', 'short', 'short', 'long']);
    expect(counted.begun).toBe(1);
    expect(one.published).toHaveLength(13);
    await expectWhole();
  });

  it('is decided anew when what it has read is written meanwhile', async () => {
    let anew = 0;
    for (let at = 0; at < 16; at++) {
      const counted = counting(one, { turns: 4 });
      const long = one.ledger.writeLong(counted.command);
      for (let turn = 0; turn < at % 8; turn++) await nextTurn();
      await (at % 3 === 0 ? two : one).ledger.write(addDesk(`new ${at}`));
      await long;
      anew += counted.begun - 1;
    }
    expect(anew).toBeGreaterThan(0);
    await expectWhole();
  });

  it('is decided anew when that happens between its decision and its turn', async () => {
    const counted = counting(one, { turns: 1 });
    let first: Promise<unknown> | undefined;
    const long = one.ledger.writeLong({
      decide: function* (draft) {
        const count = yield* counted.command.decide(draft);
        // Given before it, so committed before it.
        first ??= one.ledger.write(addDesk('late'));
        return count;
      },
    });
    expect(await long).toBe(1);
    await first;
    expect(counted.begun).toBe(2);
    expect(names(one).sort()).toEqual(['counted 1', 'late']);
    await expectWhole();
  });

  it('is run in one go in the end, when what it reads is written all the time', async () => {
    const counted = counting(one, { turns: 6 });
    let isDone = false;
    const busy = (async () => {
      for (let index = 0; !isDone; index++) await one.ledger.write(addDesk(`busy ${index}`));
    })();
    const count = await one.ledger.writeLong(counted.command).finally(() => {
      isDone = true;
    });
    await busy;
    expect(counted.begun).toBeGreaterThan(1);
    expect(counted.begun).toBeLessThan(10);
    expect(names(one)).toContain(`counted ${count}`);
    await expectWhole();
  });

  it('of two that read what the other writes, one is decided on what the other left', async () => {
    const counts = await Promise.all(
      [one, two].map(async (portal) => await portal.ledger.writeLong(counting(portal).command)),
    );
    expect(counts.sort()).toEqual([0, 1]);
    await expectWhole();
  });

  it('does last what depends on what changes all the time', async () => {
    const { decide } = counting(one).command;
    let seen: readonly string[] = [];
    const long = one.ledger.writeLong({
      decide: function* (draft) {
        draft.last(() => {
          seen = names(one);
        });
        return yield* decide(draft);
      },
    });
    await nextTurn();
    await one.ledger.write(addDesk('meanwhile'));
    await long;
    expect(seen).toEqual(['meanwhile']);
  });

  it('is answered instead when its turn has come, and then nothing is written', async () => {
    let stands = true;
    const long = one.ledger.writeLong({ ...counting(one).command, instead: () => (stands ? undefined : -1) });
    await nextTurn();
    stands = false;
    expect(await long).toBe(-1);
    expect(names(one)).toEqual([]);
    await expectWhole();
  });

  it('adds last what belongs to its result', async () => {
    const { command } = counting(one);
    await one.ledger.writeLong({ ...command, addition: (draft, count) => addDesk(`result ${count}`)(draft) });
    expect(names(one).sort()).toEqual(['counted 0', 'result 0']);
    await expectWhole();
  });

  it('throws what it throws, and not what a state that was half another made it throw', async () => {
    const failing = (isTrue: () => boolean) => ({
      decide: function* (draft: Draft): Steps<number> {
        const before = one.projection.desks.group(organizationId).length;
        const count = yield* counting(one).command.decide(draft);
        if (isTrue() || one.projection.desks.group(organizationId).length !== before) throw new Error('Torn.');
        return count;
      },
    });
    await expect(one.ledger.writeLong(failing(() => true))).rejects.toThrow('Torn.');
    const long = one.ledger.writeLong(failing(() => false));
    await nextTurn();
    await two.ledger.write(addDesk('meanwhile'));
    await long;
    await expectWhole();
  });

  it('is waited for by whoever waits for the ledger', async () => {
    const long = one.ledger.writeLong(counting(one).command);
    await one.ledger.idle();
    expect(names(one)).toEqual(['counted 0']);
    await long;
  });
}

describe('a long command, in the only process', () => {
  const open = createClosingStack();
  afterEach(async () => await open[Symbol.asyncDispose]());
  acceptLongCommands(async () => {
    const database = await openMemoryDatabase({ initialFiles: await initialFiles() });
    const one = open.use(await join(createEmbeddedStore(database)));
    return { one, two: one };
  });
});

describe.skipIf(missingForPostgres !== '')(`a long command, in one of two processes ${missingForPostgres}`, () => {
  const open = createClosingStack();
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startPostgresCluster();
  });
  afterEach(async () => await open[Symbol.asyncDispose]());
  afterAll(async () => await cluster[Symbol.asyncDispose]());
  acceptLongCommands(async () => {
    const url = await cluster.database();
    const store = async () => await openPostgresStore({ url, log: createLog('silent') });
    return { one: open.use(await join(await store())), two: open.use(await join(await store())) };
  });
});
