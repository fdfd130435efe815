import type { Client } from '@latchwork/client';
import { describe, expect, it } from 'vitest';
import {
  type DirectoryOffice,
  type DirectoryOfficeOptions,
  startDirectoryOffice,
} from '../harness/sample-directory.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';

const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });

/** Addresses of a directory's people, in a domain that is the office's own. */
const named = (...names: readonly string[]) =>
  names.map((name) => ({ email: `${name}@corp.example`, displayName: `The ${name}` }));
const email = (name: string) => `${name}@corp.example`;

/** An office whose synced users sign in with a password, so that they can accept. */
async function startOffice(options: DirectoryOfficeOptions = {}): Promise<DirectoryOffice> {
  return await startDirectoryOffice({ ...options, settings: { signInMethod: 'email_password', ...options.settings } });
}

async function rowOf(at: DirectoryOffice, reviewId: string, name: string) {
  const person = at.fake.people.find(email(name));
  const rows = [...(await at.rows(reviewId)), ...(await at.rows(reviewId, 'conflict'))];
  return rows.find((row) => row.email === email(name) || row.rowId === person?.id);
}

async function usersOf({ admin, office }: DirectoryOffice) {
  const { data } = await admin.users.list({ organizationId: office.organizationId, limit: 200 });
  return data.map(({ id, email: address, name, state, role, licensed, version }) => ({
    ...{ id, name, state, role, licensed, version },
    email: address,
  }));
}

async function usageOf({ admin, office }: DirectoryOffice) {
  return (await admin.subscription.get({ organizationId: office.organizationId })).usage;
}

describe.each(['microsoft_365', 'google_workspace', 'scim_pull'] as const)('from %s', (kind) => {
  it('S14, S16, S18, S28, S29: chosen people are invited as Members with a license and a mail, as by hand', async () => {
    await using at = await startDirectoryOffice({ kind, people: 7 });
    const review = await at.review();
    expect(review).toMatchObject({ state: 'ready', fault: null, counts: { new: 7, updated: 0, removed: 0 } });
    const rows = await at.rows(review.id);
    const [first, second, third] = rows;
    const before = await usersOf(at);
    const { planId } = await at.plan({
      reviewId: review.id,
      select: { rows: 'some', rowIds: [first?.rowId ?? '', second?.rowId ?? ''] },
    });
    // S29: nothing happens before the call that says so.
    expect(await usersOf(at)).toEqual(before);
    const run = await at.admin.directoryReviews.sync({ reviewId: review.id, planId });
    expect(run).toMatchObject({
      state: 'applied',
      trigger: 'manual',
      planId,
      counts: { new: 2, updated: 0, removed: 0 },
    });
    for (const row of [first, second]) {
      expect(await at.user(row?.email ?? '')).toMatchObject({ state: 'inactive', role: 'member', licensed: true });
      expect((await at.test.mails.all()).filter(({ to }) => to === row?.email)).toHaveLength(1);
    }
    expect(await at.user(third?.email ?? '')).toBeUndefined();
    expect((await at.admin.directoryIntegrations.get({ integrationId: at.integration.id })).linked).toBe(2);
  });
});

