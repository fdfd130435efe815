import type { Instant, OrganizationId } from '@latchwork/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from './audit-chain.js';
import { createClosingStack } from './closing-stack.js';
import { missingForPostgres, type PostgresCluster, startPostgresCluster } from './harness/postgres-cluster.test-rig.js';
import { type PostgresProxy, startPostgresProxy } from './harness/postgres-proxy.test-rig.js';
import { instant } from './harness/store-rows.test-rig.js';
import { createIdentifiers } from './identifiers.js';
import type { Draft } from './ledger.js';
import { createLog } from './log.js';
import { type OpenLedger, openLedger } from './open-ledger.js';
import type { Secret } from './secret.js';
import type { ChangesKept } from './store/postgres-log.js';
import { openPostgresStore } from './store/postgres-store.js';
import type { ChangeLog, Row, Store } from './store/store.js';

const organizationId = 'org_race' as OrganizationId;

interface Portal extends OpenLedger {
  readonly store: Store;
  readonly log: readonly string[];
  /** Ids of events in the order in which this process published them. */
  readonly published: readonly number[];
  licenses(): number;
  /** Takes a license if there is one, as an invitation does. */
  takeLicense(): Promise<boolean>;
}

describe.skipIf(missingForPostgres !== '')(`a ledger of several processes ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let proxy: PostgresProxy;
  let url: Secret;
  let open: ReturnType<typeof createClosingStack>;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    proxy = await startPostgresProxy(cluster.socketPath);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    open = createClosingStack();
    url = await cluster.database();
  });
  afterEach(async () => {
    await open[Symbol.asyncDispose]();
  });

  /** What a portal process has of the ledger, with connections of its own. */
  async function join(
    options: {
      readonly kept?: ChangesKept;
      readonly through?: Secret;
      /** Puts something between the ledger and its log. */
      readonly log?: (changes: ChangeLog) => Partial<ChangeLog>;
    } = {},
  ): Promise<Portal> {
    const lines: string[] = [];
    const log = createLog('debug', { write: (line) => lines.push(line) });
    const { kept, through } = options;
    const store = open.use(
      await openPostgresStore({ url: through ?? url, log, ...(kept === undefined ? {} : { kept }) }),
    );
    const changes = store.log;
    if (changes === undefined) throw new Error('A store on a server has a log.');
    const over = { ...store, log: { ...changes, ...options.log?.(changes) } };
    const clock = { now: () => instant };
    const opened = open.use(
      await openLedger({
        store: over,
        clock,
        identifiers: createIdentifiers(),
        log,
        measureCommit: () => () => undefined,
      }),
    );
    const published: number[] = [];
    opened.onCommitted(({ writes }) => {
      for (const write of writes) if (write.table === 'event') published.push(write.row.position);
    });
    const { ledger, projection } = opened;
    const licenses = () => projection.organizations.get(organizationId)?.licenses ?? -1;
    return {
      ...opened,
      store,
      log: lines,
      published,
      licenses,
      takeLicense: async () =>
        await ledger.write((draft) => {
          const organization = projection.organizations.get(organizationId);
          if (organization === undefined || organization.licenses === 0) return false;
          draft.update('organization', { ...organization, licenses: organization.licenses - 1 });
          record(draft);
          return true;
        }),
    };
  }

  async function offerLicenses(portal: Portal, licenses: number): Promise<void> {
    await portal.ledger.write((draft) => {
      const organization = portal.projection.organizations.get(organizationId);
      if (organization === undefined) draft.insert('organization', { ...sampleOrganization, licenses });
      else draft.update('organization', { ...organization, licenses });
      record(draft);
    });
  }

  it('S31, P-22: gives the last license to exactly one of two, over many rounds', async () => {
    const [one, two] = [await join(), await join()];
    let wins = 0;
    for (let round = 0; round < 100; round++) {
      await offerLicenses(one, 1);
      await two.ledger.fresh();
      const won = await Promise.all([one.takeLicense(), two.takeLicense()]);
      expect(won.filter((taken) => taken)).toHaveLength(1);
      wins += won[0] === true ? 1 : 0;
    }
    // Both were in the race.
    expect(wins).toBeGreaterThan(0);
    expect(wins).toBeLessThan(100);
  });

  it('P-22: sells no license twice, however many processes ask at once', async () => {
    const portals = [await join(), await join(), await join()];
    await offerLicenses(portals[0] as Portal, 50);
    for (const portal of portals) await portal.ledger.fresh();
    const asked = portals.flatMap((portal) => Array.from({ length: 30 }, async () => await portal.takeLicense()));
    expect((await Promise.all(asked)).filter((taken) => taken)).toHaveLength(50);
    for (const portal of portals) {
      await portal.ledger.fresh();
      expect(portal.licenses()).toBe(0);
      // Each published every event, once and in order, whoever made it.
      expect(portal.published).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
      expect(verifyAudit(await readAudit(portal.store, organizationId))).toMatchObject({ whole: true });
    }
  });

  it('shows in one process, when asked to be fresh, whatever another had committed', async () => {
    const [writer, reader] = [await join(), await join({ log: deaf })];
    for (let licenses = 0; licenses < 200; licenses++) {
      await offerLicenses(writer, licenses);
      await Promise.all([reader.ledger.fresh(), reader.ledger.fresh()]);
      expect(reader.licenses()).toBe(licenses);
    }
  });

  it('counts no check of freshness that began before', async () => {
    let hold = Promise.resolve();
    let letGo = (): void => undefined;
    const slow = (changes: ChangeLog): Partial<ChangeLog> => ({
      ...deaf(),
      head: async () => {
        const head = await changes.head();
        await hold;
        return head;
      },
    });
    const [writer, reader] = [await join(), await join({ log: slow })];
    for (let licenses = 0; licenses < 5; licenses++) {
      hold = new Promise((resolve) => {
        letGo = resolve;
      });
      const before = reader.ledger.fresh();
      // Asked on a connection that answers in order, so what began before has its answer.
      await reader.store.log?.head();
      await offerLicenses(writer, licenses);
      const after = reader.ledger.fresh();
      letGo();
      await Promise.all([before, after]);
      expect(reader.licenses()).toBe(licenses);
    }
  });

  it('hears of the commits of others without asking', async () => {
    const [writer, reader] = [await join(), await join()];
    await offerLicenses(writer, 7);
    await expect.poll(() => reader.licenses(), { timeout: 30_000 }).toBe(7);
    expect(reader.published).toEqual([1]);
  });

  it('lets a process through that others overtake each time', async () => {
    const busy = await join();
    const overtaken = (changes: ChangeLog): Partial<ChangeLog> => ({
      commit: async (change) => {
        await busy.takeLicense();
        return await changes.commit(change);
      },
    });
    const patient = await join({ log: overtaken });
    await offerLicenses(busy, 100);
    await patient.ledger.fresh();
    for (let turn = 1; turn <= 10; turn++) {
      expect(await patient.takeLicense()).toBe(true);
      expect(patient.licenses()).toBe(100 - 2 * turn);
    }
  });

  it('loads everything anew when it has fallen behind what is remembered', async () => {
    const kept = { count: 1, forMs: 0 };
    const [writer, reader] = [await join({ kept }), await join({ log: deaf })];
    let replaced = 0;
    reader.onReplaced(() => {
      replaced += 1;
    });
    for (let licenses = 0; licenses < 5; licenses++) await offerLicenses(writer, licenses);
    await writer.store.log?.forget();
    await reader.ledger.fresh();
    expect([reader.licenses(), replaced]).toEqual([4, 1]);
    // And goes on from there, also as a writer.
    expect(await reader.takeLicense()).toBe(true);
    await writer.ledger.fresh();
    expect(writer.licenses()).toBe(3);
    expect(verifyAudit(await readAudit(writer.store, organizationId))).toMatchObject({ whole: true });
  });

  describe('when the connection breaks in the middle of a commit', () => {
    it.each(['answer', 'request'] as const)('does it once, the %s being lost', async (what) => {
      const portal = await join({ through: proxy.urlOf(url) });
      await offerLicenses(portal, 10);
      for (let round = 1; round <= 5; round++) {
        proxy.loseNextCommit(what);
        expect(await portal.takeLicense()).toBe(true);
        await proxy.lost();
        expect(portal.licenses()).toBe(10 - round);
      }
      await portal.ledger.fresh();
      expect((await portal.store.rows('organization'))[0]?.licenses).toBe(5);
      expect(portal.published).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('keeps a commit from coming late, after its sender was told otherwise', async () => {
      const portal = await join({ through: proxy.urlOf(url) });
      await offerLicenses(portal, 10);
      proxy.loseNextCommit('late');
      expect(await portal.takeLicense()).toBe(true);
      await proxy.arrive();
      await portal.ledger.fresh();
      const rows = await portal.store.rows('organization');
      expect([rows[0]?.licenses, portal.licenses()]).toEqual([9, 9]);
    });

    it('keeps it from coming late also where the command, asked again, wants nothing any more', async () => {
      const portal = await join({ through: proxy.urlOf(url) });
      await offerLicenses(portal, 10);
      const [organization] = portal.projection.organizations.all();
      let runs = 0;
      proxy.loseNextCommit('late');
      const answer = await portal.ledger.write((draft) => {
        runs += 1;
        if (organization === undefined || runs > 1) return 'too late';
        draft.update('organization', { ...organization, licenses: 0 });
        return 'taken';
      });
      expect(answer).toBe('too late');
      await proxy.arrive();
      await portal.ledger.fresh();
      expect((await portal.store.rows('organization'))[0]?.licenses).toBe(10);
      expect(portal.licenses()).toBe(10);
    });
  });

  it('says that the database is away, loses nothing, and goes on when it is back', async () => {
    const [one, two] = [await join(), await join()];
    await offerLicenses(one, 100);
    await two.ledger.fresh();
    let taken = 0;
    // Of those who were told that the database is away, some may have been served in its last moment.
    let untold = 0;
    for (let round = 0; round < 2; round++) {
      const asked = Promise.allSettled(
        [one, two].flatMap((portal) => [1, 2, 3, 4, 5].map(async () => await portal.takeLicense())),
      );
      await cluster.kill();
      const unavailable = { info: { code: 'store-unavailable' } };
      await expect(one.ledger.fresh()).rejects.toMatchObject(unavailable);
      await expect(two.store.rows('organization')).rejects.toMatchObject(unavailable);
      await cluster.start();
      for (const outcome of await asked) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(unavailable);
        taken += outcome.status === 'fulfilled' ? 1 : 0;
        untold += outcome.status === 'rejected' ? 1 : 0;
      }
      for (const portal of [one, two]) {
        await expect
          .poll(
            async () =>
              await portal.ledger.fresh().then(
                () => true,
                () => false,
              ),
            { timeout: 60_000 },
          )
          .toBe(true);
        expect(portal.licenses()).toBeLessThanOrEqual(100 - taken);
        expect(portal.licenses()).toBeGreaterThanOrEqual(100 - taken - untold);
      }
      expect((await one.store.rows('organization'))[0]?.licenses).toBe(one.licenses());
      expect(one.published).toHaveLength(1 + 100 - one.licenses());
      expect(one.published).toEqual(two.published);
    }
    expect(verifyAudit(await readAudit(one.store, organizationId))).toMatchObject({ whole: true });
  });
});

/** Nothing but a question brings this process up to date. */
function deaf(): Partial<ChangeLog> {
  return { onHead: () => () => undefined };
}

function record(draft: Draft): void {
  draft.audit(organizationId, { action: 'license.taken', actor: { kind: 'system' }, subject: {} });
  draft.event({ type: 'gateway.online', organizationId, propertyId: 'prop_1' } as never);
}

const sampleOrganization = {
  id: organizationId,
  kind: 'organization',
  name: 'Office',
  schemes: ['workplace'],
  plan: 'pro',
  licenses: 0,
  subscriptionEndsAt: null,
  peerManagement: false,
  rootPublicKey: '',
  rootSecretSealed: '',
  version: 1,
  createdAt: instant as Instant,
} as Row<'organization'>;
