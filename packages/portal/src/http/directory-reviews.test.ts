import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DirectoryReview } from '@latchwork/contract';
import { describe, expect, it } from 'vitest';
import { type DirectoryOffice, startDirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { startTestPortal } from '../harness/test-portal.test-rig.js';
import { openEmbeddedDatabase } from '../store/embedded-database.js';
import { createEmbeddedStore } from '../store/embedded-store.js';

const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });
const minuteMs = 60_000;

/** What stands in the files of a folder, each byte a character. */
function bytesOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

/** Every event and audit line of the office, and everything the portal logged. */
async function recordOf({ test, office }: DirectoryOffice): Promise<string> {
  const { store } = test.portal;
  const page = { after: undefined, limit: 100_000 };
  const feed = office.organizationId as Parameters<typeof store.events>[0];
  const audit = await store.audit(office.organizationId as Parameters<typeof store.audit>[0], page);
  return JSON.stringify([await store.events(feed, page), audit, test.log, await test.mails.all()]);
}

/** What of a review stands in the store, and of whichever others there are. */
async function stored({ test }: DirectoryOffice, { id }: DirectoryReview) {
  const { store } = test.portal;
  const reviews = await store.rows('directoryReview');
  return { reviews, chunks: await store.reviewChunks(id as never, { from: 0, count: 1000 }) };
}

