import { describe, expect, it } from 'vitest';
import { startAutomaticOffice } from '../harness/automatic-office.test-rig.js';

const hourMs = 60 * 60 * 1000;
const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });

describe('switching automatic sync on', () => {
  it('S33, S34, S37: off until somebody asks; then the plan just shown is carried out, and the next run is a day away', async () => {
    await using at = await startAutomaticOffice({ people: 5 });
    await at.hours(48);
    expect(at.integration.automaticSync).toEqual({ enabled: false, nextRunAt: null });
    expect(await at.runs()).toEqual([]);
    const now = at.test.clock.now();
    const enabled = await at.enable();
    expect(enabled).toMatchObject({ automaticSync: { enabled: true }, health: 'healthy', linked: 5 });
    const nextRunAt = Date.parse(enabled.automaticSync.nextRunAt ?? '');
    expect(Math.abs(nextRunAt - now - 24 * hourMs)).toBeLessThanOrEqual(10 * 60_000);
    const [run] = await at.runs();
    expect(run).toMatchObject({ trigger: 'automatic', state: 'applied', counts: { new: 5, waiting: 0 } });
    expect(run?.actor).toMatchObject({ kind: 'member', memberId: at.office.people.admin.id });
    expect(enabled.lastRun).toMatchObject({ id: run?.id, state: 'applied' });
    expect(await at.states()).toEqual({ active: 3, inactive: 5 });
  });

  it('S35: nobody can be left out, neither when it is switched on nor while it is', async () => {
    await using at = await startAutomaticOffice({ people: 3 });
    const { id: reviewId } = await at.review();
    const [row] = await at.rows(reviewId);
    const select = { rows: 'all', except: [row?.rowId ?? ''] } as const;
    const { planId } = await at.plan({ reviewId, select });
    const integrationId = at.integration.id;
    const enabling = at.admin.directoryIntegrations.changeAutomaticSync({
      ...{ integrationId, enabled: true, reviewId, planId },
    });
    await expect(enabling).rejects.toMatchObject(failing('selection-not-allowed'));
    expect(await at.states()).toEqual({ active: 3 });
    await at.enable();
    at.fake.people.add({ email: 'four@example.com' });
    await expect(at.plan({ select: { rows: 'some', rowIds: [] } })).rejects.toMatchObject(
      failing('selection-not-allowed'),
    );
    expect(await at.sync()).toMatchObject({ trigger: 'manual', counts: { new: 1 } });
  });

  it('S34: a plan that is not the one shown, of another integration, or carried out already, switches nothing on', async () => {
    await using at = await startAutomaticOffice({ people: 3 });
    const integrationId = at.integration.id;
    const change = async (reviewId: string, planId: string) =>
      await at.admin.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
    const { id: reviewId } = await at.review();
    await expect(change('rev_00000000000000000000000000', 'x')).rejects.toMatchObject(failing('review-not-found'));
    await expect(change(reviewId, 'x')).rejects.toMatchObject(failing('plan-stale'));
    const { planId } = await at.plan({ reviewId });
    await at.office.join('somebody');
    await at.admin.users.invite({
      organizationId: at.office.organizationId,
      rows: [{ email: at.fake.people.all()[0]?.email ?? '' }],
    });
    await expect(change(reviewId, planId)).rejects.toMatchObject(failing('plan-stale'));
    const again = await at.plan({ reviewId });
    await at.admin.directoryReviews.sync({ reviewId, planId: again.planId });
    await expect(change(reviewId, again.planId)).rejects.toMatchObject(failing('plan-stale'));
    expect((await at.state()).automaticSync.enabled).toBe(false);
  });

  it('S34: a review that could not be read switches nothing on', async () => {
    await using at = await startAutomaticOffice({ kind: 'google_workspace', people: 3 });
    at.fake.faults.script({ fault: 'answer', status: 404 }, { on: 'users', times: 100 });
    const { id: reviewId } = await at.review();
    const wish = { integrationId: at.integration.id, enabled: true, reviewId, planId: 'x' } as const;
    const unready = failing('review-not-ready', { state: 'failed' });
    await expect(at.admin.directoryIntegrations.changeAutomaticSync(wish)).rejects.toMatchObject(unready);
    await expect(at.admin.directoryReviews.sync({ reviewId, planId: 'x' })).rejects.toMatchObject(unready);
    expect((await at.state()).automaticSync.enabled).toBe(false);
  });

  it('S34: the same request a second time finds it done', async () => {
    await using at = await startAutomaticOffice({ people: 2 });
    const integrationId = at.integration.id;
    const { reviewId, planId } = await at.plan();
    const wish = { integrationId, enabled: true, reviewId, planId } as const;
    await at.admin.directoryIntegrations.changeAutomaticSync(wish);
    const again = await at.admin.directoryIntegrations.changeAutomaticSync(wish);
    expect(again.automaticSync.enabled).toBe(true);
    expect(await at.runs()).toHaveLength(1);
  });

  it('S19, S21: only for a directory that lets us in', async () => {
    await using at = await startAutomaticOffice({ authorized: false });
    const integrationId = at.integration.id;
    const wish = { integrationId, enabled: true, reviewId: 'rev_00000000000000000000000000', planId: 'x' } as const;
    const enabling = at.admin.directoryIntegrations.changeAutomaticSync(wish);
    await expect(enabling).rejects.toMatchObject(failing('integration-not-authorized'));
  });

  it('S37: switched off, nothing runs any more, and whoever came stays', async () => {
    await using at = await startAutomaticOffice({ people: 2 });
    await at.enable();
    const integrationId = at.integration.id;
    const off = await at.admin.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: false });
    expect(off.automaticSync).toEqual({ enabled: false, nextRunAt: null });
    at.fake.people.add();
    await at.day();
    await at.day();
    expect(await at.runs()).toHaveLength(1);
    expect(await at.states()).toEqual({ active: 3, inactive: 2 });
  });
});