describe('what is chosen', () => {
  it('S16: whoever is not on the list cannot be chosen, nor left out', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    const { id: reviewId } = await at.review();
    const refusal = failing('row-unknown', { rowIds: ['nobody'] });
    const some = { rows: 'some', rowIds: ['nobody'] } as const;
    await expect(at.plan({ reviewId, select: some })).rejects.toMatchObject(refusal);
    await expect(at.plan({ reviewId, select: { rows: 'all', except: ['nobody'] } })).rejects.toMatchObject(refusal);
  });

  it('S28: nobody chosen is nothing done', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    const before = await usersOf(at);
    const run = await at.sync({ select: { rows: 'some', rowIds: [] } });
    expect(run).toMatchObject({ state: 'applied', counts: { new: 0, updated: 0, removed: 0 } });
    expect(await usersOf(at)).toEqual(before);
  });

  it('S28: updated and removed users can be left out too', async () => {
    await using at = await startOffice({ people: named('ada', 'bob', 'cleo') });
    await at.sync();
    at.fake.people.rename(email('ada'), { displayName: 'Ada Two' });
    const bob = at.fake.people.get(email('bob'));
    at.fake.people.remove(bob.id);
    const review = await at.review();
    const run = await at.sync({ reviewId: review.id, select: { rows: 'all', except: [bob.id] } });
    expect(run.counts).toMatchObject({ updated: 1, removed: 0 });
    expect(await at.user(email('ada'))).toMatchObject({ name: 'Ada Two' });
    expect(await at.user(email('bob'))).toMatchObject({ state: 'inactive' });
  });

  it('S30: the summary says what will be done: users by status, licenses, sign-in', async () => {
    await using at = await startDirectoryOffice({ people: named('ada', 'bob', 'cleo', 'dan'), licenses: 9 });
    const first = await at.plan();
    expect(first).toEqual({
      planId: expect.stringMatching(/^[0-9a-f]{64}$/),
      reviewId: expect.any(String),
      counts: { new: 4, updated: 0, removed: 0 },
      alsoChosen: [],
      licenses: { bought: 9, available: 6, freed: 0, needed: 4, short: 0 },
      signInMethod: 'sso_microsoft_365',
      held: [],
    });
    await at.admin.directoryReviews.sync({ reviewId: first.reviewId, planId: first.planId });
    at.fake.people.remove(email('ada'));
    at.fake.people.rename(email('bob'), { displayName: 'Bob Two' });
    at.fake.people.add({ email: email('eve') });
    expect(await at.plan()).toMatchObject({
      counts: { new: 1, updated: 1, removed: 1 },
      licenses: { bought: 9, available: 2, freed: 1, needed: 1, short: 0 },
    });
  });

  it('S32: on Pro the directory’s own sign-in is the default; on a lower plan it is refused, and a password is', async () => {
    await using at = await startDirectoryOffice({ people: named('ada'), plan: 'business' });
    expect((await at.plan()).signInMethod).toBe('email_password');
    await expect(at.plan({ signInMethod: 'sso_microsoft_365' })).rejects.toMatchObject(
      failing('plan-required', { required: 'pro', plan: 'business' }),
    );
    const { organizationId } = at.office;
    const { version } = await at.admin.subscription.get({ organizationId });
    await at.admin.subscription.update({ organizationId, version, plan: 'pro' });
    const { planId, reviewId, signInMethod } = await at.plan();
    expect(signInMethod).toBe('sso_microsoft_365');
    // The plan ends between summary and sync.
    const pro = await at.admin.subscription.get({ organizationId });
    await at.admin.subscription.update({ organizationId, version: pro.version, plan: 'basic' });
    const late = at.admin.directoryReviews.sync({ reviewId, planId });
    await expect(late).rejects.toMatchObject({ info: { code: expect.stringMatching(/^plan-(required|stale)$/) } });
    expect(await at.user(email('ada'))).toBeUndefined();
  });

  it('case 19: whoever chooses one half of a swap gets the other, and is told', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    await at.sync();
    const [ada, bob] = [at.fake.people.get(email('ada')), at.fake.people.get(email('bob'))];
    at.fake.people.changeEmail(ada.id, email('parked'));
    at.fake.people.changeEmail(bob.id, email('ada'));
    at.fake.people.changeEmail(ada.id, email('bob'));
    const summary = await at.plan({ select: { rows: 'some', rowIds: [ada.id] } });
    expect(summary).toMatchObject({ counts: { updated: 2 }, alsoChosen: [bob.id] });
  });
});