describe('what is on a review', () => {
  it('S16, S23: all pages are read, with details and groups, in the order of the directory’s ids', async () => {
    await using at = await startDirectoryOffice({ kind: 'google_workspace', people: 640 });
    const [first, second] = at.fake.people.listed();
    const inner = at.fake.groups.add({ name: 'Night shift', memberIds: [first?.id ?? ''] });
    at.fake.groups.add({ name: 'Everybody at work', memberIds: [inner.id, second?.id ?? ''] });
    const review = await at.review();
    expect(review).toMatchObject({ state: 'ready', counts: { new: 640 }, progress: { users: 640 } });
    const rows = await at.rows(review.id, 'new');
    expect(rows.map(({ rowId }) => rowId)).toEqual(
      at.fake.people
        .listed()
        .map(({ id }) => id)
        .sort(),
    );
    const shown = rows.find(({ rowId }) => rowId === first?.id);
    expect(shown).toMatchObject({
      status: 'new',
      email: first?.email,
      givenName: first?.givenName,
      familyName: first?.familyName,
      department: first?.department,
      title: first?.title,
      memberId: null,
      needs: [],
    });
    expect(shown?.groups.toSorted()).toEqual(['Everybody at work', 'Night shift']);
    expect(rows.find(({ rowId }) => rowId === second?.id)?.groups).toEqual(['Everybody at work']);
  });

  it('S24: exactly one of three statuses; who differs in nothing is only counted, who is nobody to sync is told apart', async () => {
    await using at = await startDirectoryOffice({ people: 6 });
    await at.sync();
    const [gone, renamed] = at.fake.people.listed();
    at.fake.people.remove(gone?.id ?? '');
    at.fake.people.rename(renamed?.id ?? '', { displayName: 'Another Name' });
    const added = at.fake.people.add({});
    at.fake.people.add({ kind: 'room', displayName: 'Meeting room' });
    const review = await at.review();
    expect(review.counts).toMatchObject({ new: 1, updated: 1, removed: 1, unchanged: 4, conflicts: 0 });
    const rows = await at.rows(review.id);
    expect(rows.map(({ rowId, status }) => [status, rowId])).toEqual([
      ['new', added.id],
      ['updated', renamed?.id],
      ['removed', gone?.id],
    ]);
    expect(rows[1]).toMatchObject({
      because: 'fields',
      changes: [{ field: 'displayName', from: renamed?.displayName, to: 'Another Name' }],
    });
    expect(rows[2]).toMatchObject({ because: 'absent', email: gone?.email, displayName: gone?.displayName });
    for (const status of ['new', 'updated', 'removed'] as const) {
      expect((await at.rows(review.id, status)).map((row) => row.status)).toEqual([status]);
    }
    expect(await at.rows(review.id, 'conflict')).toEqual([]);
  });

  it('case 50: names that are formulas, turn the text around or break lines are inert', async () => {
    const names = [
      '=HYPERLINK("https://evil.example","x")',
      'Ada\u202Eecila',
      'Ada\r\nBcc: all@corp.example',
      '<b>Ada</b>',
    ];
    await using at = await startDirectoryOffice({
      people: names.map((displayName, index) => ({ displayName, email: `ada-${index}@corp.example` })),
    });
    const review = await at.review();
    const listed = await at.rows(review.id);
    expect(listed).toHaveLength(names.length);
    await at.sync({ reviewId: review.id });
    const mails = await at.test.mails.all();
    for (const [index] of names.entries()) {
      const email = `ada-${index}@corp.example`;
      const user = await at.user(email);
      expect(user?.name).toMatch(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*$/u);
      const mail = mails.find(({ to }) => to === email);
      expect(mail).toBeDefined();
      expect(JSON.stringify(mail)).not.toContain('\\r\\nBcc');
    }
  });

  it('S16: a page that cannot be read leaves no list and nobody removed', async () => {
    await using at = await startDirectoryOffice({ kind: 'google_workspace', people: 1200 });
    at.fake.faults.script({ fault: 'answer', status: 404 }, { on: 'users', skip: 1, times: 100 });
    const review = await at.review();
    expect(review).toMatchObject({ state: 'failed', counts: null, held: [] });
    expect(review.fault).not.toBeNull();
    const refusal = failing('review-not-ready', { state: 'failed' });
    await expect(at.rows(review.id)).rejects.toMatchObject(refusal);
    const planning = at.admin.directoryReviews.plan({ reviewId: review.id, select: { rows: 'all' } });
    await expect(planning).rejects.toMatchObject(refusal);
    expect((await stored(at, review)).chunks).toEqual([]);
  });

  it('a group that is to be synced and is not there fails the review; only members of the groups are on it', async () => {
    await using at = await startDirectoryOffice({ people: 5 });
    const [one, two] = at.fake.people.listed();
    const group = at.fake.groups.add({ name: 'Staff', memberIds: [one?.id ?? '', two?.id ?? ''] });
    const { id: integrationId, version } = at.integration;
    const edited = await at.admin.directoryIntegrations.update({ integrationId, version, groupIds: [group.id] });
    await at.sync();
    expect(await at.user(one?.email ?? '')).toBeDefined();
    expect((await at.admin.directoryIntegrations.get({ integrationId })).linked).toBe(2);
    at.fake.groups.remove(group.id);
    expect(await at.review()).toMatchObject({ state: 'failed', fault: 'not-found' });
    // Another question than before: nobody is removed without somebody looking (case 33).
    await at.admin.directoryIntegrations.update({ integrationId, version: edited.version, groupIds: [] });
    expect(await at.review()).toMatchObject({
      state: 'ready',
      counts: { new: 3 },
      held: [{ because: 'scope-changed' }],
    });
  });

  it('tells how far it has come by numbers alone, live', async () => {
    await using at = await startDirectoryOffice({ kind: 'scim_pull', people: 900 });
    await at.review();
    const { organizationId } = at.office;
    const { data } = await at.admin.events.listOfOrganization({ organizationId, limit: 200 });
    const told = data.filter(({ type }) => type.startsWith('directory_review'));
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['directory_review.started', 'directory_review.progressed', 'directory_review.ready']),
    );
    const names = at.fake.people.listed().flatMap(({ email, displayName }) => [email ?? '-', displayName ?? '-']);
    for (const name of names) expect(JSON.stringify(told)).not.toContain(name);
  });
});

