import { describe, expect, it } from 'vitest';
import {
  email,
  failing,
  named,
  rowOf,
  startPasswordOffice,
  usageOf,
  usersOf,
} from '../harness/directory-people.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';

describe('who goes, and comes back', () => {
  it('S27, case 28: absent and disabled users are deactivated, kept, and free their license', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob', 'cleo', 'dan') });
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
    await using at = await startPasswordOffice({ people: named('ada') });
    await at.sync();
    const joined = await at.office.join('by-hand');
    expect((await at.review()).counts).toMatchObject({ removed: 0 });
    expect((await joined.client.me()).member.state).toBe('active');
  });

  it('S25, case 21: who was deactivated and is back needs a license; sessions and desk do not come back', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob'), licenses: 5 });
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
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
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
    await using at = await startPasswordOffice({
      people: named('ada', 'bob'),
      settings: { ownDomains: ['corp.example'] },
    });
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
    await using at = await startPasswordOffice({ people: 20 });
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
    await using at = await startPasswordOffice({ people: 100, licenses: 200 });
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