describe('licenses', () => {
  it('S31: a sync short of licenses writes nothing, and says how many are needed and there', async () => {
    await using at = await startOffice({ people: 7, licenses: 8 });
    const before = await usersOf(at);
    const { planId, reviewId, licenses } = await at.plan();
    expect(licenses).toMatchObject({ available: 5, needed: 7, short: 2 });
    const sync = at.admin.directoryReviews.sync({ reviewId, planId });
    await expect(sync).rejects.toMatchObject(failing('license-shortfall', { needed: 7, available: 5 }));
    expect(await usersOf(at)).toEqual(before);
    expect(await at.test.portal.store.rows('directoryLink')).toEqual([]);
  });

  it('S31: licenses that removed users of the same plan free are there; without those rows they are not', async () => {
    await using at = await startOffice({ people: named('ada', 'bob'), licenses: 5 });
    await at.sync();
    const ada = at.fake.people.get(email('ada'));
    at.fake.people.remove(ada.id);
    at.fake.people.add({ email: email('cleo') });
    const review = await at.review();
    const without = await at.plan({ reviewId: review.id, select: { rows: 'all', except: [ada.id] } });
    expect(without.licenses).toMatchObject({ freed: 0, needed: 1, short: 1 });
    const refused = at.admin.directoryReviews.sync({ reviewId: review.id, planId: without.planId });
    await expect(refused).rejects.toMatchObject(failing('license-shortfall', { needed: 1, available: 0 }));
    const run = await at.sync({ reviewId: review.id });
    expect(run.counts).toMatchObject({ new: 1, removed: 1 });
    expect(await usageOf(at)).toMatchObject({ available: 0 });
  });

  it('case 40: licenses that go between plan and sync refuse it, with the exact shortage', async () => {
    await using at = await startOffice({ people: 5, licenses: 20 });
    const { planId, reviewId } = await at.plan();
    const { organizationId } = at.office;
    const { version } = await at.admin.subscription.get({ organizationId });
    await at.admin.subscription.update({ organizationId, version, licenses: 6 });
    const sync = at.admin.directoryReviews.sync({ reviewId, planId });
    await expect(sync).rejects.toMatchObject(failing('license-shortfall', { needed: 5, available: 3 }));
  });
});

