import { startFakeDirectory } from '@latchwork/testing';
import { describe, expect, it } from 'vitest';
import { email, failing, named, startPasswordOffice, usageOf, usersOf } from '../harness/directory-people.test-rig.js';
import { startDirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';

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
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
    const { id: reviewId } = await at.review();
    const refusal = failing('row-unknown', { rowIds: ['nobody'] });
    const some = { rows: 'some', rowIds: ['nobody'] } as const;
    await expect(at.plan({ reviewId, select: some })).rejects.toMatchObject(refusal);
    await expect(at.plan({ reviewId, select: { rows: 'all', except: ['nobody'] } })).rejects.toMatchObject(refusal);
  });

  it('S28: tens of thousands can be named one by one, though no other body is as long', async () => {
    await using at = await startPasswordOffice({ people: named('ada') });
    const { id: reviewId } = await at.review();
    const rowIds = Array.from({ length: 20_000 }, (_, index) => `00000000-0000-4000-8000-${index}`);
    const named20k = at.plan({ reviewId, select: { rows: 'some', rowIds } });
    await expect(named20k).rejects.toMatchObject(failing('row-unknown', { rowIds: rowIds.toSorted().slice(0, 100) }));
  });

  it('S28: nobody chosen is nothing done', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
    const before = await usersOf(at);
    const run = await at.sync({ select: { rows: 'some', rowIds: [] } });
    expect(run).toMatchObject({ state: 'applied', counts: { new: 0, updated: 0, removed: 0 } });
    expect(await usersOf(at)).toEqual(before);
  });

  it('S28: updated and removed users can be left out too', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob', 'cleo') });
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
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
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
    await using at = await startPasswordOffice({ people: 7, licenses: 8 });
    const before = await usersOf(at);
    const { planId, reviewId, licenses } = await at.plan();
    expect(licenses).toMatchObject({ available: 5, needed: 7, short: 2 });
    const sync = at.admin.directoryReviews.sync({ reviewId, planId });
    await expect(sync).rejects.toMatchObject(failing('license-shortfall', { needed: 7, available: 5 }));
    expect(await usersOf(at)).toEqual(before);
    expect(await at.test.portal.store.rows('directoryLink')).toEqual([]);
  });

  it('S31: licenses that removed users of the same plan free are there; without those rows they are not', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob'), licenses: 5 });
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
    await using at = await startPasswordOffice({ people: 5, licenses: 20 });
    const { planId, reviewId } = await at.plan();
    const { organizationId } = at.office;
    const { version } = await at.admin.subscription.get({ organizationId });
    await at.admin.subscription.update({ organizationId, version, licenses: 6 });
    const sync = at.admin.directoryReviews.sync({ reviewId, planId });
    await expect(sync).rejects.toMatchObject(failing('license-shortfall', { needed: 5, available: 3 }));
  });
});

describe('a plan is what was looked at, or nothing', () => {
  it('case 37: whoever is changed by hand in between makes it stale; the new one is named', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
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
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
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
    await using at = await startPasswordOffice({ people: 40 });
    const { planId, reviewId } = await at.plan();
    const both = await Promise.all([1, 2].map(async () => await at.admin.directoryReviews.sync({ reviewId, planId })));
    expect(both[0]).toEqual(both[1]);
    expect(await at.test.portal.store.rows('syncRun')).toHaveLength(1);
    expect(await at.test.portal.store.rows('directoryLink')).toHaveLength(40);
  });

  it('case 44: a plan of one organization is none of another’s', async () => {
    await using at = await startPasswordOffice({ people: named('ada') });
    await using other = await startPasswordOffice({ people: named('ada'), seed: 2 });
    const { planId } = await at.plan();
    const theirs = await other.plan();
    const mixed = other.admin.directoryReviews.sync({ reviewId: theirs.reviewId, planId });
    await expect(mixed).rejects.toMatchObject(failing('plan-stale'));
    expect(await other.user(email('ada'))).toBeUndefined();
  });

  it('a plan that nobody looked at is not carried out', async () => {
    await using at = await startPasswordOffice({ people: named('ada') });
    const { id: reviewId } = await at.review();
    const guessed = at.admin.directoryReviews.sync({ reviewId, planId: 'guessed' });
    await expect(guessed).rejects.toMatchObject(failing('plan-stale', { planId: null }));
  });
});

describe('while automatic sync is on', () => {
  it('S35: nobody can be left out, and a run of everybody by hand stays possible', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
    const { id: integrationId } = at.integration;
    const partly = await at.plan({ select: { rows: 'some', rowIds: [at.fake.people.get(email('ada')).id] } });
    const enable = async ({ reviewId, planId }: { readonly reviewId: string; readonly planId: string }) =>
      await at.admin.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
    await expect(enable(partly)).rejects.toMatchObject(failing('selection-not-allowed'));
    await enable(await at.plan());
    at.fake.people.add({ email: email('cleo') });
    const { id: reviewId } = await at.review();
    const some = at.plan({ reviewId, select: { rows: 'some', rowIds: [] } });
    await expect(some).rejects.toMatchObject(failing('selection-not-allowed'));
    const run = await at.sync({ reviewId });
    expect(run).toMatchObject({ trigger: 'manual', counts: { new: 1 } });
  });
});

describe('two directories at once', () => {
  it('S20, case 23: each is compared with its own users; who is linked to one is a conflict in the other, and stays', async () => {
    await using at = await startPasswordOffice({
      people: named('ada', 'bob'),
      settings: { ownDomains: ['corp.example'] },
    });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    await using second = await startFakeDirectory({ kind: 'scim', people: named('ada', 'zoe'), seed: 5 });
    const credentials = { kind: 'scim_pull', ...second.credentials } as const;
    const { organizationId } = at.office;
    const settings = { signInMethod: 'email_password', ownDomains: ['corp.example'] } as const;
    const other = await at.admin.directoryIntegrations.create({ organizationId, credentials, ...settings });
    const { id: integrationId } = await at.admin.directoryIntegrations.authorize({ integrationId: other.id });
    const review = async () => {
      const { id: reviewId } = await at.admin.directoryReviews.start({ integrationId });
      await at.test.portal.reviewsRead();
      return await at.admin.directoryReviews.get({ reviewId });
    };
    const first = await review();
    expect(first.counts).toMatchObject({ new: 1, removed: 0, conflicts: 1 });
    expect(await at.rows(first.id, 'conflict')).toMatchObject([{ because: 'other-directory', memberId: ada.id }]);
    await at.sync({ reviewId: first.id });
    second.people.remove(email('ada'));
    expect((await review()).counts).toMatchObject({ removed: 0 });
    expect((await at.review()).counts).toMatchObject({ removed: 0, unchanged: 2 });
    expect((await ada.client.me()).member.state).toBe('active');
  });
});
