import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FakeDirectory } from '@latchwork/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalProcess, spawnPortal } from '../harness/portal-process.test-rig.js';
import { type DirectoryOffice, startDirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../store/embedded-database.js';

/** `npm run crash -- sync --kills 100` kills as often as it is told; here it is a sample. */
const kills = Number(process.env['LATCHWORK_KILLS'] ?? 2);
const changes = Number(process.env['LATCHWORK_CRASH_CHANGES'] ?? 1_000);
/** Every so many kills the run is let go on to its end. */
const convergeEvery = Math.max(1, Math.round(kills / 10));
const minuteMs = 60_000;
/** What a portal says when it has carried a plan out. */
const applied = /"applied".*"sync run ended"/;

describe(`case 38: kill -9 while ${changes} changes are carried over`, () => {
  let folder: string;
  let office: DirectoryOffice;
  let env: Readonly<Record<string, string>>;

  const inDatabase = async <Result>(
    dataDir: string,
    work: (database: EmbeddedDatabase) => Promise<Result>,
  ): Promise<Result> => {
    const database = await openEmbeddedDatabase(join(dataDir, 'db'));
    try {
      return await work(database);
    } finally {
      await database.client.close();
    }
  };

  /** All that a sync changes, except what is different each time: ids and moments. */
  const digestOf = async (dataDir: string): Promise<string> =>
    await inDatabase(dataDir, async ({ client }) => {
      const people = await client.query(
        `select l.directory_id, l.removed, l.profile, m.email_key, m.name, m.state, m.version, m.licensed
         from directory_link l join member m on m.id = l.member_id order by l.directory_id`,
      );
      const counts = await client.query(
        `select (select count(*) from member) as members, (select count(*) from sync_receipt) as receipts,
           (select count(*) from invitation) as invitations, (select count(*) from mail) as mails,
           (select count(*) from setup_link) as links,
           (select count(*) from event where body ->> 'type' like 'membership.%') as events,
           (select count(*) from sync_run where state = 'applied') as runs,
           (select count(*) from audit_entry where entry like '%"directory.synced"%') as audited`,
      );
      return createHash('sha256')
        .update(JSON.stringify([people.rows, counts.rows]))
        .digest('hex');
    });

  const start = async (dataDir: string): Promise<PortalProcess & { said(): string }> => {
    const started = await spawnPortal(dataDir, { env });
    if (!('child' in started)) throw new Error(`The portal did not start: ${started.stderr}`);
    let said = '';
    started.child.stdout?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    return { ...started, said: () => said };
  };
  const killed = async ({ child }: PortalProcess): Promise<void> => {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  };
  const untilApplied = async (portal: Awaited<ReturnType<typeof start>>): Promise<void> => {
    await expect.poll(portal.said, { timeout: 3 * minuteMs, interval: 5 }).toMatch(applied);
  };
  const copy = (): string => {
    const dataDir = mkdtempSync(join(folder, 'killed-'));
    cpSync(join(folder, 'base'), dataDir, { recursive: true });
    return dataDir;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchwork-sync-'));
    const dataDir = join(folder, 'base');
    office = await startDirectoryOffice({ dataDir, people: changes, licenses: 3 * changes });
    const { admin, integration, fake, test } = office;
    const integrationId = integration.id;
    const { id: reviewId } = await admin.directoryReviews.start({ integrationId });
    await test.portal.reviewsRead();
    const { planId } = await admin.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
    test.mails.instead = async () => ({ kind: 'refused', forGood: false, fault: 'later' });
    await admin.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
    await test[Symbol.asyncDispose]();
    await inDatabase(dataDir, async ({ orm }) => {
      // Everybody has accepted, and a run is due.
      await orm.execute(sql`delete from mail`);
      await orm.execute(sql`update member set state = 'active', activated_at = created_at where state = 'inactive'`);
      await orm.execute(sql`update invitation set ended_at = created_at, ended_as = 'accepted' where ended_at is null`);
      await orm.execute(sql`update setup_link set ended_at = expires_at, ended_as = 'used' where ended_at is null`);
      await orm.execute(sql`update directory_integration set next_run_at = 0`);
    });
    changeDirectory(fake);
    env = {
      LATCHWORK_GRAPH_URL: fake.urls.base,
      LATCHWORK_MICROSOFT_LOGIN_URL: fake.urls.login,
      // Nobody takes mails: nothing but the sync is to be struck.
      LATCHWORK_SMTP_URL: 'smtp://127.0.0.1:9',
    };
  }, 10 * minuteMs);

  afterAll(async () => {
    await office[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function changeDirectory({ people }: FakeDirectory): void {
    const ids = people.all().map(({ id }) => id);
    const removed = Math.floor(changes * 0.08);
    const made = Math.floor(changes * 0.08);
    for (const id of ids.slice(0, removed)) people.remove(id);
    for (const [index, id] of ids.slice(removed).entries()) people.rename(id, { displayName: `Renamed ${index}` });
    for (let number = 0; number < made; number += 1) people.add({ email: `new${number}@example.com` });
  }

  it(
    `${kills} kills leave all of it or nothing, and the next start carries it over to the same end`,
    async () => {
      const before = await digestOf(copy());
      const whole = copy();
      const undisturbed = await start(whole);
      const readyAt = performance.now();
      await untilApplied(undisturbed);
      const tookMs = performance.now() - readyAt;
      await killed(undisturbed);
      const after = await digestOf(whole);
      expect(after).not.toBe(before);

      const found = { before: 0, after: 0, torn: 0, converged: 0 };
      /** How far into the run the next kill is aimed, as a share of an undisturbed one. */
      let aim = 1;
      for (let kill = 0; kill < kills; kill += 1) {
        const dataDir = copy();
        const portal = await start(dataDir);
        // The end of a run is its commit. Half of the kills look for it: later after each that came before it, and earlier
        // after each that came too late.
        const isAimed = kill % 2 === 1;
        await pause(tookMs * (isAimed ? aim * (0.95 + Math.random() / 10) : Math.random()));
        await killed(portal);
        const left = await digestOf(dataDir);
        if (isAimed) aim *= left === before ? 1.1 : 0.9;
        if (left === before) found.before += 1;
        else if (left === after) found.after += 1;
        else found.torn += 1;
        if (kill % convergeEvery === 0) {
          const resumed = await start(dataDir);
          // A run that was left counts as a failure, and is repeated after a minute or so.
          if (left === before) await resumeNow(dataDir, resumed);
          else await killed(resumed);
          expect(await digestOf(dataDir)).toBe(after);
          found.converged += 1;
        }
        rmSync(dataDir, { recursive: true, force: true });
      }
      console.log(
        `${kills} kills: ${JSON.stringify(found)}; a run of ${changes} changes takes ${Math.round(tookMs)} ms`,
      );
      expect(found).toMatchObject({ torn: 0, before: kills - found.after });
    },
    60 * minuteMs,
  );

  /** Lets a portal end the run that was left, and has the next one due at once instead of in a minute. */
  async function resumeNow(dataDir: string, portal: Awaited<ReturnType<typeof start>>): Promise<void> {
    await expect.poll(portal.said, { timeout: minuteMs }).toMatch(/"sync run (was left|ended)/);
    await pause(200);
    await killed(portal);
    // Killed before the run was even on record: then it was still due, and this portal has done it.
    if (applied.test(portal.said())) return;
    await inDatabase(dataDir, async ({ orm }) => {
      await orm.execute(sql`update directory_integration set next_run_at = 0 where health = 'healthy'`);
    });
    const again = await start(dataDir);
    await untilApplied(again).catch(() => undefined);
    await killed(again);
  }
});