describe('who changes', () => {
  it('S25: an open invitation for the address is matched, not New', async () => {
    await using at = await startOffice({ people: named('ada'), settings: { ownDomains: ['corp.example'] } });
    const { organizationId } = at.office;
    const { invitations } = await at.admin.users.invite({ organizationId, rows: [{ email: email('ada') }] });
    const review = await at.review();
    expect(await rowOf(at, review.id, 'ada')).toMatchObject({
      status: 'updated',
      because: 'adopt',
      memberId: invitations[0]?.user.id,
    });
    await at.sync({ reviewId: review.id });
    expect((await at.test.mails.all()).filter(({ to }) => to === email('ada'))).toHaveLength(1);
  });

  it('S26, case 15: a new address and name come over; role, desk, license and sign-in stay, and so does the user', async () => {
    await using at = await startOffice({ people: named('ada') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const user = await at.admin.users.get({ memberId: ada.id });
    const deskId = at.office.desks[0].id;
    const { version } = user;
    await at.admin.users.update({ memberId: ada.id, version, role: 'coordinator', deskId });
    const { id } = at.fake.people.get(email('ada'));
    at.fake.people.changeEmail(id, email('ada.married'));
    at.fake.people.rename(id, { displayName: 'Ada Married' });
    const review = await at.review();
    expect((await at.rows(review.id))[0]).toMatchObject({
      status: 'updated',
      because: 'fields',
      memberId: ada.id,
      changes: expect.arrayContaining([
        { field: 'email', from: email('ada'), to: email('ada.married') },
        { field: 'displayName', from: 'The ada', to: 'Ada Married' },
      ]),
    });
    await at.sync({ reviewId: review.id });
    expect(await at.admin.users.get({ memberId: ada.id })).toMatchObject({
      ...{ email: email('ada.married'), name: 'Ada Married', deskId },
      ...{ role: 'coordinator', licensed: true, signInMethod: 'email_password', state: 'active' },
    });
    // Nobody is signed out for it, and from now on the new address signs in.
    expect((await ada.client.me()).member.id).toBe(ada.id);
    const signIn = async (address: string) =>
      await at.test.client().sessions.create({ email: address, password: samplePassword, channel: 'dashboard' });
    expect((await signIn(email('ada.married'))).member.id).toBe(ada.id);
    await expect(signIn(email('ada'))).rejects.toMatchObject(failing('sign-in-failed'));
  });

  it('case 16: two swap their addresses, three rotate them, in one transaction', async () => {
    await using at = await startOffice({ people: named('ada', 'bob', 'cleo', 'dan', 'eve') });
    await at.sync();
    const names = ['ada', 'bob', 'cleo', 'dan', 'eve'] as const;
    const people: Record<string, { readonly id: string; readonly client: Client }> = {};
    const ids: Record<string, string> = {};
    for (const name of names) {
      people[name] = await acceptInvitation(at.test, email(name));
      ids[name] = at.fake.people.get(email(name)).id;
    }
    const target = { ada: 'bob', bob: 'ada', cleo: 'dan', dan: 'eve', eve: 'cleo' } as const;
    for (const name of names) at.fake.people.changeEmail(ids[name] ?? '', email(`parked-${name}`));
    for (const name of names) at.fake.people.changeEmail(ids[name] ?? '', email(target[name]));
    const run = await at.sync();
    expect(run.counts).toMatchObject({ updated: 5, conflicts: 0 });
    for (const name of names) {
      expect((await at.admin.users.get({ memberId: people[name]?.id ?? '' })).email).toBe(email(target[name]));
      const signedIn = await at.test
        .client()
        .sessions.create({ email: email(target[name]), password: samplePassword, channel: 'dashboard' });
      expect(signedIn.member.id).toBe(people[name]?.id);
    }
  });

  it('case 17: whoever comes in gets the address that another one leaves in the same sync', async () => {
    await using at = await startOffice({ people: named('ada') });
    await at.sync();
    const ada = await at.user(email('ada'));
    const { id } = at.fake.people.get(email('ada'));
    at.fake.people.changeEmail(id, email('ada.two'));
    const newcomer = at.fake.people.add({ email: email('ada'), displayName: 'The newcomer' });
    const review = await at.review();
    expect(await rowOf(at, review.id, 'ada')).toMatchObject({ rowId: newcomer.id, status: 'new', needs: [id] });
    const { alsoChosen } = await at.plan({ reviewId: review.id, select: { rows: 'some', rowIds: [newcomer.id] } });
    expect(alsoChosen).toEqual([id]);
    await at.sync({ reviewId: review.id });
    expect(await at.user(email('ada'))).toMatchObject({ name: 'The newcomer' });
    expect((await at.user(email('ada')))?.id).not.toBe(ada?.id);
    expect(await at.user(email('ada.two'))).toBeDefined();
  });

  it('case 18: a chain of moves that ends at an address that stays is left alone, all of it', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    await at.sync();
    const { organizationId } = at.office;
    await at.admin.users.invite({ organizationId, rows: [{ email: email('held'), role: 'admin' }] });
    const [ada, bob] = [at.fake.people.get(email('ada')), at.fake.people.get(email('bob'))];
    at.fake.people.changeEmail(bob.id, email('held'));
    at.fake.people.changeEmail(ada.id, email('bob'));
    const review = await at.review();
    const conflicts = await at.rows(review.id, 'conflict');
    expect(conflicts.map(({ rowId }) => rowId)).toEqual([ada.id, bob.id].sort());
    await at.sync({ reviewId: review.id });
    expect((await usersOf(at)).map((user) => user.email)).toEqual(
      expect.arrayContaining([email('ada'), email('bob'), email('held')]),
    );
  });

  it('case 20: the same address under another id is a conflict, and no Key passes to another person', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const old = at.fake.people.get(email('ada')).id;
    const { id } = at.fake.people.recreate(email('ada'));
    const review = await at.review();
    expect(review.counts).toMatchObject({ new: 0, removed: 0, conflicts: 2 });
    expect(await at.rows(review.id, 'conflict')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rowId: id, because: 'recreated', memberId: ada.id }),
        expect.objectContaining({ rowId: old, because: 'recreated', memberId: ada.id }),
      ]),
    );
    // Without a decision nothing happens to anybody.
    await at.sync({ reviewId: review.id });
    expect((await ada.client.me()).member.state).toBe('active');
    const other = await at.sync({ decisions: [{ rowId: id, as: 'other_person' }] });
    expect(other.counts).toMatchObject({ new: 1, removed: 1 });
    await expect(ada.client.me()).rejects.toMatchObject(failing('unauthenticated'));
    const successor = await at.user(email('ada'));
    expect(successor?.id).not.toBe(ada.id);
    expect(successor).toMatchObject({ state: 'inactive', role: 'member', deskId: null });
    const links = await at.test.portal.store.rows('directoryLink');
    expect(links.map(({ directoryId }) => directoryId)).not.toContain(old);
  });

  it('case 20: the same person keeps place, role and sessions under the new id', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const { id } = at.fake.people.recreate(email('ada'));
    const run = await at.sync({ decisions: [{ rowId: id, as: 'same_person' }] });
    expect(run.counts).toMatchObject({ new: 0, updated: 1, removed: 0 });
    expect((await ada.client.me()).member.id).toBe(ada.id);
    const links = await at.test.portal.store.rows('directoryLink');
    expect(links.find(({ memberId }) => memberId === ada.id)?.directoryId).toBe(id);
    expect((await at.review()).counts).toMatchObject({ new: 0, updated: 0, removed: 0, unchanged: 2, conflicts: 0 });
  });

  it('case 22: an address of one’s own domain takes a user over; any other, or an Admin, is a conflict', async () => {
    await using at = await startOffice({
      people: [...named('ada', 'boss'), { email: 'zoe@elsewhere.example' }],
      settings: { ownDomains: ['corp.example'] },
    });
    const { organizationId } = at.office;
    const rows = [
      { email: email('ada') },
      { email: email('boss'), role: 'admin' as const },
      { email: 'zoe@elsewhere.example' },
    ];
    await at.admin.users.invite({ organizationId, rows });
    const review = await at.review();
    expect((await at.rows(review.id)).map(({ status, email: address }) => [status, address])).toEqual([
      ['updated', email('ada')],
    ]);
    const conflicts = await at.rows(review.id, 'conflict');
    expect(conflicts.map((row) => [row.email, 'because' in row && row.because]).toSorted()).toEqual([
      [email('boss'), 'adoption-not-allowed'],
      ['zoe@elsewhere.example', 'adoption-not-allowed'],
    ]);
  });

  it('case 24: two accounts with one address are both left alone, and who had it keeps it', async () => {
    await using at = await startOffice({ people: named('ada') });
    await at.sync();
    const twin = at.fake.people.add({ email: email('ada'), userName: email('twin'), displayName: 'The twin' });
    const review = await at.review();
    const conflicts = await at.rows(review.id, 'conflict');
    expect(conflicts.map((row) => 'because' in row && row.because)).toEqual(['duplicate-email', 'duplicate-email']);
    expect(conflicts.map(({ rowId }) => rowId)).toContain(twin.id);
    await at.sync({ reviewId: review.id });
    expect(await at.user(email('ada'))).toMatchObject({ name: 'The ada' });
  });
});