describe('S22: a list is kept for a while, and nobody on it is kept for being on it', () => {
  it('case 49: after it is ended, nothing of anybody stands in store, files, logs, events, audit or mails', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchwork-review-'));
    try {
      const people = [1, 2, 3].map((number) => ({
        email: `sentinel-address-${number}@corp.example`,
        givenName: `Sentinelgiven${number}`,
        displayName: `Sentinelname${number}`,
        department: `Sentineldepartment${number}`,
      }));
      {
        await using at = await startDirectoryOffice({ people, dataDir });
        const review = await at.review();
        expect(await at.rows(review.id)).toHaveLength(3);
        // While it is open it is noise to whoever has the files alone.
        const open = await stored(at, review);
        expect(open.chunks.length).toBeGreaterThan(0);
        expect(JSON.stringify(open)).not.toMatch(/sentinel/i);
        await at.plan({ reviewId: review.id });
        await at.admin.directoryReviews.end({ reviewId: review.id });
        await expect(at.admin.directoryReviews.get({ reviewId: review.id })).rejects.toMatchObject(
          failing('not-found'),
        );
        expect(await stored(at, review)).toEqual({ reviews: [], chunks: [] });
        expect(await recordOf(at)).not.toMatch(/sentinel/i);
      }
      expect(bytesOf(dataDir)).not.toMatch(/sentinel/i);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('case 49: of those who were not chosen nothing stays, of those who were, what a user has', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchwork-review-'));
    try {
      const people = [
        { email: 'chosen-one@corp.example', displayName: 'Chosen One' },
        { email: 'sentinel-left@corp.example', displayName: 'Sentinel Left' },
      ];
      {
        await using at = await startDirectoryOffice({ people, dataDir });
        const review = await at.review();
        const chosen = (await at.rows(review.id)).find(({ email }) => email?.startsWith('chosen'));
        await at.sync({ reviewId: review.id, select: { rows: 'some', rowIds: [chosen?.rowId ?? ''] } });
        expect(await stored(at, review)).toMatchObject({
          reviews: [{ state: 'applied', dataKeySealed: null }],
          chunks: [],
        });
        expect(await recordOf(at)).not.toMatch(/sentinel/i);
        expect(await at.user('chosen-one@corp.example')).toMatchObject({ name: 'Chosen One' });
      }
      const files = bytesOf(dataDir);
      expect(files).not.toMatch(/sentinel/i);
      expect(files).toContain('chosen-one@corp.example');
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('it ends by itself after half an hour, to the minute', async () => {
    await using at = await startDirectoryOffice({ people: 2 });
    const review = await at.review();
    const { id: reviewId } = review;
    const { planId } = await at.plan({ reviewId });
    at.test.clock.advance(30 * minuteMs - 1);
    expect(await at.rows(reviewId)).toHaveLength(2);
    at.test.clock.advance(1);
    const gone = failing('not-found');
    await expect(at.rows(reviewId)).rejects.toMatchObject(gone);
    await expect(at.plan({ reviewId })).rejects.toMatchObject(gone);
    await expect(at.admin.directoryReviews.sync({ reviewId, planId })).rejects.toMatchObject(gone);
    await at.test.portal.maintain();
    expect(await stored(at, review)).toEqual({ reviews: [], chunks: [] });
  });

  it('a new one takes the place of the one before, and there are never two', async () => {
    await using at = await startDirectoryOffice({ people: 2 });
    const first = await at.review();
    const second = await at.review();
    await expect(at.rows(first.id)).rejects.toMatchObject(failing('not-found'));
    expect(await at.rows(second.id)).toHaveLength(2);
    expect(await stored(at, first)).toMatchObject({ reviews: [{ id: second.id }], chunks: [] });
  });

  it('a reading ends with its portal, and what a crash left of one is erased by the next portal', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchwork-review-'));
    try {
      const at = await startDirectoryOffice({ people: 40, dataDir });
      const { clock } = at.test;
      await at.review();
      await at[Symbol.asyncDispose]();
      const store = createEmbeddedStore(await openEmbeddedDatabase(join(dataDir, 'db')));
      const [left] = await store.rows('directoryReview');
      if (left === undefined) throw new Error('There is no review.');
      expect(left.chunks).toBeGreaterThan(0);
      // As it stands when the portal dies after the first pieces.
      await store.commit([
        { op: 'update', table: 'directoryReview', row: { ...left, state: 'reading', counts: null } },
      ]);
      await store[Symbol.asyncDispose]();
      await using again = await startTestPortal({ dataDir, clock });
      await again.portal.maintain();
      expect(await again.portal.store.rows('directoryReview')).toEqual([]);
      expect(await again.portal.store.reviewChunks(left.id, { from: 0, count: 1000 })).toEqual([]);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('a cursor of another list is none of this one', async () => {
    await using at = await startDirectoryOffice({ people: 1 });
    const { id: reviewId } = await at.review();
    for (const cursor of ['x', Buffer.from('mem_1').toString('base64url'), Buffer.from('-1').toString('base64url')]) {
      await expect(at.admin.directoryReviews.listRows({ reviewId, cursor })).rejects.toMatchObject(
        failing('invalid-request'),
      );
    }
    const past = Buffer.from('1000').toString('base64url');
    expect(await at.admin.directoryReviews.listRows({ reviewId, cursor: past })).toEqual({
      data: [],
      nextCursor: null,
    });
  });
});