describe('S17: a run a day', () => {
  it('carries over who is new, who changed and who is gone', async () => {
    await using at = await startAutomaticOffice({ people: 6 });
    await at.enable();
    const [gone, renamed] = at.fake.people.all();
    at.fake.people.softDelete(gone?.id ?? '');
    at.fake.people.rename(renamed?.id ?? '', { displayName: 'Somebody Else' });
    at.fake.people.add({ email: 'new@example.com' });
    await at.hours(23);
    expect(await at.runs()).toHaveLength(1);
    await at.hours(1.5);
    const [run] = await at.runs();
    expect(run).toMatchObject({ trigger: 'automatic', actor: { kind: 'system' }, state: 'applied', fault: null });
    expect(run?.counts).toMatchObject({ new: 1, updated: 1, removed: 1 });
    const { data: receipts } = await (await at.signedIn()).syncRuns.listReceipts({ syncRunId: run?.id ?? '' });
    expect(receipts.map(({ status }) => status).sort()).toEqual(['new', 'removed', 'updated']);
    expect(await at.user('new@example.com')).toMatchObject({ state: 'inactive', role: 'member' });
  });

  it('case 42: three days of sleep are one run, and a clock that goes back is one run at most', async () => {
    await using at = await startAutomaticOffice({ people: 2 });
    await at.enable();
    await at.hours(72);
    await at.test.portal.sync();
    expect(await at.runs()).toHaveLength(2);
    await at.hours(-30 * 24);
    await at.test.portal.sync();
    expect(await at.runs()).toHaveLength(3);
    await at.hours(23);
    expect(await at.runs()).toHaveLength(3);
  });

  it('S17: a manual run works with automatic sync off, and the automatic one follows its own day', async () => {
    await using at = await startAutomaticOffice({ people: 2 });
    expect(await at.sync()).toMatchObject({ trigger: 'manual', state: 'applied', counts: { new: 2 } });
    await at.day();
    expect(await at.runs()).toHaveLength(1);
  });

  it('changes are asked for in between, everybody once a week', async () => {
    await using at = await startAutomaticOffice({ people: 4 });
    await at.enable();
    const asked = () => at.fake.requests.filter(({ operation }) => operation === 'users').length;
    await at.day();
    const afterFirst = asked();
    for (let day = 0; day < 6; day += 1) await at.day();
    expect(asked()).toBe(afterFirst);
    at.fake.people.add({ email: 'eighth@example.com' });
    await at.day();
    expect(asked()).toBeGreaterThan(afterFirst);
    expect(await at.user('eighth@example.com')).toBeDefined();
    expect(new Set((await at.runs()).map(({ state }) => state))).toEqual(new Set(['applied']));
  });

  it('case 10: a token that the directory forgot costs a full list, and nobody', async () => {
    await using at = await startAutomaticOffice({ people: 8 });
    await at.enable();
    await at.day();
    at.fake.forgetChanges('gone');
    at.fake.people.add({ email: 'ninth@example.com' });
    await at.day();
    const [run] = await at.runs();
    expect(run).toMatchObject({ state: 'applied', counts: { new: 1, removed: 0 } });
    expect(await at.states()).toEqual({ active: 3, inactive: 9 });
  });
});

describe('a run that is asked for', () => {
  it('S17, S35: is of everybody, at once, and one at a time', async () => {
    await using at = await startAutomaticOffice({ people: 2 });
    const integrationId = at.integration.id;
    const early = at.admin.syncRuns.start({ integrationId });
    await expect(early).rejects.toMatchObject(failing('automatic-sync-off'));
    await at.enable();
    at.fake.people.add();
    const asked = await Promise.all([1, 2, 3].map(async () => await at.admin.syncRuns.start({ integrationId })));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect(asked[0]).toMatchObject({ state: 'reading', trigger: 'manual', endedAt: null });
    await at.test.portal.sync();
    const run = await at.admin.syncRuns.get({ syncRunId: asked[0]?.id ?? '' });
    expect(run).toMatchObject({ state: 'applied', counts: { new: 1 } });
    expect((await at.runs()).map(({ id }) => id)[0]).toBe(run.id);
    const page = await at.admin.syncRuns.list({ integrationId, limit: 1 });
    const rest = await at.admin.syncRuns.list({ integrationId, cursor: page.nextCursor ?? '' });
    expect([...page.data, ...rest.data].map(({ trigger }) => trigger)).toEqual(['manual', 'automatic']);
    expect(rest.nextCursor).toBeNull();
  });

  it('tells on the feed how it begins and ends, in numbers', async () => {
    await using at = await startAutomaticOffice({ people: 250 });
    await at.enable();
    await at.day();
    const [started] = await at.events('sync_run.started');
    const applied = await at.events('sync_run.applied');
    const [progressed] = await at.events('sync_run.progressed');
    expect(started).toMatchObject({ integrationId: at.integration.id, actor: { kind: 'system' } });
    expect(progressed).toMatchObject({ syncRunId: started?.syncRunId, users: 250 });
    expect(applied.map(({ counts }) => counts.new)).toEqual([250, 0]);
    const told = JSON.stringify([started, progressed, ...applied]);
    for (const { email, displayName } of at.fake.people.all()) {
      expect(told).not.toContain(email);
      expect(told).not.toContain(displayName);
    }
  });
});