describe('who goes, and comes back', () => {
  it('S27, case 28: absent and disabled users are deactivated, kept, and free their license', async () => {
    await using at = await startOffice({ people: named('ada', 'bob', 'cleo', 'dan') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const bob = await acceptInvitation(at.test, email('bob'));
    const usage = await usageOf(at);
    at.fake.people.remove(email('ada'));
    at.fake.people.disable(email('bob'));
    at.fake.people.remove(email('cleo'));
    const review = await at.review();
    expect((await at.rows(review.id, 'removed')).map((row) => 'because' in row && row.because).toSorted()).toEqual([
      'absent',
      'absent',
      'disabled',
    ]);
    const run = await at.sync({ reviewId: review.id });
    expect(run.counts).toMatchObject({ removed: 3 });
    for (const { id, client } of [ada, bob]) {
      expect(await at.admin.users.get({ memberId: id })).toMatchObject({ state: 'deactivated', licensed: false });
      await expect(client.me()).rejects.toMatchObject(failing('unauthenticated'));
    }
    // Who had only been invited is not a user any more, and the address is free.
    expect(await at.user(email('cleo'))).toBeUndefined();
    expect((await usageOf(at)).available).toBe(usage.available + 3);
    const { data } = await at.admin.syncRuns.listReceipts({ syncRunId: run.id });
    expect(data.map(({ status }) => status)).toEqual(['removed', 'removed', 'removed']);
    expect(data.map(({ memberId }) => memberId)).toEqual(expect.arrayContaining([ada.id, bob.id]));
  });

  it('S27: whoever was invited by hand is never removed', async () => {
    await using at = await startOffice({ people: named('ada') });
    await at.sync();
    const joined = await at.office.join('by-hand');
    expect((await at.review()).counts).toMatchObject({ removed: 0 });
    expect((await joined.client.me()).member.state).toBe('active');
  });

  it('S25, case 21: who was deactivated and is back needs a license; sessions and desk do not come back', async () => {
    await using at = await startOffice({ people: named('ada', 'bob'), licenses: 5 });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const { version } = await at.admin.users.get({ memberId: ada.id });
    await at.admin.users.update({ memberId: ada.id, version, deskId: at.office.desks[0].id });
    at.fake.people.disable(email('ada'));
    await at.sync();
    await at.office.join('another');
    at.fake.people.enable(email('ada'));
    const review = await at.review();
    expect(await rowOf(at, review.id, 'ada')).toMatchObject({
      ...{ status: 'updated', because: 'reactivate', memberId: ada.id },
    });
    const { planId, licenses } = await at.plan({ reviewId: review.id });
    expect(licenses).toMatchObject({ needed: 1, available: 0, short: 1 });
    const short = at.admin.directoryReviews.sync({ reviewId: review.id, planId });
    await expect(short).rejects.toMatchObject(failing('license-shortfall', { needed: 1, available: 0 }));
    const { organizationId } = at.office;
    const subscription = await at.admin.subscription.get({ organizationId });
    await at.admin.subscription.update({ organizationId, version: subscription.version, licenses: 6 });
    await at.sync();
    expect(await at.admin.users.get({ memberId: ada.id })).toMatchObject({
      ...{ state: 'active', licensed: true, deskId: null, role: 'member' },
    });
    await expect(ada.client.me()).rejects.toMatchObject(failing('unauthenticated'));
  });

  it('S25: who was deactivated by hand stays so, also after the sync had once taken them away', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    await at.admin.users.deactivate({ memberId: ada.id });
    expect((await at.review()).counts).toMatchObject({ updated: 0, unchanged: 2 });
    await at.admin.users.reactivate({ memberId: ada.id });
    at.fake.people.disable(email('ada'));
    await at.sync();
    await at.admin.users.reactivate({ memberId: ada.id });
    await at.admin.users.deactivate({ memberId: ada.id });
    at.fake.people.enable(email('ada'));
    expect((await at.review()).counts).toMatchObject({ updated: 0 });
  });

  it('case 31: the last Admin, and whoever asks, are never removed', async () => {
    await using at = await startOffice({ people: named('ada', 'bob'), settings: { ownDomains: ['corp.example'] } });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const { version } = await at.admin.users.get({ memberId: ada.id });
    await at.admin.users.update({ memberId: ada.id, version, role: 'admin' });
    at.fake.people.remove(email('ada'));
    // The acting Admin is the one who vanished.
    const { id: reviewId } = await ada.client.directoryReviews.start({ integrationId: at.integration.id });
    await at.test.portal.reviewsRead();
    const { data } = await ada.client.directoryReviews.listRows({ reviewId, status: 'conflict' });
    expect(data).toMatchObject([{ because: 'last-admin', memberId: ada.id }]);
    // For another Admin she is like anybody else, as long as one is left.
    expect((await at.review()).counts).toMatchObject({ removed: 1, conflicts: 0 });
  });

  it('case 32: more removals than a directory usually has are held until somebody types their number', async () => {
    await using at = await startOffice({ people: 20 });
    await at.sync();
    const leaving = at.fake.people.listed().slice(0, 6);
    for (const { id } of leaving) at.fake.people.remove(id);
    const review = await at.review();
    const held = [{ because: 'too-many-removed', removed: 6, allowed: 5 }];
    expect(review.held).toEqual(expect.arrayContaining(held));
    const { planId, reviewId, held: ofPlan } = await at.plan({ reviewId: review.id });
    expect(ofPlan).toEqual(expect.arrayContaining(held));
    const sync = async (confirmRemovals?: number) =>
      await at.admin.directoryReviews.sync({
        ...{ reviewId, planId },
        ...(confirmRemovals === undefined ? {} : { confirmRemovals }),
      });
    await expect(sync()).rejects.toMatchObject(failing('plan-held', { removals: 6 }));
    await expect(sync(5)).rejects.toMatchObject(failing('plan-held', { removals: 6 }));
    const usersBefore = await usersOf(at);
    // Five of them are no more than usual.
    const five = { rows: 'some', rowIds: leaving.slice(0, 5).map(({ id }) => id) } as const;
    expect((await at.plan({ reviewId: review.id, select: five })).held).toEqual([]);
    expect(await usersOf(at)).toEqual(usersBefore);
    expect((await sync(6)).counts).toMatchObject({ removed: 6 });
  });

  it('case 32: nine a day for five days add up', async () => {
    await using at = await startOffice({ people: 100, licenses: 200 });
    await at.sync();
    const leaving = at.fake.people.listed().slice(0, 45);
    const heldOn: number[] = [];
    for (let day = 0; day < 5; day++) {
      for (const { id } of leaving.slice(day * 9, day * 9 + 9)) at.fake.people.remove(id);
      const { held, counts } = await at.plan();
      expect(counts.removed).toBe(9);
      if (held.length > 0) {
        heldOn.push(day);
        expect(held.map(({ because }) => because)).toContain('too-many-removed-lately');
        break;
      }
      await at.sync();
      await at.pass(24 * 60 * 60 * 1000);
    }
    expect(heldOn).toHaveLength(1);
  });
});

describe('a plan is what was looked at, or nothing', () => {
  it('case 37: whoever is changed by hand in between makes it stale; the new one is named', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    for (const name of ['ada', 'bob']) at.fake.people.rename(email(name), { displayName: `${name} two` });
    const { planId, reviewId } = await at.plan();
    await at.admin.users.deactivate({ memberId: ada.id });
    const stale = at.admin.directoryReviews.sync({ reviewId, planId });
    await expect(stale).rejects.toMatchObject(failing('plan-stale', { planId: expect.not.stringMatching(planId) }));
    expect(await at.user(email('bob'))).toMatchObject({ name: 'The bob' });
    const again = await at.plan({ reviewId });
    await at.admin.directoryReviews.sync({ reviewId, planId: again.planId });
    expect(await at.user(email('bob'))).toMatchObject({ name: 'bob two' });
    expect(await at.admin.users.get({ memberId: ada.id })).toMatchObject({ state: 'deactivated', name: 'The ada' });
  });

  it('case 38: a second time it answers with the same run, and nobody is invited twice', async () => {
    await using at = await startOffice({ people: named('ada', 'bob') });
    const { planId, reviewId } = await at.plan();
    const first = await at.admin.directoryReviews.sync({ reviewId, planId });
    const users = await usersOf(at);
    expect(await at.admin.directoryReviews.sync({ reviewId, planId })).toEqual(first);
    expect(await usersOf(at)).toEqual(users);
    expect((await at.test.mails.all()).filter(({ to }) => to === email('ada'))).toHaveLength(1);
    const other = at.admin.directoryReviews.sync({ reviewId, planId: 'a'.repeat(64) });
    await expect(other).rejects.toMatchObject(failing('plan-stale', { planId: null }));
  });

  it('case 38: of two at once one does it, and both get its run', async () => {
    await using at = await startOffice({ people: 40 });
    const { planId, reviewId } = await at.plan();
    const both = await Promise.all([1, 2].map(async () => await at.admin.directoryReviews.sync({ reviewId, planId })));
    expect(both[0]).toEqual(both[1]);
    expect(await at.test.portal.store.rows('syncRun')).toHaveLength(1);
    expect(await at.test.portal.store.rows('directoryLink')).toHaveLength(40);
  });

  it('case 44: a plan of one organization is none of another’s', async () => {
    await using at = await startOffice({ people: named('ada') });
    await using other = await startOffice({ people: named('ada'), seed: 2 });
    const { planId } = await at.plan();
    const theirs = await other.plan();
    const mixed = other.admin.directoryReviews.sync({ reviewId: theirs.reviewId, planId });
    await expect(mixed).rejects.toMatchObject(failing('plan-stale'));
    expect(await other.user(email('ada'))).toBeUndefined();
  });

  it('a plan that nobody looked at is not carried out', async () => {
    await using at = await startOffice({ people: named('ada') });
    const { id: reviewId } = await at.review();
    const guessed = at.admin.directoryReviews.sync({ reviewId, planId: 'guessed' });
    await expect(guessed).rejects.toMatchObject(failing('plan-stale', { planId: null }));
  });
});
